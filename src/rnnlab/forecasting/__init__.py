"""How forecasts are made without a network, scored, compared and backtested."""

from rnnlab.forecasting.backtest import backtest
from rnnlab.forecasting.baselines import Forecast, Method, drift, persistence, ridge, seasonal_naive, zero
from rnnlab.forecasting.diebold_mariano import Comparison, diebold_mariano
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.lag import agreement, lag_of
from rnnlab.forecasting.scores import long_format, scores, scores_by_horizon
from rnnlab.forecasting.series import Season, Series, Table, calendar

__all__ = [
    "Comparison",
    "Finding",
    "Forecast",
    "Method",
    "Season",
    "Series",
    "Table",
    "agreement",
    "backtest",
    "calendar",
    "diebold_mariano",
    "drift",
    "lag_of",
    "long_format",
    "persistence",
    "ridge",
    "scores",
    "scores_by_horizon",
    "seasonal_naive",
    "zero",
]
