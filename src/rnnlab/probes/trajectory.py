"""The way that a recurrent layer takes through its states on a given input, in float64: where every probe starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.errors import InputError

Array = NDArray[np.float64]

ELMAN = {"RNN_TANH": "tanh", "RNN_RELU": "relu", "RNN_SIGMOID": "sigmoid"}  # a layer's mode: its nonlinear function


class Trajectory:
    """The states of a layer on x, computed by `rnnlab.scratch` in float64, whatever the layer's own dtype.

    cell    the scratch cell with the layer's parameters
    x       (T, B, I)
    states  (T+1, B, H), of an LSTM (2, T+1, B, H); the first is the initial state

    layer: torch.nn's RNN, GRU or LSTM, or ours; one layer, one direction, no projection.
    """

    def __init__(self, layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> None:
        self.cell = scratch_cell(layer)
        self.x = time_first(layer, x)
        self.states = self.cell.forward(self.x, _state(self.cell, start, self.x.shape[1]))

    @property
    def steps(self) -> int:
        """T."""
        return len(self.x)

    @property
    def batch(self) -> int:
        """B."""
        return int(self.x.shape[1])

    @property
    def size(self) -> int:
        """S, the numbers of a state: H, of an LSTM 2H."""
        return int(np.prod(self.cell.state_shape(1)))


def scratch_cell(layer: nn.RNNBase) -> scratch.Elman | scratch.GRU | scratch.LSTM:
    """The cell of `rnnlab.scratch` that computes what the layer computes, with a copy of its parameters."""
    mode = getattr(layer, "mode", None)
    if mode not in (*ELMAN, "GRU", "LSTM"):
        raise InputError(
            f"The probe got a {type(layer).__name__}; it looks into an RNN, a GRU or an LSTM, torch.nn's or "
            "rnnlab.layers'. Of a larger model, give the recurrent layer."
        )
    if layer.num_layers != 1 or layer.bidirectional or layer.proj_size:
        raise InputError(
            f"This {type(layer).__name__} has {layer.num_layers} layers, bidirectional={layer.bidirectional} and "
            f"proj_size={layer.proj_size}; a probe looks into one layer in one direction without projection. Build "
            "one with num_layers=1, copy the weights of the layer that you mean, and feed it that layer's input."
        )
    I, H, bias = layer.input_size, layer.hidden_size, layer.bias
    cell: scratch.Elman | scratch.GRU | scratch.LSTM
    if mode == "GRU":
        cell = scratch.GRU(I, H, bias=bias, rng=0)
    elif mode == "LSTM":
        cell = scratch.LSTM(I, H, bias=bias, rng=0)
    else:
        cell = scratch.Elman(I, H, ELMAN[mode], bias=bias, rng=0)
    cell.parameters = {name: _array(getattr(layer, name)) for name in cell.parameters}
    return cell


def time_first(layer: nn.RNNBase, x: ArrayLike | Tensor) -> Array:
    """x as (T, B, I) in float64; (T, I) is one sequence."""
    values = _array(x)
    if values.ndim == 2:
        values = values[:, None]
    elif values.ndim == 3 and layer.batch_first:
        values = values.transpose(1, 0, 2)
    if values.ndim != 3 or values.shape[2] != layer.input_size or not values.size:
        layout = "(B, T, I)" if layer.batch_first else "(T, B, I)"
        raise InputError(
            f"x has shape {tuple(np.shape(x))}; the probe takes {layout} with I = {layer.input_size} and at least one "
            "step, or (T, I) for one sequence."
        )
    return values


def _state(cell: scratch.Elman | scratch.GRU | scratch.LSTM, start: Any, batch: int) -> Array | None:
    """The initial state as the scratch cell takes it, from h_0 (1, B, H) or (h_0, c_0) as the layer takes them."""
    if start is None:
        return None
    given = np.stack([_array(part) for part in start]) if isinstance(start, tuple | list) else _array(start)
    wanted = cell.state_shape(batch)
    if given.size != np.prod(wanted) or isinstance(start, tuple | list) != (len(wanted) == 3):
        pair = len(wanted) == 3
        raise InputError(
            f"start has shape {given.shape}; for {batch} sequence{'s' if batch > 1 else ''} this layer takes "
            f"{'a pair (h_0, c_0), each' if pair else 'h_0'} of shape {(1, *wanted[-2:])}."
        )
    return given.reshape(wanted)


def _array(values: ArrayLike | Tensor) -> Array:
    if isinstance(values, Tensor):
        values = values.detach().to("cpu", torch.float64).numpy()
    return np.array(values, dtype=np.float64)
