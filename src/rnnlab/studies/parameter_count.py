"""Chapter 1: how many numbers a network has to learn when its sequences get longer."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.layers import Cell, Reader, count_parameters
from rnnlab.studies import Claim, Records, Study, Verdict

LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


def count(*, cell: Cell, length: int, input_size: int, hidden_size: int, output_size: int, seed: int) -> dict[str, Any]:
    """Counts what the constructors really made, for sequences of `length` steps; nothing is random, `seed` counts."""
    model = Reader(cell, input_size, hidden_size, output_size, window=length if cell == "mlp" else None)
    return {"parameters": count_parameters(model)}


def counts(records: Records, cell: str) -> dict[int, int]:
    """Length → parameters."""
    found = [record for record in records if record.settings["cell"] == cell]
    return {record.settings["length"]: record.measurements["parameters"] for record in found}


def only_the_windowed_grows(records: Records) -> Verdict:
    """Holds if the RNN's count is one number at every length and the MLP's rises by I·H for every further step."""
    recurrent, windowed = counts(records, "rnn"), counts(records, "mlp")
    step = records.study.hold["input_size"] * records.study.hold["hidden_size"]
    lengths, numbers = np.array(list(windowed)), np.array(list(windowed.values()))
    grows = np.array_equal(numbers - numbers[0], step * (lengths - lengths[0]))
    constant = len(set(recurrent.values())) == 1
    longest = int(lengths.max())
    detail = (
        f"RNN: {min(recurrent.values()):,} to {max(recurrent.values()):,} from {lengths.min()} to {longest:,} steps; "
        f"MLP: {numbers[0]:,} to {numbers[-1]:,}, {(numbers[-1] - numbers[0]) / (longest - lengths[0]):g} a step. "
        "Counted, not estimated."
    )
    slope = float((numbers[-1] - numbers[0]) / (lengths[-1] - lengths[0]))
    return Verdict(
        "holds" if grows and constant else "does not hold", slope, (slope, slope), detail, len(records.seeds)
    )


PARAMETER_COUNT = Study(
    name="parameter_count",
    question="How many numbers does a network learn when its sequences get longer?",
    prediction="A recurrent one always as many; one that reads a window, I·H more for every further step.",
    section="1.1",
    trial=count,
    measure="parameters",
    vary={"cell": ("rnn", "mlp"), "length": LENGTHS},
    hold={"input_size": 5, "hidden_size": 32, "output_size": 1},
    seeds=(0,),
    claims=(
        Claim(
            "1.1",
            "The parameters of an RNN do not grow with the length of its sequences; those of a windowed MLP do",
            only_the_windowed_grows,
        ),
    ),
)
