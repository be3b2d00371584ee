"""Windows over a time series: what a forecaster may read, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Rows = NDArray[np.intp]
Stamps = NDArray[np.datetime64]

Element = TypeVar("Element", bound=np.generic)


@dataclass(frozen=True)
class Scaler:
    """z = (x − mean) / std with the mean and the standard deviation of what the training part observed."""

    mean: float
    std: float

    def scale(self, x: ArrayLike) -> Float64:
        """From the value's own unit to z."""
        return (np.asarray(x, dtype=np.float64) - self.mean) / self.std

    def unscale(self, z: ArrayLike) -> Float64:
        """From z back to the value's own unit."""
        return np.asarray(z, dtype=np.float64) * self.std + self.mean


@dataclass(frozen=True, eq=False)
class Series:
    """A series of T rows with I input channels, shared by the windows of every part.

    A gap in `channels` or `carried` holds the last value before it; where that is too long ago it stays NaN.
    `observed` is never filled.
    """

    stamps: Stamps  # (T,) UTC
    channels: Float32  # (T, I) scaled
    observed: Float64  # (T,) the target in its own unit
    carried: Float64  # (T,) the same, gaps carried forward: the past that a baseline reads
    scaler: Scaler  # of the target


@dataclass(frozen=True, eq=False)
class Windows:
    """N windows. The one whose last observed row is r reads rows r−window+1 … r and is asked for rows r+1 … r+horizon.

    Left out, and counted, are the windows that ask for a missing target, or whose inputs have a gap too long to carry
    a value over. The arrays are cut out of the shared series when they are asked for; `inputs`, the largest with
    4·N·window·I bytes, and `targets` are kept.
    """

    series: Series = field(repr=False)
    rows: Rows = field(repr=False)  # (N,) the last observed row of each window, ascending
    window: int
    horizon: int
    missing_targets: int  # windows left out because a target is missing
    missing_inputs: int  # windows left out because of their inputs alone

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def inputs(self) -> Float32:
        """(N, window, I) float32, scaled, no NaN."""
        return _cut(self.series.channels, self.rows - self.window + 1, self.window)

    @cached_property
    def targets(self) -> Float32:
        """(N, horizon) float32, scaled, no NaN."""
        return self.series.scaler.scale(self.truth).astype(np.float32)

    @property
    def truth(self) -> Float64:
        """(N, horizon) the targets in their own unit: the table's values, untouched."""
        return _cut(self.series.observed, self.rows + 1, self.horizon)

    @property
    def past(self) -> Float64:
        """(N, window) the target itself up to the origin, in its own unit, gaps carried forward."""
        return _cut(self.series.carried, self.rows - self.window + 1, self.window)

    @property
    def origins(self) -> Stamps:
        """(N,) datetime64[ns], UTC: the time of each window's last observed row."""
        return self.series.stamps[self.rows]

    @property
    def stamps(self) -> Stamps:
        """(N, horizon) datetime64[ns], UTC: the time of each target."""
        return _cut(self.series.stamps, self.rows + 1, self.horizon)


def _cut(x: NDArray[Element], first: Rows, length: int) -> NDArray[Element]:
    """(T, …) → (N, length, …), rows first … first+length−1 for each of the N."""
    slices = np.moveaxis(sliding_window_view(x, length, axis=0), -1, 1)
    return np.ascontiguousarray(slices[first])
