"""RNN, LSTM and GRU that stand in for torch.nn's: same constructor, call, parameters and state_dict.

On a CPU, in float32 and float64, the engine does their work; elsewhere torch does (handover.py says where exactly).

`torch.compile` holds a layer as one node of its graph once `torch._dynamo.config.allow_rnn = True` is set. Otherwise
torch breaks its graph at every nn.RNN, nn.LSTM and nn.GRU, ours included, and the engine runs between the pieces.
"""

from __future__ import annotations

import copy
from typing import Any

from torch import nn

from rnnlab.layers.network import run
from rnnlab.layers.stepper import Stepper


class _OnEngine(nn.RNNBase):
    """The forward that the three classes share; torch's stands behind it."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        """x (T, B, I) → outputs (T, B, D·H) and the last state(s) (layers·D, B, H), D directions, as in torch.nn."""
        return run(self, input, hx, super().forward)

    def stepper(self, batch: int = 1) -> Stepper:
        """The same network one step at a time, for generation and streaming."""
        return Stepper(self, batch)

    def __prepare_scriptable__(self) -> nn.RNNBase:
        """`torch.jit.script` gets torch's own layer with these parameters: a script cannot call Python."""
        twin = copy.copy(self)
        twin.__class__ = {"GRU": nn.GRU, "LSTM": nn.LSTM}.get(self.mode, nn.RNN)
        return twin


class RNN(_OnEngine, nn.RNN):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu: `torch.nn.RNN` to the letter. Elman, 1990."""


class LSTM(_OnEngine, nn.LSTM):
    """c_t = f ⊙ c_{t-1} + i ⊙ g, h_t = o ⊙ tanh(c_t): `torch.nn.LSTM` to the letter. Hochreiter, Schmidhuber, 1997."""


class GRU(_OnEngine, nn.GRU):
    """h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}: `torch.nn.GRU` to the letter. Cho et al., 2014."""
