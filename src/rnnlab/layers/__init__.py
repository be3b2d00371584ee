"""torch modules: RNN, LSTM and GRU that stand in for torch.nn's, and what they are compared with."""

from rnnlab.layers import starts
from rnnlab.layers.accelerate import accelerate
from rnnlab.layers.attention import Attention
from rnnlab.layers.bag import Bag
from rnnlab.layers.core import Cell
from rnnlab.layers.forecaster import Forecaster
from rnnlab.layers.handover import by_torch
from rnnlab.layers.mlp import MLP
from rnnlab.layers.reader import Reader
from rnnlab.layers.recurrent import GRU, LSTM, RNN
from rnnlab.layers.sigmoid import SigmoidRNN
from rnnlab.layers.size import count_parameters, matched_size
from rnnlab.layers.stepper import Stepper
from rnnlab.layers.tcn import TCN
from rnnlab.layers.tcn_stepper import TCNStepper
from rnnlab.layers.variants import CoupledLSTM, NoForgetLSTM

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "TCN",
    "Attention",
    "Bag",
    "Cell",
    "CoupledLSTM",
    "Forecaster",
    "NoForgetLSTM",
    "Reader",
    "SigmoidRNN",
    "Stepper",
    "TCNStepper",
    "accelerate",
    "by_torch",
    "count_parameters",
    "matched_size",
    "starts",
]
