"""What single units do: how closely one follows a feature of the input, held against the same search on a control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError
from rnnlab.probes.memory import read_out_r2

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UnitProbe:
    """How closely units follow a feature: shares of its variance, on steps that neither chose nor fitted anything.

    r2 (H,) of each unit alone; `best`, the unit that was closest on the first half; `together`, of all units by a
    linear map. `by_chance` (controls,) is what the same search for a best unit finds for the feature shifted in time.
    """

    r2: Float64
    best: int
    together: float
    by_chance: Float64

    @property
    def best_r2(self) -> float:
        """The best unit's, on the half that did not choose it."""
        return float(self.r2[self.best])


def unit_probe(states: ArrayLike, feature: ArrayLike, *, controls: int, rng: np.random.Generator) -> UnitProbe:
    """Which unit of states (N, H) follows feature (N,), the squared correlation of the two?

    With many units some will seem to follow anything. So the best is chosen on the first half of the steps and scored
    on the second, and the search is repeated for `controls` controls: the feature shifted in time by a random part of
    N, the end put before the beginning. A shift keeps what both series are like by themselves, their slowness
    above all, which a permutation would destroy, and breaks what ties them together.

    A unit or a half of the feature that does not move follows nothing: 0. InputError unless the lengths agree.
    """
    h, y = np.asarray(states, dtype=np.float64), np.asarray(feature, dtype=np.float64)
    if h.ndim != 2 or y.shape != h.shape[:1] or len(h) < 20:
        raise InputError(
            f"states have shape {h.shape} and the feature {y.shape}; a probe takes (N, H) and (N,), N of at least 20."
        )
    N = len(h)
    shifts = rng.integers(N // 10, N - N // 10, size=controls)
    searches = [_search(h, np.roll(y, shift)) for shift in shifts]
    r2, best = _search(h, y)
    return UnitProbe(
        r2=r2,
        best=best,
        together=float(read_out_r2(h, y[:, None])[0]),
        by_chance=np.array([found[chosen] for found, chosen in searches]),
    )


def squared_correlation(states: ArrayLike, feature: ArrayLike) -> Float64:
    """r² (H,) of each unit of states (N, H) with feature (N,); 0 where one of the two does not move."""
    h, y = np.asarray(states, dtype=np.float64), np.asarray(feature, dtype=np.float64)
    still = (np.ptp(h, axis=0) == 0) | (np.ptp(y) == 0)  # asked before the mean is taken away, which rounds
    h, y = h - h.mean(axis=0), y - y.mean()
    return np.where(still, 0.0, (h.T @ y) ** 2 / np.where(still, 1.0, (h**2).sum(axis=0) * (y**2).sum()))


def _search(h: Float64, y: Float64) -> tuple[Float64, int]:
    """r² of each unit on the second half, and the unit that was best on the first."""
    half = len(h) // 2
    return squared_correlation(h[half:], y[half:]), int(squared_correlation(h[:half], y[:half]).argmax())
