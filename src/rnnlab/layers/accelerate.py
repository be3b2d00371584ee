"""The engine for anybody's model."""

from __future__ import annotations

from typing import TypeVar

from torch import nn
from torch.nn.utils import parametrize

from rnnlab.layers.recurrent import GRU, LSTM, RNN

Model = TypeVar("Model", bound=nn.Module)
OURS: dict[type, type] = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}


def accelerate(model: Model) -> Model:
    """Every torch.nn.RNN, LSTM and GRU in the model, itself included, becomes ours where it stands; returns the model.

    A module changes its class and nothing else: parameters, hooks, an optimiser's references to them and modules shared
    between places stay what they are. Cells (nn.GRUCell …) and subclasses with a forward of their own are left alone.
    """
    for module in model.modules():
        kind = type(module)
        if kind in OURS:
            module.__class__ = OURS[kind]
        elif parametrize.is_parametrized(module) and kind.__bases__[0] in OURS:
            # torch gave this module a class of its own, which holds the parametrised weights as properties
            own = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
            module.__class__ = type(kind.__name__, (OURS[kind.__bases__[0]],), own)
    return model
