"""torch modules: RNN, LSTM and GRU that stand in for torch.nn's, and what they are compared with."""

from rnnlab.layers.recurrent import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN"]
