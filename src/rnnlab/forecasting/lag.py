"""Does a forecast see ahead, or does it repeat what has just been? Which moment of the truth it resembles most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError


def agreement(prediction: ArrayLike, truth: ArrayLike, *, longest: int = 10) -> NDArray[np.float64]:
    """r_s = corr(ŷ_t, y_{t−s}) for s = 0 … `longest`, each over the same moments t: (longest+1,).

    `prediction` and `truth` are (n,) in the order of time, prediction[t] made for truth[t]. Correlation, so that a
    forecast with a constant bias or a wrong scale is still recognised. NaN where one of the two does not vary.
    InputError unless n > longest + 2.
    """
    p, y = np.asarray(prediction, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if p.ndim != 1 or p.shape != y.shape:
        raise InputError(f"Prediction and truth have shapes {p.shape} and {y.shape}; give two (n,) arrays.")
    n = len(y)
    if longest < 0 or n <= longest + 2:
        raise InputError(f"{n} moments cannot be shifted by up to {longest}; give more, or a smaller longest.")
    p = _unit(p[longest:])
    return np.array([p @ _unit(y[longest - s : n - s]) for s in range(longest + 1)])


def lag_of(prediction: ArrayLike, truth: ArrayLike, *, longest: int = 10) -> int:
    """The shift s at which ŷ_t agrees best with y_{t−s}: 0 for a forecast that knows, k for one that, made k steps
    ahead, says no more than the last value it saw. InputError where prediction or truth does not vary.
    """
    r = agreement(prediction, truth, longest=longest)
    if np.isnan(r).any():
        raise InputError("A series that does not vary (or holds NaN) resembles every shift alike: it has no lag.")
    return int(np.argmax(r))


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred, of length 1."""
    centred = x - x.mean()
    length = np.linalg.norm(centred)
    if not length > 1e-12 * np.linalg.norm(x):
        return np.full_like(x, np.nan)
    return np.asarray(centred / length)
