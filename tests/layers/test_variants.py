"""LSTMs with a gate less against their equations written out step by step."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from rnnlab.layers import LSTM, CoupledLSTM, NoForgetLSTM, count_parameters

T, B, I, H = 7, 3, 2, 5
VARIANTS = (NoForgetLSTM, CoupledLSTM)
Variant = type[NoForgetLSTM] | type[CoupledLSTM]
SIZES = [(T, B, I, H), (1, B, I, H), (T, 1, I, H), (4, 17, 9, 16)]


def variant(kind: Variant, input_size: int = I, hidden_size: int = H, seed: int = 0) -> NoForgetLSTM | CoupledLSTM:
    torch.manual_seed(seed)
    return kind(input_size, hidden_size).double()


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def step_by_step(layer: NoForgetLSTM | CoupledLSTM, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The equations of the two docstrings, in plain torch."""
    outputs = []
    for x_t in x:
        a = x_t @ layer.weight_ih.T + layer.bias_ih + h @ layer.weight_hh.T + layer.bias_hh
        first, g, o = a.chunk(3, dim=1)
        gate, g, o = torch.sigmoid(first), torch.tanh(g), torch.sigmoid(o)
        c = c + gate * g if isinstance(layer, NoForgetLSTM) else gate * c + (1 - gate) * g
        h = o * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs), h, c


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("kind", VARIANTS)
def test_values_and_all_gradients_are_those_of_the_equations_step_by_step(kind: Variant, sizes: tuple) -> None:
    steps, batch, input_size, hidden_size = sizes
    layer = variant(kind, input_size, hidden_size)
    leaves = [random(steps, batch, input_size), random(1, batch, hidden_size), random(1, batch, hidden_size, seed=2)]
    wanted = [*leaves, *layer.parameters()]
    outputs, (h, c) = layer(leaves[0], (leaves[1], leaves[2]))
    plain = step_by_step(layer, leaves[0], leaves[1][0], leaves[2][0])
    probes = [random(*value.shape, seed=3 + k).detach() for k, value in enumerate(plain)]
    ours = torch.autograd.grad([outputs, h[0], c[0]], wanted, probes)
    theirs = torch.autograd.grad(plain, wanted, probes)
    for got, expected in zip((outputs, h[0], c[0], *ours), (*plain, *theirs), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_without_a_forget_gate_the_cell_state_is_kept_to_the_last_bit(dtype: torch.dtype) -> None:
    layer = variant(NoForgetLSTM).to(dtype)
    with torch.no_grad():
        layer.weight_ih[H : 2 * H] = layer.weight_hh[H : 2 * H] = 0
        layer.bias_ih[H : 2 * H] = layer.bias_hh[H : 2 * H] = 0  # g = tanh(0): nothing to add
    c_0 = torch.randn(1, B, H, dtype=dtype)
    _, (_, c) = layer(100 * torch.randn(200, B, I, dtype=dtype), (torch.randn(1, B, H, dtype=dtype), c_0))
    assert torch.equal(c, c_0)


@pytest.mark.parametrize("kind", VARIANTS)
def test_three_quarters_of_an_lstms_parameters_are_counted_saved_and_loaded(kind: Variant) -> None:
    layer, other = variant(kind), variant(kind, seed=9)
    assert 4 * count_parameters(layer) == 3 * count_parameters(LSTM(I, H))
    shapes = {name: tuple(value.shape) for name, value in layer.state_dict().items()}
    assert shapes == {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    assert max(float(value.abs().max()) for value in layer.state_dict().values()) <= H**-0.5
    x = random(T, B, I)
    assert not torch.equal(other(x)[0], layer(x)[0])
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x)[0], layer(x)[0])


@pytest.mark.parametrize("kind", VARIANTS)
def test_a_variant_survives_a_copy_a_change_of_type_and_an_update(kind: Variant) -> None:
    layer, x = variant(kind), random(T, B, I)
    before = layer(x)[0]
    assert torch.equal(copy.deepcopy(layer)(x)[0], before)
    twin = copy.deepcopy(layer).float()
    torch.testing.assert_close(twin(x.float())[0].double(), before, rtol=1e-5, atol=1e-5)
    with torch.no_grad():
        layer.weight_hh.mul_(2)
    plain = step_by_step(layer, x, torch.zeros(B, H).double(), torch.zeros(B, H).double())
    torch.testing.assert_close(layer(x)[0], plain[0])


@pytest.mark.parametrize("kind", VARIANTS)
def test_torch_computes_the_same_where_the_engine_does_not(kind: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = variant(kind), random(T, B, I)
    expected = layer(x)[0]
    monkeypatch.setattr("rnnlab.layers.network.engine_takes", lambda *_: False)
    torch.testing.assert_close(layer(x)[0], expected)


@pytest.mark.parametrize("kind", VARIANTS)
def test_a_stepper_makes_the_steps_of_a_variant(kind: Variant) -> None:
    layer, x = variant(kind), random(T, B, I).detach()
    stepper = layer.stepper(batch=B)
    steps = torch.stack([stepper.step(x_t).clone() for x_t in x])
    torch.testing.assert_close(steps, layer(x)[0])
