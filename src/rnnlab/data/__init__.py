"""Real data sets, one a file: typed tables with units, their gaps explicit, their bytes verified."""

from rnnlab.data.source import Source
from rnnlab.data.stocks import log_returns, stocks
from rnnlab.data.weather import weather

__all__ = ["Source", "log_returns", "stocks", "weather"]
