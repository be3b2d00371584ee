"""Chapter 4: a network that cannot represent a task, told apart from one that cannot be trained to do it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from rnnlab.layers import Reader
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, share
from rnnlab.studies.sequence_length import HELD, TASKS, TESTED
from rnnlab.tasks import Adding, TemporalOrder
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

NUDGE = 6  # the stream of a seed that moves the weights away from the solution

FAR = 1_000  # steps that a solution is tested on


def written_down(task: Adding | TemporalOrder) -> Reader:
    """The task's hand-set solution as a network that can be trained: relu units and a linear head, in float32."""
    answer = task.solution()
    model = Reader("relu", task.input_size, answer.hidden_size, task.output_size)
    weights = {f"core.{name}": torch.from_numpy(value).float() for name, value in answer.weights.items()}
    head = {"weight": answer.readout_weight, "bias": answer.readout_bias}
    weights |= {f"head.{name}": torch.from_numpy(value).float() for name, value in head.items()}
    model.load_state_dict(weights)
    return model


def nudged(model: Reader, distance: float, seed: int) -> Reader:
    """Every weight moved by a normal random number with the standard deviation `distance`."""
    rng = generator(seed, NUDGE)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.from_numpy(distance * rng.standard_normal(weight.shape)).float())
    return model


def learn_from(
    *, task: str, distance: float | None, length: int, learning_rate: float, updates: int, batch_size: int,
    clip_norm: float, evaluate_every: int, goal: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains the network of the hand-set solution, started so far away from it; with None from torch's own start.

    score_before   on 200 fresh sequences of 1,000 steps, untrained;  score_after  the same when training has ended
    solved         whether the validation loss at `length` came down to `goal` of the floor; effort as in `learn`
    """
    of_length = TASKS[task]
    target = of_length(length)
    far = of_length(FAR)
    inputs, targets = far.batch(200, generator(seed, TESTED))
    hidden_size = target.solution().hidden_size
    if distance is None:
        model = initialise(lambda: Reader("relu", target.input_size, hidden_size, target.output_size), seed)
    else:
        model = nudged(written_down(target), distance, seed)
    outcome: dict[str, Any] = {
        "hidden_size": hidden_size,
        "score_before": far.score(predict(model, inputs), targets),
    }
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=clip_norm,
        evaluate_every=evaluate_every, goal=goal * target.floor, seed=seed,
    )  # fmt: skip
    held = Fixed(*target.batch(500, generator(seed, HELD)))
    run = fit(model, target, held, loss=target.loss, settings=settings)
    solved = run.status == "reached the goal"
    loss = run.validation / target.floor
    outcome |= {
        "ended": run.status,
        "solved": solved,
        "loss": loss,
        "effort": run.updates / updates if solved else 1 + loss,
        "sequences": run.updates * batch_size,
    }
    after = math.nan if run.status == "diverged" else far.score(predict(model, inputs), targets)
    return outcome | {"score_after": after}


def counted(
    measurement: str, least: float, distance: float | None, wanted: bool = True
) -> Callable[[Records], Verdict]:
    """Judges whether over half of the runs from that distance, of all tasks, have a measurement of `least` or more.

    With wanted=False: whether over half of them have not.
    """

    def judge(records: Records) -> Verdict:
        found = records.where(distance=distance).table[measurement].astype(float)
        reached = int(((found >= least) == wanted).sum())
        verdict = share(reached, len(found), above=0.5)
        return replace(verdict, detail=verdict.detail.replace("seeds", "runs"), seeds=len(records.seeds))

    return judge


HAND_SET_SOLUTION = Study(
    name="hand_set_solution",
    question="When a network does not learn a task, is it that it cannot do it, or that it does not find out how?",
    prediction="Hand-set networks solve 1,000 steps; from a random start the same networks do not find the solution.",
    section="4.5",
    trial=learn_from,
    measure="loss",
    vary={"task": tuple(TASKS), "distance": (0.0, 0.01, 0.03, 0.1, 0.3, None)},
    hold={
        "length": 100,
        "updates": 500,
        "batch_size": 32,
        "clip_norm": 1.0,
        "evaluate_every": 25,
        "goal": 0.05,
    },
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="effort"),
    seeds=range(10),
    quick={
        "vary": {"task": ("adding",), "distance": (0.0, 0.03, None)},
        "hold": {"updates": 150},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="effort"),
    },
    claims=(
        Claim(
            "4.5a",
            "With weights written down by hand, a handful of ReLU units answers every sequence of 1,000 steps",
            counted("score_before", 1.0, 0.0),
        ),
        Claim(
            "4.5b",
            "From a random start, a network that could solve it does not learn the task from 100 steps",
            counted("solved", 1.0, None, wanted=False),
        ),
        Claim(
            "4.5c",
            "Started near the solution that was written by hand, training finds it again",
            counted("solved", 1.0, 0.03),
        ),
    ),
)
