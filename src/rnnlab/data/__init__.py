"""Real data sets, one a file: typed tables with units, their gaps explicit, their bytes verified."""

from rnnlab.data.digits import Digits, digits
from rnnlab.data.romanisation import romanised
from rnnlab.data.sea_temperature import sea_temperature
from rnnlab.data.source import Source
from rnnlab.data.speeches import speeches
from rnnlab.data.stocks import log_returns, stocks
from rnnlab.data.surnames import surnames
from rnnlab.data.weather import weather

__all__ = [
    "Digits",
    "Source",
    "digits",
    "log_returns",
    "romanised",
    "sea_temperature",
    "speeches",
    "stocks",
    "surnames",
    "weather",
]
