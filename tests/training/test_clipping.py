from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.training import clip_by_norm, clip_by_value


def with_gradients(seed: int, scale: float, dtype: torch.dtype = torch.float64) -> list[nn.Parameter]:
    draw = torch.Generator().manual_seed(seed)
    parameters = [nn.Parameter(torch.zeros(shape, dtype=dtype)) for shape in ((3, 4), (4,), (2, 1, 5), (1,))]
    for parameter in parameters[:-1]:  # the last took no part in the loss
        parameter.grad = (torch.randn(parameter.shape, generator=draw, dtype=torch.float64) * scale).to(dtype)
    return parameters


def joined(parameters: list[nn.Parameter]) -> torch.Tensor:
    return torch.cat([p.grad.reshape(-1) for p in parameters if p.grad is not None])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), scale=st.floats(1e-6, 1e6), largest=st.floats(1e-6, 1e6))
def test_clipping_by_norm_keeps_the_direction_of_the_whole_gradient(seed: int, scale: float, largest: float) -> None:
    parameters = with_gradients(seed, scale)
    before = joined(parameters)
    norm = clip_by_norm(parameters, largest)
    after = joined(parameters)
    assert norm == pytest.approx(float(before.norm()))
    assert float(after.norm()) == pytest.approx(min(norm, largest))
    assert float(torch.nn.functional.cosine_similarity(before, after, dim=0)) == pytest.approx(1.0, abs=1e-12)
    if norm <= largest:
        assert torch.equal(before, after)


def test_clipping_by_value_turns_the_gradient_and_bounds_every_entry() -> None:
    parameters = with_gradients(0, 10.0)
    before = joined(parameters)
    assert clip_by_value(parameters, 1.0) == pytest.approx(float(before.norm()))
    after = joined(parameters)
    assert torch.equal(after, before.clamp(-1, 1))
    assert float(torch.nn.functional.cosine_similarity(before, after, dim=0)) < 0.99


def test_none_only_measures() -> None:
    parameters = with_gradients(0, 1e3)
    before = joined(parameters)
    assert clip_by_norm(parameters, None) == pytest.approx(float(before.norm()))
    assert torch.equal(joined(parameters), before)


def test_a_finite_gradient_whose_square_overflows_is_measured_and_clipped() -> None:
    parameters = with_gradients(0, 1e30, torch.float32)
    before = joined(parameters).double()
    assert clip_by_norm(parameters, 1.0) == pytest.approx(float(before.norm()), rel=1e-5)
    after = joined(parameters).double()
    assert float(after.norm()) == pytest.approx(1.0, rel=1e-5)
    assert float(torch.nn.functional.cosine_similarity(before, after, dim=0)) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_gradient_that_is_not_finite_is_left_as_it_is_and_reported(value: float) -> None:
    parameters = with_gradients(0, 1.0)
    parameters[1].grad[2] = value
    before = joined(parameters)
    assert not math.isfinite(clip_by_norm(parameters, 1.0))
    assert torch.equal(joined(parameters).nan_to_num(7), before.nan_to_num(7))


def test_no_gradient_has_norm_zero() -> None:
    assert clip_by_norm([nn.Parameter(torch.zeros(2))], 1.0) == 0.0
