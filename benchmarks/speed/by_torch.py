"""What our layers and torch.nn's have in common: both are torch modules, called in the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from speed.case import Case


def layer_of(case: Case, kinds: dict[str, type[nn.RNNBase]]) -> nn.RNNBase:
    layer = kinds[case.cell](case.I, case.H, dtype=getattr(torch, case.dtype))
    with torch.no_grad():
        for parameter, weight in zip(layer.parameters(), case.weights(), strict=True):
            parameter.copy_(torch.from_numpy(weight))
    return layer


def training(case: Case, layer: nn.RNNBase) -> Callable[[], Any]:
    x, cotangent = torch.from_numpy(case.x()), torch.from_numpy(case.cotangent())
    parameters = list(layer.parameters())

    def call() -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        outputs: Tensor = layer(x)[0]
        outputs.backward(cotangent)
        return outputs

    return call


def packed(case: Case, layer: nn.RNNBase) -> Callable[[], Any]:
    x = pack_padded_sequence(torch.from_numpy(case.x()), torch.from_numpy(case.lengths()), enforce_sorted=False)
    cotangent = torch.randn(x.data.shape[0], case.H, dtype=x.data.dtype)
    parameters = list(layer.parameters())

    def call() -> None:
        for parameter in parameters:
            parameter.grad = None
        layer(x)[0].data.backward(cotangent)

    return call


def inference(case: Case, layer: nn.RNNBase) -> Callable[[], Any]:
    x = torch.from_numpy(case.x())

    def call() -> Tensor:
        with torch.inference_mode():
            outputs: Tensor = layer(x)[0]
        return outputs

    return call


class Regressor(nn.Module):
    """A recurrent core and a linear reading of its last state."""

    def __init__(self, core: nn.RNNBase) -> None:
        super().__init__()
        self.core = core
        self.head = nn.Linear(core.hidden_size, 1)

    def forward(self, x: Tensor) -> Tensor:
        read: Tensor = self.head(self.core(x)[0][-1])
        return read
