"""Chapter 8: which gate carries a number over a hundred steps? LSTM and GRU, gate by gate and start by start."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab.layers import Reader, count_parameters, matched_size, starts
from rnnlab.layers.core import Cell
from rnnlab.probes import gate_traces
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired
from rnnlab.tasks import Adding
from rnnlab.training import Fixed, Settings, fit, generator, initialise

CLOSED = -3.0  # the bias with which Hochreiter and Schmidhuber (1997) started the first of their input gates

# What is trained: a cell, the bias that its forget gate starts from, and that of its input gate; None: as torch starts.
MODELS: dict[str, tuple[Cell, float | str | None, float | None]] = {
    "rnn": ("rnn", None, None),
    "gru": ("gru", None, None),
    "lstm, forget bias 0": ("lstm", 0.0, None),
    "lstm, forget bias 1": ("lstm", 1.0, None),
    "lstm, forget bias 2": ("lstm", 2.0, None),
    "lstm, input gate closed": ("lstm", 0.0, CLOSED),
    "lstm, chrono start": ("lstm", "chrono", None),
    "lstm, coupled gates": ("lstm_coupled", None, None),
    "lstm, no forget gate": ("lstm_no_forget", None, None),
    "lstm, no forget gate, input gate closed": ("lstm_no_forget", None, CLOSED),
}

HELD, WATCHED = 3, 5  # the streams of a seed that validation sequences and those whose gates are watched come from


def build(model: str, task: Adding, parameters: int) -> Reader:
    """A reader with as many parameters as its hidden size allows, its gates started as the model's name says."""
    cell, forget, entrance = MODELS[model]

    def of_size(hidden_size: int) -> Reader:
        return Reader(cell, task.input_size, hidden_size, task.output_size)

    reader = of_size(matched_size(of_size, parameters))
    core = recurrent(reader)
    if forget == "chrono":
        starts.chrono(core, task.length)
    elif forget is not None:
        starts.forget_bias(core, float(forget))
    if entrance is not None:
        with torch.no_grad():  # the input gate's rows are the first of an LSTM's and of a cell's without forget gate
            for name, bias in core.named_parameters():
                if name.startswith("bias"):
                    bias[: core.hidden_size] = entrance if "ih" in name else 0.0
    return reader


def recurrent(reader: Reader) -> nn.RNNBase:
    """The recurrent layer of a reader that has one."""
    assert isinstance(reader.core, nn.RNNBase)
    return reader.core


