"""What a model predicts and how wrong it is: dropout off, no gradient, a chunk at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnnlab.tasks.losses import squared_error
from rnnlab.training.batching import Examples, Fixed, chunks
from rnnlab.training.seeding import one_thread

Loss = Callable[[Tensor, Tensor], Tensor]

CHUNK = 512  # examples at a time: fixed, since the last bits of a product may depend on how many rows it has


def mean_loss(model: nn.Module, data: Examples, loss: Loss = squared_error) -> float:
    """`loss` over all examples, each counted once. The model is left in the mode, training or evaluation, it was in."""
    device, dtype = where(model)
    total, count = 0.0, 0
    with evaluating(model):
        for inputs, targets in chunks(data, CHUNK, device=device, dtype=dtype):
            total += float(loss(model(inputs), targets)) * len(inputs)
            count += len(inputs)
    return total / count if math.isfinite(total) else total


def predict(model: nn.Module, inputs: Any) -> npt.NDArray[Any]:
    """What the model says about each of `inputs` (N, …), as an array (N, …) in the model's dtype."""
    device, dtype = where(model)
    array = np.asarray(inputs)
    data = Fixed(array, np.zeros(len(array)))
    with evaluating(model):
        parts = [model(x).cpu().numpy() for x, _ in chunks(data, CHUNK, device=device, dtype=dtype, what="the data")]
    return np.concatenate(parts)


def where(model: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Device and floating dtype of a model's first parameter; the CPU and float32 for a model without any."""
    for parameter in model.parameters():
        return parameter.device, parameter.dtype
    return torch.device("cpu"), torch.float32


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Inside, dropout is off, no gradient is kept and torch takes one thread; after it, all as before."""
    mode = model.training
    model.eval()
    try:
        with torch.no_grad(), one_thread():
            yield
    finally:
        model.train(mode)
