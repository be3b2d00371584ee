"""Intervals around a forecast that hold the truth as often as they say, whatever the forecaster: split conformal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnlab.forecasting.result import Coverage

Float64 = NDArray[np.float64]

LEVELS = (0.8, 0.95)
FEW = 40  # origins, below which validation's residuals are taken too


@dataclass(frozen=True, eq=False)
class Radii:
    """ŷ_{t+k} ± radius[level][k]: how far the forecast of step k reaches at each level, in the target's own unit."""

    by_level: dict[float, Float64]  # (horizon,) each

    @classmethod
    def of(cls, residuals: Float64) -> Radii:
        """From residuals (N, horizon) of forecasts that the forecaster was not fitted on.

        radius_k = the ⌈(N+1)·level⌉-th smallest |y − ŷ| at step k; the largest, where N is too small for the level.
        On exchangeable residuals the truth lies within with probability level or more, and at most 1/(N+1) more.
        Sources: Papadopoulos et al., 2002; step by step, Stankeviciute et al., 2021, without their correction for all
        steps at once: each step has its own promise.
        """
        ordered = np.sort(np.abs(residuals), axis=0)
        n = len(ordered)
        return cls({level: ordered[min(math.ceil((n + 1) * level), n) - 1] for level in LEVELS})


def coverage(calibration: Float64, residuals: Float64, *, every: int) -> tuple[Coverage, ...]:
    """How often intervals made from residuals `calibration` (N, horizon) held the truth at later origins, whose
    residuals are `residuals` (M, horizon).

    Forecasts of overlapping steps err together. The interval of the share is Wilson's (1927) for as many origins as do
    not overlap, M·every/horizon, `every` steps being between two of them.
    """
    radii = Radii.of(calibration)
    return tuple(_covered(level, np.abs(residuals) <= radii.by_level[level], every) for level in LEVELS)


def _covered(level: float, held: NDArray[np.bool_], every: int) -> Coverage:
    from rnnlab.studies.verdict import wilson

    share = float(held.mean())
    apart = max(1, round(len(held) * min(1.0, every / held.shape[1])))
    low, high = wilson(round(share * apart), apart)
    return Coverage(level, share, low, high, held.size)


def halves(residuals: Float64, before: Float64, *, horizon: int, every: int) -> tuple[Float64, Float64]:
    """Residuals (N, horizon) of the test in the order of their origins → what calibrates, what is checked.

    The first half calibrates; what lies within a horizon of it is left out, for its truth was not known in time. With
    fewer than FEW origins in that half, the residuals `before` the test, on the validation part, calibrate beside them:
    they chose the model, so that they are a little too small.
    """
    middle = len(residuals) // 2
    first, later = residuals[:middle], residuals[middle + math.ceil(horizon / every) :]
    return enough(first, before), later


def enough(residuals: Float64, before: Float64) -> Float64:
    """`residuals`, with those from `before` where they are too few for the tails of a distribution."""
    return residuals if len(residuals) >= FEW else np.concatenate([before, residuals])
