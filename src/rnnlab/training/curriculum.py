"""Curricula of length: which lengths of a task a network is trained on, and when.

A curriculum is given to `fit` in the place of a task. The task of update u is a function of u alone, and what is random
in it comes from the generator of that update; so a stopped training goes on with the same batches, and two networks of
one seed read the same ones. No curriculum here waits for success: then each network would set its own.

"Learning to execute", Zaremba and Sutskever, 2014, compare these forms, with programs for sequences; the idea of
starting small is Elman's, 1993, and its name Bengio's et al., 2009.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnlab.errors import InputError
from rnnlab.training.batching import Generated


@dataclass(frozen=True)
class Growing:
    """T_u = start + (end − start) · u/over, rounded, and `end` from update `over` on.

    of_length(T) is the task at length T: Growing(Adding, start=10, end=100, over=1_000).
    """

    of_length: Callable[[int], Generated]
    start: int
    end: int
    over: int

    def __post_init__(self) -> None:
        _check(self.start, self.end)
        if self.over < 1:
            raise InputError(f"over is {self.over}; it counts the updates until the full length and is at least 1.")

    def length(self, update: int) -> int:
        """T_u."""
        return round(self.start + (self.end - self.start) * min(1.0, update / self.over))

    def at_update(self, update: int) -> Generated:
        """The task of this update."""
        return self.of_length(self.length(update))


@dataclass(frozen=True)
class Mixed:
    """Every batch has a length of its own, each from start to end equally likely, from the first update to the last."""

    of_length: Callable[[int], Generated]
    start: int
    end: int

    def __post_init__(self) -> None:
        _check(self.start, self.end)

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """`size` sequences of one length."""
        return self.of_length(int(rng.integers(self.start, self.end + 1))).batch(size, rng)


def _check(start: int, end: int) -> None:
    if not 1 <= start <= end:
        raise InputError(f"The lengths go from {start} to {end}; give a start of at least 1 and an end not below it.")
