"""Chapter 8: what becomes of a cell that can add and never let go, in a stream longer than any it was trained on?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Reader, count_parameters, matched_size, starts
from rnnlab.layers.core import Cell
from rnnlab.probes import gate_traces
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired
from rnnlab.studies.gate_ablation import recurrent
from rnnlab.tasks import Parity
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

MODELS: dict[str, Cell] = {
    "gru": "gru",
    "lstm, forget bias 1": "lstm",
    "lstm, coupled gates": "lstm_coupled",
    "lstm, no forget gate": "lstm_no_forget",
}

HELD, TESTED = 3, 4  # the streams of a seed that validation and test sequences come from


def learn_parity(
    *, model: str, length: int, stream: int, learning_rate: float, parameters: int, updates: int, batch_size: int,
    clip_norm: float, evaluate_every: int, goal: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on running parity of `length` bits, then lets it read streams of `stream` bits.

    sequences   read until the validation loss had fallen to `goal` of ln 2, or all of them: then `solved` is False
    effort      the share of the updates that it took, or, unsolved, 1 + that loss: what a learning rate is chosen by
    state       mean over units and streams of |c_t|, of a GRU of |h_t|, at the end of the training's length and of the
                stream; growth is their quotient
    right       the share of right answers in the last tenth of the streams
    """
    task, longer = Parity(length), Parity(stream)

    def of_size(hidden_size: int) -> Reader:
        return Reader(MODELS[model], task.input_size, hidden_size, task.output_size, every_step=True)

    def built() -> Reader:
        reader = of_size(matched_size(of_size, parameters))
        if model == "lstm, forget bias 1":
            starts.forget_bias(recurrent(reader), 1.0)
        return reader

    reader = initialise(built, seed)
    held = Fixed(*task.batch(500, generator(seed, HELD)))
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=clip_norm,
        evaluate_every=evaluate_every, goal=goal * task.floor, seed=seed,
    )  # fmt: skip
    run = fit(reader, task, held, loss=task.loss, settings=settings)
    solved = run.status == "reached the goal"
    loss = run.validation / task.floor
    outcome = {
        "ended": run.status,
        "solved": solved,
        "loss": loss,
        "sequences": run.updates * batch_size,
        "effort": run.updates / updates if solved else 1 + loss,
        "size": count_parameters(reader),
    }
    if run.status == "diverged":
        return outcome
    bits, parities = longer.batch(100, generator(seed, TESTED))
    gates = gate_traces(recurrent(reader), bits)
    size = np.abs(gates["c"] if "c" in gates else gates["h"]).mean(axis=(1, 2))
    tail = slice(-(stream // 10), None)
    return outcome | {
        "state": [round(float(size[length - 1]), 4), round(float(size[-1]), 4)],
        "growth": float(size[-1] / size[length - 1]),
        "right": float(np.mean(predict(reader, bits)[:, tail].argmax(axis=2) == parities[:, tail])),
    }


def sequences(records: Records, model: str) -> NDArray[np.float64]:
    """Thousands of sequences that each seed read until the goal, or all that it was given."""
    return records.where(model=model).values("sequences") / 1000


def learns_sooner(records: Records) -> Verdict:
    """Judges whether the forget gate saves sequences."""
    a, b = (sequences(records, model) for model in ("lstm, forget bias 1", "lstm, no forget gate"))
    return paired(a, b, unit="thousand sequences")


GREATER = "The cell state at the end of the stream over that at the end of training"


def runs_away(records: Records) -> Verdict:
    """Judges whether, without a forget gate, the cell is ten times as large at the end of the stream."""
    growth = records.where(model="lstm, no forget gate").values("growth")
    return level(growth, 10.0, better="higher", what=GREATER, unit="times")


def stays(records: Records) -> Verdict:
    """Judges whether, with a forget gate, the cell is less than twice as large at the end of the stream."""
    growth = records.where(model="lstm, forget bias 1").values("growth")
    return level(growth, 2.0, better="lower", what=GREATER, unit="times")


def goes_wrong(records: Records) -> Verdict:
    """Judges whether the answers of the LSTM without forget gate are worse at the end of the stream."""
    a, b = (records.where(model=model).values("right") for model in ("lstm, forget bias 1", "lstm, no forget gate"))
    return paired(100 * a, 100 * b, better="higher", unit="% of the answers")


STATE_GROWTH = Study(
    name="state_growth",
    question="What becomes of a cell that can add and never let go, in a stream longer than its training?",
    prediction="Without a forget gate the cell state grows with the stream, until the answers are wrong.",
    section="8.4",
    trial=learn_parity,
    measure="loss",
    vary={"model": tuple(MODELS)},
    hold={
        "length": 20,
        "stream": 1_000,
        "parameters": 500,
        "updates": 1_200,
        "batch_size": 32,
        "clip_norm": 1.0,
        "evaluate_every": 25,
        "goal": 0.01,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort"),
    seeds=range(10),
    quick={
        "vary": {"model": ("lstm, forget bias 1", "lstm, no forget gate")},
        "hold": {"updates": 800},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-2,)}, on="effort"),
    },
    claims=(
        Claim("8.4f", "On running parity, whose state must flip, the forget gate saves sequences", learns_sooner),
        Claim(
            "8.4g",
            "Without a forget gate the cell state is ten times as large after 1,000 steps as after the 20 of training",
            runs_away,
        ),
        Claim(
            "8.4h",
            "With a forget gate the cell state is less than twice as large after 1,000 steps as after 20",
            stays,
        ),
        Claim("8.4i", "A cell state that has run away gives wrong answers", goes_wrong),
    ),
)
