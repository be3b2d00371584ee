"""The same study measured twice, by two versions or on two machines: what has moved?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical
from rnnlab.studies.store import Record, read_records
from rnnlab.studies.study import Mode, Study
from rnnlab.studies.verdict import interval


@dataclass(frozen=True)
class Moved:
    """One setting: the study's measure before and after, on the seeds that both have."""

    setting: dict[str, Any]
    seeds: int
    diverged: tuple[int, int]
    before: float
    after: float
    low: float  # of the 95 % interval of after − before, paired by seed; NaN below five seeds
    high: float

    @property
    def has_moved(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Side:
    """What a folder holds of the study: the records of the definition that was recorded last."""

    folder: Path
    fingerprint: str
    versions: tuple[str, ...]
    records: dict[str, Record]  # by their trial


def compare(study: Study, before: Path | str, after: Path | str, mode: Mode = "full") -> tuple[Side, Side, list[Moved]]:
    """Holds the records of two folders against each other, trial by trial, whatever definition each was recorded by.

    A setting that the study varies is a row; its seeds are paired. InputError where the two have no trial in common.
    """
    first, second = _side(study, Path(before)), _side(study, Path(after))
    common = [key for key in first.records if key in second.records]
    if not common:
        raise InputError(
            f"{first.folder} holds {len(first.records)} trials of {study.name} and {second.folder} "
            f"{len(second.records)}, and none with the same settings and seed; there is nothing to compare."
        )
    rows: dict[str, list[tuple[Record, Record]]] = defaultdict(list)
    for key in common:
        one, other = first.records[key], second.records[key]
        rows[canonical({name: one.settings.get(name) for name in study.varied(mode)})].append((one, other))
    return first, second, [_moved(study, mode, pairs) for pairs in rows.values()]


def _side(study: Study, folder: Path) -> Side:
    found = read_records(folder, study.name)
    if not found:
        raise InputError(
            f"{folder} has no records of {study.name}; `rnnlab study run {study.name} --store {folder}` makes them."
        )
    last = found[-1].fingerprint
    kept = {record.key: record for record in found if record.fingerprint == last}
    return Side(folder, last, tuple(sorted({record.version for record in kept.values()})), kept)


def _moved(study: Study, mode: Mode, pairs: list[tuple[Record, Record]]) -> Moved:
    before, after = (np.array([_number(pair[k], study.measure) for pair in pairs]) for k in (0, 1))
    finite: NDArray[np.bool_] = np.isfinite(before) & np.isfinite(after)
    _, low, high = interval(after[finite] - before[finite])
    return Moved(
        {name: pairs[0][0].settings.get(name) for name in study.varied(mode)},
        int(finite.sum()),
        (int((~np.isfinite(before)).sum()), int((~np.isfinite(after)).sum())),
        float(before[finite].mean()) if finite.any() else np.nan,
        float(after[finite].mean()) if finite.any() else np.nan,
        low,
        high,
    )


def _number(record: Record, measure: str) -> float:
    value = record.measurements.get(measure)
    return float(value) if isinstance(value, int | float) else np.nan
