"""Minibatches: an endless list whose entry u is the batch of update u, a function of the seed and of u alone.

So a training that was stopped knows its place in the data from one number, and two models given the same seed see the
same batches in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnlab.errors import InputError
from rnnlab.training.bucketing import Bucketed
from rnnlab.training.seeding import ORDER, generator

Array = npt.NDArray[Any]


@runtime_checkable
class Examples(Protocol):
    """Sequences that are there: `inputs` (N, …) and `targets` (N, …), as the windows of a forecasting task are."""

    @property
    def inputs(self) -> Any:
        """(N, …), floats, or whole numbers for tokens."""

    @property
    def targets(self) -> Any:
        """(N, …), in the same order."""


@runtime_checkable
class Generated(Protocol):
    """Sequences that are made as they are needed: no example is ever seen twice."""

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """`size` fresh inputs and targets, drawn from `rng` and from nothing else."""


@runtime_checkable
class Scheduled(Protocol):
    """Sequences that are made, of a task that changes as training goes on (see curriculum)."""

    def at_update(self, update: int) -> Generated:
        """The task of this update, 0 being the first: a function of `update` alone."""


@dataclass(frozen=True)
class Fixed:
    """Examples made of two arrays: `Fixed(*task.batch(512, rng))` holds generated sequences still, to validate on."""

    inputs: Any
    targets: Any


class Batches:
    """batches[u], u = 0, 1, 2 …: inputs and targets of update u on the device.

    Examples are shuffled anew for each epoch and dealt out; an epoch's last batch holds what is left. `Bucketed` ones
    are dealt as they say, and each batch is cut off after its longest sequence. Floating inputs and targets take the
    model's dtype, whole numbers (tokens, classes) stay int64.
    """

    def __init__(
        self, data: Examples | Generated | Scheduled, size: int, seed: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.size, self.seed, self.device, self.dtype = size, seed, device, dtype
        self._made = data if isinstance(data, Generated | Scheduled) else None
        if self._made is None:
            self._inputs, self._targets = arrays_of(data, "the training data")
            self._in_epoch = -(-len(self._inputs) // size)
            self._epoch, self._dealt = -1, list[Array]()
            self._bucketed = data if isinstance(data, Bucketed) else None

    def __getitem__(self, update: int) -> tuple[Tensor, Tensor]:
        if self._made is not None:
            task = self._made.at_update(update) if isinstance(self._made, Scheduled) else self._made
            inputs, targets = task.batch(self.size, generator(self.seed, ORDER, update))
            return self._tensor(np.asarray(inputs)), self._tensor(np.asarray(targets))
        epoch, place = divmod(update, self._in_epoch)
        if epoch != self._epoch:
            self._epoch, self._dealt = epoch, self._deal(generator(self.seed, ORDER, epoch))
        chosen = self._dealt[place]
        inputs = self._inputs[chosen]
        if self._bucketed:
            inputs = inputs[:, : self._bucketed.lengths[chosen].max()]
        return self._tensor(inputs), self._tensor(self._targets[chosen])

    def _deal(self, rng: np.random.Generator) -> list[Array]:
        if self._bucketed:
            return self._bucketed.deal(self.size, rng)
        order = rng.permutation(len(self._inputs))
        return [order[start : start + self.size] for start in range(0, len(order), self.size)]

    def _tensor(self, array: Array) -> Tensor:
        return as_tensor(array, self.device, self.dtype)


def chunks(
    data: Examples, size: int, *, device: torch.device, dtype: torch.dtype, what: str = "the validation data"
) -> Iterator[tuple[Tensor, Tensor]]:
    """All examples in their order, `size` at a time, copied: a model that works in place must not change them."""
    inputs, targets = arrays_of(data, what)
    for start in range(0, len(inputs), size):
        part = slice(start, start + size)
        yield as_tensor(inputs[part].copy(), device, dtype), as_tensor(targets[part].copy(), device, dtype)


def arrays_of(data: Any, what: str) -> tuple[Array, Array]:
    """The two arrays of examples, or InputError that says what is wrong with them."""
    if not isinstance(data, Examples):
        raise InputError(
            f"{what} is a {type(data).__name__}; give examples with .inputs and .targets (two arrays: Fixed(inputs, "
            f"targets)), or, to train on, a task with .batch(size, rng)."
        )
    inputs, targets = np.asarray(data.inputs), np.asarray(data.targets)
    for name, array in (("inputs", inputs), ("targets", targets)):
        if array.dtype.kind not in "fiub":
            raise InputError(f"{name} of {what} have dtype {array.dtype}; give floats, or whole numbers for tokens.")
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets) or not len(inputs):
        raise InputError(
            f"{what} has inputs of shape {inputs.shape} and targets of shape {targets.shape}; "
            f"both need the same number of examples, one or more, along their first axis."
        )
    return inputs, targets


def as_tensor(array: Array, device: torch.device, dtype: torch.dtype) -> Tensor:
    """A tensor on the device: floats in `dtype`, whole numbers as int64."""
    array = array if array.flags.writeable and array.flags.c_contiguous else np.array(array, order="C")
    return torch.from_numpy(array).to(device=device, dtype=dtype if array.dtype.kind == "f" else torch.int64)
