"""Lyapunov exponents of systems where they are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from rnnlab.errors import InputError
from rnnlab.probes import largest_lyapunov_exponent, lyapunov_exponents


def scalar(w: float, b: float = 0.0) -> nn.RNN:
    """h_t = tanh(w h_{t-1} + x_t + b)."""
    layer = nn.RNN(1, 1).double()
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (1.0, w, b, 0.0), strict=True):
            parameter.fill_(value)
    return layer


def linear(W: np.ndarray) -> nn.RNN:
    """h_t = tanh(W h_{t-1}) at h = 0, where tanh is the identity."""
    layer = nn.RNN(1, len(W), bias=False).double()
    with torch.no_grad():
        layer.weight_hh_l0.copy_(torch.as_tensor(W))
    return layer


def test_a_linear_network_has_the_logarithm_of_its_spectral_radius() -> None:
    W = np.random.default_rng(5).standard_normal((6, 6))
    found = largest_lyapunov_exponent(linear(W), np.zeros((4000, 2, 1)))
    np.testing.assert_allclose(found, math.log(np.max(np.abs(np.linalg.eigvals(W)))), atol=2e-3)


def test_the_spectrum_of_a_linear_network_is_that_of_its_eigenvalues() -> None:
    rng = np.random.default_rng(6)
    V = rng.standard_normal((5, 5))
    values = np.array([1.2, -0.9, 0.5, 0.1, 0.01])
    found = lyapunov_exponents(linear(V @ np.diag(values) @ np.linalg.inv(V)), np.zeros((800, 1, 1)))
    np.testing.assert_allclose(found[0], np.log(np.abs(values)), atol=1e-10)


def test_a_unit_at_rest_has_the_logarithm_of_its_slope_there() -> None:
    h = 0.5
    for _ in range(200):
        h = math.tanh(2 * h)  # the fixed point of h = tanh(2h) above zero
    found = largest_lyapunov_exponent(scalar(2.0), np.zeros((200, 1, 1)), torch.full((1, 1, 1), h))
    assert found[0] == pytest.approx(math.log(2 * (1 - h * h)), abs=1e-10)


def test_a_driven_unit_has_the_mean_logarithm_of_its_factors() -> None:
    x = np.random.default_rng(7).standard_normal(100)
    h, logs = 0.0, []
    for each in x:
        h = math.tanh(1.5 * h + each - 0.2)
        logs.append(math.log(1.5 * (1 - h * h)))
    found = largest_lyapunov_exponent(scalar(1.5, -0.2), x[:, None])
    assert found[0] == pytest.approx(np.mean(logs[25:]), abs=1e-12)


def test_two_runs_of_a_lstm_approach_each_other_at_the_rate_of_the_largest_exponent() -> None:
    torch.manual_seed(8)
    layer = nn.LSTM(2, 6).double()
    x = np.random.default_rng(8).standard_normal((1500, 1, 2))
    largest, spectrum = largest_lyapunov_exponent(layer, x)[0], lyapunov_exponents(layer, x)[0]
    assert spectrum.shape == (12,)
    assert (np.diff(spectrum) <= 0).all()
    assert largest == pytest.approx(spectrum[0], abs=5e-3)
    zeros = torch.zeros(1, 1, 6, dtype=torch.float64)
    with torch.no_grad():
        runs = [layer(torch.as_tensor(x[:50]), (zeros, zeros + away))[0][:, 0] for away in (0.0, 0.1)]
    apart = torch.linalg.norm(runs[1] - runs[0], dim=1).log().numpy()
    assert np.polyfit(np.arange(10, 50), apart[10:], 1)[0] == pytest.approx(largest, rel=0.1)


def test_chaos_has_an_exponent_above_zero_and_a_contraction_below() -> None:
    rng = np.random.default_rng(9)
    J = rng.standard_normal((60, 60)) / math.sqrt(60)
    x = 0.1 * rng.standard_normal((600, 1, 1))
    assert largest_lyapunov_exponent(linear(3.0 * J), x)[0] > 0.1
    assert largest_lyapunov_exponent(linear(0.5 * J), x)[0] < -0.5


def test_a_network_that_is_switched_off_has_the_exponent_minus_infinity() -> None:
    layer = nn.RNN(1, 2, nonlinearity="relu")
    with torch.no_grad():
        layer.bias_ih_l0.fill_(-50.0)
    assert np.isneginf(largest_lyapunov_exponent(layer, np.zeros((20, 1, 1)))).all()


def test_too_few_steps_for_a_mean_are_refused() -> None:
    with pytest.raises(InputError, match="x has 7 steps; a Lyapunov exponent is a mean over many"):
        largest_lyapunov_exponent(scalar(1.0), np.zeros((7, 1, 1)))
