"""Exponential smoothing, chosen by information criterion: what a forecaster without networks would reach for."""

from __future__ import annotations

import importlib.util
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.split import Split
from rnnlab.tasks import Windows
from rnnlab.tasks.table import carried

MODELS = ("auto_ets",)

LONGEST = 2_000  # steps of the training part that are fitted, its last
KINDS = ((None, False), ("add", False), ("add", True))  # trend, and whether it is damped

Float64 = NDArray[np.float64]


def takes_part(wanted: bool | None) -> bool:
    """Whether these models are compared: as asked, or where statsmodels is installed. InputError: asked in vain."""
    there = importlib.util.find_spec("statsmodels") is not None
    if wanted and not there:
        raise InputError(
            "AutoETS needs statsmodels, which is not installed: pip install 'rnnlab[forecast]', or leave it out."
        )
    return there if wanted is None else wanted


def fit(split: Split, model: str) -> dict[str, Any]:
    """The additive exponential smoothing model with the lowest AICc on the training part.

    Without, with and with damped trend, without and with a season: AutoETS of Hyndman et al., 2002, among models whose
    errors add. `validation` is the root mean squared error on the validation part.
    """
    assert model in MODELS
    values = _whole(split)[: len(split.task.history)][-LONGEST:]
    seasons = [1] if split.season == 1 or len(values) < 2 * split.season + 10 else [1, split.season]
    found: list[tuple[float, int, dict[str, Any], list[float]]] = []
    for trend, damped in KINDS:
        for season in seasons:
            shape = {"trend": trend, "damped": damped, "season": season}
            with _quiet():
                fitted = _model(values, shape).fit(disp=False, maxiter=200)
            if np.isfinite(fitted.aicc) and np.isfinite(fitted.params).all():
                found.append((float(fitted.aicc), len(found), shape, [float(each) for each in fitted.params]))
    if not found:
        return {"validation": math.nan, "shape": {}, "numbers": [], "learnt": 0}
    _, _, shape, numbers = min(found)
    measured = {"shape": shape, "numbers": numbers, "learnt": len(numbers)}
    windows = split.task.validation
    error = forecast(split, windows, measured) - windows.truth
    return measured | {"validation": float(np.sqrt(np.mean(error**2)))}


def forecast(split: Split, windows: Windows, fitted: dict[str, Any]) -> Float64:
    """(N, horizon) from the states after each window's last row, in the target's own unit."""
    if not fitted["numbers"]:
        return np.full((len(windows), windows.horizon), math.nan)
    return from_states(states_of(_whole(split), fitted), windows.rows, windows.horizon, fitted)


def states_of(values: Float64, fitted: dict[str, Any]) -> Float64:
    """(T, S): level, trend and season after each of the T values (no gaps), with the numbers that were fitted."""
    with _quiet():
        smoothed = _model(values, fitted["shape"]).smooth(np.array(fitted["numbers"]))
    return np.asarray(smoothed.states, dtype=np.float64)


def from_states(states: Float64, rows: NDArray[np.intp], horizon: int, fitted: dict[str, Any]) -> Float64:
    """ŷ_{t+k} = ℓ_t + (φ + φ² + … + φᵏ) b_t + s_{t+k−m⌈k/m⌉}: (N, horizon) from the states at `rows`."""
    shape, steps = fitted["shape"], np.arange(1, horizon + 1)
    said = np.repeat(states[rows, :1], horizon, axis=1)
    if shape["trend"]:
        damping = fitted["numbers"][-1] if shape["damped"] else 1.0  # statsmodels puts φ last
        said = said + states[rows, 1:2] * np.cumsum(damping**steps)
    if shape["season"] > 1:
        back = steps - shape["season"] * np.ceil(steps / shape["season"]).astype(int)
        said = said + states[rows[:, None] + back, -1]
    return said


def _model(values: Float64, shape: dict[str, Any]) -> Any:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    seasonal = {"seasonal": "add", "seasonal_periods": shape["season"]} if shape["season"] > 1 else {}
    return ETSModel(
        values, error="add", trend=shape["trend"], damped_trend=shape["damped"],
        initialization_method="heuristic", **seasonal,
    )  # fmt: skip


def _whole(split: Split) -> Float64:
    """The series with every gap filled by the value before it; the first one is observed."""
    return carried(split.series.values, len(split.series))


@contextmanager
def _quiet() -> Iterator[None]:
    """A fit that ends before it has converged is judged by what it forecasts."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        for each in (ConvergenceWarning, RuntimeWarning):
            warnings.simplefilter("ignore", each)
        yield
