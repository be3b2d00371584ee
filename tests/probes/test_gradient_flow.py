"""Gradient against lag: powers of a matrix, a scalar network by hand, autograd, and lags that underflow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rnnlab import layers
from rnnlab.errors import InputError
from rnnlab.probes import factor_per_step, gradient_by_lag, weight_gradient_by_lag

LAYERS = {
    "rnn": lambda: nn.RNN(2, 5),
    "relu": lambda: layers.RNN(2, 5, nonlinearity="relu"),
    "gru": lambda: nn.GRU(2, 5),
    "lstm": lambda: layers.LSTM(2, 5),
}


def drawn(kind: str, seed: int = 2) -> nn.RNNBase:
    torch.manual_seed(seed)
    return LAYERS[kind]().double()


def linear(W: np.ndarray) -> nn.RNN:
    """h_t = tanh(W h_{t-1} + x_t): linear at rest, where x and h are zero."""
    layer = nn.RNN(1, len(W), bias=False).double()
    with torch.no_grad():
        layer.weight_hh_l0.copy_(torch.as_tensor(W))
    return layer


def test_a_linear_network_has_the_norms_of_the_powers_of_its_matrix() -> None:
    W = np.random.default_rng(1).standard_normal((4, 4))
    flow = gradient_by_lag(linear(W), np.zeros((9, 2, 1)))
    wanted = [np.log10(np.linalg.norm(np.linalg.matrix_power(W, k), 2)) for k in range(10)]
    np.testing.assert_allclose(flow.log10_h, [wanted, wanted], atol=1e-12)
    np.testing.assert_array_equal(flow.lag, np.arange(10))
    assert flow.log10_c is None


def test_the_identity_loses_nothing() -> None:
    flow = gradient_by_lag(linear(np.eye(3)), np.zeros((300, 1, 1)))
    np.testing.assert_allclose(flow.log10_h, 0.0, atol=1e-12)


@pytest.mark.parametrize("factor", [0.4, 0.01, 20.0])  # 1e-199, 1e-1000, 1e650
def test_lag_500_is_right_where_a_float_would_be_zero_or_infinite(factor: float) -> None:
    W = factor * np.array([[0.0, 1.0], [1.0, 0.0]])
    flow = gradient_by_lag(linear(W), np.zeros((500, 1, 1)))
    assert flow.log10_h[0, -1] == pytest.approx(500 * np.log10(factor), rel=1e-12)
    assert factor_per_step(flow.log10_h)[0] == pytest.approx(factor, rel=1e-12)


def test_a_network_of_one_tanh_unit_is_a_product_of_slopes() -> None:
    layer = nn.RNN(1, 1).double()
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (0.7, -1.3, 0.1, 0.2), strict=True):
            parameter.fill_(value)
    x, h, factors = np.array([0.5, -1.0, 2.0, 0.3]), 0.0, []
    for each in x:
        h = np.tanh(0.7 * each - 1.3 * h + 0.3)
        factors.append(1.3 * (1 - h * h))
    wanted = [0.0, *np.cumsum(np.log10(factors[::-1]))]
    np.testing.assert_allclose(gradient_by_lag(layer, x[:, None]).log10_h[0], wanted, atol=1e-12)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_lag_has_the_norm_that_autograd_finds(kind: str) -> None:
    layer, T, B = drawn(kind), 6, 2
    x = torch.randn(T, B, 2, dtype=torch.float64)
    flow = gradient_by_lag(layer, x)
    parts = 2 if kind == "lstm" else 1
    for lag in range(1, T + 1):
        before = [torch.zeros(1, B, 5, dtype=torch.float64)] * parts
        if lag < T:
            _, last = layer(x[: T - lag])
            before = list(last) if kind == "lstm" else [last]
        for part, log10 in enumerate([flow.log10_h, flow.log10_c][:parts]):

            def last_state(s, part=part, before=before, lag=lag):
                start = [s if place == part else each for place, each in enumerate(before)]
                _, last = layer(x[T - lag :], tuple(start) if kind == "lstm" else start[0])
                return (last if kind == "lstm" else [last])[part]

            whole = torch.autograd.functional.jacobian(last_state, before[part].detach())[0, :, :, 0]
            norms = [np.linalg.norm(whole[b, :, b].numpy(), 2) for b in range(B)]
            np.testing.assert_allclose(10.0 ** log10[:, lag], norms, rtol=1e-11)


def test_a_cell_state_that_forgets_a_tenth_a_step_keeps_the_powers_of_nine_tenths() -> None:
    layer = nn.LSTM(1, 3).double()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.bias_ih_l0[3:6] = np.log(9.0)  # σ(ln 9) = 0.9
    flow = gradient_by_lag(layer, np.ones((400, 1, 1)))
    np.testing.assert_allclose(flow.log10_c[0], np.arange(401) * np.log10(0.9), atol=1e-11)
    assert np.isneginf(flow.log10_h[0, 1:]).all()  # W_hh is zero, so h_{t-1} is never read


def test_units_that_are_off_leave_nothing() -> None:
    layer = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    with torch.no_grad():
        layer.weight_hh_l0.copy_(torch.eye(2))
        layer.weight_ih_l0.fill_(1.0)
    flow = gradient_by_lag(layer, np.array([1.0, 1, -9, 1])[:, None])
    np.testing.assert_array_equal(flow.log10_h[0], [0, 0, -np.inf, -np.inf, -np.inf])


def test_the_slope_of_a_straight_line_is_its_factor_and_a_zero_has_none() -> None:
    lags = np.arange(20)
    both = np.stack([lags * np.log10(0.9), np.where(lags < 5, 0, 5 - lags) * 1.0])
    np.testing.assert_allclose(factor_per_step(both, first=5), [0.9, 0.1])
    assert np.isnan(factor_per_step([0.0, -np.inf]))
    with pytest.raises(InputError, match="A slope needs two lags; there are 1 from lag 19 on"):
        factor_per_step(both, first=19)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_shares_of_the_steps_are_those_of_untied_weights(kind: str) -> None:
    layer, T, B = drawn(kind), 5, 3
    x, d_last = torch.randn(T, B, 2, dtype=torch.float64), torch.randn(B, 5, dtype=torch.float64)
    tied = layer.weight_hh_l0.detach()
    copies = [tied.clone().requires_grad_() for _ in range(T)]
    state = None
    for t in range(T):
        replaced = {**dict(layer.named_parameters()), "weight_hh_l0": copies[t]}
        _, state = torch.func.functional_call(layer, replaced, (x[t : t + 1], state))
    last = state[0] if kind == "lstm" else state
    gradients = torch.autograd.grad((last[0] * d_last).sum(), copies)[::-1]
    found = weight_gradient_by_lag(layer, x, d_last)
    np.testing.assert_allclose(found.share, [float(torch.linalg.norm(g)) for g in gradients], atol=1e-12)
    sums = [float(torch.linalg.norm(torch.stack(gradients[: k + 1]).sum(0))) for k in range(T)]
    np.testing.assert_allclose(found.total, sums, atol=1e-12)
