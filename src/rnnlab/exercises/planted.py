"""Records that nobody measured: what the claims of a reader's study say in worlds that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnlab.exercises.exercise import Criterion

if TYPE_CHECKING:
    from rnnlab.studies import Records, Study

WORLDS = {
    "grows from the first varied setting to the last": (0.0, 1.0),
    "shrinks from the first varied setting to the last": (1.0, 0.0),
    "is the same everywhere": (0.5, 0.5),
}


def planted(study: Study, first: float, last: float, names: Sequence[str] = ()) -> Records:
    """The study's full records, as if its measure went evenly from `first` to `last` over the settings that it varies.

    The seeds scatter by a fiftieth of the way. `names` are further measurements that get the same numbers.
    """
    from rnnlab.studies import Records
    from rnnlab.studies.store import Record
    from rnnlab.studies.tuning import Choice

    tune = study.tuned("full")
    choices = (
        [Choice(group, tune.points[0], (0.0,) * len(tune.points)) for group in study.groups("full")] if tune else []
    )
    trials = study.trials("full", choices)
    settings = study.settings("full")
    rng, records = np.random.default_rng(0), []
    for number, trial in enumerate(trials):
        place = (number % len(settings)) / max(len(settings) - 1, 1)
        value = first + (last - first) * place + rng.normal() * max(abs(last - first), abs(first) / 10, 0.01) / 50
        records.append(
            Record(
                study=study.name, fingerprint="", mode="full", settings=dict(trial.settings), seed=trial.seed,
                status="done", measurements=dict.fromkeys((study.measure, *names), float(value)), error=None,
                seconds=0.0, when="2000-01-01", version="", machine={},
            )
        )  # fmt: skip
    return Records(study, "full", records, choices)


def decisions(study: Study, low: float, high: float, names: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """What each claim decides where the measure grows, where it shrinks and where it stays, by the world's name."""
    return {
        world: tuple(
            claim.judge(planted(study, low + (high - low) * a, low + (high - low) * b, names)).decision
            for claim in study.claims
        )
        for world, (a, b) in WORLDS.items()
    }


def can_be_refuted(low: float, high: float, names: Sequence[str] = (), worth: int = 1) -> Criterion:
    """Every claim decides differently where the measure grows from `low` to `high`, shrinks, and stays."""

    def judge(design: Any) -> str | None:
        study = a_study(design)
        if not study.claims:
            return (
                "nothing is at stake. The study measures and claims nothing. Add a sentence and a function "
                'that judges it: `Claim("A", "…", judge)`, with `paired` or `share`.'
            )
        told = decisions(study, low, high, names)
        for number, claim in enumerate(study.claims):
            said = {world: each[number] for world, each in told.items()}
            if len(set(said.values())) == 1:
                return (
                    f"claim {claim.number} cannot come out any other way. We made up records in which "
                    f"`{study.measure}` {', records in which it '.join(said)}: it always says "
                    f"*{next(iter(said.values()))}*. Does its judge read the records, does it compare two different "
                    "settings, and are there enough seeds?"
                )
        return None

    return Criterion(
        "a claim that can fail",
        "made-up records in which the effect is there, turned round and absent do not all get the same verdict",
        worth,
        judge,
    )


def measured_by(names: Sequence[str], why: str, worth: int = 1) -> Criterion:
    """The measure that answers is one of these."""

    def judge(design: Any) -> str | None:
        measure = a_study(design).measure
        return None if measure in names else f"measured in the wrong place. The study's measure is `{measure}`. {why}"

    return Criterion("the measure", f"it answers by {' or '.join(f'`{name}`' for name in names)}", worth, judge)


def a_study(design: Any) -> Study:
    """The design, if it is a Study; else TypeError with a sentence."""
    from rnnlab.studies import Study

    if not isinstance(design, Study):
        raise TypeError(f"what came back is a {type(design).__name__}; return a rnnlab.studies.Study")
    return design
