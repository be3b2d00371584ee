"""Chapter 4: which lengths to train on, and what a network makes of lengths that it never met."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.sequence_length import CELLS, HOLD, learn, solved

TESTED = (10, 25, 50, 100, 200, 400)


def scores(records: Records, cell: str, schedule: str) -> NDArray[np.float64]:
    """(seeds, lengths): the accuracy on fresh sequences of each length of TESTED; NaN where a run diverged."""
    nothing = [np.nan] * len(TESTED)
    return np.array([run.measurements.get("scores", nothing) for run in records.where(cell=cell, schedule=schedule)])


def keeps(cell: str, schedule: str, longer: int) -> Callable[[Records], Verdict]:
    """Judges whether at the longer length at most 10 of 100 answers fewer are right than at the length of training."""

    def judge(records: Records) -> Verdict:
        found = scores(records, cell, schedule)
        trained = TESTED.index(records.study.hold["length"])
        at_longer, at_trained = 100 * found[:, TESTED.index(longer)], 100 * found[:, trained]
        return paired(at_longer, at_trained, better="higher", margin=-10.0, unit="points of 100")

    return judge


def generalises_better(schedule: str, other: str, cell: str, longer: int) -> Callable[[Records], Verdict]:
    """Judges whether `schedule` gives the higher accuracy at a length beyond all that were trained on."""
    place = TESTED.index(longer)
    return lambda records: paired(
        100 * scores(records, cell, schedule)[:, place],
        100 * scores(records, cell, other)[:, place],
        better="higher",
        unit="points of 100",
    )


def solves_more_often(schedule: str, other: str) -> Callable[[Records], Verdict]:
    """Judges whether more of the cells learn the task with `schedule` than with `other`, seed by seed."""

    def share_of_cells(records: Records, schedule: str) -> NDArray[np.float64]:
        cells = records.study.varied(records.mode)["cell"]
        return np.asarray(np.mean([solved(records, cell=cell, schedule=schedule) for cell in cells], axis=0))

    return lambda records: paired(
        share_of_cells(records, schedule), share_of_cells(records, other), better="higher", unit="of the cells"
    )


LENGTH_CURRICULUM = Study(
    name="length_curriculum",
    question="Is a long sequence better learnt by way of shorter ones, and does what is learnt hold for longer ones?",
    prediction="A growing length helps the cells that fail at the full one; what was learnt at 50 steps holds at 200.",
    section="4.4",
    trial=learn,
    measure="loss",
    vary={"schedule": ("fixed", "growing", "mixed"), "cell": CELLS},
    hold={
        "task": "temporal_order",
        "length": 50,
        **{name: HOLD[name] for name in HOLD if name != "schedule"},
        "tested_at": TESTED,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort", seeds=range(1_000, 1_001)),
    seeds=range(10),
    quick={
        "vary": {"cell": ("gru", "lstm")},
        "hold": {"updates": 400, "evaluate_every": 50},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="effort"),
    },
    claims=(
        Claim(
            "4.4a",
            "A GRU that has learnt the order of symbols from 50 steps tells it from 200 steps as well",
            keeps("gru", "fixed", 200),
        ),
        Claim(
            "4.4b",
            "Trained on mixed lengths, a GRU tells the order from 200 steps better than trained on 50 alone",
            generalises_better("mixed", "fixed", "gru", 200),
        ),
        Claim(
            "4.4c",
            "A length that grows from 10 to 50 steps teaches more cells the order than 50 from the first update on",
            solves_more_often("growing", "fixed"),
        ),
    ),
)
