"""Full and truncated BPTT against autograd, and truncation against the sum that defines it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rnnlab.scratch import (
    GRU,
    LSTM,
    Elman,
    Linear,
    cross_entropy,
    gradient_check,
    squared_error,
    through_time,
    truncated,
)
from rnnlab.scratch.unroll import Unrolled

T, B, I, H, O = 11, 3, 2, 5, 4
CELLS = [Elman, GRU, LSTM]
FUNCTIONAL = {Elman: torch.rnn_tanh_cell, GRU: torch.gru_cell, LSTM: torch.lstm_cell}


def setting(build: Callable[..., Elman], seed: int = 0):
    rng = np.random.default_rng(seed)
    cell, readout = build(I, H, rng=rng), Linear(H, O, rng=rng)
    for value in cell.parameters.values():
        value *= 2  # so that what happened some steps ago still matters
    x, targets = rng.normal(size=(T, B, I)), rng.normal(size=(T, B, O))
    return cell, readout, x, targets, rng.normal(size=cell.state_shape(B))


def summed(passes: list[Unrolled]) -> dict[str, np.ndarray]:
    return {name: np.sum([p.gradients[name] for p in passes], axis=0) for name in passes[0].gradients}


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def by_definition(cell: Elman, readout: Linear, x, targets, state, k1: int, k2: int) -> dict[str, np.ndarray]:
    """(7.5) term by term: every step s has parameters of its own, so ∂L_t/∂θ_s is one term; keep those allowed."""
    names = list(cell.parameters)
    own = [[torch.from_numpy(cell.parameters[n]).clone().requires_grad_() for n in names] for _ in range(len(x))]
    heads = {n: torch.from_numpy(v).clone().requires_grad_() for n, v in readout.parameters.items()}
    parts: tuple[Tensor, ...] = tuple(torch.from_numpy(np.atleast_3d(state).reshape(-1, B, H)))
    total = [torch.zeros_like(p) for p in own[0]]
    whole = torch.zeros(())
    for t in range(len(x)):
        hx = list(parts) if len(parts) == 2 else parts[0]
        new = FUNCTIONAL[type(cell)](torch.from_numpy(x[t]), hx, *own[t])
        parts = tuple(new) if len(parts) == 2 else (new,)
        y = parts[0] @ heads["weight"].T + heads["bias"]
        loss = ((y - torch.from_numpy(targets[t])) ** 2).sum() / (2 * B)
        whole = whole + loss
        end = min((t // k1 + 1) * k1, len(x))
        reached = own[max(0, end - k2) : t + 1]
        terms = torch.autograd.grad(loss, [p for step in reached for p in step], retain_graph=True)
        total = [a + sum(terms[i :: len(names)]) for i, a in enumerate(total)]
    of_heads = torch.autograd.grad(whole, list(heads.values()))
    return {n: g.numpy() for n, g in zip([*names, *heads], [*total, *of_heads], strict=True)}


@pytest.mark.parametrize("build", CELLS)
@settings(deadline=None, max_examples=6, derandomize=True)
@given(k1=st.integers(1, T + 2), more=st.integers(0, 5), seed=st.integers(0, 99))
def test_the_truncated_gradient_is_the_sum_that_defines_it(build, k1: int, more: int, seed: int) -> None:
    cell, readout, x, targets, state = setting(build, seed)
    passes = list(truncated(cell, readout, squared_error, x, targets, k1, k1 + more, state))
    assert_same(summed(passes), by_definition(cell, readout, x, targets, state, k1, k1 + more))


@pytest.mark.parametrize("build", CELLS)
def test_the_full_gradient_agrees_with_autograd_and_with_differences(build) -> None:
    cell, readout, x, targets, state = setting(build)
    whole = through_time(cell, readout, squared_error, x, targets, state)
    assert_same(whole.gradients, by_definition(cell, readout, x, targets, state, T, T))
    errors = gradient_check(
        lambda: through_time(cell, readout, squared_error, x, targets, state).loss,
        cell.parameters | readout.parameters,
        whole.gradients,
        rng=0,
    )
    assert max(errors.values()) < 1e-7


@pytest.mark.parametrize("build", CELLS)
@pytest.mark.parametrize("k1", [1, 4, T])
def test_truncation_that_reaches_the_start_is_no_truncation(build, k1: int) -> None:
    cell, readout, x, targets, state = setting(build)
    whole = through_time(cell, readout, squared_error, x, targets, state)
    passes = list(truncated(cell, readout, squared_error, x, targets, k1, T, state))
    assert sum(p.loss for p in passes) == pytest.approx(whole.loss)
    assert_same(summed(passes), whole.gradients)
    np.testing.assert_allclose(passes[-1].state, whole.state)


@pytest.mark.parametrize("build", CELLS)
def test_a_short_reach_changes_the_cells_gradient_and_neither_loss_nor_readout(build) -> None:
    cell, readout, x, targets, state = setting(build)
    whole = through_time(cell, readout, squared_error, x, targets, state)
    passes = list(truncated(cell, readout, squared_error, x, targets, 2, 2, state))
    assert len(passes) == 6
    assert sum(p.loss for p in passes) == pytest.approx(whole.loss)
    found = summed(passes)
    assert_same({n: found[n] for n in readout.parameters}, {n: whole.gradients[n] for n in readout.parameters})
    for name in cell.parameters:
        gap = np.linalg.norm(found[name] - whole.gradients[name]) / np.linalg.norm(whole.gradients[name])
        assert gap > 1e-3, name


@pytest.mark.parametrize("build", CELLS)
def test_a_step_of_learning_between_segments_enters_the_next_one(build) -> None:
    """With k1 = k2 each segment is a pass of its own from the carried state, at the parameters of the moment."""
    cell, readout, x, targets, state = setting(build)
    other, other_readout, *_ = setting(build)
    passes = truncated(cell, readout, squared_error, x, targets, 4, 4, state)
    for part in (slice(0, 4), slice(4, 8)):
        found = next(passes)
        wanted = through_time(other, other_readout, squared_error, x[part], targets[part], state)
        assert found.loss == wanted.loss
        assert_same(found.gradients, wanted.gradients)
        state = wanted.state
        for parameters in (cell.parameters, readout.parameters, other.parameters, other_readout.parameters):
            for name, value in parameters.items():
                value -= 0.1 * wanted.gradients[name]


def test_fewer_targets_score_the_last_steps() -> None:
    cell, readout, x, targets, state = setting(LSTM)
    whole = through_time(cell, readout, squared_error, x, targets, state)
    early = through_time(cell, readout, squared_error, x[:-1], targets[:-1], state)
    last = through_time(cell, readout, squared_error, x, targets[-1:], state)
    assert last.loss == pytest.approx(whole.loss - early.loss)
    assert_same(last.gradients, {n: g - early.gradients[n] for n, g in whole.gradients.items()})


def test_a_network_of_scratch_learns_to_repeat_what_it_saw_two_steps_ago() -> None:
    rng = np.random.default_rng(0)
    cell, readout = GRU(2, 16, rng=rng), Linear(16, 2, rng=rng)
    parameters, losses = cell.parameters | readout.parameters, []
    for _ in range(300):
        classes = rng.integers(2, size=(12, 16))
        result = through_time(cell, readout, cross_entropy, np.eye(2)[classes[2:]], classes[:-2])
        losses.append(result.loss / 10)
        for name, value in parameters.items():
            value -= 0.3 * result.gradients[name]
    assert np.mean(losses[:10]) > 0.6
    assert np.mean(losses[-10:]) < 0.25  # the first two of ten steps cannot be known: log 2 · 2/10 = 0.14


@pytest.mark.parametrize("k1, k2", [(0, 3), (4, 3), (-1, -1)])
def test_a_segment_that_its_gradient_would_not_reach_is_refused_at_once(k1: int, k2: int) -> None:
    cell, readout, x, targets, _ = setting(Elman)
    with pytest.raises(ValueError, match="truncation takes 1 <= k1 <= k2"):
        truncated(cell, readout, squared_error, x, targets, k1, k2)


def test_more_or_no_targets_than_steps_are_refused() -> None:
    cell, readout, x, targets, _ = setting(Elman)
    with pytest.raises(ValueError, match="0 steps of targets for 11 of input"):
        through_time(cell, readout, squared_error, x, targets[:0])
    with pytest.raises(ValueError, match="11 steps of targets for 10 of input"):
        through_time(cell, readout, squared_error, x[1:], targets)
    with pytest.raises(ValueError, match="10 steps of targets for 11 of input"):
        truncated(cell, readout, squared_error, x, targets[1:], 2, 3)
