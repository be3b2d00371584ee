"""Running parity: after every bit, is the number of ones so far odd?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from rnnlab.errors import InputError
from rnnlab.tasks.losses import cross_entropy
from rnnlab.tasks.protocol import Float32, Int64
from rnnlab.tasks.solution import Solution, solution

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Parity:
    """p_t = p_{t-1} XOR x_t, p_0 = 0, for random bits x_1 … x_T.

    Inputs (B, T, 1) are 0 or 1, targets (B, T) classes 0 (even) and 1 (odd). A sequence of T bits holds one of every
    shorter length: what was learned on 12 steps can be tested on 120. The loss is the cross-entropy over all steps,
    the score the share of right ones. T below 1: InputError.

    Every bit matters to every later answer: no bit can be overlooked, however long ago it was. Minsky and Papert, 1969,
    for a single answer; as a test of recurrent networks, Bengio, Simard and Frasconi, 1994.
    """

    length: int = 12

    input_size = 1
    output_size = 2
    every_step = True
    floor = math.log(2)
    chance = 0.5

    def __post_init__(self) -> None:
        if self.length < 1:
            raise InputError(f"length is {self.length}; parity needs at least one bit.")

    def windowed(self, window: int) -> float:
        """The best score from the last `window` bits alone: sure while they are all there were, then one half."""
        seen = min(window, self.length)
        return (seen + (self.length - seen) / 2) / self.length

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32, Int64]:
        """Inputs (size, T, 1) and targets (size, T)."""
        bits = rng.integers(2, size=(size, self.length))
        return bits[:, :, None].astype(np.float32), (bits.cumsum(axis=1) % 2).astype(np.int64)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of prediction (B, T, 2), in nats a step."""
        return cross_entropy(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of right answers among all steps of all sequences."""
        return float(np.mean(np.asarray(prediction).argmax(axis=2) == np.asarray(targets)))

    def solution(self, nonlinearity: Literal["relu", "tanh"] = "relu") -> Solution:
        """Two units that ask whether s = p_{t-1} + x_t is at least 1, and whether it is 2; p is 1 where s is 1.

        relu: h = (relu(s), relu(s − 1)), p = h₁ − 2h₂, in whole numbers. tanh: h = (tanh(40s − 20), tanh(40s − 60)),
        p = (h₁ − h₂)/2; tanh(20) is 1 in float32 and float64, so that nothing drifts. With h_0 = 0 both have p_0 = 0.
        """
        if nonlinearity == "relu":
            parity, gain, thresholds = np.array([1.0, -2.0]), 1.0, np.array([0.0, 1.0])
        else:
            parity, gain, thresholds = np.array([0.5, -0.5]), 40.0, np.array([0.5, 1.5])
        odd = np.array([-1.0, 1.0])  # the sign of each class's logit, which is ±(p − 1/2)
        return solution(
            nonlinearity,
            gain * np.ones((2, 1)),
            -gain * thresholds,
            gain * np.tile(parity, (2, 1)),
            np.outer(odd, parity),
            -odd / 2,
        )
