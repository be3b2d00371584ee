"""Is one forecast better than another, or was it luck? The test of Diebold and Mariano, corrected for small samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from rnnlab.errors import InputError


@dataclass(frozen=True)
class Comparison:
    """What the test says of two forecasts; a negative difference favours the first."""

    statistic: float
    p_value: float  # two-sided
    mean_difference: float  # mean loss of the first minus mean loss of the second
    interval: tuple[float, float]  # of the mean difference
    weights: str  # of the autocovariances: "rectangular", or "Bartlett" where those gave no positive variance


def diebold_mariano(first: ArrayLike, second: ArrayLike, *, horizon: int, level: float = 0.95) -> Comparison:
    """H₀: E d_t = 0, where d_t = first_t − second_t is the difference of the two forecasts' losses at origin t.

    d̄ = mean d_t over n origins,  γ_k = (1/n) Σ_{t>k} (d_t − d̄)(d_{t−k} − d̄)
    V = (γ_0 + 2 Σ_{k=1}^{h−1} γ_k) / n                                              (Diebold and Mariano, 1995)
    S = d̄ / √V · √((n + 1 − 2h + h(h−1)/n) / n),  held against Student's t with n−1   (Harvey, Leybourne, Newbold, 1997)

    `first` and `second` are (n,) losses in the order of their origins, of any kind: |e| at one step, or its mean over
    all steps. h = `horizon` counts origins: forecasts h origins ahead have errors that overlap with their h−1
    successors. Where V is not positive, γ_k is weighted by 1 − k/h (Bartlett), which cannot be negative. The interval
    holds every mean difference that the same test does not reject at 1 − `level`.

    Origins left out for a gap are passed over and the rest treated as equally spaced (Datta and Du, 2012). The test
    asks about these forecasts on this series; it knows nothing of other seeds or other years.
    InputError: lengths that differ, losses that are not finite, h ≥ n, two forecasts whose losses never differ.
    """
    d = _difference(first, second, horizon)
    n, mean = len(d), float(d.mean())
    gamma = _autocovariances(d, horizon)
    lags = np.arange(1, horizon)
    variance, weights = (gamma[0] + 2 * gamma[1:].sum()) / n, "rectangular"
    if not variance > 0:
        variance, weights = (gamma[0] + 2 * ((1 - lags / horizon) * gamma[1:]).sum()) / n, "Bartlett"
    correction = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    error = float(np.sqrt(variance) / correction)
    statistic = mean / error
    reach = error * float(student.ppf((1 + level) / 2, n - 1))
    return Comparison(
        statistic=statistic,
        p_value=float(2 * student.sf(abs(statistic), n - 1)),
        mean_difference=mean,
        interval=(mean - reach, mean + reach),
        weights=weights,
    )


def _difference(first: ArrayLike, second: ArrayLike, horizon: int) -> NDArray[np.float64]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(
            f"The losses have shapes {a.shape} and {b.shape}; the test takes two (n,) arrays, one loss an origin."
        )
    if not 1 <= horizon < len(a):
        raise InputError(f"horizon={horizon} with {len(a)} origins; it is at least 1 and less than their number.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("A loss is not finite: a forecast that diverged cannot be tested, count it as diverged.")
    d = a - b
    if np.ptp(d) <= 1e-12 * max(np.abs(a).max(), np.abs(b).max()):
        raise InputError(
            "The two losses differ by the same amount at every origin: there is no chance to test against."
        )
    return d


def _autocovariances(d: NDArray[np.float64], horizon: int) -> NDArray[np.float64]:
    """γ_0 … γ_{h−1}"""
    centred = d - d.mean()
    return np.array([centred[k:] @ centred[: len(d) - k] for k in range(horizon)]) / len(d)
