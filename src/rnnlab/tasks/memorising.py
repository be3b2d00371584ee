"""Memorising: random sequences with random labels, where there is nothing to understand and all to store."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from rnnlab.errors import InputError
from rnnlab.tasks.protocol import Float32

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Memorising:
    """N sequences of fair coins, −1 or 1, each with one more coin, 0 or 1, as its label: `training.fit` takes it as is.

    inputs (N, T, I), targets (N, 1). No label says anything about another, so what a network knows of them it has
    stored in its parameters. The loss is the cross-entropy of a logit, the score the share of labels on whose side of
    0 the logit lies. Collins, Sohl-Dickstein and Sussillo, 2017.
    """

    inputs: Float32
    targets: Float32

    output_size = 1
    every_step = False
    floor = math.log(2)
    chance = 0.5

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def input_size(self) -> int:
        """I coins a step."""
        coins: int = self.inputs.shape[2]
        return coins

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of logits (B, 1), in nats a label."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(prediction, targets)

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """The share of right labels."""
        return float(np.mean((np.asarray(prediction) > 0) == (np.asarray(targets) > 0.5)))

    def bits(self, prediction: ArrayLike) -> float:
        """What logits (N, 1) know of all N labels, in bits, by the share p of those that are right:

            N (1 + p log₂ p + (1 − p) log₂ (1 − p)),  0 for p ≤ ½

        the mutual information of N labels and their predictions when errors fall on both labels alike. Which of them
        are wrong is unknown to whoever uses the network, so a label that is right by chance counts nothing.
        """
        p = self.score(prediction, self.targets)
        return 0.0 if p <= self.chance else len(self) * (1 - _entropy(p))


def memorising(sequences: int, rng: np.random.Generator, *, length: int = 5, input_size: int = 8) -> Memorising:
    """`sequences` of them, of `length` steps of `input_size` coins, all drawn from `rng`.

    InputError for sizes below 1, or so many sequences that two of them are likely to be the same: N² > 2^(T·I).
    """
    for name, size in (("sequences", sequences), ("length", length), ("input_size", input_size)):
        if size < 1:
            raise InputError(f"{name} is {size}; give at least 1.")
    coins = length * input_size
    if 2 * math.log2(sequences) > coins:
        raise InputError(
            f"{sequences} sequences of {coins} coins each: two of them are likely to be the same, with different "
            f"labels; give at most {math.isqrt(2**coins)}, or longer sequences."
        )
    inputs = 2 * rng.integers(2, size=(sequences, length, input_size)) - 1
    return Memorising(inputs.astype(np.float32), rng.integers(2, size=(sequences, 1)).astype(np.float32))


def _entropy(p: float) -> float:
    """Of a coin that falls on one side with probability p, in bits."""
    return sum(-q * math.log2(q) for q in (p, 1 - p) if q > 0)
