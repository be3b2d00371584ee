"""Curricula of length: which lengths come when, and that a stopped training goes on with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sequences import bits, interrupting, without_clock
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.tasks import Adding
from rnnlab.training import Batches, Fixed, Growing, Mixed, Settings, fit, generator, initialise, squared_error

CPU = torch.device("cpu")
GROWING = Growing(Adding, start=4, end=12, over=16)


class Adder(nn.Module):
    """A GRU of four units and a head: (B, T, 2) → (B, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        prediction: Tensor = self.head(self.cell(inputs)[0][:, -1])
        return prediction


def lengths(data: object, updates: range, seed: int = 0) -> list[int]:
    batches = Batches(data, 3, seed, device=CPU, dtype=torch.float32)  # type: ignore[arg-type]
    return [batches[update][0].shape[1] for update in updates]


@examples(max_examples=40, deadline=None, derandomize=True)
@given(start=st.integers(1, 50), more=st.integers(0, 200), over=st.integers(1, 99))
def test_a_growing_length_starts_at_the_start_never_falls_and_stays_at_the_end(
    start: int, more: int, over: int
) -> None:
    growing = Growing(Adding, start=start, end=start + more, over=over)
    found = [growing.length(update) for update in range(2 * over)]
    assert found[0] == start and set(found[over:]) == {start + more}
    assert found == sorted(found)
    assert max(np.diff(found)) <= -(-more // over), "it grows by equal steps"


def test_the_batches_have_the_lengths_of_the_schedule_and_the_sequences_of_their_update() -> None:
    assert lengths(GROWING, range(0, 24, 4)) == [4, 6, 8, 10, 12, 12]
    batches = Batches(GROWING, 3, 7, device=CPU, dtype=torch.float32)
    inputs, targets = Adding(10).batch(3, generator(7, 1, 12))
    np.testing.assert_array_equal(batches[12][0], inputs)
    np.testing.assert_array_equal(batches[12][1], targets)


def test_mixed_lengths_are_all_equally_likely_and_a_function_of_seed_and_update() -> None:
    mixed = Mixed(Adding, start=5, end=9)
    found = lengths(mixed, range(1_000))
    counts = np.bincount(found, minlength=11)
    assert set(found) == {5, 6, 7, 8, 9}
    assert counts[5:10].min() > 150
    assert lengths(mixed, range(400, 420)) == found[400:420] != lengths(mixed, range(400, 420), seed=1)


def test_a_training_that_was_stopped_goes_on_in_its_curriculum(tmp_path: Path) -> None:
    settings = Settings(updates=24, evaluate_every=6, batch_size=8, seed=5)
    held = Fixed(*Adding(12).batch(20, np.random.default_rng(0)))
    whole = initialise(Adder, 0)
    expected = fit(whole, GROWING, held, settings=settings)
    stopped = tmp_path / "stopped"
    for sitting in range(3):
        model = initialise(Adder, 0)
        if sitting < 2:
            with pytest.raises(KeyboardInterrupt):
                fit(model, GROWING, held, settings=settings, checkpoint=stopped, loss=interrupting(9, squared_error))
        else:
            found = fit(model, GROWING, held, settings=settings, checkpoint=stopped)
    assert bits(model) == bits(whole)
    assert without_clock(found) == without_clock(expected)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Growing(Adding, start=9, end=8, over=5), "go from 9 to 8; give a start of at least 1 and an end"),
        (lambda: Mixed(Adding, start=0, end=8), "go from 0 to 8"),
        (lambda: Growing(Adding, start=2, end=8, over=0), "over is 0; it counts the updates"),
    ],
)
def test_a_curriculum_that_cannot_be_meant_is_refused(build, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build()
