"""accelerate: anybody's model on the engine, with nothing else about it changed."""

from __future__ import annotations

import pytest
import torch
from against_torch import CELLS, OURS, THEIRS
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from rnnlab import layers


class Translator(nn.Module):
    """Recurrent layers in every place that a model may hold one, one of them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(3, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.blocks = nn.ModuleList([nn.GRU(16, 16, batch_first=True) for _ in range(2)])
        self.named = nn.ModuleDict({"deep": nn.Sequential(nn.Linear(16, 5), nn.RNN(5, 4, nonlinearity="relu"))})
        self.again = self.blocks[0]
        self.cell = nn.GRUCell(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.encoder(x)
        for block in (*self.blocks, self.again):
            x, _ = block(x)
        x, _ = self.named["deep"](x)
        return self.cell(x[:, -1])


def test_every_recurrent_layer_of_a_model_becomes_ours_and_computes_the_same() -> None:
    torch.manual_seed(0)
    model, x = Translator(), torch.randn(4, 6, 3)
    before = model(x)
    parameters, names = list(model.parameters()), list(model.state_dict())
    gradients = torch.autograd.grad(before.sin().sum(), parameters)
    assert layers.accelerate(model) is model
    assert type(model.encoder) is layers.LSTM
    assert type(model.named["deep"][1]) is layers.RNN
    assert type(model.cell) is nn.GRUCell
    assert type(model.blocks[0]) is type(model.blocks[1]) is layers.GRU
    assert model.again is model.blocks[0]
    assert all(mine is reference for mine, reference in zip(model.parameters(), parameters, strict=True))
    assert list(model.state_dict()) == names
    after = model(x)
    torch.testing.assert_close(after, before)
    torch.testing.assert_close(torch.autograd.grad(after.sin().sum(), parameters), gradients, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_bare_layer_is_a_model_too(cell: str) -> None:
    assert type(layers.accelerate(THEIRS[cell](2, 3))) is OURS[cell]


def test_a_model_accelerated_twice_is_the_same_model() -> None:
    model = layers.accelerate(nn.Sequential(nn.GRU(2, 3)))
    assert layers.accelerate(model)[0] is model[0]
    assert type(model[0]) is layers.GRU


def test_an_optimiser_made_before_goes_on_training_the_model() -> None:
    torch.manual_seed(0)
    model = nn.GRU(2, 3)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    layers.accelerate(model)
    before = model.weight_hh_l0.detach().clone()
    model(torch.randn(4, 2, 2))[0].sum().backward()
    optimiser.step()
    assert not torch.equal(model.weight_hh_l0, before)


@pytest.mark.parametrize("cell", CELLS)
def test_a_parametrised_layer_keeps_its_parametrisation(cell: str) -> None:
    torch.manual_seed(0)
    layer = parametrizations.weight_norm(THEIRS[cell](2, 3), "weight_hh_l0")
    x = torch.randn(4, 2, 2)
    before = layer(x)[0]
    layers.accelerate(layer)
    assert isinstance(layer, OURS[cell])
    torch.testing.assert_close(layer(x)[0], before)
    layer(x)[0].sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parametrizations.parameters())
    parametrize.remove_parametrizations(layer, "weight_hh_l0")
    assert type(layer) is OURS[cell]


def test_a_subclass_with_a_forward_of_its_own_is_left_alone() -> None:
    class Twice(nn.GRU):
        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            return 2 * super().forward(x)[0]

    model = layers.accelerate(nn.Sequential(Twice(2, 3)))
    assert type(model[0]) is Twice
