"""What a study measured, one record for every trial, in the study's order: to be tabled, compared and judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical
from rnnlab.studies.store import Record
from rnnlab.studies.study import Mode, Study
from rnnlab.studies.tuning import Choice

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class Records:
    """The records that answer a study in one mode, the same for any number of workers and interruptions.

    records.where(cell="lstm").values("mae") is one number a seed, in the order of the seeds, so that two such arrays
    are paired. `choices` are what was tuned.
    """

    def __init__(self, study: Study, mode: Mode, records: Sequence[Record], choices: Sequence[Choice] = ()) -> None:
        self.study, self.mode = study, mode
        self.choices = tuple(choices)
        self._records = tuple(records)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def where(self, **settings: Any) -> Records:
        """Those with these settings; a name or a value that no record has is refused."""
        kept = list(self._records)
        for name, value in settings.items():
            there = {canonical(record.settings[name]) for record in self._records if name in record.settings}
            if not there:
                names = ", ".join(self._records[0].settings) if self._records else "no records at all"
                raise InputError(f"No record of {self.study.name} has a setting {name!r}; there are {names}.")
            if canonical(value) not in there:
                raise InputError(
                    f"No record of {self.study.name} ({self.mode}) has {name}={value!r}; "
                    f"there are {', '.join(sorted(there))}."
                )
            kept = [record for record in kept if canonical(record.settings.get(name)) == canonical(value)]
        return Records(self.study, self.mode, kept, self.choices)

    def values(self, measurement: str | None = None) -> NDArray[np.float64]:
        """One number a seed, in the order of the seeds; NaN where the trial failed, not finite where it diverged.

        measurement defaults to the study's measure. One setting must be left: two stations in one array would count
        each seed twice. True counts as 1.
        """
        open_names = [name for name, values in self._varied().items() if len(values) > 1]
        if open_names:
            raise InputError(
                f"values() takes the seeds of one setting, and {', '.join(open_names)} is still open; choose with "
                f"where({open_names[0]}={next(iter(self._varied()[open_names[0]].values()))!r})."
            )
        name = measurement or self.study.measure
        return np.array([self._number(record, name) for record in self._records], dtype=np.float64)

    def status(self, record: Record) -> str:
        """done, diverged (the study's measure is not finite) or error: by today's measure, should it have changed."""
        if record.error is not None:
            return "error"
        return "done" if math.isfinite(record.measurements[self.study.measure]) else "diverged"

    @property
    def seeds(self) -> tuple[int, ...]:
        """Each once, in order."""
        return tuple(dict.fromkeys(record.seed for record in self._records))

    @property
    def errors(self) -> tuple[Record, ...]:
        """Those whose trial raised or whose process died."""
        return tuple(record for record in self._records if record.error is not None)

    @property
    def diverged(self) -> tuple[Record, ...]:
        """Those whose measure is not finite."""
        return tuple(record for record in self._records if self.status(record) == "diverged")

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a record: what varies, what was tuned, seed, status, each measurement that is one value, seconds."""
        import pandas as pd

        tune = self.study.tuned(self.mode)
        names = [*self.study.varied(self.mode), *(tune.grid if tune else ())]
        rows = [
            {name: record.settings[name] for name in names}
            | {"seed": record.seed, "status": self.status(record)}
            | {name: value for name, value in record.measurements.items() if not isinstance(value, list | dict)}
            | {"seconds": record.seconds}
            for record in self._records
        ]
        return pd.DataFrame(rows)

    @property
    def source(self) -> str:
        """What stands beside a figure that draws them: how many seeds, which mode, which version, when."""
        versions = sorted({record.version for record in self._records})
        days = sorted({record.when[:10] for record in self._records})
        when = f"{days[0]} to {days[-1]}" if len(days) > 1 else "".join(days)
        seeds = f"{len(self.seeds)} seed{'s' if len(self.seeds) != 1 else ''}"
        return f"{self.study.name}: {seeds}, {self.mode} mode, rnnlab {', '.join(versions)}, measured {when}"

    def _varied(self) -> dict[str, dict[str, Any]]:
        """Varied name → the values that these records have of it, by their canonical text."""
        return {
            name: {canonical(record.settings[name]): record.settings[name] for record in self._records}
            for name in self.study.varied(self.mode)
        }

    def _number(self, record: Record, name: str) -> float:
        if record.error is not None:
            return math.nan
        if name not in record.measurements:
            raise InputError(f"{self.study.name} recorded no {name!r}; it recorded {', '.join(record.measurements)}.")
        value = record.measurements[name]
        if not isinstance(value, bool | int | float):
            raise InputError(f"{self.study.name} recorded {name} as {value!r}; values() gives single numbers.")
        return float(value)
