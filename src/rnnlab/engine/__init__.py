"""Recurrent cells compiled for the processor at hand: `elman`, `lstm` and `gru`, each with forward and backward;
`ElmanStream`, `LSTMStream` and `GRUStream` move on one step at a time.

The mathematics of `rnnlab.scratch`, made fast by Numba: float32 and float64, dense and variable lengths, both
directions.
"""

from rnnlab.engine import elman, gru, lstm
from rnnlab.engine.streaming import ElmanStream, GRUStream, LSTMStream
from rnnlab.engine.threads import get_threads, set_threads

__all__ = [
    "ElmanStream",
    "GRUStream",
    "LSTMStream",
    "elman",
    "get_threads",
    "gru",
    "lstm",
    "set_threads",
]
