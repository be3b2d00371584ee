"""Memory probes on systems whose memory is known, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab import layers
from rnnlab.errors import InputError
from rnnlab.probes import memory_curve, read_out_accuracy, read_out_r2, states_of
from rnnlab.studies.memory_capacity import delay_line
from rnnlab.training import initialise


@settings(deadline=None, max_examples=6, derandomize=True)
@given(st.integers(2, 24), st.integers(0, 2**32 - 1))
def test_a_delay_line_holds_exactly_as_many_inputs_as_it_has_units(units: int, seed: int) -> None:
    layer = delay_line(layers.RNN(1, units))
    found = memory_curve(layer, longest=units + 6, steps=1_000, scale=1e-3, rng=np.random.default_rng(seed))
    np.testing.assert_allclose(found.r2[:units, 0], 1, atol=1e-4)
    assert np.abs(found.r2[units:, 0]).max() < 0.05
    assert found.capacity == pytest.approx(units, abs=0.1)


@pytest.mark.parametrize("made_by", [torch.nn, layers], ids=["torch", "rnnlab"])
@pytest.mark.parametrize("cell", ["RNN", "GRU", "LSTM"])
def test_no_cell_holds_more_than_its_bound_and_torch_and_ours_hold_the_same(made_by, cell: str) -> None:
    layer = initialise(lambda: getattr(made_by, cell)(2, 10), 5)
    found = memory_curve(layer, longest=15, steps=2_000, scale=0.1, rng=np.random.default_rng(0))
    assert found.r2.shape == (16, 2)
    assert 2 < found.capacity <= 10.1
    other = initialise(lambda: getattr(torch.nn, cell)(2, 10), 5)
    again = memory_curve(other, longest=15, steps=2_000, scale=0.1, rng=np.random.default_rng(0))
    np.testing.assert_allclose(found.r2, again.r2, atol=1e-6)


def test_the_layer_is_left_as_it_was_and_batch_first_is_no_other_memory() -> None:
    layer = initialise(lambda: layers.GRU(3, 7, batch_first=True), 0).train()
    before = {name: weight.clone() for name, weight in layer.state_dict().items()}
    x = np.random.default_rng(1).normal(size=(20, 3))
    states = states_of(layer, x)
    assert layer.training
    assert next(layer.parameters()).dtype == torch.float32
    assert all(torch.equal(weight, before[name]) for name, weight in layer.state_dict().items())
    time_first = layers.GRU(3, 7)
    time_first.load_state_dict(layer.state_dict())
    np.testing.assert_allclose(states, states_of(time_first, x), atol=1e-15)
    with torch.no_grad():
        expected, _ = layer(torch.from_numpy(x[None].astype(np.float32)))
    np.testing.assert_allclose(states, expected[0].numpy(), atol=1e-6)


def test_nothing_can_be_read_off_a_state_that_knows_nothing_however_many_entries_it_has() -> None:
    rng = np.random.default_rng(2)
    states, targets = rng.normal(size=(1_000, 60)), rng.normal(size=(1_000, 400))
    found = read_out_r2(states, targets)
    assert abs(found.mean()) < 5 * found.std() / np.sqrt(400)  # the mean is zero, not −S/N and not 1/N
    assert found.std() < 0.01


def test_a_linear_map_is_found_and_its_noise_is_what_is_missing() -> None:
    rng = np.random.default_rng(3)
    units = rng.normal(size=(20_000, 5))
    clean, states = units @ rng.normal(size=(5, 3)), units * [1e-6, 1, 1, 1, 1e6]  # a faint unit counts like a loud one
    noise = rng.normal(size=clean.shape) * clean.std(axis=0) * [0, 0.5, 1]
    np.testing.assert_allclose(read_out_r2(states, clean + noise + 7), [1, 0.8, 0.5], atol=0.02)


def test_a_map_is_scored_on_steps_that_it_was_not_fitted_to() -> None:
    rng = np.random.default_rng(4)
    states = rng.normal(size=(400, 3))
    targets = np.concatenate([states[:200, :1], rng.normal(size=(200, 1))])  # the tie ends half-way
    assert read_out_r2(states, targets)[0] < 0.05


def test_a_target_that_is_constant_has_no_r2() -> None:
    states = np.random.default_rng(5).normal(size=(40, 2))
    assert np.isnan(read_out_r2(states, np.ones((40, 1)))[0])


def test_classes_that_a_state_shows_are_named_and_others_only_guessed() -> None:
    rng = np.random.default_rng(6)
    shown, hidden = rng.integers(0, 4, 2_000), (rng.random(2_000) < 0.3).astype(int)
    right = read_out_accuracy(np.eye(4)[shown] + 0.1 * rng.normal(size=(2_000, 4)), np.stack([shown, hidden], axis=1))
    assert right[0] == 1
    assert right[1] == pytest.approx(0.7, abs=0.04)  # always the commoner one


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: read_out_r2(np.ones((5, 2)), np.ones((5, 1))), r"takes \(N, S\), with N of at least 8"),
        (lambda: read_out_r2(np.ones((9, 2)), np.ones((8, 1))), r"for these 9 states give \(9, O\)"),
        (lambda: read_out_accuracy(np.ones((9, 2)), np.ones(9, dtype=int)), "a column for each"),
        (lambda: states_of(layers.RNN(2, 3), np.ones((5, 3))), r"one sequence for this layer is \(T, 2\)"),
        (lambda: states_of(layers.RNN(2, 3, bidirectional=True), np.ones((5, 2))), "their|its states know the future"),
        (
            lambda: memory_curve(layers.RNN(1, 3), longest=-1, steps=9, scale=1.0, rng=np.random.default_rng(0)),
            "a lag of 0 or more",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(call, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
