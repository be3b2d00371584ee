"""What a network has to beat. A method takes a task, learns from its training and validation parts what it needs, and
gives back a forecast: windows in, (N, horizon) out, in the target's own unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.tasks import ForecastingTask, Scaler, Windows

Float64 = NDArray[np.float64]
Forecast = Callable[[Windows], Float64]
Method = Callable[[ForecastingTask], Forecast]

# From barely any shrinkage to nearly a constant; the penalty acts on a mean of squares, so it needs no sample size.
ALPHAS = tuple(10.0**power for power in range(-6, 4))
ROWS = 4096  # windows that ridge reads at a time


class Asked(Protocol):
    """What a method that learns nothing needs to know of a task."""

    @property
    def window(self) -> int:
        """Rows that may be read."""

    @property
    def horizon(self) -> int:
        """Rows that are asked for."""


def zero(task: Asked) -> Forecast:
    """ŷ_{t+k} = 0: for returns, what persistence of the level says."""
    return lambda windows: np.zeros((len(windows), task.horizon))


def persistence(task: Asked) -> Forecast:
    """ŷ_{t+k} = y_t: the last value stays."""
    return lambda windows: np.repeat(windows.past[:, -1:], task.horizon, axis=1)


def seasonal_naive(task: Asked, *, season: int = 24) -> Forecast:
    """ŷ_{t+k} = y_{t+k−m⌈k/m⌉} with m = `season` rows: the last value of the same season (yesterday, the same hour).

    InputError if the season is longer than the window.  Source: Hyndman and Athanasopoulos, 2021, section 5.2.
    """
    if not 1 <= season <= task.window:
        raise InputError(
            f"A season of {season} rows does not fit into a window of {task.window}; take a longer window."
        )
    steps = np.arange(task.horizon) % season - season
    return lambda windows: windows.past[:, steps]


def drift(task: Asked) -> Forecast:
    """ŷ_{t+k} = y_t + k (y_t − y_{t−w+1}) / (w−1): the line through the first and the last of the window's w values.

    InputError for a window of one row, which has no slope.  Source: Hyndman and Athanasopoulos, 2021, section 5.2.
    """
    if task.window < 2:
        raise InputError("Drift needs a window of at least 2 rows.")
    steps = np.arange(1, task.horizon + 1)

    def forecast(windows: Windows) -> Float64:
        past = windows.past
        slope = (past[:, -1:] - past[:, :1]) / (task.window - 1)
        return past[:, -1:] + slope * steps

    return forecast


def mean(task: Asked) -> Forecast:
    """ŷ_{t+k} = the mean of all that was observed up to t."""

    def forecast(windows: Windows) -> Float64:
        seen = np.isfinite(windows.series.observed)
        sums = np.cumsum(np.where(seen, windows.series.observed, 0.0))
        return np.repeat((sums / np.maximum(np.cumsum(seen), 1))[windows.rows, None], task.horizon, axis=1)

    return forecast


@dataclass(frozen=True)
class Ridge:
    """A fitted ridge autoregression: ŷ = W x + b on the flattened window, one row of W a horizon."""

    alpha: float
    regression: Any  # sklearn.linear_model.Ridge
    scaler: Scaler

    def __call__(self, windows: Windows) -> Float64:
        """(N, horizon) in the target's own unit."""
        return self.scaler.unscale(_said(self.regression, windows))


def ridge(task: ForecastingTask) -> Ridge:
    """The W, b that minimise mean ‖y − W x − b‖² + α ‖W‖², x the flattened window: linear, direct multi-step.

    It reads exactly what a network reads: (N, window·I) scaled inputs. Of the `ALPHAS`, the one with the smallest mean
    squared error on the validation part is kept; the fit is on the training part alone, as a network's. A part is
    read ROWS windows at a time, so that a long series takes hardly more memory than a short one.
    Source: Hoerl and Kennard, 1970.
    """
    from sklearn.linear_model import Ridge as Regression

    x, y, x_mean, y_mean = _reduced(task.train)
    wanted = task.validation.targets
    fits = []
    for alpha in ALPHAS:
        regression = Regression(alpha=alpha * len(task.train), fit_intercept=False).fit(x, y)
        regression.intercept_ = y_mean - regression.coef_ @ x_mean
        error = _said(regression, task.validation) - wanted
        fits.append((float(np.mean(error**2)), Ridge(alpha, regression, task.scaler)))
    return min(fits, key=lambda fit: fit[0])[1]


def _reduced(windows: Windows) -> tuple[Float64, Float64, Float64, Float64]:
    """R_x (K, window·I), R_y (K, horizon), x̄, ȳ with ‖R_y − R_x W‖² = ‖(Y − ȳ) − (X − x̄) W‖² + constant for every W.

    R is the triangular factor of [X − x̄, Y − ȳ], of which ROWS rows enter at a time: K ≤ window·I + horizon.
    Source: Golub and Van Loan, 2013, section 6.5.3.
    """
    width = windows.window * windows.series.channels.shape[1]
    x_mean = np.sum([x.sum(axis=0) for x in _flat(windows)], axis=0) / len(windows)
    targets = windows.targets.astype(np.float64)
    y_mean = targets.mean(axis=0)
    factor = np.empty((0, width + windows.horizon))
    for place, x in enumerate(_flat(windows)):
        y = targets[place * ROWS :][: len(x)]
        below = np.hstack([x - x_mean, y - y_mean])
        factor = np.asarray(np.linalg.qr(np.vstack([factor, below]), mode="r"))
    return factor[:, :width], factor[:, width:], x_mean, y_mean


def _said(regression: Any, windows: Windows) -> Float64:
    return np.concatenate([regression.predict(x).reshape(len(x), windows.horizon) for x in _flat(windows)])


def _flat(windows: Windows) -> Iterator[Float64]:
    """(up to ROWS, window·I), one part after the other."""
    inputs = windows.inputs
    for start in range(0, len(inputs), ROWS):
        part = inputs[start : start + ROWS]
        yield part.reshape(len(part), -1).astype(np.float64)
