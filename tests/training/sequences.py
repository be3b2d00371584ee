"""Small things to train on, shared by the tests of training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from rnnlab.training import Fixed, Run


class Summer(nn.Module):
    """A GRU with dropout whose head reads the last state: (B, T, 2) → (B, 1)."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.cell = nn.GRU(2, 8, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        prediction: Tensor = self.head(self.dropout(self.cell(inputs)[0][:, -1]))
        return prediction


def examples(count: int, seed: int, length: int = 6) -> Fixed:
    """The target is the sum of the first input over time."""
    inputs = np.random.default_rng(seed).standard_normal((count, length, 2)).astype(np.float32)
    return Fixed(inputs, inputs[:, :, :1].sum(axis=1))


class Fresh:
    """The same task, made as it is needed."""

    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        inputs = rng.standard_normal((size, 6, 2))
        return inputs, inputs[:, :, :1].sum(axis=1)


def bits(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()


def without_clock(run: Run) -> tuple[object, ...]:
    rows = tuple((r.update, r.loss, r.validation, r.gradient_norm, r.clipped) for r in run.history)
    return run.status, run.updates, repr(run.validation), run.best_update, repr(rows)


def interrupting(at: int, loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`loss`, until Ctrl-C comes in the `at`-th training update of this sitting."""
    made = 0

    def interrupted(prediction: Tensor, targets: Tensor) -> Tensor:
        nonlocal made
        made += torch.is_grad_enabled()
        if made >= at:
            raise KeyboardInterrupt
        return loss(prediction, targets)

    return interrupted
