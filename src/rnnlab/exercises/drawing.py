"""Random inputs that shrink: what an exercise's `cases` draws from."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rnnlab.errors import InputError

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise InputError(
        "The exercises need the package hypothesis; install it with: pip install 'rnnlab[course]'"
    ) from error

T = TypeVar("T")

# An array is drawn as bytes, which Hypothesis draws and shrinks fast; a byte stands for one of 256 different numbers,
# the simplest first, so that a shrunk array holds zeros and ones.
_SIMPLE = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5]
_OTHER = sorted(
    {round(sign * k / 64 + sign / 256, 3) for k in range(1, 126) for sign in (1, -1)} - set(_SIMPLE), key=abs
)
NUMBERS: npt.NDArray[np.float64] = np.array((_SIMPLE + _OTHER)[:256])


class Draw:
    """Draws the parts of one input. Every part shrinks: sizes to their smallest, numbers to 0 and 1."""

    def __init__(self, draw: Any, spread: int | None = None) -> None:
        self._draw, self._spread = draw, spread

    def size(self, largest: int = 4, smallest: int = 1) -> int:
        """A length such as T, B, I or H; with a `spread`, at most so far above the smallest."""
        if self._spread is not None:
            largest = min(largest, smallest + self._spread)
        return int(self._draw(st.integers(smallest, largest)))

    def array(self, *shape: int) -> npt.NDArray[np.float64]:
        """Numbers between -2 and 2, float64."""
        count = math.prod(shape)
        drawn = self._draw(st.binary(min_size=count, max_size=count))
        return NUMBERS[np.frombuffer(drawn, np.uint8)].reshape(shape)

    def integers(self, *shape: int, below: int) -> npt.NDArray[np.int64]:
        """Whole numbers 0 … below - 1 (at most 256), int64."""
        count = math.prod(shape)
        drawn = self._draw(st.binary(min_size=count, max_size=count))
        return (np.frombuffer(drawn, np.uint8).astype(np.int64) % below).reshape(shape)

    def number(self, low: float, high: float) -> float:
        """A number from low to high in 1000 equal steps; it shrinks to low."""
        return low + (high - low) * int(self._draw(st.integers(0, 1000))) / 1000

    def choice(self, *options: T) -> T:
        """One of the options; it shrinks to the first."""
        chosen: T = self._draw(st.sampled_from(options))
        return chosen

    def seed(self) -> int:
        """For np.random.default_rng where a case needs a generator, or more numbers than it should show."""
        return int(self._draw(st.integers(0, 2**32 - 1)))
