from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnlab.scratch.activation import ACTIVATIONS, sigmoid

POINTS = np.concatenate([np.linspace(-40, 40, 4001), [-1e308, 1e308, -np.inf, np.inf, 0.0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_and_its_slope_agree_with_torch(name: str) -> None:
    value, slope = ACTIVATIONS[name]
    a = torch.from_numpy(POINTS).requires_grad_()
    h = getattr(torch, name)(a)
    (wanted,) = torch.autograd.grad(h.sum(), a)
    np.testing.assert_allclose(value(POINTS), h.detach().numpy(), rtol=0, atol=5e-16)
    np.testing.assert_allclose(slope(value(POINTS)), wanted.numpy(), rtol=0, atol=5e-16)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_keeps_nan(name: str) -> None:
    value, _ = ACTIVATIONS[name]
    assert np.isnan(value(np.array([np.nan]))).all()


def test_the_logistic_function_is_one_half_at_zero_and_symmetric() -> None:
    assert sigmoid(np.zeros(1)) == 0.5
    np.testing.assert_allclose(sigmoid(POINTS) + sigmoid(-POINTS), 1)
