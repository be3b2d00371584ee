"""A recurrent network one step at a time: for streams, and for generation, where the next input is the last output."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnlab.layers.handover import engine_takes
from rnnlab.layers.network import parameters
from rnnlab.layers.operator import array, stream
from rnnlab.layers.shapes import check_states


class Stepper:
    """step(x_t) → h_t of the last layer, for x_t (B, I); the state stays inside, and a step allocates no arrays.

        stepper = layer.stepper()
        h = stepper.step(x)     # (B, H): the stepper's own memory, overwritten by the next step; h.clone() keeps it

    The weights are those of the moment when the stepper was made; no gradient is computed; dropout is off. Where the
    engine does not take the layer (another device or dtype, proj_size), torch makes the steps.
    """

    def __init__(self, layer: nn.RNNBase, batch: int = 1) -> None:
        if layer.bidirectional:
            raise ValueError(
                f"{type(layer).__name__} is bidirectional, so its first output depends on the last input; "
                f"stepping takes a layer with bidirectional=False."
            )
        if batch < 1:
            raise ValueError(f"batch is {batch}; a stepper runs at least one sequence.")
        self._layer, self._batch = layer, batch
        weights = parameters(layer)
        first = weights[0][0]
        self._x = torch.zeros(batch, layer.input_size, dtype=first.dtype, device=first.device)
        self._streams: list[Any] = []
        self._steps: list[Any] = []
        self._state: Any = None
        if not layer.proj_size and engine_takes(layer.mode, [self._x, *(w for group in weights for w in group)]):
            self._streams = [stream(layer.mode, group, batch) for group in weights]
            self._steps = [stream.step for stream in self._streams]
            self._hidden = torch.from_numpy(self._streams[-1].hidden)

    def step(self, x: Tensor) -> Tensor:
        """x (B, I) → h_t (B, H), valid until the next step."""
        if not self._steps:
            return self._step_by_torch(self._checked(x))
        try:  # half of a step's time was spent on asking first
            h = x.numpy()
            for step in self._steps:
                h = step(h)
        except (AttributeError, RuntimeError, ValueError):  # wrong, or in need of a detach
            h = array(self._checked(x))
            for step in self._steps:
                h = step(h)
        return self._hidden

    def _checked(self, x: Tensor) -> Tensor:
        if x.shape != self._x.shape or x.dtype != self._x.dtype:
            raise ValueError(
                f"x is {x.dtype} of shape {tuple(x.shape)}; this stepper takes {self._x.dtype} of shape "
                f"{tuple(self._x.shape)}: one step, (B, I), of every sequence. stepper(batch=B) sets B."
            )
        return x

    def reset(self, hx: Any = None) -> None:
        """Back to zero states, or to h_0, or (h_0, c_0) for an LSTM, each (layers, B, H)."""
        if hx is not None:
            check_states(self._layer, hx, self._batch)
        if not self._streams:
            self._state = hx
            return
        states = () if hx is None else hx if self._layer.mode == "LSTM" else (hx,)
        for k, cell in enumerate(self._streams):
            cell.reset(*(array(state[k]) for state in states))

    def _step_by_torch(self, x: Tensor) -> Tensor:
        layer, time = self._layer, 1 if self._layer.batch_first else 0
        training = layer.training
        with torch.no_grad():
            outputs, self._state = layer.eval()(x.unsqueeze(time), self._state)
        layer.train(training)
        return torch.squeeze(outputs, time)
