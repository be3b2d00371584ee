"""Truncated BPTT against the full gradient, against scratch, and as a training that can be stopped."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sequences import bits, interrupting, without_clock
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.errors import InputError
from rnnlab.layers import Reader
from rnnlab.tasks import Text
from rnnlab.training import (
    Fixed,
    Run,
    Settings,
    checkpoint,
    fit,
    fit_truncated,
    initialise,
    mean_loss,
    side_by_side,
    squared_error,
    truncated_gradient,
)
from rnnlab.training.evaluation import Loss
from rnnlab.training.truncation import carried_loss, segments

CELLS = ("rnn", "gru", "lstm")
SCRATCH = {"rnn": scratch.Elman, "gru": scratch.GRU, "lstm": scratch.LSTM}


def reader(cell: str, seed: int = 0) -> Reader:
    return initialise(lambda: Reader(cell, 2, 4, 3, every_step=True), seed).double()  # type: ignore[arg-type]


def series(rows: int, T: int, seed: int = 0) -> Fixed:
    """The target is the input of two steps ago, three times over."""
    inputs = np.random.default_rng(seed).standard_normal((rows, T, 2))
    late = np.concatenate([np.zeros((rows, min(2, T), 1)), inputs[:, :-2, :1]], axis=1)
    return Fixed(inputs, np.repeat(late, 3, axis=2))


def full_gradient(model: nn.Module, data: Fixed) -> dict[str, Tensor]:
    loss = squared_error(model(torch.tensor(data.inputs)), torch.tensor(data.targets))
    return dict(zip(dict(model.named_parameters()), torch.autograd.grad(loss, list(model.parameters())), strict=True))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("k1", [1, 3, 7, 9])
def test_a_reach_of_the_whole_series_gives_the_full_gradient(cell: str, k1: int) -> None:
    model, data = reader(cell), series(5, 7)
    wanted = full_gradient(model, data)
    found = truncated_gradient(model, data.inputs, data.targets, k1=k1, k2=9)
    assert found.keys() == wanted.keys()
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-10, atol=1e-12)
    assert all(parameter.grad is None for parameter in model.parameters())


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cell=st.sampled_from(CELLS), T=st.integers(1, 11), k1=st.integers(1, 12), more=st.integers(0, 6))
def test_the_truncated_gradient_is_the_sum_of_scratchs_segments(cell: str, T: int, k1: int, more: int) -> None:
    model, data = reader(cell, seed=T), series(3, T, seed=T)
    theirs, readout = SCRATCH[cell](2, 4, rng=0), scratch.Linear(4, 3, rng=0)
    theirs.parameters = {n: p.detach().numpy().copy() for n, p in model.core.named_parameters()}
    readout.parameters = {n: p.detach().numpy().copy() for n, p in model.head.named_parameters()}
    x, y = (array.swapaxes(0, 1) for array in (data.inputs, data.targets))
    total: dict[str, np.ndarray] = {}
    for piece in scratch.truncated(theirs, readout, scratch.squared_error, x, y, k1, k1 + more):
        for name, gradient in piece.gradients.items():
            total[name] = total.get(name, 0) + gradient
    found = truncated_gradient(model, data.inputs, data.targets, k1, k1 + more, loss=scratch_loss(T))
    for name, gradient in total.items():
        place = f"core.{name}" if f"core.{name}" in found else f"head.{name}"
        np.testing.assert_allclose(found[place].numpy(), gradient, rtol=1e-9, atol=1e-12)


def scratch_loss(T: int) -> Loss:
    """Scratch's 1/(2B) Σ (y − y*)², a sum over steps, where a segment will count as its share of them."""
    return lambda prediction, targets: ((prediction - targets) ** 2).sum() / (2 * len(targets)) * T / targets.shape[1]


@given(T=st.integers(1, 30), k1=st.integers(1, 31), more=st.integers(0, 9))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_segments_score_every_step_once_and_reach_k2_back(T: int, k1: int, more: int) -> None:
    k2 = k1 + more
    parts = list(segments(T, k1, k2))
    assert [t for part in parts for t in range(part.done, part.end)] == list(range(T))
    for part, after in itertools.pairwise(parts):
        assert part.following == after.start
    for part in parts:
        assert part.start == max(0, part.end - k2) and part.start <= part.done and part.start <= part.following


@pytest.mark.parametrize("cell", CELLS)
def test_the_carried_state_makes_the_chunks_predict_what_the_whole_series_does(cell: str) -> None:
    model, data = reader(cell), series(3, 1_100)  # longer than one chunk of the evaluation
    assert carried_loss(model, data) == pytest.approx(mean_loss(model, data), rel=1e-12)


def test_k1_of_the_whole_series_makes_the_updates_of_fit() -> None:
    data = series(12, 9)
    given_settings = Settings(updates=7, batch_size=5, evaluate_every=7, learning_rate=0.02, seed=3)
    ours, plain = reader("gru"), reader("gru")
    run = fit_truncated(ours, data, data, k1=9, settings=given_settings)
    other = fit(plain, data, data, settings=given_settings)
    for one, two in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-13)
    assert run.history[0].loss == pytest.approx(other.history[0].loss)
    assert run.validation == pytest.approx(other.validation)


