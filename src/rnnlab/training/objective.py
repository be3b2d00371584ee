"""What an update makes smaller, and what says how good the model has become: the loop's only view of the data."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from rnnlab.training.batching import Batches, Examples, Generated, Scheduled, chunks
from rnnlab.training.evaluation import Loss, mean_loss, where
from rnnlab.training.precision import Precision
from rnnlab.training.settings import Settings


class Objective(Protocol):
    """Asked once for each update, in their order."""

    @property
    def validated(self) -> bool:
        """Whether there are validation data."""

    def error(self, update: int) -> Tensor:
        """The loss whose gradient makes this update."""

    def score(self) -> float:
        """The mean loss over the validation data."""

    def identity(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to be continued, beside the model and the settings."""

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and facts that the next update needs and the number of the update does not tell."""

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Puts `state` back."""


class Minibatches:
    """Each update takes the mean loss of a minibatch of its own."""

    def __init__(
        self,
        model: nn.Module,
        data: Examples | Generated | Scheduled,
        validation: Examples | None,
        loss: Loss,
        settings: Settings,
        precision: Precision,
    ) -> None:
        self.model, self.validation, self.loss, self.precision = model, validation, loss, precision
        device, dtype = where(model)
        self.batches = Batches(data, settings.batch_size, settings.seed, device=device, dtype=dtype)

    @property
    def validated(self) -> bool:
        """Whether there are examples to validate on."""
        return self.validation is not None

    def error(self, update: int) -> Tensor:
        """The mean loss of minibatch `update`."""
        inputs, targets = self.batches[update]
        return self.loss(self.precision.run(self.model, inputs), targets)

    def score(self) -> float:
        """The mean loss over the validation examples."""
        assert self.validation is not None
        return mean_loss(self.model, self.validation, self.loss)

    def identity(self) -> dict[str, Any]:
        """The first sequences."""
        return digests(self.batches, self.validation)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Nothing: a minibatch is known from the number of its update."""
        return {}, {}

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Nothing."""


def digests(batches: Batches, validation: Examples | None) -> dict[str, str]:
    """What tells other data apart: the first sequences to train and to validate on."""
    held = validation and next(chunks(validation, batches.size, device=batches.device, dtype=batches.dtype))
    return {"training data": _digest(*batches[0]), "validation data": _digest(*held) if held else "none"}


def _digest(*tensors: Tensor) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
