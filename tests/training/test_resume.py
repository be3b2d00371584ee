"""A training that was stopped, however and wherever, ends with the bits of one that never was."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sequences import Fresh, Summer, bits, examples, interrupting, without_clock

from rnnlab.errors import InputError
from rnnlab.training import Fixed, Run, Settings, checkpoint, fit, generator, initialise, squared_error

TRAIN, HELD_OUT = examples(70, 0), examples(30, 1)  # 70 is no multiple of 16: an epoch ends with a short batch
LAST = generator(0, 1, 0).permutation(70)[-1]  # the example that seed 0 deals out last in its first epoch
BROKEN = Fixed(TRAIN.inputs, np.where(np.arange(70)[:, None] == LAST, np.nan, TRAIN.targets))

CASES = {
    "dropout, mid-epoch": (TRAIN, HELD_OUT, Settings(updates=40, batch_size=16, evaluate_every=3, learning_rate=1e-2)),
    "early stopping": (
        TRAIN,
        HELD_OUT,
        Settings(updates=500, batch_size=16, evaluate_every=2, patience=3, learning_rate=5e-2, seed=2),
    ),
    "generated": (Fresh(), HELD_OUT, Settings(updates=30, batch_size=8, evaluate_every=4, clip_norm=None)),
    "no validation": (TRAIN, None, Settings(updates=20, batch_size=16, evaluate_every=4)),
    "divergence": (BROKEN, HELD_OUT, Settings(updates=60, batch_size=16, evaluate_every=2)),
}


def sitting(case: str, path: Path | None, stop_at: int | None = None) -> tuple[Run, str]:
    data, held_out, given_settings = CASES[case]
    model = initialise(Summer, seed=5)
    loss = squared_error if stop_at is None else interrupting(stop_at, squared_error)
    run = fit(model, data, held_out, loss=loss, settings=given_settings, checkpoint=path)
    return run, bits(model)


NEVER_STOPPED = {case: sitting(case, None) for case in CASES}


def test_the_cases_are_what_they_are_called() -> None:
    assert NEVER_STOPPED["dropout, mid-epoch"][0].status == "finished"
    early = NEVER_STOPPED["early stopping"][0]
    assert early.status == "stopped early" and early.best_update < early.updates < 500
    diverged = NEVER_STOPPED["divergence"][0]
    assert (diverged.status, diverged.updates) == ("diverged", 5)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(case=st.sampled_from(sorted(CASES)), stops=st.lists(st.integers(1, 25), min_size=1, max_size=4))
def test_a_stopped_training_ends_with_the_bits_of_one_never_stopped(case: str, stops: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "training.safetensors"
        for stop_at in stops:
            try:
                sitting(case, path, stop_at)
            except KeyboardInterrupt:
                torch.rand(3)  # whatever the caller draws between two sittings
        run, weights = sitting(case, path)
    assert without_clock(run) == without_clock(NEVER_STOPPED[case][0])
    assert weights == NEVER_STOPPED[case][1]


def test_the_clock_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        sitting("dropout, mid-epoch", path, stop_at=20)
    tensors, facts = checkpoint.read(path)
    assert facts["update"] == 18 and facts["seconds"] > 0
    checkpoint.write(path, tensors, {**facts, "seconds": 1000.0})
    run, _ = sitting("dropout, mid-epoch", path)
    assert 1000 < run.seconds < 1030
    assert sitting("dropout, mid-epoch", path)[0] == run, "a finished training is not trained again"


KILLED = """
import sys
from sequences import Summer, bits, examples
from rnnlab.training import Settings, fit, initialise, squared_error

def loss(prediction, targets):
    print(".", flush=True)
    return squared_error(prediction, targets)

model = initialise(Summer, seed=5)
settings = Settings(updates=60, batch_size=16, evaluate_every=1, learning_rate=1e-2)
fit(model, examples(70, 0), examples(30, 1), loss=loss, settings=settings, checkpoint=sys.argv[1])
print(bits(model))
"""


def test_a_training_killed_at_random_moments_ends_with_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    draw = random.Random(0)
    for kill in (True, True, True, False):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent,
        )
        assert process.stdout is not None
        if kill:
            for _ in range(draw.randint(2, 40)):
                process.stdout.readline()
            process.kill()
            process.communicate(timeout=60)
            assert path.exists(), "at least one update was recorded"
            checkpoint.read(path)
        else:
            out, _ = process.communicate(timeout=60)
    model = initialise(Summer, seed=5)
    never = Settings(updates=60, batch_size=16, evaluate_every=1, learning_rate=1e-2)
    fit(model, TRAIN, HELD_OUT, settings=never)
    lines = out.split()
    assert lines[-1] == bits(model)
    assert lines.count(".") < 120, "it went on, and did not begin anew"


def test_ctrl_c_passes_to_the_caller_and_leaves_a_whole_checkpoint_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        sitting("generated", path, stop_at=10)
    assert checkpoint.read(path)[1]["update"] == 8
    assert [each.name for each in tmp_path.iterdir()] == ["training.safetensors"]


OTHERS = {
    "learning_rate was 0.01 and is 0.02": {"settings": {"learning_rate": 0.02}},
    "seed was 0 and is 1": {"settings": {"seed": 1}},
    "the model was another": {"model": lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 1))},
    "the training data was another": {"data": examples(70, 9)},
    "the validation data was another": {"validation": examples(30, 9)},
}


@pytest.mark.parametrize("words", OTHERS)
def test_a_checkpoint_of_another_training_is_refused_with_what_differs(words: str, tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    sitting("dropout, mid-epoch", path)
    other = OTHERS[words]
    data, held_out, given_settings = CASES["dropout, mid-epoch"]
    with pytest.raises(InputError, match=words) as caught:
        fit(
            initialise(other.get("model", Summer), seed=5),
            other.get("data", data),
            other.get("validation", held_out),
            settings=dataclasses.replace(given_settings, **other.get("settings", {})),
            checkpoint=path,
        )
    assert "choose another path" in str(caught.value)


def test_tied_weights_survive_a_stop(tmp_path: Path) -> None:
    class Tied(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
            self.two.weight = self.one.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.two(self.one(x))
            return out

    data = Fixed(np.eye(3), np.eye(3))
    short = Settings(updates=5, evaluate_every=2)
    whole, stopped = initialise(Tied, 0), initialise(Tied, 0)
    fit(whole, data, data, settings=short)
    with pytest.raises(KeyboardInterrupt):
        fit(stopped, data, data, settings=short, loss=interrupting(4, squared_error), checkpoint=tmp_path / "c")
    again = initialise(Tied, 1)
    fit(again, data, data, settings=short, checkpoint=tmp_path / "c")
    assert bits(again) == bits(whole)
