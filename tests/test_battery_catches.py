"""The battery fails on every mistake that people make in a recurrent cell, planted in scratch's own source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

from cell_battery import (
    CHECKS,
    Answer,
    Check,
    Implementation,
    Problem,
    Sizes,
    a_padded_batch_equals_its_sequences_one_by_one,
    agrees_with_torch,
    agrees_with_torch_at_size_one,
    assert_agrees,
    nan_in_is_nan_out,
    problem,
    reference,
    steps_make_the_sequence,
    summed,
    the_order_in_a_batch_is_irrelevant,
    two_chunks_with_a_carried_state_make_the_whole,
)
from cell_implementations import run_cell, run_scratch
from rnnlab.scratch import elman, gru, lstm

MODULES: dict[str, tuple[ModuleType, str]] = {
    "rnn_tanh": (elman, "Elman"),
    "gru": (gru, "GRU"),
    "lstm": (lstm, "LSTM"),
}


class Mistake(NamedTuple):
    name: str
    cell: str
    edits: tuple[tuple[str, str], ...]


def broken(mistake: Mistake) -> Implementation:
    """The scratch cell with lines of its source replaced, each found exactly once."""
    module, name = MODULES[mistake.cell]
    source = inspect.getsource(module)
    for right, wrong in mistake.edits:
        if source.count(right) != 1:
            raise LookupError(f"{name} has no single line {right!r}: plant the mistake anew")
        source = source.replace(right, wrong)
    namespace: dict[str, object] = {"__name__": f"broken_{name}"}
    exec(compile(source, f"broken {name}", "exec"), namespace)
    build: Callable[..., elman.Elman] = namespace[name]  # type: ignore[assignment]  # a class made a line ago

    def run(given: Problem) -> Answer:
        bias = "bias_ih_l0" in given.parameters
        cell = build(given.x.shape[2], given.state["h_0"].shape[1], bias=bias, rng=0)
        cell.parameters = given.parameters
        return run_cell(cell, given)

    return run


REVERSED = [
    Mistake("dh reversed in time", "rnn_tanh", (("dstates[t] + dh", "dstates[len(x) - 1 - t] + dh"),)),
    Mistake("dh reversed in time", "gru", (("dstates[t] + dh", "dstates[len(x) - 1 - t] + dh"),)),
    Mistake("dh reversed in time", "lstm", (("dh_seen[t] + dh", "dh_seen[len(x) - 1 - t] + dh"),)),
]

MISTAKES = [
    *REVERSED,
    Mistake("dh not carried", "rnn_tanh", (("dh = dstates[t] + dh", "dh = dstates[t]"),)),
    Mistake("dh not carried", "gru", (("dh = dstates[t] + dh", "dh = dstates[t]"),)),
    Mistake("dh not carried", "lstm", (("dh = dh_seen[t] + dh", "dh = dh_seen[t]"),)),
    Mistake("dh past the gate only", "gru", (("da_h @ W_hh + dh * z[t]", "da_h @ W_hh"),)),
    Mistake("dc not carried", "lstm", (("dc_seen[t] + dc + dh", "dc_seen[t] + dh"),)),
    Mistake("dc from outside ignored", "lstm", (("dc_seen[t] + dc + dh", "dc + dh"),)),
    Mistake("dc without the forget gate", "lstm", (("da @ W_hh, dc * f[t]", "da @ W_hh, dc"),)),
    Mistake("tanh' missing", "rnn_tanh", (("da = dh * slope[t]", "da = dh"),)),
    Mistake("tanh' missing", "gru", (("da_n = dn * tanh_slope(n[t])", "da_n = dn"),)),
    Mistake("tanh' of the candidate missing", "lstm", (("dg * tanh_slope(g[t])", "dg"),)),
    Mistake("tanh' of the cell missing", "lstm", (("o[t] * tanh_slope(tanh_c[t])", "o[t]"),)),
    Mistake(
        "gates i and f swapped, forward and back",
        "lstm",
        (("a_i, a_f, a_g, a_o = ", "a_f, a_i, a_g, a_o = "), ("hstack([da_i, da_f,", "hstack([da_f, da_i,")),
    ),
    Mistake(
        "gates r and z swapped, forward and back",
        "gru",
        (
            ("a_ir, a_iz, a_in = ", "a_iz, a_ir, a_in = "),
            ("a_hr, a_hz, q = ", "a_hz, a_hr, q = "),
            (
                "np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, dq])",
                "np.hstack([da_z, da_r, da_n]), np.hstack([da_z, da_r, dq])",
            ),
        ),
    ),
    Mistake(
        "gates g and o swapped on the way back",
        "lstm",
        (("dg * tanh_slope(g[t]), da_o]", "da_o, dg * tanh_slope(g[t])]"),),
    ),
    Mistake("one bias for W_ih and W_hh", "rnn_tanh", ((" + h @ W_hh.T + b_hh", " + h @ W_hh.T"),)),
    Mistake("one bias for W_ih and W_hh", "lstm", (("db, db.copy()", "db, np.zeros_like(db)"),)),
    Mistake(
        "one bias for all gates",
        "lstm",
        (("db += da.sum(axis=0)", "db += np.tile(sum(np.split(da.sum(axis=0), 4)), 4)"),),
    ),
    Mistake(
        "one bias for W_in and W_hn",
        "gru",
        (("x @ W_ih.T + b_ih, 3", "x @ W_ih.T + b_ih + b_hh, 3"), ("h @ W_hh.T + b_hh, 3", "h @ W_hh.T, 3")),
    ),
    Mistake("db_hh taken for db_ih", "gru", (("db_hh + da_h.sum(axis=0)", "db_hh + da_i.sum(axis=0)"),)),
    Mistake("the state after the step in dW_hh", "rnn_tanh", (("da.T @ h[t]", "da.T @ h[t + 1]"),)),
    Mistake(
        "the reset gate before the product",
        "gru",
        (
            (
                "n = tanh(a_in + r * q)",
                "W, b = np.split(W_hh, 3)[2], np.split(b_hh, 3)[2]; n = tanh(a_in + (r * h) @ W.T + b)",
            ),
        ),
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.cell}: {m.name}")
def test_the_battery_fails_on_a_planted_mistake(mistake: Mistake) -> None:
    run = broken(mistake)
    with pytest.raises(AssertionError, match=r"(value|gradient): "):
        agrees_with_torch(run, mistake.cell)


@pytest.mark.parametrize("cell", MODULES)
def test_the_battery_passes_where_nothing_is_planted(cell: str) -> None:
    for check in CHECKS:
        check(broken(Mistake("none", cell, ())), cell)


@pytest.mark.parametrize("mistake", REVERSED, ids=lambda m: m.cell)
def test_a_probe_of_ones_misses_what_a_random_one_sees(mistake: Mistake) -> None:
    """L = sum(output) sends the same to every step: taken in reversed order it is still the same."""
    given = problem(mistake.cell, Sizes())
    run = broken(mistake)
    assert_agrees(run(summed(given)), reference(summed(given)), "ones")
    with pytest.raises(AssertionError, match="gradient: x"):
        assert_agrees(run(given), reference(given), "random")


def without_initial_state(given: Problem) -> Answer:
    return run_scratch(replace(given, state={name: np.zeros_like(value) for name, value in given.state.items()}))


def with_a_neighbours_state(given: Problem) -> Answer:
    return run_scratch(replace(given, state={name: np.roll(value, 1, axis=0) for name, value in given.state.items()}))


def without_lengths(given: Problem) -> Answer:
    return run_scratch(replace(given, lengths=None))


def with_nan_as_zero(given: Problem) -> Answer:
    return run_scratch(replace(given, x=np.nan_to_num(given.x)))


def wrong_for_a_single_step(given: Problem) -> Answer:
    answer = run_scratch(given)
    return Answer({n: 2 * v for n, v in answer.values.items()}, answer.gradients) if len(given.x) == 1 else answer


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize(
    ("run", "check"),
    [
        (without_initial_state, steps_make_the_sequence),
        (without_initial_state, two_chunks_with_a_carried_state_make_the_whole),
        (with_a_neighbours_state, the_order_in_a_batch_is_irrelevant),
        (without_lengths, a_padded_batch_equals_its_sequences_one_by_one),
        (with_nan_as_zero, nan_in_is_nan_out),
        (wrong_for_a_single_step, agrees_with_torch_at_size_one),
    ],
    ids=lambda f: f.__name__,
)
def test_each_check_catches_what_it_is_there_for(run: Implementation, check: Check, cell: str) -> None:
    with pytest.raises(AssertionError):
        check(run, cell)
