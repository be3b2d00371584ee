from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from rnnlab.scratch import Linear, cross_entropy, squared_error

SIZES = st.tuples(*[st.integers(1, 6)] * 4, st.integers(0, 2**32 - 1))


@settings(deadline=None, max_examples=25, derandomize=True)
@given(SIZES)
def test_a_linear_map_and_its_gradients_agree_with_torch(sizes: tuple[int, ...]) -> None:
    T, B, H, O, seed = sizes
    rng = np.random.default_rng(seed)
    readout, h, dy = Linear(H, O, rng=rng), rng.normal(size=(T, B, H)), rng.normal(size=(T, B, O))
    module = torch.nn.Linear(H, O).double()
    module.load_state_dict({name: torch.from_numpy(value) for name, value in readout.parameters.items()})
    th = torch.from_numpy(h).requires_grad_()
    y = module(th)
    y.backward(torch.from_numpy(dy))
    np.testing.assert_allclose(readout.forward(h), y.detach().numpy(), atol=1e-12)
    dh, gradients = readout.backward(h, dy)
    np.testing.assert_allclose(dh, th.grad.numpy(), atol=1e-12)
    for name, parameter in module.named_parameters():
        np.testing.assert_allclose(gradients[name], parameter.grad.numpy(), atol=1e-12)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(SIZES)
def test_both_losses_and_their_gradients_agree_with_torch(sizes: tuple[int, ...]) -> None:
    T, B, O, scale, seed = sizes
    rng = np.random.default_rng(seed)
    y, values = rng.normal(size=(T, B, O), scale=10**scale), rng.normal(size=(T, B, O))
    for ours, targets, theirs in (
        (squared_error, values, lambda y, t: 0.5 * functional.mse_loss(y, t, reduction="sum")),
        (
            cross_entropy,
            rng.integers(O, size=(T, B)),
            lambda y, t: functional.cross_entropy(y.flatten(0, 1), t.flatten(), reduction="sum"),
        ),
    ):
        ty = torch.from_numpy(y).requires_grad_()
        wanted = theirs(ty, torch.from_numpy(targets)) / B
        wanted.backward()
        loss, dy = ours(y, targets)
        assert loss == pytest.approx(wanted.item(), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(dy, ty.grad.numpy(), rtol=1e-10, atol=1e-12 * 10**scale)


def test_the_losses_of_two_halves_add_up_to_that_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(9, 4, 3))
    for loss, targets in ((squared_error, rng.normal(size=y.shape)), (cross_entropy, rng.integers(3, size=(9, 4)))):
        parts = [loss(y[part], targets[part]) for part in (slice(4), slice(4, None))]
        whole, dy = loss(y, targets)
        assert sum(value for value, _ in parts) == pytest.approx(whole)
        np.testing.assert_allclose(np.concatenate([d for _, d in parts]), dy)


def test_a_uniform_guess_costs_the_log_of_the_classes_whatever_its_level() -> None:
    for level in (0.0, -1e4, 1e4):
        loss, _ = cross_entropy(np.full((7, 4, 32), level), np.zeros((7, 4), dtype=int))
        assert loss / (7 * math.log(2)) == pytest.approx(5)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda: Linear(5, 2, rng=0).forward(np.zeros((4, 5))),
            "h has shape (4, 5); Linear(hidden_size=5) takes (T, B, 5).",
        ),
        (
            lambda: squared_error(np.zeros((6, 4, 1)), np.zeros((6, 4))),
            "targets have shape (6, 4); the outputs have (6, 4, 1)",
        ),
        (
            lambda: squared_error(np.zeros((6, 4)), np.zeros((6, 4))),
            "The outputs have shape (6, 4); a loss takes (T, B, O)",
        ),
        (lambda: cross_entropy(np.zeros((6, 4, 3)), np.zeros((6, 4))), "have shape (6, 4) and dtype float64;"),
        (
            lambda: cross_entropy(np.zeros((6, 4, 3)), np.zeros((4, 6), dtype=int)),
            "one integer class for each, (6, 4).",
        ),
        (
            lambda: cross_entropy(np.zeros((6, 4, 3)), np.full((6, 4), 3)),
            "run from 3 to 3; with 3 outputs the classes are 0 … 2.",
        ),
        (lambda: cross_entropy(np.zeros((6, 4, 3)), np.full((6, 4), -1)), "run from -1 to -1;"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(act: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        act()
    assert sentence in str(error.value)
