"""Recurrent cells compiled for the processor at hand: `elman`, `lstm` and `gru`, each with forward and backward.

The mathematics of `rnnlab.scratch`, made fast by Numba: float32 and float64, dense and variable lengths, both directions.
"""

from rnnlab.engine import elman, gru, lstm
from rnnlab.engine.threads import get_threads, set_threads

__all__ = ["elman", "get_threads", "gru", "lstm", "set_threads"]
