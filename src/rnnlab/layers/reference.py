"""torch's own recurrence, for what the engine leaves to it: gradients of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


def gradients_by_torch(
    mode: str,
    cotangents: Sequence[Tensor | None],
    x: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    wanted: Sequence[bool],
) -> list[Tensor | None]:
    """Gradients of x, the states and the weights that are functions of x, states, weights and cotangents.

    The layer is computed once more, out of aliases of its inputs: where one input depends on another (a tied weight, a
    learnt h_0), each gradient must be the partial one.
    """
    count = len(states)
    aliases = [tensor.view_as(tensor) for tensor in (x, *states, *weights)]
    results = by_torch(mode, aliases[0], aliases[1 : 1 + count], aliases[1 + count :], sizes, reverse)
    given = [
        (result, cotangent) for result, cotangent in zip(results, cotangents, strict=True) if cotangent is not None
    ]
    asked = [alias for alias, want in zip(aliases, wanted, strict=True) if want]
    outputs, weighted_by = zip(*given, strict=True)
    found = iter(torch.autograd.grad(outputs, asked, weighted_by, create_graph=True, allow_unused=True))
    return [next(found) if want else None for want in wanted]


def by_torch(
    mode: str, x: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor], sizes: Tensor | None, reverse: bool
) -> list[Tensor]:
    """outputs, h_n and for an LSTM c_n by torch's differentiable kernels, of a dense x or the data of a packed one."""
    # packed, because torch's fused LSTM for dense batches (oneDNN) cannot be differentiated twice
    packed = PackedSequence(x, sizes) if sizes is not None else pack_padded_sequence(x, all_steps(x))
    if reverse:
        packed = each_reversed(packed)
    run: Any = {
        "RNN_TANH": torch._VF.rnn_tanh,
        "RNN_RELU": torch._VF.rnn_relu,
        "GRU": torch._VF.gru,
        "LSTM": torch._VF.lstm,
    }[mode]
    hx = list(states) if mode == "LSTM" else states[0]
    data, *last = run(packed.data, packed.batch_sizes, hx, list(weights), len(weights) == 4, 1, 0.0, False, False)
    packed = packed._replace(data=data)
    if reverse:
        packed = each_reversed(packed)
    return [packed.data if sizes is not None else pad_packed_sequence(packed)[0], *last]


def all_steps(x: Tensor) -> Tensor:
    """The lengths of a batch (T, B, …) without padding."""
    return torch.full((x.shape[1],), x.shape[0])


def each_reversed(packed: PackedSequence) -> PackedSequence:
    """Every sequence turned round within its own length."""
    x, lengths = pad_packed_sequence(packed)
    steps = torch.arange(x.shape[0])[:, None]
    turned = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return pack_padded_sequence(x[turned, torch.arange(x.shape[1])], lengths)
