"""Jacobians of steps and of sequences: against autograd, powers of a matrix and exact arithmetic."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from torch import nn

from rnnlab import layers
from rnnlab.errors import InputError
from rnnlab.probes import jacobian as module
from rnnlab.probes import product_singular_values, step_jacobians

T, B, I, H = 4, 3, 2, 5
KINDS = {"rnn": nn.RNN, "relu": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
OURS = {"rnn": layers.RNN, "relu": layers.RNN, "gru": layers.GRU, "lstm": layers.LSTM}


def drawn(kind: str, ours: bool = False, seed: int = 1, **options) -> tuple[nn.RNNBase, torch.Tensor, object]:
    """A layer in float64 with weights large enough to saturate some gates, an input, and a start."""
    torch.manual_seed(seed)
    make = (OURS if ours else KINDS)[kind]
    layer = make(I, H, **({"nonlinearity": "relu"} if kind == "relu" else {}), **options).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1.7)
    h, c = torch.randn(2, 1, B, H, dtype=torch.float64)
    return layer, torch.randn(T, B, I, dtype=torch.float64), (h, c) if kind == "lstm" else h


def linear(W: np.ndarray) -> nn.RNN:
    """h_t = tanh(W h_{t-1} + x_t): linear at rest, where x and h are zero."""
    layer = nn.RNN(1, len(W), bias=False).double()
    with torch.no_grad():
        layer.weight_hh_l0.copy_(torch.as_tensor(W))
    return layer


def autograd_jacobian(layer: nn.RNNBase, x: torch.Tensor, state: torch.Tensor, b: int) -> np.ndarray:
    """∂(state after one step) / ∂(state before), of sequence b; a state is (S,), of an LSTM h above c."""
    lstm = layer.mode == "LSTM"

    def step(s: torch.Tensor) -> torch.Tensor:
        parts = s.reshape(-1, 1, 1, H)
        _, last = layer(x[:, b : b + 1], (parts[0], parts[1]) if lstm else parts[0])
        return torch.cat([part.reshape(-1) for part in (last if lstm else (last,))])

    return torch.autograd.functional.jacobian(step, state).numpy()


@pytest.mark.parametrize("ours", [False, True], ids=["torch", "rnnlab"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_the_jacobian_that_autograd_finds(kind: str, ours: bool) -> None:
    layer, x, start = drawn(kind, ours)
    found = step_jacobians(layer, x, start)
    size = 2 * H if kind == "lstm" else H
    assert found.shape == (T, B, size, size)
    state = start
    for t in range(T):
        parts = state if kind == "lstm" else (state,)
        for b in range(B):
            flat = torch.cat([part[0, b] for part in parts]).detach()
            np.testing.assert_allclose(found[t, b], autograd_jacobian(layer, x[t : t + 1], flat, b), atol=1e-13)
        _, state = layer(x[t : t + 1], state)


@pytest.mark.parametrize("kind", KINDS)
def test_the_product_of_the_steps_is_the_jacobian_of_the_sequence(kind: str) -> None:
    layer, x, start = drawn(kind)
    parts = start if kind == "lstm" else (start,)
    product = np.linalg.multi_dot(step_jacobians(layer, x, start)[::-1, 1])
    whole = autograd_jacobian(layer, x, torch.cat([part[0, 1] for part in parts]), 1)
    np.testing.assert_allclose(product, whole, atol=1e-13)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_batch_first_no_bias_float32_and_a_single_sequence_are_the_same_steps(kind: str) -> None:
    layer, x, _ = drawn(kind, bias=False)
    wanted = step_jacobians(layer, x)
    layer.batch_first = True
    np.testing.assert_allclose(step_jacobians(layer, x.transpose(0, 1)), wanted, rtol=1e-12)
    layer.batch_first = False
    np.testing.assert_allclose(step_jacobians(layer, x[:, 2].numpy()), wanted[:, 2:], rtol=1e-12)
    np.testing.assert_allclose(step_jacobians(layer.float(), x.float()), wanted, atol=1e-6)


def test_a_linear_network_multiplies_by_its_matrix_at_every_step() -> None:
    W = np.random.default_rng(3).standard_normal((4, 4))
    layer, x = linear(W), np.zeros((7, 2, 1))
    np.testing.assert_array_equal(step_jacobians(layer, x), np.broadcast_to(W, (7, 2, 4, 4)))
    wanted = np.log10(np.linalg.svd(np.linalg.matrix_power(W, 7), compute_uv=False))
    np.testing.assert_allclose(product_singular_values(layer, x), [wanted, wanted], rtol=1e-7)


def test_chunks_of_steps_give_what_one_pass_gives(monkeypatch) -> None:
    layer, x, start = drawn("lstm")
    whole = product_singular_values(layer, x, start)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    np.testing.assert_array_equal(product_singular_values(layer, x, start), whole)
    assert len(list(module.backwards(module.Trajectory(layer, x, start)))) == T


def test_all_singular_values_of_a_long_product_are_those_of_exact_arithmetic() -> None:
    layer, _, _ = drawn("rnn", seed=4)
    x = np.random.default_rng(4).standard_normal((60, 1, I))
    with mpmath.workdps(400):
        product = mpmath.eye(H)
        for J in step_jacobians(layer, x)[:, 0]:
            product = mpmath.matrix(J.tolist()) * product
        wanted = sorted((float(mpmath.log10(s)) for s in mpmath.svd_r(product, compute_uv=False)), reverse=True)
    found = product_singular_values(layer, x)[0]
    assert wanted[0] - wanted[-1] > 20  # more than a float's digits lie between the largest and the smallest
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_a_product_smaller_than_any_float_still_has_its_singular_values() -> None:
    layer = linear(np.diag([0.1, 0.02, 0.0]))
    found = product_singular_values(layer, np.zeros((500, 1, 1)))[0]
    assert found[0] == pytest.approx(-500, rel=1e-12)
    np.testing.assert_array_equal(found[1:], -np.inf)  # 1e-850, and a zero
    layer = linear(np.diag([0.1, 0.09, 0.0]))
    found = product_singular_values(layer, np.zeros((500, 1, 1)))[0]
    np.testing.assert_allclose(found, [-500, 500 * np.log10(0.09), -np.inf], rtol=1e-12)


def test_no_direction_survives_a_network_whose_units_are_off() -> None:
    layer = nn.RNN(1, 2, nonlinearity="relu")
    with torch.no_grad():
        layer.bias_ih_l0.fill_(-50.0)
    assert np.isneginf(product_singular_values(layer, np.ones((3, 2, 1)))).all()


def test_a_layer_that_a_probe_does_not_understand_is_refused() -> None:
    x = np.zeros((3, 1, 2))
    with pytest.raises(InputError, match=r"got a Linear; it looks into an RNN, a GRU or an LSTM"):
        step_jacobians(nn.Linear(2, 2), x)  # type: ignore[arg-type]
    for options in ({"num_layers": 2}, {"bidirectional": True}, {"proj_size": 1}):
        with pytest.raises(InputError, match="one layer in one direction without projection"):
            step_jacobians(nn.LSTM(2, 3, **options), x)


def test_an_input_or_a_start_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"x has shape \(3, 1, 4\); the probe takes \(T, B, I\) with I = 2"):
        step_jacobians(nn.GRU(2, 3), np.zeros((3, 1, 4)))
    with pytest.raises(InputError, match=r"\(B, T, I\)"):
        step_jacobians(nn.GRU(2, 3, batch_first=True), np.zeros((1, 0, 2)))
    with pytest.raises(InputError, match=r"start has shape \(1, 1, 3\); for 1 sequence this layer takes a pair"):
        step_jacobians(nn.LSTM(2, 3), np.zeros((3, 1, 2)), torch.zeros(1, 1, 3))
    with pytest.raises(InputError, match=r"for 2 sequences this layer takes h_0 of shape \(1, 2, 3\)"):
        step_jacobians(nn.GRU(2, 3), np.zeros((3, 2, 2)), torch.zeros(1, 1, 3))
