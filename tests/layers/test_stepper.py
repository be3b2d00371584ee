"""Stepping through a sequence is the same as reading it whole."""

from __future__ import annotations

import pytest
import torch
from against_torch import CELLS, pair, states, tensors
from torch import Tensor

from rnnlab import layers


def stepped(stepper: layers.Stepper, x: Tensor) -> Tensor:
    return torch.stack([stepper.step(step).clone() for step in x])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bias": False}, {"batch_first": True, "num_layers": 3, "dropout": 0.5}]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_steps_are_the_sequence(cell: str, options: dict[str, object], dtype: torch.dtype) -> None:
    _, theirs = pair(cell, 3, 7, dtype=dtype, **options)
    layer = layers.accelerate(theirs)
    x = torch.randn(6, 2, 3).to(dtype)
    hx = states(cell, layer, 2)
    stepper = layer.stepper(batch=2)
    assert layer.training
    for initial in (None, hx, None):
        stepper.reset(initial)
        with torch.no_grad():
            whole = layer.eval()(x.transpose(0, 1) if layer.batch_first else x, initial)[0]
        layer.train()
        torch.testing.assert_close(stepped(stepper, x), whole.transpose(0, 1) if layer.batch_first else whole)
    assert layer.training


def test_relu_steps_are_the_sequence() -> None:
    ours, _ = pair("RNN", 3, 7, nonlinearity="relu")
    x = torch.randn(6, 1, 3, dtype=torch.float64)
    torch.testing.assert_close(stepped(ours.stepper(), x), ours(x)[0].detach())


def test_a_projected_lstm_steps_too() -> None:
    ours, _ = pair("LSTM", 3, 7, proj_size=2)
    x = torch.randn(6, 1, 3, dtype=torch.float64)
    torch.testing.assert_close(stepped(ours.stepper(), x), ours(x)[0].detach())


def test_a_step_overwrites_the_one_before_and_asks_no_gradient() -> None:
    ours, _ = pair("GRU", 3, 7)
    stepper = ours.stepper()
    first = stepper.step(torch.ones(1, 3, dtype=torch.float64))
    second = stepper.step(torch.ones(1, 3, dtype=torch.float64, requires_grad=True))
    assert first is second
    assert not second.requires_grad


def test_a_stepper_keeps_the_weights_of_the_moment_it_was_made() -> None:
    ours, _ = pair("GRU", 3, 7)
    stepper, x = ours.stepper(), torch.ones(1, 3, dtype=torch.float64)
    before = stepper.step(x).clone()
    with torch.no_grad():
        ours.weight_ih_l0.zero_()
    stepper.reset()
    assert torch.equal(stepper.step(x), before)


@pytest.mark.parametrize("cell", CELLS)
def test_a_wrong_step_is_answered_with_a_sentence(cell: str) -> None:
    ours, _ = pair(cell, 3, 7)
    with pytest.raises(
        ValueError, match=r"x is torch.float32 of shape \(3,\); this stepper takes torch.float64 of shape \(1, 3\)"
    ):
        ours.stepper().step(torch.ones(3))
    with pytest.raises(ValueError, match=r"x is torch.float64 of shape \(2, 3\).*: one step, \(B, I\)"):
        ours.stepper().step(torch.ones(2, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="batch is 0"):
        ours.stepper(batch=0)
    with pytest.raises(ValueError, match="first output depends on the last input"):
        pair(cell, 3, 7, bidirectional=True)[0].stepper()
    with pytest.raises((TypeError, RuntimeError), match="h_0"):
        ours.stepper().reset(tensors(states(cell, ours, 4))[0])
