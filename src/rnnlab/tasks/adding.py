"""The adding problem: two numbers, far apart, are to be added at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from rnnlab.errors import InputError
from rnnlab.tasks.losses import squared_error
from rnnlab.tasks.protocol import Float32
from rnnlab.tasks.solution import Solution, solution

if TYPE_CHECKING:
    from torch import Tensor

Setting = Literal["le2015", "hochreiter1997"]


@dataclass(frozen=True)
class Adding:
    """Each step has a number and a marker; the target is made of the two numbers that are marked.

    "le2015": T steps; numbers from U(0, 1); markers 1 at two different steps, here every pair of steps equally
    likely, and 0 elsewhere; the target is the sum of the two.  Le, Jaitly and Hinton, 2015.

    "hochreiter1997": a length from T to T + T/10, one a batch here (the paper's batches are single sequences); numbers
    from U(−1, 1); markers 1 at one of the first ten steps and at one of the first T/2 − 1 still unmarked ones, −1 at
    the first and last step, 0 elsewhere. If the first step is chosen, its marker stays −1 and its number becomes 0.
    The target is 0.5 + (X₁ + X₂)/4.  Hochreiter and Schmidhuber, 1997, experiment 4.

    Inputs (B, T, 2): number, marker. Targets (B, 1). The loss is the squared error, the score the share of sequences
    with |ŷ − y| < 0.04, the criterion of 1997. It is a 25th of the target's range there; in the setting of 2015,
    where the target runs from 0 to 2, a 50th.

    A length that cannot hold its markers: InputError.
    """

    length: int = 100
    setting: Setting = "le2015"

    input_size = 2
    output_size = 1
    every_step = False
    tolerance = 0.04

    def __post_init__(self) -> None:
        if self.setting not in get_args(Setting):
            raise InputError(f"setting is {self.setting!r}; choose one of {', '.join(get_args(Setting))}.")
        least = 2 if self.setting == "le2015" else 20
        if self.length < least:
            raise InputError(
                f"length is {self.length}, too short to mark two steps as {self.setting} does; give at least {least}."
            )

    @property
    def floor(self) -> float:
        """The variance of the target, which is what always predicting its mean costs.

        2015: 2/12 = 0.167, as each number has variance 1/12. 1997: 1/48 for each number that counts, two but for the
        sequences in which the first step is chosen; just under 1/24 = 0.042.
        """
        return self.remembering(0)

    def remembering(self, numbers: int) -> float:
        """The loss of the best prediction from none, one (the one chosen second) or both of the numbers."""
        if self.setting == "le2015":
            return (2 - numbers) / 12
        return sum(self._counts()[: 2 - numbers]) / 48

    @property
    def chance(self) -> float:
        """How often the mean of the target is within 0.04 of it: 1 − (1 − d)² of the sequences of two numbers.

        d is 0.04 over the half range of their sum: 0.04 in 2015, 0.08 in 1997, where in the sequences of a single
        number, which has half that range, it is 2d.
        """
        if self.setting == "le2015":
            return 1 - (1 - self.tolerance) ** 2
        d, single = 2 * self.tolerance, 2 - sum(self._counts())
        return (1 - single) * (1 - (1 - d) ** 2) + single * 2 * d

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32, Float32]:
        """Inputs (size, T, 2) and targets (size, 1)."""
        return self._batch_1997(size, rng) if self.setting == "hochreiter1997" else self._batch_2015(size, rng)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error of prediction (B, 1)."""
        return squared_error(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of sequences whose error is below 0.04."""
        return float(np.mean(np.abs(np.asarray(prediction) - np.asarray(targets)) < self.tolerance))

    def solution(self) -> Solution:
        """A marked number passes relu(v + m − 1), an unmarked one does not; the next step adds it to what is kept.

        2015, H = 2: a_t = relu(v_t + m_t − 1), s_t = relu(s_{t-1} + a_{t-1}), ŷ = s_T + a_T. In 1997 numbers are
        negative too and m may be −1: a⁺ = relu(v + 2m − 2) and a⁻ = relu(−v + 2m − 2) with a sum each, H = 4.
        """
        if self.setting == "le2015":
            return solution("relu", [[1, 1], [0, 0]], [-1, 0], [[0, 0], [1, 1]], [[1, 1]], [0])
        return solution(
            "relu",
            [[1, 2], [-1, 2], [0, 0], [0, 0]],
            [-2, -2, 0, 0],
            [[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]],
            [[0.25, -0.25, 0.25, -0.25]],
            [0.5],
        )

    def _counts(self) -> tuple[float, float]:
        """How often the first and the second number of 1997 are not at the first step, which makes them count."""
        return 1 - 1 / 10, 1 - (1 - 1 / 10) / (self.length // 2 - 1)

    def _batch_2015(self, size: int, rng: np.random.Generator) -> tuple[Float32, Float32]:
        numbers = rng.random((size, self.length))
        first = rng.integers(self.length, size=size)
        second = rng.integers(self.length - 1, size=size)
        second += second >= first
        markers, rows = np.zeros_like(numbers), np.arange(size)
        markers[rows, first] = markers[rows, second] = 1
        return _pairs(numbers, markers, (numbers * markers).sum(axis=1))

    def _batch_1997(self, size: int, rng: np.random.Generator) -> tuple[Float32, Float32]:
        length = int(rng.integers(self.length, self.length + self.length // 10 + 1))
        numbers = rng.uniform(-1, 1, (size, length))
        first = rng.integers(10, size=size)
        second = rng.integers(self.length // 2 - 1, size=size)
        second += second >= first
        markers, rows = np.zeros_like(numbers), np.arange(size)
        markers[rows, first] = markers[rows, second] = 1
        numbers[markers[:, 0] == 1, 0] = 0
        markers[:, [0, -1]] = -1
        return _pairs(numbers, markers, 0.5 + (numbers * (markers == 1)).sum(axis=1) / 4)


def _pairs(numbers: ArrayLike, markers: ArrayLike, targets: ArrayLike) -> tuple[Float32, Float32]:
    return np.stack([numbers, markers], axis=2).astype(np.float32), np.asarray(targets, dtype=np.float32)[:, None]
