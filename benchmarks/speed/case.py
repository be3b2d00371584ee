"""What is timed: one call of one cell at one size, the same numbers for every peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
CELLS = ("RNN", "GRU", "LSTM")
# B, T, I, H: from a small study to a speech model, and one long sequence
SIZES = ((32, 100, 1, 32), (32, 100, 8, 64), (64, 200, 32, 128), (64, 100, 64, 256), (1, 1000, 32, 64))


@dataclass(frozen=True)
class Case:
    """training: outputs, then the gradients of all parameters for a given cotangent (x is data and gets none).

    packed: training on sequences of lengths drawn from 1..T. inference: outputs alone. step: T single steps that carry
    the state. trials: 30 whole trainings with Adam and clipping, 10 updates each.
    """

    what: Literal["training", "packed", "inference", "step", "trials"]
    cell: str
    B: int
    T: int
    I: int
    H: int
    dtype: str = "float32"

    @property
    def size(self) -> tuple[int, int, int, int]:
        return self.B, self.T, self.I, self.H

    def rng(self) -> np.random.Generator:
        return np.random.default_rng([self.B, self.T, self.I, self.H])

    def x(self) -> np.ndarray:
        return self.rng().standard_normal((self.T, self.B, self.I)).astype(self.dtype)

    def cotangent(self) -> np.ndarray:
        return self.rng().standard_normal((self.T, self.B, self.H)).astype(self.dtype)

    def weights(self) -> list[np.ndarray]:
        """w_ih, w_hh, b_ih, b_hh as torch.nn lays them out and draws them."""
        rng, rows, bound = self.rng(), GATES[self.cell] * self.H, self.H**-0.5
        shapes = ((rows, self.I), (rows, self.H), (rows,), (rows,))
        return [rng.uniform(-bound, bound, shape).astype(self.dtype) for shape in shapes]

    def lengths(self) -> np.ndarray:
        return self.rng().integers(1, self.T + 1, self.B)

    def dense_of_as_many_steps(self) -> Case:
        """The dense batch whose T·B comes nearest to the sum of this case's lengths."""
        return Case(
            "training", self.cell, self.B, round(int(self.lengths().sum()) / self.B), self.I, self.H, self.dtype
        )