def learn_to_add(
    *, model: str, length: int, learning_rate: float, parameters: int, updates: int, batch_size: int, clip_norm: float,
    evaluate_every: int, goal: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on the adding problem of T steps until its validation loss has fallen to `goal` of the floor.

    The floor is the variance of the sum. `loss`, `curve` and `goal` are shares of it.
    sequences   read until the goal, or all of them where it was not reached: then `solved` is False
    effort      the share of the updates that it took, or, unsolved, 1 + the loss: what a learning rate is chosen by
    written     how far the way into the memory is open at marked steps and at the others, mean over units and sequences
                of i_t or 1 - z_t after training; kept likewise of f_t or z_t; None for a plain RNN
    """
    task = Adding(length)
    reader = initialise(lambda: build(model, task, parameters), seed)
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
        "curve": [[row.update * batch_size, round(row.validation / task.floor, 4)] for row in run.history],
        "written": None,
        "kept": None,
    }
    if model == "rnn" or run.status == "diverged":
        return outcome
    x, _ = task.batch(200, generator(seed, WATCHED))
    gates = gate_traces(recurrent(reader), x)
    marked = x[:, :, 1].T == 1
    write, keep = (1 - gates["z"], gates["z"]) if "z" in gates else (gates["i"], gates["f"])
    return outcome | {"written": _at(write, marked), "kept": _at(keep, marked)}


def _at(gate: NDArray[np.float64], marked: NDArray[np.bool_]) -> list[float]:
    """The mean of a gate (T, B, H) over the steps that are marked (T, B), and over the others."""
    return [round(float(gate[marked].mean()), 5), round(float(gate[~marked].mean()), 5)]


def sequences(records: Records, model: str) -> NDArray[np.float64]:
    """Thousands of sequences that each seed read until the goal; infinite where it did not get there."""
    part = records.where(model=model)
    return np.where(share_solved(records, model) == 1, part.values("sequences") / 1000, np.inf)


def share_solved(records: Records, model: str) -> NDArray[np.float64]:
    """1 for each seed that reached the goal, 0 for each that did not, diverged or failed."""
    return np.nan_to_num(records.where(model=model).values("solved"))


def sooner(model: str, other: str) -> Callable[[Records], Verdict]:
    """Judges whether `model` needs fewer sequences than `other`.

    One that got nowhere enters with all the sequences that it was given, which understates the difference; a seed on
    which neither got anywhere says nothing and is left out.
    """

    def judge(records: Records) -> Verdict:
        if missing := absent(records, model, other):
            return missing
        given = records.study.settings(records.mode)[0]
        most = given["updates"] * given["batch_size"] / 1000
        a, b = sequences(records, model), sequences(records, other)
        told = np.isfinite(a) | np.isfinite(b)
        verdict = paired(np.minimum(a, most)[told], np.minimum(b, most)[told], unit="thousand sequences")
        got = [f"{np.isfinite(each).sum()} of {len(each)}" for each in (a, b)]
        return replace(verdict, detail=f"{verdict.detail} Solved: {got[0]} seeds against {got[1]}.")

    return judge


def more_often(model: str, other: str) -> Callable[[Records], Verdict]:
    """Judges whether `model` solves the task on more seeds than `other`, by more than half of them."""

    def judge(records: Records) -> Verdict:
        a, b = share_solved(records, model), share_solved(records, other)
        verdict = paired(100 * a, 100 * b, better="higher", margin=50.0, unit="% of the seeds")
        return verdict.of(f"{a.sum():.0f} against {b.sum():.0f} of {a.size} seeds")

    return judge


def absent(records: Records, *models: str) -> Verdict | None:
    """A verdict that cannot tell, where these records do not have all the models that a claim compares."""
    missing = [model for model in models if model not in records.study.varied(records.mode)["model"]]
    if not missing:
        return None
    detail = f"Its {records.mode} run leaves out: {'; '.join(missing)}."
    return Verdict("cannot tell", math.nan, (math.nan, math.nan), detail, len(records.seeds))


def openings(records: Records, model: str, gate: str = "written") -> NDArray[np.float64]:
    """How many times as open a gate is at a marked step as elsewhere, one number a seed; NaN where it diverged."""
    found = [record.measurements.get(gate) for record in records.where(model=model)]
    return np.array([np.nan if pair is None else pair[0] / pair[1] for pair in found])


def opens(model: str, times: float) -> Callable[[Records], Verdict]:
    """Judges whether the way in is more than so many times as open at marked steps."""
    what = "How open it is at a marked number over how open it is elsewhere"
    return lambda records: level(openings(records, model), times, better="higher", what=what, unit="times")


def lets_go(records: Records) -> Verdict:
    """Judges whether the forget gate of a chrono LSTM is lower at marked steps than elsewhere, by a tenth or more."""
    closed = 100 * (1 - openings(records, "lstm, chrono start", "kept"))
    return level(closed, 10.0, better="higher", what="It closes by", unit="% of its value elsewhere")


GATE_ABLATION = Study(
    name="gate_ablation",
    question="Which gate, and which start of it, carries a number over a hundred steps?",
    prediction="The gated cells learn to add and the RNN does not; without its forget gate an LSTM does not either.",
    section="8.4",
    trial=learn_to_add,
    measure="loss",
    vary={"model": tuple(MODELS)},
    hold={
        "length": 100,
        "parameters": 1_000,
        "updates": 1_500,
        "batch_size": 32,
        "clip_norm": 1.0,
        "evaluate_every": 50,
        "goal": 0.05,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort"),
    seeds=range(10),
    quick={
        "vary": {"model": ("rnn", "gru", "lstm, chrono start", "lstm, coupled gates")},
        "hold": {"updates": 700},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-2,)}, on="effort"),
    },
    claims=(
        Claim("8.1a", "The GRU learns to add on more seeds than the RNN of its size, by over half of them",
              more_often("gru", "rnn")),
        Claim("8.1b", "The LSTM with the chrono start learns to add on more seeds than the RNN of its size, by over "
              "half of them", more_often("lstm, chrono start", "rnn")),
        Claim("8.3a", "A GRU that learnt to add lets in, 1 − z, more than one and a half times as much at a marked "
              "number as elsewhere", opens("gru", 1.5)),
        Claim("8.3b", "An LSTM with the chrono start opens its input gate more than one and a half times as wide at "
              "a marked number as elsewhere", opens("lstm, chrono start", 1.5)),
        Claim("8.3c", "The forget gate of such an LSTM closes at a marked number, by a tenth or more", lets_go),
        Claim("8.4a", "Without a forget gate the LSTM needs more sequences",
              sooner("lstm, forget bias 1", "lstm, no forget gate")),
        Claim("8.4b", "Without a forget gate, but with its input gate started closed, an LSTM needs fewer sequences "
              "than with both gates and forget bias 1",
              sooner("lstm, no forget gate, input gate closed", "lstm, forget bias 1")),
        Claim("8.4c", "An LSTM with a forget bias of 1 needs fewer sequences than one with 0",
              sooner("lstm, forget bias 1", "lstm, forget bias 0")),
        Claim("8.4d", "An LSTM with the chrono start needs fewer sequences than one with a forget bias of 1",
              sooner("lstm, chrono start", "lstm, forget bias 1")),
        Claim("8.4e", "An LSTM with coupled gates needs fewer sequences than one with two and forget bias 1",
              sooner("lstm, coupled gates", "lstm, forget bias 1")),
    ),
)  # fmt: skip
