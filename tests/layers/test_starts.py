"""Starts: what each promises of the weights, on torch's layers, ours and the variants."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from rnnlab.layers import GRU, LSTM, RNN, CoupledLSTM, NoForgetLSTM, starts
from rnnlab.training import initialise

I, H = 3, 6
LAYERS: list[Callable[[], nn.RNNBase]] = [
    lambda: nn.RNN(I, H),
    lambda: RNN(I, H, nonlinearity="relu", num_layers=2),
    lambda: nn.GRU(I, H, bidirectional=True),
    lambda: GRU(I, H),
    lambda: nn.LSTM(I, H, num_layers=2),
    lambda: LSTM(I, H),
    lambda: NoForgetLSTM(I, H),
    lambda: CoupledLSTM(I, H),
]


def recurrent(layer: nn.RNNBase) -> list[torch.Tensor]:
    """Every block (H, H) that the layer multiplies a state by."""
    weights = [getattr(layer, name) for names in layer._all_weights for name in names if "weight_hh" in name]
    return [block for weight in weights for block in weight.split(H)]


def others(layer: nn.RNNBase, without: str) -> list[torch.Tensor]:
    return [value.clone() for name, value in layer.state_dict().items() if without not in name]


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize("build", LAYERS)
def test_an_orthogonal_start_scales_every_state_by_the_gain(build: Callable[[], nn.RNNBase], gain: float) -> None:
    layer = build()
    kept = others(layer, without="weight_hh")
    assert starts.orthogonal(layer, gain) is layer
    blocks = [block for block in recurrent(layer) if block.abs().max() > 0]  # a gate that is always open has zeros
    assert len(blocks) == len(recurrent(layer)) - isinstance(layer, NoForgetLSTM)
    for block in blocks:
        torch.testing.assert_close(block.T @ block, gain**2 * torch.eye(H), rtol=1e-5, atol=1e-5)
    assert all(torch.equal(a, b) for a, b in zip(kept, others(layer, without="weight_hh"), strict=True))


@pytest.mark.parametrize("build", LAYERS[:2])
def test_an_identity_start_keeps_a_state_that_gets_no_input(build: Callable[[], nn.RNNBase]) -> None:
    layer = starts.identity(build(), 0.5)
    kept = layer.weight_ih_l0.clone()
    assert all(torch.equal(block, 0.5 * torch.eye(H)) for block in recurrent(layer))
    assert not any(value.any() for name, value in layer.state_dict().items() if "bias" in name)
    relu = starts.identity(RNN(I, H, nonlinearity="relu"))
    h_0 = torch.rand(1, 4, H)
    assert torch.equal(relu(torch.zeros(100, 4, I), h_0)[1], h_0)
    assert torch.equal(starts.identity(layer).weight_ih_l0, kept)


@pytest.mark.parametrize("build", [lambda: nn.LSTM(I, H, num_layers=2, bidirectional=True), lambda: LSTM(I, H)])
def test_a_forget_bias_is_the_sum_of_torchs_two_and_no_other_gate_moves(build: Callable[[], nn.LSTM]) -> None:
    layer = build()
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    assert starts.forget_bias(layer, 3.0) is layer
    for name, value in layer.state_dict().items():
        if "bias" in name:
            wanted = 3.0 if "_ih" in name else 0.0
            assert torch.equal(value[H : 2 * H], torch.full((H,), wanted)), name
            before[name][H : 2 * H] = wanted
        assert torch.equal(value, before[name]), name


def test_a_coupled_gate_is_set_where_it_forgets_and_closes_where_it_writes() -> None:
    layer = starts.forget_bias(CoupledLSTM(I, H), 2.0)
    bias = layer.bias_ih_l0 + layer.bias_hh_l0
    assert torch.equal(bias[H : 2 * H], torch.full((H,), 2.0))
    assert torch.equal(bias[:H], torch.full((H,), -2.0))


@pytest.mark.parametrize("kind", [nn.LSTM, LSTM, CoupledLSTM])
def test_chrono_draws_time_scales_evenly_and_opens_the_input_gate_as_far_as_the_other_closes(kind: type) -> None:
    torch.manual_seed(3)
    layer = starts.chrono(kind(I, 400), longest=100)
    bias = (layer.bias_ih_l0 + layer.bias_hh_l0).detach()
    of_input, of_forget = bias[:400], bias[400:800]
    scales = of_forget.exp()
    assert 1 <= scales.min() < 2
    assert 97 < scales.max() <= 99
    assert abs(float(scales.mean()) - 50) < 4  # U(1, 99), whose standard error here is 1.4
    torch.testing.assert_close(of_input, -of_forget)


def test_chrono_sets_what_a_gru_keeps() -> None:
    layer = starts.chrono(GRU(I, H), longest=20)
    kept = (layer.bias_ih_l0 + layer.bias_hh_l0)[H : 2 * H]
    assert (kept >= 0).all()
    assert (kept <= math.log(19)).all()
    assert not layer.bias_hh_l0[H : 2 * H].any()


@pytest.mark.parametrize(
    "build",
    [
        lambda: starts.orthogonal(RNN(I, H)),
        lambda: starts.chrono(LSTM(I, H), 50),
        lambda: starts.chrono(GRU(I, H, num_layers=2), 50),
    ],
)
def test_a_start_draws_from_the_seed_of_its_model(build: Callable[[], nn.RNNBase]) -> None:
    first, again, other = (initialise(build, seed).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (lambda: starts.identity(GRU(I, H)), "The identity start is one of an RNN; this layer is a GRU"),
        (lambda: starts.forget_bias(RNN(I, H), 1.0), "RNN has no forget gate whose bias could be set; give an LSTM"),
        (lambda: starts.forget_bias(GRU(I, H), 1.0), "GRU has no forget gate whose bias could be set; chrono sets"),
        (lambda: starts.forget_bias(NoForgetLSTM(I, H), 1.0), "NoForgetLSTM has no forget gate"),
        (lambda: starts.chrono(NoForgetLSTM(I, H), 9), "NoForgetLSTM has no forget gate"),
        (lambda: starts.chrono(RNN(I, H), 9), "RNN has no forget gate"),
        (lambda: starts.chrono(LSTM(I, H), 2), "longest is 2; the longest dependency that chrono prepares for"),
        (lambda: starts.forget_bias(LSTM(I, H, bias=False), 1.0), "This LSTM has no biases, so no forget gate"),
    ],
)
def test_a_start_that_a_layer_cannot_have_gets_a_sentence(start: Callable[[], nn.RNNBase], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        start()
    assert sentence in str(error.value)
