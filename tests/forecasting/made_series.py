"""Series whose best forecast is known, and settings with which a comparison of them takes a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rnnlab.forecasting import Options, Plan, Result, Series
from rnnlab.forecasting.options import VIEWS
from rnnlab.forecasting.planning import plan

SMALL: dict[str, Any] = {
    "seeds": 3,
    "views": ("level", "change"),
    "statistical": False,
    "parameters": 300,
    "updates": 120,
    "batch_size": 32,
    "evaluate_every": 20,
    "patience": 3,
    "learning_rates": (1e-2,),
}
TINY = SMALL | {"updates": 4, "evaluate_every": 2, "seeds": 2, "parameters": 60, "window": 7, "views": VIEWS}


def series(values: Any, *, id: str = "made", freq: str = "D", **inputs: Any) -> Series:
    values = np.asarray(values, dtype=np.float64)
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in inputs.items()}
    return Series(id, pd.date_range("2020-01-01", periods=len(values), freq=freq), values, columns)


def planned(made: Series, **given: Any) -> Plan:
    return plan(made, **given)


def compared(made: Series, **given: Any) -> Result:
    return planned(made, **given).run()


def options(**given: Any) -> Options:
    return Options.of("full", **{"horizon": 7} | given)


def white_noise(seed: int, T: int = 600) -> Series:
    return series(5 + np.random.default_rng(seed).normal(size=T))


def random_walk(seed: int, T: int = 600) -> Series:
    return series(np.cumsum(np.random.default_rng(seed).normal(size=T)))


def pure_season(seed: int, T: int = 600) -> Series:
    return series(np.resize(np.random.default_rng(seed).normal(size=7), T))


def autoregression(seed: int, T: int = 600) -> Series:
    """y_t = 1.2 y_{t−1} − 0.5 y_{t−2} + e_t: the best forecast of the next step is linear."""
    e = np.random.default_rng(seed).normal(size=T)
    y = np.zeros(T)
    for t in range(2, T):
        y[t] = 1.2 * y[t - 1] - 0.5 * y[t - 2] + e[t]
    return series(y)


NOISE = 0.1


def tent(seed: int, T: int = 800) -> Series:
    """y_t = 1 − 1.6 |y_{t−1}| + 0.1 e_t, an autoregression that switches its sign at 0: the best forecast of the next
    step is 1 − 1.6 |y_t|, with a mean absolute error of 0.1 √(2/π); a line sees next to nothing of it.
    """
    e = np.random.default_rng(seed).normal(size=T)
    y = np.zeros(T)
    for t in range(1, T):
        y[t] = 1 - 1.6 * abs(y[t - 1]) + NOISE * e[t]
    return series(y)
