"""How forecasts are made, scored, compared and backtested: by baselines alone, and by recurrent networks with them."""

import importlib
from typing import TYPE_CHECKING, Any

from rnnlab.forecasting.backtest import backtest
from rnnlab.forecasting.baselines import Forecast, Method, drift, persistence, ridge, seasonal_naive, zero
from rnnlab.forecasting.diebold_mariano import Comparison, diebold_mariano
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.lag import agreement, lag_of
from rnnlab.forecasting.options import Options
from rnnlab.forecasting.reading import read_table
from rnnlab.forecasting.result import Result
from rnnlab.forecasting.scores import long_format, scores, scores_by_horizon
from rnnlab.forecasting.seasons import seasons_of
from rnnlab.forecasting.series import Season, Series, Table, calendar

if TYPE_CHECKING:
    from rnnlab.forecasting.comparison import compare
    from rnnlab.forecasting.model_folder import load, predict
    from rnnlab.forecasting.planning import Plan, plan
    from rnnlab.forecasting.winner import Winner

__all__ = [
    "Comparison",
    "Finding",
    "Forecast",
    "Method",
    "Options",
    "Plan",
    "Result",
    "Season",
    "Series",
    "Table",
    "Winner",
    "agreement",
    "backtest",
    "calendar",
    "compare",
    "diebold_mariano",
    "drift",
    "lag_of",
    "load",
    "long_format",
    "persistence",
    "plan",
    "predict",
    "read_table",
    "ridge",
    "scores",
    "scores_by_horizon",
    "seasonal_naive",
    "seasons_of",
    "zero",
]

# What needs torch, by its module: loaded when it is first asked for, so that reading a table stays quick.
_LATER = {
    "Plan": "planning",
    "Winner": "winner",
    "compare": "comparison",
    "load": "model_folder",
    "plan": "planning",
    "predict": "model_folder",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