@pytest.mark.parametrize(("k1", "k2"), [(3, 3), (2, 5), (4, 7)])
def test_it_makes_the_updates_of_a_loop_written_with_torch_alone(k1: int, k2: int) -> None:
    data = series(3, 10)
    ours, plain = reader("lstm"), reader("lstm")
    in_a_reading = math.ceil(10 / k1)
    run = fit_truncated(ours, data, k1=k1, k2=k2, settings=Settings(updates=2 * in_a_reading, clip_norm=None))

    optimiser = torch.optim.Adam(plain.parameters(), lr=1e-3)
    order = {r: run_order(3, r) for r in range(2)}
    for reading in range(2):
        x, y = torch.tensor(data.inputs[order[reading]]), torch.tensor(data.targets[order[reading]])
        states: list[tuple[Tensor, Tensor] | None] = [None]  # before each step, with the weights of its last visit
        for end in [*range(k1, 10, k1), 10]:
            start, done = max(0, end - k2), (end - 1) // k1 * k1
            state, outputs = states[start], []
            for t in range(start, end):
                out, state = plain.core(x[:, t : t + 1], state)
                outputs.append(plain.head(out))
                states[t + 1 :] = [tuple(part.detach() for part in state)]
            loss = nn.functional.mse_loss(torch.cat(outputs, 1)[:, done - start :], y[:, done:end])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            optimiser.step()
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-10)
    assert run.status == "finished"


def run_order(count: int, epoch: int) -> np.ndarray:
    from rnnlab.training import generator

    return generator(0, 1, epoch).permutation(count)


class Echo:
    """Fresh series: at every step, the input of the step before."""

    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        inputs = rng.choice([-1.0, 1.0], (size, 20, 1)).astype(np.float32)
        return inputs, np.concatenate([np.zeros_like(inputs[:, :1]), inputs[:, :-1]], axis=1)


def test_what_lies_within_reach_is_learnt_and_the_state_goes_on_between_chunks() -> None:
    model = initialise(lambda: Reader("gru", 1, 8, 1, every_step=True), 0)
    held = Fixed(*Echo().batch(64, np.random.default_rng(5)))
    run = fit_truncated(
        model, Echo(), held, k1=5, settings=Settings(updates=150, learning_rate=0.01, evaluate_every=25)
    )
    assert run.validation < 0.02 < run.history[0].validation


def test_the_rows_of_a_text_are_joined_again() -> None:
    import pandas as pd

    text = Text(np.arange(50), (), pd.Timestamp("2000"), pd.Timestamp("2000"))
    rows = side_by_side(text.chunks(rows=3, length=4))
    assert rows.inputs.shape == (3, 16) and np.array_equal(rows.inputs[1], np.arange(16, 32))
    assert np.array_equal(rows.targets, rows.inputs + 1)


LONG, HELD = series(7, 11), series(4, 11, seed=1)
STOPPABLE = Settings(updates=23, batch_size=3, evaluate_every=3, learning_rate=0.01)


def sitting(path: Path | None, stop_at: int | None = None, cell: str = "lstm", **changed: int) -> tuple[Run, str]:
    model = reader(cell, seed=2)
    loss = squared_error if stop_at is None else interrupting(stop_at, squared_error)
    told = {"k1": 3, "k2": 5} | changed
    run = fit_truncated(model, LONG, HELD, **told, loss=loss, settings=STOPPABLE, checkpoint=path)  # type: ignore[arg-type]
    return run, bits(model)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_stopped_training_goes_on_in_mid_series_with_the_same_bits(cell: str, tmp_path: Path) -> None:
    wanted = sitting(None, cell=cell)
    path = tmp_path / "training.safetensors"
    for stop_at in (5, 6, 5):  # after 3, 6 and 9 updates: within a series, whose state lies in the file
        with pytest.raises(KeyboardInterrupt):
            sitting(path, stop_at, cell)
    _, facts = checkpoint.read(path)
    assert facts["place"]["segment"] > 0
    run, weights = sitting(path, cell=cell)
    assert weights == wanted[1] and without_clock(run) == without_clock(wanted[0])


def test_a_checkpoint_of_another_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    sitting(path)
    with pytest.raises(InputError, match="k2 was 5 and is 4"):
        sitting(path, k2=4)


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged() -> None:
    broken = Fixed(LONG.inputs, np.where(np.arange(11)[None, :, None] == 7, np.nan, LONG.targets))
    run = fit_truncated(reader("rnn"), broken, HELD, k1=3, settings=dataclasses.replace(STOPPABLE, clip_norm=None))
    assert (run.status, run.updates) == ("diverged", 3)


class Blind(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_truncated(reader("rnn"), LONG, k1=0), "k1 is 0 and k2 is 0; truncation takes 1 <= k1 <= k2"),
        (lambda: fit_truncated(reader("rnn"), LONG, k1=4, k2=3), "k1 is 4 and k2 is 3"),
        (lambda: fit_truncated(Blind(), LONG, k1=4), r"Blind has no carry\(x, state\)"),
        (
            lambda: fit_truncated(reader("rnn"), Fixed(LONG.inputs, LONG.targets[:, -1]), k1=4),
            r"inputs are \(7, 11, 2\) and the targets \(7, 3\); truncation takes series with a target for each step",
        ),
        (
            lambda: fit_truncated(reader("rnn"), LONG, k1=4, settings=Settings(patience=2)),
            "give validation data, or patience=None",
        ),
    ],
)
def test_what_cannot_be_truncated_is_refused_in_a_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
