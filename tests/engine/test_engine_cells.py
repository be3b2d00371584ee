"""Every cell of the engine against torch in float64, and what must hold of it whatever the numbers are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_cells import CELLS, Case, case, largest_difference, module_of, run_engine, run_torch

from rnnlab import engine

CLOSE = 1e-12


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """What `case` takes beside the cell: sizes that are no multiples of anything, lengths, a direction."""
    sizes = {name: draw(st.integers(1, 70)) for name in "BIH"} | {"T": draw(st.integers(1, 12))}
    seed = draw(st.integers(0, 9))
    lengths = np.random.default_rng(seed).integers(1, sizes["T"] + 1, sizes["B"])
    options = {"reverse": draw(st.booleans()), "bias": draw(st.booleans()), "seed": seed}
    return sizes | options | {"lengths": lengths if draw(st.booleans()) else None}


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(drawn=shapes())
def test_values_and_all_gradients_are_torchs_at_any_size_length_and_direction(cell: str, drawn: dict[str, Any]) -> None:
    one = case(cell, **drawn)
    values, gradients = run_engine(one)
    wanted_values, wanted_gradients = run_torch(one)
    assert largest_difference(values, wanted_values) < CLOSE
    assert largest_difference(gradients, wanted_gradients) < CLOSE


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (1, 9, 2, 3), (40, 1, 1, 1), (6, 33, 1, 17), (2, 300, 2, 3)])
def test_one_step_one_sequence_one_unit_and_many_sequences(cell: str, sizes: tuple[int, int, int, int]) -> None:
    one = case(cell, *sizes)
    values, gradients = run_engine(one)
    wanted_values, wanted_gradients = run_torch(one)
    assert largest_difference(values + gradients, wanted_values + wanted_gradients) < CLOSE


@pytest.mark.parametrize("cell", CELLS)
def test_float32_errs_no_more_than_torch_does_in_float32(cell: str) -> None:
    single = case(cell, 60, 20, 9, 33, np.float32)
    true_values, true_gradients = run_torch(single)
    ours, theirs = run_engine(single), run_torch(single, torch.float32)
    for mine, its, true in zip(ours[0] + ours[1], theirs[0] + theirs[1], true_values + true_gradients, strict=True):
        scale = np.abs(true).max()
        allowed = 1.5 * np.sqrt(np.mean((its - true) ** 2)) + 1e-8 * scale
        assert np.sqrt(np.mean((mine - true) ** 2)) <= allowed


@pytest.mark.parametrize("cell", CELLS)
def test_a_padded_batch_equals_its_sequences_one_by_one(cell: str) -> None:
    lengths = np.array([3, 7, 1, 5])
    whole = case(cell, lengths=lengths, reverse=True)
    values, gradients = run_engine(whole)
    alone = []
    for b, n in enumerate(lengths):
        parts = [whole.cotangents[0][:n, [b]], *(d[[b]] for d in whole.cotangents[1:])]
        one = Case(cell, whole.x[:n, [b]], [s[[b]] for s in whole.states], whole.weights, parts, None, True)
        alone.append(run_engine(one))
        assert np.allclose(values[0][:n, [b]], alone[-1][0][0], atol=1e-13)
        assert not values[0][n:, b].any() and not gradients[0][n:, b].any()
    first_weight = 1 + len(whole.states)
    for k in range(first_weight, len(gradients)):
        assert np.allclose(gradients[k], sum(result[1][k] for result in alone), atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_packed_batch_has_the_bits_of_the_padded_one(cell: str, reverse: bool) -> None:
    lengths = np.sort(np.random.default_rng(1).integers(1, 13, 21))[::-1]
    one = case(cell, lengths.max(), len(lengths), 3, 18, lengths=lengths, reverse=reverse)
    values, gradients = run_engine(one)
    runs = np.arange(len(one.x))[:, None] < lengths
    apart = np.repeat(one.x[runs], 2, axis=0)[::2]  # rows with a gap between them
    options = one.options | {"lengths": None, "batch_sizes": runs.sum(1)}
    *packed, saved = module_of(cell).forward(apart, *one.states, *one.weights, **options)
    cotangents = [one.cotangents[0][runs], *one.cotangents[1:]]
    dx, *others = module_of(cell).backward(
        *cotangents, one.x[runs], *one.states, packed[0], saved, *one.weights, **options
    )
    assert packed[0].tobytes() == values[0][runs].tobytes()
    assert dx.tobytes() == gradients[0][runs].tobytes()
    for ours, padded in zip([*packed[1:], *others], [*values[1:], *gradients[1:]], strict=True):
        assert ours.tobytes() == padded.tobytes()


@pytest.mark.parametrize("cell", CELLS)
def test_two_chunks_with_a_carried_state_are_the_whole(cell: str) -> None:
    whole = case(cell)
    *values, _ = module_of(cell).forward(whole.x, *whole.states, *whole.weights, **whole.options)
    states = whole.states
    for steps in (slice(0, 3), slice(3, None)):
        outputs, *states, _ = module_of(cell).forward(whole.x[steps], *states, *whole.weights, **whole.options)
        assert outputs.tobytes() == values[0][steps].tobytes()


@pytest.mark.parametrize("cell", CELLS)
def test_inference_gives_the_same_bits_and_keeps_nothing(cell: str) -> None:
    one = case(cell, 20, 11, 3, 18, np.float32, lengths=np.arange(10, 21))
    *values, saved = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options)
    *lean, nothing = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options, keep=False)
    shape = module_of(cell).saved_shape(int(np.arange(10, 21).sum()), 18, np.float32)
    assert nothing is None and saved is not None and saved.shape == shape
    assert all(a.tobytes() == b.tobytes() for a, b in zip(values, lean, strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_views_of_any_stride_give_the_same_bits_as_copies(cell: str) -> None:
    one = case(cell, 6, 5, 4, 3)
    expected = run_engine(one)
    strided = Case(
        cell,
        np.ascontiguousarray(one.x.transpose(1, 0, 2)).transpose(1, 0, 2),
        [np.repeat(s, 2, axis=1)[:, ::2] for s in one.states],
        [np.asfortranarray(w) for w in one.weights],
        [np.flip(np.flip(d, 0).copy(), 0) for d in one.cotangents],
    )
    strided.x.flags.writeable = False
    found = run_engine(strided)
    for a, b in zip(expected[0] + expected[1], found[0] + found[1], strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_go_into_half_of_a_wider_array_and_leave_the_other_half(cell: str) -> None:
    one = case(cell, lengths=np.array([7, 2, 3, 7]))
    expected, *_ = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options)
    wide = np.full((7, 4, 10), 9.0)
    outputs, *_ = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options, out=wide[:, :, 5:])
    assert np.array_equal(wide[:, :, 5:], expected) and np.array_equal(outputs, expected)
    assert (wide[:, :, :5] == 9.0).all()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sizes", [(5, 0, 3, 4), (0, 2, 3, 4)])
def test_an_empty_batch_and_no_steps_give_zeros_for_gradients(cell: str, sizes: tuple[int, int, int, int]) -> None:
    one = case(cell, *sizes)
    values, gradients = run_engine(one)
    assert values[0].shape == (*sizes[:2], sizes[3])
    for state, end, cotangent, gradient in zip(one.states, values[1:], one.cotangents[1:], gradients[1:], strict=False):
        assert np.array_equal(end, state) and np.array_equal(gradient, cotangent)
    assert not any(g.any() for g in gradients[1 + len(one.states) :] if g is not None)


@pytest.mark.parametrize("cell", CELLS)
def test_missing_cotangents_are_zeros_and_the_input_gradient_can_be_left_out(cell: str) -> None:
    one = case(cell)
    *values, saved = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options)
    nothing = [None] * (len(one.states) + 1)
    for position in range(len(nothing)):
        chosen = [d if k == position else None for k, d in enumerate(one.cotangents)]
        zeros = [d if k == position else 0 * d for k, d in enumerate(one.cotangents)]
        rest = (one.x, *one.states, values[0], saved, *one.weights)
        lean = module_of(cell).backward(*chosen, *rest, **one.options, input_gradient=False)
        full = module_of(cell).backward(*zeros, *rest, **one.options)
        assert lean[0] is None and full[0] is not None
        assert all(np.array_equal(a, b) for a, b in zip(lean[1:], full[1:], strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_nan_stays_in_its_own_sequence_and_reaches_the_weights(cell: str) -> None:
    one = case(cell, 6, 10, 3, 18, np.float32)
    one.x[2, 3, 1] = np.nan
    values, gradients = run_engine(one)
    reached = np.isnan(values[0]).any(2)
    assert reached[2:, 3].all() and reached.sum() == 4
    assert np.isnan(gradients[1 + len(one.states)]).any()


def test_relu_units_keep_infinity_and_let_no_padding_turn_it_into_nan() -> None:
    x, zero = np.full((2, 1, 1), 1e30, np.float32), np.zeros((1, 3), np.float32)
    w_ih, w_hh = np.full((3, 1), 1e10, np.float32), np.eye(3, dtype=np.float32) + 1
    outputs, h_n, _ = engine.elman.forward(x, zero, w_ih, w_hh, nonlinearity="relu")
    assert np.isposinf(outputs).all() and np.isposinf(h_n).all()


@pytest.mark.parametrize("cell", CELLS)
def test_infinite_inputs_saturate_the_gates_as_they_do_in_torch(cell: str) -> None:
    one = case(cell, 3, 2, 1, 4, np.float32)
    one.x[1, 0, 0], one.x[2, 1, 0] = np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        values, _ = run_engine(one)
        wanted, _ = run_torch(one, torch.float32)
    assert np.allclose(values[0], wanted[0], atol=1e-6, equal_nan=True)


@pytest.mark.parametrize("cell", CELLS)
def test_numbers_too_small_to_be_normal_are_kept(cell: str) -> None:
    one = case(cell, 4, 2, 3, 5, np.float32, bias=False)
    one.x *= np.float32(1e-41)
    one.states = [np.float32(1e-41) * s for s in one.states]
    values, _ = run_engine(one)
    wanted, _ = run_torch(one)
    assert np.allclose(values[0], wanted[0], rtol=0, atol=1e-43 if cell in ("tanh", "relu", "gru") else 1e-42)
