"""The copying memory problem: ten symbols, a long silence, then the same ten in their order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from rnnlab.errors import InputError
from rnnlab.tasks.losses import cross_entropy
from rnnlab.tasks.protocol import Float32, Int64
from rnnlab.tasks.solution import Solution, solution

if TYPE_CHECKING:
    from torch import Tensor

SYMBOLS, MEMORY = 8, 10
BLANK, DELIMITER = SYMBOLS, SYMBOLS + 1


@dataclass(frozen=True)
class Copying:
    """Ten of eight symbols, each equally likely, are to be told again T steps after the last of them.

        input   a₁ … a₁₀  blank × (T − 1)  delimiter  blank × 10
        target  blank × (T + 10)                      a₁ … a₁₀

    Inputs (B, T+20, 10) are one-hot: symbols 0 to 7, blank 8, delimiter 9. Targets (B, T+20) are classes 0 to 8. The
    loss is the cross-entropy over all T + 20 steps, the score the share of the ten symbols that are right.

    Arjovsky, Shah and Bengio, 2016, after Hochreiter and Schmidhuber, 1997. T below 1: InputError.
    """

    delay: int = 100

    input_size = SYMBOLS + 2
    output_size = SYMBOLS + 1
    every_step = True
    chance = 1 / SYMBOLS

    def __post_init__(self) -> None:
        if self.delay < 1:
            raise InputError(f"delay is {self.delay}; the delimiter takes one step of it: give at least 1.")

    @property
    def length(self) -> int:
        """T + 20 steps."""
        return self.delay + 2 * MEMORY

    @property
    def floor(self) -> float:
        """10 ln 8 / (T + 20): blanks where blanks belong, and each symbol with probability 1/8 at the end.

        That is the loss without any memory of the ten; knowing when to speak is memory too, but learned with ease.
        """
        return self.remembering(0)

    def remembering(self, symbols: int) -> float:
        """The loss with that many of the ten symbols known for sure and nothing of the others."""
        return (MEMORY - symbols) * math.log(SYMBOLS) / self.length

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32, Int64]:
        """Inputs (size, T+20, 10) and targets (size, T+20)."""
        symbols = rng.integers(SYMBOLS, size=(size, MEMORY))
        read = np.full((size, self.length), BLANK)
        read[:, :MEMORY] = symbols
        read[:, -MEMORY - 1] = DELIMITER
        told = np.full((size, self.length), BLANK)
        told[:, -MEMORY:] = symbols
        return np.eye(self.input_size, dtype=np.float32)[read], told.astype(np.int64)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of prediction (B, T+20, 9), in nats a step."""
        return cross_entropy(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of right classes among the last ten steps."""
        told = np.asarray(prediction)[:, -MEMORY:].argmax(axis=2)
        return float(np.mean(told == np.asarray(targets)[:, -MEMORY:]))

    def solution(self) -> Solution:
        """Ten registers that shift when a symbol comes in and when one goes out: H = 22 relu units for every delay.

            e_t   = relu(e_{t-1} + delimiter_t)                        speaking, from the step after the delimiter on
            A^k_t = relu(R^{k-1}_{t-1} + 8 (s_t − 1))                  for k = 1 … 11: what register k is handed
            B^k_t = relu(R^k_{t-1} − 8 s_t)                            for k = 1 … 10: what it keeps

        with s_t = (a symbol is read at t) + e_{t-1}, which is 0 or 1, R^k = A^k + B^k and R^0 the symbol's number, 1
        to 8. A¹¹ is what has left the last register: the number v to tell, 0 for a blank. The logit of the class
        with number n is 2nv − n², which is −(n − v)² up to a constant.
        """
        numbers = np.append(np.arange(SYMBOLS) + 1, 0)  # of each class
        e, A, B = 0, np.arange(1, MEMORY + 2), np.arange(MEMORY + 2, 2 * MEMORY + 2)
        H = 2 * MEMORY + 2
        W_ih, b_ih, W_hh = np.zeros((H, self.input_size)), np.zeros(H), np.zeros((H, H))
        W_ih[e, DELIMITER] = W_hh[e, e] = 1
        W_ih[A, :SYMBOLS], W_hh[A, e], b_ih[A] = SYMBOLS, SYMBOLS, -SYMBOLS
        W_ih[A[0], :SYMBOLS] += numbers[:SYMBOLS]
        W_hh[A[1:], A[:-1]] = W_hh[A[1:], B] = 1
        W_ih[B[:, None], np.arange(SYMBOLS)], W_hh[B, e] = -SYMBOLS, -SYMBOLS
        W_hh[B, A[:-1]] = W_hh[B, B] = 1
        weight = np.zeros((self.output_size, H))
        weight[:, A[-1]] = 2 * numbers
        return solution("relu", W_ih, b_ih, W_hh, weight, -(numbers**2))
