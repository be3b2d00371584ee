"""The cores that the course compares: one recurrent layer, a windowed MLP or a TCN, by the name of their cell."""

from __future__ import annotations

from typing import Literal, get_args

from torch import nn

from rnnlab.layers.mlp import MLP
from rnnlab.layers.recurrent import GRU, LSTM, RNN
from rnnlab.layers.sigmoid import SigmoidRNN
from rnnlab.layers.tcn import TCN
from rnnlab.layers.variants import CoupledLSTM, NoForgetLSTM

Cell = Literal["rnn", "relu", "sigmoid", "gru", "lstm", "lstm_no_forget", "lstm_coupled", "mlp", "tcn"]


def core(cell: Cell, input_size: int, hidden_size: int, window: int | None = None) -> nn.Module:
    """(B, T, I) → (B, T, H) and the last state for a recurrent cell, (B, T, H) for "tcn", (B, H) for "mlp".

    "rnn" is an RNN with tanh, "relu" and "sigmoid" with those; "lstm_no_forget" and "lstm_coupled" are in variants.py.
    "mlp" and "tcn" are built for one window. ValueError: another cell, or one of these two without a window.
    """
    if cell == "rnn":
        return RNN(input_size, hidden_size, batch_first=True)
    if cell == "relu":
        return RNN(input_size, hidden_size, nonlinearity="relu", batch_first=True)
    if cell == "sigmoid":
        return SigmoidRNN(input_size, hidden_size, batch_first=True)
    if cell == "gru":
        return GRU(input_size, hidden_size, batch_first=True)
    if cell == "lstm":
        return LSTM(input_size, hidden_size, batch_first=True)
    if cell == "lstm_no_forget":
        return NoForgetLSTM(input_size, hidden_size, batch_first=True)
    if cell == "lstm_coupled":
        return CoupledLSTM(input_size, hidden_size, batch_first=True)
    if cell not in get_args(Cell):
        raise ValueError(f"cell is {cell!r}; choose one of {', '.join(get_args(Cell))}.")
    if window is None or window < 1:
        raise ValueError(
            f"window is {window}; the cell {cell!r} is feedforward and built for one length: pass window=, at least 1."
        )
    return MLP(input_size, hidden_size, window) if cell == "mlp" else TCN(input_size, hidden_size, window)
