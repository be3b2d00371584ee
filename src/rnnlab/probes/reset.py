"""What the carried state is worth: how much worse a language model reads on after its state was emptied or swapped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional

from rnnlab.errors import InputError
from rnnlab.layers import Reader

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ResetPrice:
    """Extra bits that the first, second, … token after a reset costs, (after,), mean over many places.

    `emptied`: the state was set to zero; `swapped`: to the state that belongs to another place of the text.
    """

    emptied: Float64
    swapped: Float64


def reset_price(
    model: Reader, inputs: ArrayLike, targets: ArrayLike, *, after: int, rng: np.random.Generator
) -> ResetPrice:
    """Reads tokens (B, T) once with the state carried and once more from every `after`-th step on with a false state.

    The same tokens with the true and with the false state: the difference of their losses is what the state was worth.
    The first `after` steps of a row only fill the state. InputError: rows too short for two places.
    """
    x, y = (torch.from_numpy(np.array(tokens, dtype=np.int64)) for tokens in (inputs, targets))
    places = range(after, x.shape[1] - after + 1, after)
    if x.ndim != 2 or len(x) * len(places) < 2:
        raise InputError(f"inputs have shape {tuple(x.shape)}; with after={after} give rows of {2 * after} or more.")
    with torch.no_grad():
        states, _ = model.core(model.encode(x))
        carried = torch.cat([states[:, place - 1] for place in places])
        known = _windows(_bits(model.head(states), y), places)
        x, y = _windows(x, places), _windows(y, places)
        swapped = carried[torch.from_numpy(rng.permutation(len(carried)))]
        extra = [
            (_bits(model.carry(x, state[None])[0], y) - known).mean(0).numpy().astype(np.float64)
            for state in (torch.zeros_like(carried), swapped)
        ]
    return ResetPrice(*extra)


def _windows(rows: Tensor, places: range) -> Tensor:
    """The steps from each place to the next, one window a row."""
    return torch.cat([rows[:, place : place + places.step] for place in places])


def _bits(prediction: Tensor, targets: Tensor) -> Tensor:
    """−log₂ p of each target (B, T) under the logits (B, T, V)."""
    return functional.cross_entropy(prediction.transpose(1, 2), targets, reduction="none") / math.log(2)
