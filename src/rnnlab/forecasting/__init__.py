"""How forecasts are made without a network, scored, compared and backtested."""

from rnnlab.forecasting.baselines import (
    Forecast,
    Method,
    drift,
    persistence,
    ridge,
    seasonal_naive,
    zero,
)

__all__ = ["Forecast", "Method", "drift", "persistence", "ridge", "seasonal_naive", "zero"]
