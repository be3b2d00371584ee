"""Chapter 7: the batch that processes most sequences a second, and the batch that learns fastest."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab import data
from rnnlab.layers import Reader
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired
from rnnlab.studies.stopwatch import on_one_core, race
from rnnlab.tasks import ClassificationTask, surname_languages
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Settings, fit, initialise


@lru_cache
def languages() -> ClassificationTask:
    """Surname → language."""
    return surname_languages(data.surnames())


def time_to_goal(
    *, batch_size: int, learning_rate: float, hidden_size: int, goal: float, sequences: int, look_every: int,
    rounds: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains a GRU until its validation loss is `goal`, or gives up after `sequences`; times its updates apart.

    Validation is looked at after every `look_every` sequences, whatever the batch, and takes no part in the time.
    """
    task = languages()

    def build() -> Reader:
        return Reader("gru", task.input_size, hidden_size, task.output_size, tokens=True, padding=PADDING)

    def settings(updates: int) -> Settings:
        return Settings(
            updates=updates, batch_size=batch_size, learning_rate=learning_rate, goal=goal, seed=seed,
            evaluate_every=max(1, look_every // batch_size),
        )  # fmt: skip

    run = fit(
        initialise(build, seed), task.train, task.validation, loss=task.loss,
        settings=settings(math.ceil(sequences / batch_size)),
    )  # fmt: skip
    with on_one_core():
        found = race({"update": _update(initialise(build, seed), task, batch_size)}, rounds=rounds, slot=0.05)
    per_update = found.milliseconds("update") / 1e3
    reached = run.status == "reached the goal"
    needed = run.updates * batch_size if reached else math.inf
    return {
        "ended": run.status,
        "validation": run.validation,
        "sequences_to_goal": needed,
        "updates_to_goal": run.updates if reached else math.inf,
        "sequences_a_second": batch_size / per_update,
        "seconds_to_goal": run.updates * per_update if reached else math.inf,
    }


def _update(model: Reader, task: ClassificationTask, batch_size: int) -> Any:
    """One update on the next of a few batches, Adam left out: a hundredth of the time at most."""
    order = np.random.default_rng(0).permutation(len(task.train))[: 8 * batch_size]
    parts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    batches = [(torch.tensor(task.train.inputs[part]), torch.tensor(task.train.targets[part])) for part in parts]
    weights, turn = list(model.parameters()), iter(range(10**9))

    def update() -> None:
        inputs, targets = batches[next(turn) % len(batches)]
        torch.autograd.grad(task.loss(model(inputs), targets), weights)

    return update


def by_batch(records: Records, name: str) -> NDArray[np.float64]:
    """(batch sizes, seeds)."""
    return np.array([records.where(batch_size=size).values(name) for size in sizes_of(records)])


def sizes_of(records: Records) -> tuple[int, ...]:
    """The batch sizes that were varied."""
    return tuple(records.study.varied(records.mode)["batch_size"])


def largest_has_most_throughput(records: Records) -> Verdict:
    """Sequences a second at the largest batch, against the best of the others, as a ratio."""
    speed = by_batch(records, "sequences_a_second")
    ratio = speed[-1] / speed[:-1].max(axis=0)
    return level(ratio, 1.0, better="higher", what="Its sequences a second over the best of the others'", unit="times")


def largest_learns_fastest(records: Records) -> Verdict:
    """Seconds to the goal: the batch that is best on the mean of the seeds, against the largest."""
    seconds = by_batch(records, "seconds_to_goal")
    best = int(np.argmin(np.where(np.isfinite(seconds).all(axis=1), seconds.mean(axis=1), np.inf)[:-1]))
    return paired(seconds[-1], seconds[best], unit=f"s against batches of {sizes_of(records)[best]}")


def smallest_needs_fewest_sequences(records: Records) -> Verdict:
    """Sequences read until the goal: the smallest batch against the largest."""
    needed = by_batch(records, "sequences_to_goal")
    return paired(needed[0], needed[-1], unit="sequences")


BATCH_SIZE = Study(
    name="batch_size",
    question="Which batch size trains fastest: the one with most sequences a second?",
    prediction="No: sequences a second grow with the batch, but the largest batch takes longer to the same loss.",
    section="7.2",
    trial=time_to_goal,
    measure="seconds_to_goal",
    vary={"batch_size": (8, 32, 128, 512)},
    hold={"hidden_size": 32, "goal": 1.1, "sequences": 120_000, "look_every": 2_048, "rounds": 9},
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2, 3e-2)}, on="sequences_to_goal", seeds=(1_000,)),
    seeds=range(10),
    quick={
        "vary": {"batch_size": (32, 128, 512)},
        "hold": {"goal": 1.4, "sequences": 40_000, "rounds": 3},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="sequences_to_goal"),
    },
    claims=(
        Claim("7.2a", "The largest batch processes most sequences a second", largest_has_most_throughput),
        Claim("7.2b", "The largest batch is also the fastest to the same validation loss", largest_learns_fastest),
        Claim("7.2c", "The smallest batch learns as much from fewer sequences", smallest_needs_fewest_sequences),
    ),
)
