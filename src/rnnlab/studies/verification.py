"""Do the committed records still come out? A sample of them is measured again and held against what is written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical, decode
from rnnlab.studies.runner import Task, attempt, read
from rnnlab.studies.store import Record
from rnnlab.studies.study import Mode, Study, Trial


@dataclass(frozen=True)
class Repeat:
    """A record, and what its trial measures today."""

    record: Record
    again: dict[str, Any]
    error: str | None
    seconds: float  # that it took today

    @property
    def differing(self) -> tuple[str, ...]:
        """The measurements that have not the same bits."""
        before = self.record.measurements
        return tuple(
            name
            for name in sorted(before.keys() | self.again.keys())
            if canonical(before.get(name)) != canonical(self.again.get(name))
        )

    @property
    def same(self) -> bool:
        """Every measurement has the same bits."""
        return self.error is None and not self.differing

    def shift(self, measure: str) -> float:
        """How far the measure has moved, as a share of what was recorded; NaN where one of the two is no number."""
        before, now = self.record.measurements.get(measure), self.again.get(measure)
        if not isinstance(before, int | float) or not isinstance(now, int | float):
            return math.nan
        return abs(now - before) / max(abs(before), np.finfo(float).tiny) if now != before else 0.0


def verify(
    study: Study, mode: Mode = "full", *, sample: int = 3, seed: int = 0, store: Path | str | None = None
) -> Iterator[Repeat]:
    """Measures `sample` of the study's records again, drawn by `seed`, each as soon as it is there.

    Bits are promised for the same machine and the same versions of NumPy, torch and Numba; on another, rounding differs
    and a training may part from the recorded one. Measurements of time never repeat their bits.
    InputError when the records are not complete or of another definition, or when there is nothing to draw.
    """
    records = [record for record in read(study, mode, store) if record.error is None]
    if sample < 1 or not records:
        raise InputError(f"{study.name} has {len(records)} records and sample is {sample}; both must be 1 or more.")
    chosen = np.random.default_rng(seed).choice(len(records), size=min(sample, len(records)), replace=False)
    for place in sorted(chosen):
        record = records[place]
        outcome = attempt(Task(study.trial, study.measure, Trial(record.settings, record.seed)))
        yield Repeat(record, decode(outcome.measurements), outcome.error, outcome.seconds)
