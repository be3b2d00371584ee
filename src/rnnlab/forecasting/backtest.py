"""Rolling origin: every method is fitted anew before each cut-off and forecasts what lies between it and the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting.baselines import Method
from rnnlab.forecasting.scores import long_format
from rnnlab.tasks import ForecastingTask


def backtest(folds: Sequence[ForecastingTask], methods: Mapping[str, Method]) -> pd.DataFrame:
    """One row a target of every fold's test part: unique_id, ds, cutoff, y and one column a method.

    `folds` come from `rnnlab.tasks.folds`; a method learns from a fold's training and validation parts and never meets
    its test part's targets. `cutoff` is the origin of each forecast, of which a fold has many. The rows are what
    utilsforecast's `evaluate` and the packages around it read.  Source: Tashman, 2000.
    """
    if not folds:
        raise InputError("There is no fold to test on; build some with rnnlab.tasks.folds(table, cutoffs=[...], ...).")
    return pd.concat(
        [
            long_format(fold, fold.test, {name: method(fold)(fold.test) for name, method in methods.items()})
            for fold in folds
        ],
        ignore_index=True,
    )
