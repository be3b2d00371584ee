"""Chapter 4: how long a sequence each cell can learn from, on two tasks whose answer lies far back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Cell, Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.tasks import Adding, TemporalOrder
from rnnlab.training import Fixed, Growing, Mixed, Scheduled, Settings, fit, generator, initialise, predict
from rnnlab.training.batching import Generated

TASKS: dict[str, Callable[[int], Adding | TemporalOrder]] = {"adding": Adding, "temporal_order": TemporalOrder}

CELLS = ("rnn", "gru", "lstm")

HELD, TESTED = 3, 4  # the streams of a seed that validation and test sequences come from


def build(cell: Cell, task: Adding | TemporalOrder, parameters: int) -> Reader:
    """A reader with as many parameters as its hidden size allows, torch's own start."""

    def of_size(hidden_size: int) -> Reader:
        return Reader(cell, task.input_size, hidden_size, task.output_size)

    return of_size(matched_size(of_size, parameters))


def learn(
    *, task: str, cell: Cell, length: int, schedule: str, shortest: int, learning_rate: float, parameters: int,
    updates: int, batch_size: int, clip_norm: float, evaluate_every: int, goal: float, tested_at: tuple[int, ...],
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on a task of T steps until the validation loss has fallen to `goal` of the floor.

    The floor is the loss of the best answer that remembers nothing; `loss`, `curve` and `goal` are shares of it.
    solved      whether the goal was reached within the updates; a run that diverged has not
    sequences   read until then, or all of them; `steps` are their time steps
    effort      the share of the updates that it took, or, unsolved, 1 + the loss: what a learning rate is chosen by
    curve       [sequences, loss] after each evaluation; scores: of fresh sequences of the lengths `tested_at`

    `schedule` says which lengths training reads: "fixed" T alone, "growing" from `shortest` to T over half of the
    updates, "mixed" any from `shortest` to T. Validation and goal are always at T.
    """
    of_length = TASKS[task]
    target = of_length(length)
    data: dict[str, Generated | Scheduled] = {
        "fixed": target,
        "growing": Growing(of_length, start=shortest, end=length, over=updates // 2),
        "mixed": Mixed(of_length, start=shortest, end=length),
    }
    model = initialise(lambda: build(cell, target, parameters), seed)
    held = Fixed(*target.batch(500, generator(seed, HELD)))
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=clip_norm,
        evaluate_every=evaluate_every, goal=goal * target.floor, seed=seed,
    )  # fmt: skip
    run = fit(model, data[schedule], held, loss=target.loss, settings=settings)
    solved = run.status == "reached the goal"
    loss = run.validation / target.floor
    outcome = {
        "ended": run.status,
        "solved": solved,
        "loss": loss,
        "effort": run.updates / updates if solved else 1 + loss,
        "sequences": run.updates * batch_size,
        "steps": batch_size * sum(_length_at(data[schedule], length, update) for update in range(run.updates)),
        "size": count_parameters(model),
        "hidden_size": model.core.hidden_size,
        "curve": [[row.update * batch_size, round(row.validation / target.floor, 4)] for row in run.history],
    }
    if run.status == "diverged":
        return outcome
    scores = []
    for steps in tested_at:
        inputs, targets = of_length(steps).batch(200, generator(seed, TESTED, steps))
        scores.append(target.score(predict(model, inputs), targets))
    return outcome | {"scores": scores}


def _length_at(data: Generated | Scheduled, length: int, update: int) -> float:
    """Steps of a sequence in that update, or their mean where they are drawn."""
    if isinstance(data, Growing):
        return data.length(update)
    return (data.start + data.end) / 2 if isinstance(data, Mixed) else length


def solved(records: Records, **where: Any) -> NDArray[np.float64]:
    """1 for each seed that reached the goal, 0 for each that did not, diverged or failed."""
    return np.nan_to_num(records.where(**where).values("solved"))


def more_often(cell: str, other: str, length: int) -> Callable[[Records], Verdict]:
    """Judges whether `cell` solves the task at `length` on more seeds than `other`, by more than half of them."""

    def judge(records: Records) -> Verdict:
        if cell not in records.study.varied(records.mode)["cell"]:
            return left_out(f"the {cell.upper()}")
        ours, theirs = (solved(records, cell=each, length=length) for each in (cell, other))
        verdict = paired(100 * ours, 100 * theirs, better="higher", margin=50.0, unit="% of the seeds")
        counts = f"{cell.upper()} {ours.sum():.0f}, {other.upper()} {theirs.sum():.0f} of {ours.size} seeds"
        return verdict.of(counts)

    return judge


def left_out(what: str) -> Verdict:
    """Of a quick run that is too small for a claim."""
    return Verdict("cannot tell", math.nan, (math.nan, math.nan), f"The quick run leaves {what} out.", 0)


HOLD = {
    "schedule": "fixed",
    "shortest": 10,
    "parameters": 1_000,
    "updates": 1_500,
    "batch_size": 32,
    "clip_norm": 1.0,
    "evaluate_every": 75,
    "goal": 0.05,
    "tested_at": (),
}

RATES = Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort", at={"length": 25})

ADDING_LENGTH = Study(
    name="adding_length",
    question="From how long a sequence can each cell learn to add two numbers that are far apart?",
    prediction="All cells solve 10 steps; at 100 only the gated ones do.",
    section="4.2",
    trial=learn,
    measure="loss",
    vary={"length": (10, 25, 50, 100, 200, 400), "cell": CELLS},
    hold={"task": "adding", **HOLD},
    tune=RATES,
    seeds=range(10),
    quick={
        "vary": {"length": (100,), "cell": ("rnn", "gru")},
        "hold": {"updates": 400, "evaluate_every": 50},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-2,)}, on="effort"),
    },
    claims=(
        Claim(
            "4.2a",
            "At 100 steps the GRU learns to add on more seeds than the RNN of its size, by over half of them",
            more_often("gru", "rnn", 100),
        ),
        Claim(
            "4.2b",
            "At 100 steps the LSTM, too, learns to add on more seeds than the RNN of its size, by over half of them",
            more_often("lstm", "rnn", 100),
        ),
    ),
)

ORDER_LENGTH = Study(
    name="order_length",
    question="From how long a sequence can each cell learn which of two symbols came first?",
    prediction="As with adding: the gated cells reach further than the RNN.",
    section="4.2",
    trial=learn,
    measure="loss",
    vary={"length": (10, 25, 50, 100), "cell": CELLS},
    hold={"task": "temporal_order", **HOLD},
    tune=RATES,
    seeds=range(10),
    quick={
        "vary": {"length": (50,), "cell": ("rnn", "gru")},
        "hold": {"updates": 500, "evaluate_every": 50},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="effort"),
    },
    claims=(
        Claim(
            "4.2c",
            "At 50 steps the GRU learns the order of two symbols on more seeds than the RNN, by over half of them",
            more_often("gru", "rnn", 50),
        ),
        Claim(
            "4.2d",
            "At 50 steps the LSTM learns the order of two symbols on more seeds than the RNN, by over half of them",
            more_often("lstm", "rnn", 50),
        ),
    ),
)
