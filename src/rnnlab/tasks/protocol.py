"""What every task offers, so that a study can vary the task as it varies the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from torch import Tensor

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]


class GeneratedTask(Protocol):
    """A task whose sequences are drawn as they are needed: `training.fit(model, task, loss=task.loss)` takes it as is.

    A model maps inputs (B, T, I), or tokens (B, T), to (B, T, K) where `every_step`, else to (B, K), from the last
    step. To validate, hold a batch still: `Fixed(*task.batch(1_000, rng))`.
    """

    @property
    def input_size(self) -> int:
        """I, the channels of an input."""

    @property
    def output_size(self) -> int:
        """K, the numbers that a prediction has."""

    @property
    def every_step(self) -> bool:
        """Whether a prediction is asked for at every step, or after the last one alone."""

    @property
    def floor(self) -> float:
        """The loss of the best prediction that does not use what the task asks to remember."""

    @property
    def chance(self) -> float:
        """The expected score of that prediction."""

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Float32 | Int64, Float32 | Int64]:
        """Inputs (size, T, I), or tokens (size, T), and targets, drawn from `rng` alone: it decides every bit."""

    def loss(self, prediction: Tensor, targets: Tensor) -> Tensor:
        """What training makes small: a scalar."""

    def score(self, prediction: ArrayLike, targets: ArrayLike) -> float:
        """What is reported: from 0 to 1, and 1 when the task is solved."""
