"""Associative recall: pairs of a key and a value, then one of the keys; tell its value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError
from rnnlab.tasks.losses import cross_entropy
from rnnlab.tasks.protocol import Float32, Int64
from rnnlab.tasks.solution import Solution, solution

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class AssociativeRecall:
    """N pairs are shown, one a step, no key twice; then one of the N keys alone. Its value is asked for.

        input   (key₁, value₁) … (key_N, value_N)  (key_q, nothing)
        target                                      value_q

    Inputs (B, N+1, keys + values) are one-hot, the key's columns first; the last step has no value. Every key, every
    value and every q is equally likely. Targets (B,) are classes 0 to values − 1. The loss is the cross-entropy after
    the last step, the score the accuracy. A state that answers every question holds N log₂ values bits and the keys.

    The associative retrieval of Ba, Hinton, Mnih, Leibo and Ionescu, 2016, a pair a step; with lists of items, Graves,
    Wayne and Danihelka, 2014. More pairs than keys, or fewer than one pair or two values: InputError.
    """

    pairs: int = 8
    keys: int = 64
    values: int = 8

    every_step = False

    def __post_init__(self) -> None:
        if not 1 <= self.pairs <= self.keys:
            raise InputError(
                f"pairs is {self.pairs}; with {self.keys} keys, none of them twice, give 1 to {self.keys}."
            )
        if self.values < 2:
            raise InputError(f"values is {self.values}; with fewer than two there is nothing to tell.")

    @property
    def input_size(self) -> int:
        """One column for each key and one for each value."""
        return self.keys + self.values

    @property
    def output_size(self) -> int:
        """A class for each value."""
        return self.values

    @property
    def floor(self) -> float:
        """ln values: all values alike."""
        return math.log(self.values)

    @property
    def chance(self) -> float:
        """1 / values."""
        return 1 / self.values

    @property
    def keyless(self) -> float:
        """The expected score of one who remembers the values and no key: he names the commonest of them.

        E[most] / N, where most is the largest of V counts that sum to N, each sequence of values equally likely:
        P(most ≤ m) = N! / V^N · [z^N] (Σ_{j ≤ m} z^j / j!)^V.
        """
        N, V = self.pairs, self.values
        below = []
        for most in range(N):
            counts = Polynomial([1 / math.factorial(j) for j in range(most + 1)]) ** V
            coefficient = counts.coef[N] if len(counts.coef) > N else 0.0
            below.append(float(coefficient) * math.factorial(N) / V**N)
        expected: float = (N - sum(below)) / N
        return expected

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32, Int64]:
        """Inputs (size, N+1, keys + values) and targets (size,)."""
        keys = rng.permuted(np.tile(np.arange(self.keys), (size, 1)), axis=1)[:, : self.pairs]
        values = rng.integers(self.values, size=(size, self.pairs))
        asked = rng.integers(self.pairs, size=size)
        row = np.arange(size)
        inputs = np.zeros((size, self.pairs + 1, self.input_size), dtype=np.float32)
        step = np.arange(self.pairs)
        inputs[row[:, None], step, keys] = 1
        inputs[row[:, None], step, self.keys + values] = 1
        inputs[row, -1, keys[row, asked]] = 1
        return inputs, values[row, asked].astype(np.int64)

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of prediction (B, values), in nats."""
        return cross_entropy(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of questions whose value has the largest logit."""
        return float(np.mean(np.asarray(prediction).argmax(axis=1) == np.asarray(targets)))

    def lookup(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """What needs no training: the value of the pair whose key is nearest to the one asked for, as (B, values).

        It goes back to the sequence itself, so it is right for any number of pairs.
        """
        inputs = np.asarray(inputs, dtype=np.float64)
        keys, values = np.split(inputs, [self.keys], axis=2)
        nearest = np.einsum("btk,bk->bt", keys[:, :-1], keys[:, -1]).argmax(axis=1)
        found: NDArray[np.float64] = values[np.arange(len(inputs)), nearest]
        return found

    def solution(self) -> Solution:
        """A register for every key there could be: H = 3 · keys relu units, for any number of pairs.

            A_t = relu(v_t + V (k_t − 1))                     what is written: v in the register of the key, 0 elsewhere
            M_t = relu(M_{t−1} + A_{t−1})                     what the registers hold
            R_t = relu(M_{t−1} + A_{t−1} + V (k_t − 1))       what is read: the register of the key, 0 elsewhere

        k_t is the key one-hot, v_t the number of the value, 1 to V, and 0 where there is none. ΣR is the number v to
        tell. The logit of the class with number n is 2nv − n², which is −(n − v)² up to a constant.
        """
        K, V = self.keys, self.values
        numbers = np.arange(V) + 1
        A, M, R = (np.arange(K) + start for start in (0, K, 2 * K))
        W_ih, b_ih, W_hh = np.zeros((3 * K, K + V)), np.zeros(3 * K), np.zeros((3 * K, 3 * K))
        W_ih[A, :K] = W_ih[R, :K] = V * np.eye(K)
        W_ih[A, K:] = numbers
        b_ih[A] = b_ih[R] = -V
        W_hh[M, M] = W_hh[M, A] = W_hh[R, M] = W_hh[R, A] = 1
        weight = np.zeros((V, 3 * K))
        weight[:, R] = 2 * numbers[:, None]
        return solution("relu", W_ih, b_ih, W_hh, weight, -(numbers**2))
