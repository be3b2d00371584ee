"""Chapter 9: how many random labels a network can store, and how that grows with its parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Cell, Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, interval, paired
from rnnlab.studies.verdict import Decision
from rnnlab.tasks import memorising
from rnnlab.training import Settings, fit, generator, initialise, predict

DATA = 5  # the stream of a seed that the sequences and labels come from
PUBLISHED = 5.0  # bits a parameter, Collins, Sohl-Dickstein and Sussillo, 2017


def store_labels(
    *, cell: Cell, parameters: int, load: float, learning_rate: float, length: int, input_size: int, updates: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains on `load` labels for each parameter, all of them in every update, and counts the bits that it knows."""

    def build(hidden_size: int) -> Reader:
        return Reader(cell, input_size, hidden_size, 1)

    hidden_size = matched_size(build, parameters)
    model = initialise(lambda: build(hidden_size), seed)
    size = count_parameters(model)
    task = memorising(round(load * size), generator(seed, DATA), length=length, input_size=input_size)
    settings = Settings(
        updates=updates, batch_size=len(task), learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=max(1, updates // 20), seed=seed,
    )  # fmt: skip
    run = fit(model, task, task, loss=task.loss, settings=settings)
    outcome = {
        "ended": run.status,
        "size": size,
        "hidden_size": hidden_size,
        "labels": len(task),
        "curve": [[row.update, row.validation] for row in run.history],
    }
    if run.status == "diverged":
        return outcome | {"bits": math.nan, "bits_per_parameter": math.nan}
    known = predict(model, task.inputs)
    bits = task.bits(known)
    return outcome | {"bits": bits, "bits_per_parameter": bits / size, "right": task.score(known, task.targets)}


def by_seed(records: Records) -> NDArray[np.float64]:
    """Bits per parameter, one number a seed: the mean over all that is left open."""
    table = records.table
    found = table.groupby("seed")["bits_per_parameter"].agg(lambda x: x.mean(skipna=False))
    return np.asarray(found, dtype=np.float64)


def exponents(records: Records) -> NDArray[np.float64]:
    """a of bits ∝ Pᵃ, one number a seed, mean over the cells: the slope of log bits against log P by least squares."""
    table = records.table
    found = [
        np.mean([np.polyfit(np.log(one["size"]), np.log(one["bits"]), 1)[0] for _, one in of_seed.groupby("cell")])
        for _, of_seed in table.groupby("seed")
    ]
    return np.array(found, dtype=np.float64)


def within(values: NDArray[np.float64], low: float, high: float, words: str) -> Verdict:
    """Holds if the whole interval over seeds lies between low and high, does not if it lies outside."""
    mean, left, right = interval(values)
    decision: Decision = "cannot tell"
    if low <= left and right <= high:
        decision = "holds"
    elif right < low or left > high:
        decision = "does not hold"
    detail = f"{words} {mean:.2f} [{left:.2f}, {right:.2f}] over {values.size} seeds, against {low:g} to {high:g}."
    return Verdict(decision, mean, (left, right), detail, values.size)


def in_proportion(records: Records) -> Verdict:
    """Whether the exponent is 1, give or take a tenth."""
    return within(exponents(records), 0.9, 1.1, "The exponent of the parameters is")


def as_published(records: Records) -> Verdict:
    """The cell that stores most, over all sizes, against the published number give or take one bit."""
    best = max(records.study.vary["cell"], key=lambda cell: by_seed(records.where(cell=cell)).mean())
    verdict = within(by_seed(records.where(cell=best)), PUBLISHED - 1, PUBLISHED + 1, "Bits per parameter:")
    return replace(verdict, detail=f"The {best.upper()} stores most. {verdict.detail}")


def plain_against(cell: str) -> Any:
    """Judges whether the plain RNN stores more for each parameter than `cell`, over all sizes."""
    return lambda records: paired(
        by_seed(records.where(cell="rnn")), by_seed(records.where(cell=cell)), better="higher", unit="bits a parameter"
    )


BITS_PER_PARAMETER = Study(
    name="bits_per_parameter",
    question="How many random labels can a network store, and which cell stores most in its parameters?",
    prediction="About five bits a parameter, whatever the size and the cell, a little more in a plain RNN.",
    section="9.1",
    trial=store_labels,
    measure="bits_per_parameter",
    vary={"cell": ("rnn", "gru", "lstm"), "parameters": (100, 250, 600)},
    hold={"length": 5, "input_size": 8, "updates": 1_000},
    tune=Tuning(
        grid={"load": (2.5, 4.0, 6.0, 8.0), "learning_rate": (1e-2, 3e-2)},
        on="bits_per_parameter",
        seeds=(1_000,),
        pick="highest",
    ),
    seeds=range(10),
    quick={
        "vary": {"parameters": (100, 250)},
        "hold": {"updates": 200},
        "seeds": range(5),
        "tune": Tuning(grid={"load": (3.0,), "learning_rate": (3e-2,)}, on="bits_per_parameter"),
    },
    claims=(
        Claim("9.1a", "The bits that a network stores grow in proportion to its parameters", in_proportion),
        Claim("9.1b", "A plain RNN stores more in a parameter than a GRU", plain_against("gru")),
        Claim("9.1c", "A plain RNN stores more in a parameter than an LSTM", plain_against("lstm")),
        Claim("9.1d", "A network of the best cell stores about five bits in a parameter", as_published),
    ),
)
