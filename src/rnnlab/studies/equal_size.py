"""Chapter 9: the cells at equal units and at equal parameters, which are two questions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Cell, Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.hidden_size import surname_task
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Settings, fit, initialise, predict

Equal = Literal["units", "parameters"]


def build(cell: Cell, equal: Equal, units: int, parameters: int) -> Reader:
    """A reader of surnames with so many units, or as near to so many parameters as its units allow."""
    task = surname_task()

    def of_size(hidden_size: int) -> Reader:
        return Reader(cell, task.input_size, hidden_size, task.output_size, tokens=True, padding=PADDING)

    return of_size(units if equal == "units" else matched_size(of_size, parameters))


def tell_languages(
    *, cell: Cell, equal: Equal, units: int, parameters: int, learning_rate: float, updates: int, batch_size: int,
    evaluate_every: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network on surnames; `missed` is the share of test names, in %, whose language it does not tell.

    Every language counts alike. `validation` is the cross-entropy, in nats, that chose the weights.
    """
    task = surname_task()
    model = initialise(lambda: build(cell, equal, units, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=evaluate_every, seed=seed,
    )  # fmt: skip
    run = fit(model, task.train, task.validation, loss=task.loss, settings=settings)
    outcome = {"ended": run.status, "size": count_parameters(model), "validation": run.validation}
    if run.status == "diverged":
        return outcome | {"missed": math.nan}
    return outcome | {"missed": 100 * (1 - task.score(predict(model, task.test.inputs), task.test.targets))}


def lead(records: Records, cell: str, equal: Equal) -> NDArray[np.float64]:
    """(seeds,): by how many percentage points the plain RNN misses more than `cell`."""
    of = records.where(equal=equal)
    return of.where(cell="rnn").values("missed") - of.where(cell=cell).values("missed")


def leads(cell: str, equal: Equal) -> Callable[[Records], Verdict]:
    """Judges whether `cell` misses fewer names than the plain RNN."""
    return lambda records: paired(lead(records, cell, equal), 0.0, better="higher", unit="percentage points")


def part_of_it_is_size(cell: str) -> Callable[[Records], Verdict]:
    """Judges whether the lead of `cell` is larger at equal units than at equal parameters."""
    return lambda records: paired(
        lead(records, cell, "units"), lead(records, cell, "parameters"), better="higher", unit="percentage points"
    )


EQUAL_SIZE = Study(
    name="equal_size",
    question="Does a gated cell read surnames better than a plain RNN with as many units, or as many parameters?",
    prediction="Better in both comparisons, but by less when the parameters are equal.",
    section="9.4",
    trial=tell_languages,
    measure="missed",
    vary={"cell": ("rnn", "gru", "lstm"), "equal": ("units", "parameters")},
    hold={"units": 32, "parameters": 6_000, "updates": 600, "batch_size": 64, "evaluate_every": 50},
    tune=Tuning(grid={"learning_rate": (2e-3, 6e-3, 2e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"updates": 200},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim("9.4a", "With as many units, a GRU misses fewer names than a plain RNN", leads("gru", "units")),
        Claim("9.4b", "With as many parameters, a GRU misses fewer names than a plain RNN", leads("gru", "parameters")),
        Claim("9.4c", "With as many units, an LSTM misses fewer names than a plain RNN", leads("lstm", "units")),
        Claim(
            "9.4d", "With as many parameters, an LSTM misses fewer names than a plain RNN", leads("lstm", "parameters")
        ),
        Claim("9.4e", "A part of the LSTM's lead at equal units is nothing but its size", part_of_it_is_size("lstm")),
    ),
)
