"""The layers and directions of a recurrent network in turn; dropout between them; packed sequences in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from rnnlab.layers.handover import engine_takes
from rnnlab.layers.operator import recurrence
from rnnlab.layers.shapes import check


def run(layer: nn.RNNBase, x: Any, hx: Any, by_torch: Callable[..., Any]) -> Any:
    """What `layer(x, hx)` returns, by the engine where it can, by torch otherwise."""
    if isinstance(x, fx.Proxy):  # a leaf of a symbolic trace, as torch.nn's layers are
        tracer: Any = x.tracer
        return tracer.create_proxy("call_module", tracer.path_of_module(layer), (x, hx), {})
    check(layer, x, hx)
    weights = parameters(layer)
    data = x.data if isinstance(x, PackedSequence) else x
    states = () if hx is None else hx if layer.mode == "LSTM" else (hx,)
    if layer.proj_size or not engine_takes(layer.mode, (data, *states, *(w for group in weights for w in group))):
        return by_torch(x, hx)
    if isinstance(x, PackedSequence):
        return run_packed(layer, x, states, weights)
    if x.dim() == 2:
        outputs, last = run_layers(layer, x.unsqueeze(1), [state.unsqueeze(1) for state in states], weights, None)
        return outputs.squeeze(1), as_torch_returns(layer, [state.squeeze(1) for state in last])
    outputs, last = run_layers(layer, x.transpose(0, 1) if layer.batch_first else x, states, weights, None)
    return outputs.transpose(0, 1) if layer.batch_first else outputs, as_torch_returns(layer, last)


def parameters(layer: nn.RNNBase) -> list[list[Tensor]]:
    """The weights of each layer and direction, by name: a parametrised weight is computed, a swapped one is seen."""
    return [[getattr(layer, name) for name in names] for names in layer._all_weights]


def as_torch_returns(layer: nn.RNNBase, last: Sequence[Tensor]) -> Any:
    """(h_n, c_n) for an LSTM, h_n for the others."""
    return tuple(last) if layer.mode == "LSTM" else last[0]


def run_packed(layer: nn.RNNBase, x: PackedSequence, states: Sequence[Tensor], weights: list[list[Tensor]]) -> Any:
    """A packed batch stays packed from layer to layer; states are put in the order of its sequences and back."""
    if x.sorted_indices is not None:
        states = [state.index_select(1, x.sorted_indices) for state in states]
    outputs, last = run_layers(layer, x.data, states, weights, x.batch_sizes)
    if x.unsorted_indices is not None:
        last = [state.index_select(1, x.unsorted_indices) for state in last]
    return x._replace(data=outputs), as_torch_returns(layer, last)


def run_layers(
    layer: nn.RNNBase, x: Tensor, states: Sequence[Tensor], weights: list[list[Tensor]], sizes: Tensor | None
) -> tuple[Tensor, list[Tensor]]:
    """x (T, B, I), states (layers·D, B, H) each or none → outputs (T, B, D·H), last states (layers·D, B, H) each.

    With the batch sizes of a packed x (N, I), outputs are packed as well, (N, D·H).
    """
    batch = x.shape[1] if sizes is None else int(sizes[0])
    directions = 2 if layer.bidirectional else 1
    places = layer.num_layers * directions
    zeros = [] if states else [x.new_zeros(1, batch, layer.hidden_size)] * (2 if layer.mode == "LSTM" else 1)
    last: list[Sequence[Tensor]] = []
    for k in range(layer.num_layers):
        outputs = []
        for place in range(k * directions, (k + 1) * directions):
            first = zeros or (states if places == 1 else [state[place : place + 1] for state in states])
            result = recurrence(layer.mode, x, first, weights[place], sizes, reverse=place % directions == 1)
            outputs.append(result[0])
            last.append(result[1:])
        x = outputs[0] if directions == 1 else torch.cat(outputs, -1)
        if layer.training and layer.dropout > 0 and k + 1 < layer.num_layers:
            x = functional.dropout(x, layer.dropout)
    return x, [kind[0] if places == 1 else torch.cat(kind) for kind in zip(*last, strict=True)]
