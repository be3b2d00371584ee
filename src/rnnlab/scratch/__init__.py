"""The theory as code: NumPy, float64, every gradient by hand, every equation numbered."""

from rnnlab.scratch.elman import Elman
from rnnlab.scratch.gradcheck import gradient_check
from rnnlab.scratch.gru import GRU
from rnnlab.scratch.lstm import LSTM
from rnnlab.scratch.readout import Linear, cross_entropy, squared_error
from rnnlab.scratch.unroll import Unrolled, through_time, truncated

__all__ = [
    "GRU",
    "LSTM",
    "Elman",
    "Linear",
    "Unrolled",
    "cross_entropy",
    "gradient_check",
    "squared_error",
    "through_time",
    "truncated",
]
