"""Chapter 8: ten symbols, a silence, the same ten again: who leaves the floor that needs no memory?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Reader, count_parameters, matched_size, starts
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired
from rnnlab.studies.gate_ablation import absent, recurrent
from rnnlab.tasks import Copying
from rnnlab.tasks.copying import MEMORY
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

MODELS: dict[str, Cell] = {"rnn": "rnn", "gru": "gru", "lstm, forget bias 1": "lstm", "lstm, chrono start": "lstm"}

HELD, TESTED = 3, 4  # the streams of a seed that validation and test sequences come from


def learn_to_copy(
    *, model: str, delay: int, learning_rate: float, parameters: int, updates: int, batch_size: int, clip_norm: float,
    evaluate_every: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on the copying problem with T steps between the symbols and their repetition.

    loss    the lowest validation loss as a share of the floor 10 ln 8 / (T + 20): 1 says that nothing is remembered
    symbols (1 - loss) of ten: how many of the ten symbols a network of that loss would know for sure, the others not
    score   the share of the ten that come out right on fresh sequences; chance is an eighth
    curve   [sequences, loss] after each evaluation
    """
    task = Copying(delay)

    def of_size(hidden_size: int) -> Reader:
        return Reader(MODELS[model], task.input_size, hidden_size, task.output_size, every_step=True)

    def built() -> Reader:
        reader = of_size(matched_size(of_size, parameters))
        if model == "lstm, forget bias 1":
            starts.forget_bias(recurrent(reader), 1.0)
        elif model == "lstm, chrono start":
            starts.chrono(recurrent(reader), delay + MEMORY)
        return reader

    reader = initialise(built, seed)
    held = Fixed(*task.batch(200, generator(seed, HELD)))
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=clip_norm,
        evaluate_every=evaluate_every, seed=seed,
    )  # fmt: skip
    run = fit(reader, task, held, loss=task.loss, settings=settings)
    loss = run.validation / task.floor
    outcome = {
        "ended": run.status,
        "loss": loss,
        "symbols": MEMORY * (1 - loss),
        "size": count_parameters(reader),
        "curve": [[row.update * batch_size, round(row.validation / task.floor, 4)] for row in run.history],
    }
    if run.status == "diverged":
        return outcome
    inputs, targets = task.batch(200, generator(seed, TESTED))
    return outcome | {"score": task.score(predict(reader, inputs), targets)}


def losses(records: Records, model: str, delay: int) -> NDArray[np.float64]:
    """The loss of each seed as a share of the floor."""
    return records.where(model=model, delay=delay).values("loss")


def sits(model: str) -> Callable[[Records], Verdict]:
    """Judges whether, at the longest delay, the loss of `model` is above 98 % of the floor."""

    def judge(records: Records) -> Verdict:
        if missing := absent(records, model):
            return missing
        longest = max(records.study.varied(records.mode)["delay"])
        loss = 100 * losses(records, model, longest)
        return level(loss, 98.0, better="higher", what="Its loss", unit="% of the floor", digits=4)

    return judge


def leaves_sooner(records: Records) -> Verdict:
    """Judges whether the GRU is further below the floor at the shortest delay than at the longest."""
    delays = records.study.varied(records.mode)["delay"]
    if len(delays) == 1:
        return Verdict("cannot tell", math.nan, (math.nan, math.nan), "One delay only was run.", len(records.seeds))
    short, long = (losses(records, "gru", delay) for delay in (min(delays), max(delays)))
    return paired(100 * short, 100 * long, unit="% of the floor")


def chrono_helps(records: Records) -> Verdict:
    """Judges whether, at the longest delay, the chrono start brings the LSTM further down than a forget bias of 1."""
    if missing := absent(records, "lstm, chrono start"):
        return missing
    longest = max(records.study.varied(records.mode)["delay"])
    a, b = (100 * losses(records, model, longest) for model in ("lstm, chrono start", "lstm, forget bias 1"))
    return paired(a, b, margin=1.0, unit="% of the floor")


COPY_MEMORY = Study(
    name="copy_memory",
    question="How much of ten symbols does each cell learn to repeat after a silence?",
    prediction="After 100 steps of silence RNN, GRU and LSTM sit on the floor of who remembers nothing.",
    section="8.5",
    trial=learn_to_copy,
    measure="loss",
    vary={"delay": (1, 10, 100), "model": tuple(MODELS)},
    hold={
        "parameters": 2_000,
        "updates": 800,
        "batch_size": 20,
        "clip_norm": 1.0,
        "evaluate_every": 50,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="loss", at={"delay": 10}),
    seeds=range(10),
    quick={
        "vary": {"delay": (30,), "model": ("rnn", "lstm, forget bias 1")},
        "hold": {"updates": 300},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="loss", at={"delay": 30}),
    },
    claims=(
        Claim("8.5a", "After a long silence the RNN pays what remembering nothing costs, the floor", sits("rnn")),
        Claim("8.5b", "After a long silence the LSTM sits on that floor, too", sits("lstm, forget bias 1")),
        Claim("8.5c", "After a long silence the GRU sits on that floor, too", sits("gru")),
        Claim("8.5d", "The GRU gets further below it after a short silence than after a long one", leaves_sooner),
        Claim("8.5e", "After a long silence the chrono start brings the LSTM further down", chrono_helps),
    ),
)
