"""Temporal order: which of two symbols came first, among many that do not matter?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError
from rnnlab.tasks.losses import cross_entropy
from rnnlab.tasks.protocol import Float32, Int64
from rnnlab.tasks.solution import Solution, solution

if TYPE_CHECKING:
    from torch import Tensor

Setting = Literal["pascanu2013", "hochreiter1997"]

X, Y, START, TRIGGER = 0, 1, 6, 7  # 2 to 5 are the four that do not matter

# Where the symbols that matter stand: (first step, step after the last) in hundredths of T
_WINDOWS = {
    ("pascanu2013", 2): ((10, 20), (50, 60)),
    ("pascanu2013", 3): ((10, 20), (30, 40), (60, 70)),
    ("hochreiter1997", 2): ((10, 20), (50, 60)),
    ("hochreiter1997", 3): ((10, 20), (33, 43), (66, 76)),
}


@dataclass(frozen=True)
class TemporalOrder:
    """Two (or three) symbols, each X or Y with equal chance, stand among random a, b, c, d; name their sequence.

    The classes are XX, XY, YX, YY (0 to 3), or XXX … YYY (0 to 7).

    "pascanu2013": T steps; the symbols at a step of [T/10, 2T/10) and one of [5T/10, 6T/10); if three, of
    [T/10, 2T/10), [3T/10, 4T/10) and [6T/10, 7T/10). Inputs (B, T, 6) are one-hot: X, Y, a, b, c, d.  Pascanu,
    Mikolov and Bengio, 2013, as their published code generates it.

    "hochreiter1997": a length from T to T + T/10, one a batch here; the first step is E, the last the trigger B; the
    symbols at steps of [T/10, 2T/10] and [5T/10, 6T/10], or [T/10, 2T/10], [33T/100, 43T/100] and [66T/100, 76T/100],
    ends included, E being step 0. Inputs (B, T, 8) have E and B as well. T = 100 is theirs.  Hochreiter and
    Schmidhuber, 1997, experiments 6a and 6b.

    Targets (B,). The loss is the cross-entropy after the last step, the score the accuracy (1997 asked for every
    output within 0.3 of its target). A length below 10, which has no room for the windows: InputError.
    """

    length: int = 100
    symbols: Literal[2, 3] = 2
    setting: Setting = "pascanu2013"

    every_step = False

    def __post_init__(self) -> None:
        if self.setting not in get_args(Setting):
            raise InputError(f"setting is {self.setting!r}; choose one of {', '.join(get_args(Setting))}.")
        if self.symbols not in (2, 3):
            raise InputError(f"symbols is {self.symbols}; the task is defined for 2 and for 3.")
        if self.length < 10:
            raise InputError(f"length is {self.length}; a tenth of it must hold a symbol: give at least 10.")

    @property
    def input_size(self) -> int:
        """6, or 8 with the start and the trigger of 1997."""
        return 6 if self.setting == "pascanu2013" else 8

    @property
    def output_size(self) -> int:
        """4 classes for two symbols, 8 for three."""
        return 2**self.symbols

    @property
    def floor(self) -> float:
        """ln 4 or ln 8: all classes are equally likely."""
        return self.remembering(0)

    @property
    def chance(self) -> float:
        """1/4 or 1/8."""
        return 1 / self.output_size

    def remembering(self, symbols: int) -> float:
        """The loss when that many of the symbols are known for sure and nothing of the others."""
        return (self.symbols - symbols) * math.log(2)

    def windows(self) -> tuple[tuple[int, int], ...]:
        """For each symbol the first step it may stand at and the step after the last."""
        included = 1 if self.setting == "hochreiter1997" else 0
        hundredths = _WINDOWS[self.setting, self.symbols]
        return tuple((a * self.length // 100, b * self.length // 100 + included) for a, b in hundredths)

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32, Int64]:
        """Inputs (size, T, 6 or 8) and targets (size,)."""
        length, rows = self.length, np.arange(size)
        if self.setting == "hochreiter1997":
            length = int(rng.integers(self.length, self.length + self.length // 10 + 1))
        read = rng.integers(2, 6, size=(size, length))
        if self.setting == "hochreiter1997":
            read[:, 0], read[:, -1] = START, TRIGGER
        order = rng.integers(2, size=(size, self.symbols))
        for k, (first, end) in enumerate(self.windows()):
            read[rows, rng.integers(first, end, size=size)] = order[:, k]
        places = 2 ** np.arange(self.symbols)[::-1]  # the first symbol is worth most
        return np.eye(self.input_size, dtype=np.float32)[read], (order @ places).astype(np.int64)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of prediction (B, 4 or 8), in nats."""
        return cross_entropy(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of sequences whose largest logit is their class's."""
        return float(np.mean(np.asarray(prediction).argmax(axis=1) == np.asarray(targets)))

    def solution(self) -> Solution:
        """A finite automaton of K symbols in 1 + 2K relu units, all of whose values are whole numbers.

            n_t   = relu(n_{t-1} + X_t + Y_t)                       how many symbols so far
            g^k_t = relu((k + 1) Y_t + (K − k) (Y_t − 1) − n_{t-1})  for k = 0 … K − 1
            G^k_t = relu(G^k_{t-1} + g^k_{t-1})                     what g^k has been so far

        At a Y, g^k = relu(k + 1 − n_{t-1}); elsewhere it is 0. So g⁰, g¹ − 2g⁰ and g² − 2g¹ + g⁰ are 1 exactly
        when the Y is the first, second or third symbol. The same combinations of G + g, at the end, say which
        of the K symbols were Y, and the logit of a class adds up the symbols on which it agrees.
        """
        K = self.symbols
        n, g, G = 0, np.arange(1, K + 1), np.arange(K + 1, 2 * K + 1)
        W_ih, b_ih = np.zeros((1 + 2 * K, self.input_size)), np.zeros(1 + 2 * K)
        W_hh = np.zeros((1 + 2 * K, 1 + 2 * K))
        W_ih[n, [X, Y]], W_hh[n, n] = 1, 1
        for k in range(K):
            W_ih[g[k], Y], b_ih[g[k]], W_hh[g[k], n] = K + 1, k - K, -1
        W_hh[G, G] = W_hh[G, g] = 1

        was_Y = _second_differences(K) @ (np.eye(1 + 2 * K)[g] + np.eye(1 + 2 * K)[G])  # (K, H)
        spelt = 2 * (np.arange(2**K)[:, None] >> np.arange(K)[::-1] & 1) - 1  # (classes, K): −1 for X, 1 for Y
        return solution("relu", W_ih, b_ih, W_hh, spelt @ was_Y, -spelt.sum(axis=1) / 2)


def _second_differences(K: int) -> NDArray[np.float64]:
    """The rows (1), (−2, 1), (1, −2, 1) of K columns."""
    return np.eye(K) - 2 * np.eye(K, k=-1) + np.eye(K, k=-2)
