"""Chapter 6: ReLU with a recurrent matrix that starts as the identity (Le et al., 2015), with clipping and without."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Reader, count_parameters, matched_size, starts
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.activation_choice import HELD, SHOWN, TESTED, along, recurrent
from rnnlab.studies.verdict import level
from rnnlab.tasks import Adding
from rnnlab.training import Fixed, Settings, fit, generator, initialise


def build(start: str, task: Adding, parameters: int) -> Reader:
    """A ReLU network as torch starts it ("default"), or with W_hh = 1 and no biases ("identity")."""

    def of_size(hidden_size: int) -> Reader:
        return Reader("relu", task.input_size, hidden_size, task.output_size)

    reader = of_size(matched_size(of_size, parameters))
    if start == "identity":
        starts.identity(recurrent(reader))
    return reader


def learn(
    *, start: str, clip_norm: float | None, length: int, learning_rate: float, parameters: int, updates: int,
    batch_size: int, evaluate_every: int, goal: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on the adding problem of T steps until its validation loss has fallen to `goal` of the floor.

    `loss`, `curve` and `goal` are shares of the floor; `effort` is what a learning rate is chosen by: the share of the
    updates until the goal, or, where it was not reached, 1 + the loss. `kept_before` and `kept_after` are log10 of what
    is left of a gradient over the whole sequence, median of 8 sequences; `largest` log10 of the largest mean norm of
    the gradient between two evaluations, before clipping.
    """
    task = Adding(length)
    reader = initialise(lambda: build(start, task, parameters), seed)
    held = Fixed(*task.batch(500, generator(seed, HELD)))
    shown, _ = task.batch(SHOWN, generator(seed, TESTED))
    before = along(reader, shown)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=clip_norm,
        evaluate_every=evaluate_every, goal=goal * task.floor, seed=seed,
    )  # fmt: skip
    run = fit(reader, task, held, loss=task.loss, settings=settings)
    after = along(reader, shown)
    solved = run.status == "reached the goal"
    loss = run.validation / task.floor
    norms = [row.gradient_norm for row in run.history if math.isfinite(row.gradient_norm)]
    return {
        "ended": run.status,
        "solved": solved,
        "loss": loss,
        "effort": run.updates / updates if solved else 1 + loss,
        "sequences": run.updates * batch_size,
        "size": count_parameters(reader),
        "largest": math.log10(max(norms)) if norms else math.nan,
        "curve": [[row.update * batch_size, round(row.validation / task.floor, 4)] for row in run.history],
        "log10_h": [np.round(each, 3).tolist() for each in (before, after)],
        "kept_before": float(before[-1]),
        "kept_after": float(after[-1]),
    }


def absent(records: Records, start: str) -> Verdict | None:
    """A verdict that cannot tell, where these records lack a start that a claim asks for."""
    if start in records.study.varied(records.mode)["start"]:
        return None
    detail = f"Its {records.mode} run leaves out torch's start."
    return Verdict("cannot tell", math.nan, (math.nan, math.nan), detail, len(records.seeds))


def share_solved(records: Records, start: str, clip_norm: float | None) -> NDArray[np.float64]:
    """1 for each seed that reached the goal, 0 for each that did not, diverged or failed."""
    return np.nan_to_num(records.where(start=start, clip_norm=clip_norm).values("solved"))


def more_often(one: tuple[str, float | None], other: tuple[str, float | None]) -> Callable[[Records], Verdict]:
    """Judges whether one (start, clip_norm) solves the task on more seeds than the other, by more than half of them."""

    def judge(records: Records) -> Verdict:
        if missing := absent(records, other[0]):
            return missing
        a, b = share_solved(records, *one), share_solved(records, *other)
        verdict = paired(100 * a, 100 * b, better="higher", margin=50.0, unit="% of the seeds")
        return verdict.of(f"{a.sum():.0f} against {b.sum():.0f} of {a.size} seeds")

    return judge


def keeps_all(records: Records) -> Verdict:
    """log10 at the identity start, before training; rounding allowed."""
    kept = records.where(start="identity", clip_norm=1.0).values("kept_before")
    return level(
        kept, -1e-3, better="higher", what="Of the gradient there is left, over the sequence", unit="powers of ten"
    )


def default_keeps_nothing(records: Records) -> Verdict:
    """log10 at torch's start, before training."""
    if missing := absent(records, "default"):
        return missing
    kept = records.where(start="default", clip_norm=1.0).values("kept_before")
    return level(
        kept, -15.0, better="lower", what="Of the gradient there is left, over the sequence", unit="powers of ten"
    )


def spikes(records: Records) -> Verdict:
    """log10 of the largest norm, identity start, clipped, before clipping: over 100 steps, less of them have less."""
    steps = records.study.settings(records.mode)[0]["length"]
    if steps < 100:
        detail = f"Its {records.mode} run has {steps} steps, over which little can grow."
        return Verdict("cannot tell", math.nan, (math.nan, math.nan), detail, len(records.seeds))
    largest = records.where(start="identity", clip_norm=1.0).values("largest")
    return level(largest, 3.0, better="higher", what="The largest norm of the gradient", unit="powers of ten")


IDENTITY_START = Study(
    name="identity_start",
    question="Does a recurrent matrix that starts as the identity let ReLU remember, and what does it ask for?",
    prediction="From the identity it learns to add over 100 steps, from torch's start it does not; clipping is needed.",
    section="6.5",
    trial=learn,
    measure="loss",
    vary={"start": ("default", "identity"), "clip_norm": (1.0, None)},
    hold={
        "length": 100,
        "parameters": 1_000,
        "updates": 1_500,
        "batch_size": 32,
        "evaluate_every": 50,
        "goal": 0.05,
    },
    tune=Tuning(grid={"learning_rate": (3e-4, 1e-3, 3e-3, 1e-2)}, on="effort"),
    seeds=range(10),
    quick={
        "vary": {"start": ("identity",), "clip_norm": (1.0, None)},
        "hold": {"length": 40, "updates": 800},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="effort"),
    },
    claims=(
        Claim("6.5a", "Started at the identity and clipped, a ReLU network learns to add on more seeds than from "
              "torch's start, by more than half of them", more_often(("identity", 1.0), ("default", 1.0))),
        Claim("6.5b", "Unclipped, a ReLU network started at the identity learns on fewer seeds, by over half of them",
              more_often(("identity", 1.0), ("identity", None))),
        Claim("6.5c", "Started at the identity, a ReLU network keeps all of the gradient over the sequence", keeps_all),
        Claim("6.5d", "At torch's start a ReLU network keeps less than 10⁻¹⁵ of the gradient", default_keeps_nothing),
        Claim("6.5e", "On the way from the identity a ReLU network's gradient grows beyond a thousand", spikes),
    ),
)  # fmt: skip
