"""How much of the gradient truncation leaves, and whether it still points the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.tasks.losses import squared_error
from rnnlab.training.evaluation import Loss
from rnnlab.training.truncation import truncated_gradient

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """A truncated gradient g against the full one G, a value for each reach.

    `recurrent` is what truncation is about: the readout's part of g is G's own whatever the reach, and pulls `cosine`
    towards 1.
    """

    reach: npt.NDArray[np.int64]
    """(K,): k2, the steps that a gradient goes back"""
    cosine: Array
    """(K,): ⟨g, G⟩ / (‖g‖ ‖G‖) over all parameters; NaN where one of them is zero"""
    recurrent: Array
    """(K,): the same over the recurrent weights, `weight_hh`, alone"""
    length: Array
    """(K,): ‖g‖ / ‖G‖ over the recurrent weights; NaN where G is zero"""


def gradient_agreement(
    model: nn.Module,
    inputs: Any,
    targets: Any,
    reaches: Sequence[int],
    *,
    loss: Loss = squared_error,
    k1: int | None = None,
) -> Agreement:
    """The gradient of the mean loss over long series, truncated to each of `reaches`, against the full one.

    model, inputs (B, T, …) and targets (B, T, …) as `training.fit_truncated` takes them; the weights stay as they are.
    k1 None cuts into chunks, k1 = k2 = reach; k1 = 1 gives every step's loss exactly the reach, and T passes for it.

    InputError: no reach, one below 1 or below k1, a model without `carry`.
    """
    if not len(reaches):
        raise InputError("reaches is empty; give the steps that gradients shall go back, such as (1, 5, 25).")
    T = int(np.shape(targets)[1])
    full = truncated_gradient(model, inputs, targets, T, loss=loss)
    rows = []
    for reach in reaches:
        part = truncated_gradient(model, inputs, targets, min(reach, T) if k1 is None else k1, reach, loss=loss)
        rows.append((*_compared(part, full, ""), *_compared(part, full, "weight_hh")))
    cosine, _, recurrent, length = np.array(rows).T
    return Agreement(np.asarray(reaches, dtype=np.int64), cosine, recurrent, length)


def _compared(part: Mapping[str, Tensor], full: Mapping[str, Tensor], of: str) -> tuple[float, float]:
    """Cosine and ratio of lengths over the parameters whose name has `of` in it."""
    g, G = (
        torch.cat([tensor.double().reshape(-1) for name, tensor in each.items() if of in name]) for each in (part, full)
    )
    lengths = float(g.norm()), float(G.norm())
    cosine = float(g @ G) / (lengths[0] * lengths[1]) if all(lengths) else np.nan
    return cosine, lengths[0] / lengths[1] if lengths[1] else np.nan
