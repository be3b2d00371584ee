"""Which column holds the time, which the target, which tells series apart."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, shown
from rnnlab.forecasting.reading.marks import is_missing, looks_like_a_number
from rnnlab.forecasting.reading.rows import Cells, Rows
from rnnlab.forecasting.reading.stamps import Reading, readings_of

CALENDAR = ("year", "month", "day", "hour", "minute", "second")
_OF_TIME = re.compile(
    r"(.*[_ ])?(date|datetime|timestamp|stamp|ds|day|week|month|quarter|year|yr|period|datum|zeit|jahr|monat|fecha)"
    r"([_ ].*)?|.*(date|time|timestamp)",
    re.IGNORECASE,
)
_OF_ID = re.compile(
    r"(.*[_ ])?(id|code|no|nr|number|store|shop|item|product|sku|station|sensor|device|region|symbol|ticker|series)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]m)?", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The columns that a table is read from."""

    time: tuple[str, ...]  # several are read as one: a date and a clock, or year, month, day
    readings: tuple[Reading, ...]
    id: str | None
    target: str
    inputs: tuple[str, ...]
    texts: tuple[str, ...]  # what could tell series apart
    findings: tuple[Finding, ...]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column that has to be read."""
        return tuple(dict.fromkeys([*self.time, *([self.id] if self.id else []), self.target, *self.inputs]))


def chosen(
    rows: Rows,
    sample: Mapping[str, Cells],
    *,
    target: str | None,
    time: str | Sequence[str] | None,
    id: str | None,
    inputs: Sequence[str],
) -> Choice:
    """The columns named, and those that the first rows tell. InputError for a name that is not there, for no or
    several candidates for the target.
    """
    named = [time] if isinstance(time, str) else list(time or ())
    for name in (*named, *([id] if id else []), *([target] if target else []), *inputs):
        _must_exist(name, rows)
    found: list[Finding] = []
    own = _time(rows, sample, {target, id, *inputs}) if time is None else tuple(named)
    readings = readings_of(joined(own, sample), named=True) if own else ()
    if own and not readings:
        raise InputError(
            f"{rows.name}: the column {shown(' + '.join(own))} holds no times that can be read; name another with "
            "time=, or write them as 2024-01-31 14:00."
        )
    if time is None:
        sentence = (
            f"The time stands in {' + '.join(map(shown, own))}" if own else "No column holds times: rows are steps"
        )
        found.append(Finding("time", f"{sentence} (time=…).", place=own[0] if own else ""))
    kinds = {name: _kind(cells) for name, cells in sample.items() if name not in own}
    if id is None and "unique_id" in kinds and target != "unique_id":
        id = "unique_id"
        found.append(Finding("id", "Series are told apart by 'unique_id' (id=…).", place=id))
    free = {name: kind for name, kind in kinds.items() if name not in {id, *inputs}}
    numeric = [name for name, kind in free.items() if kind == "number"] or [
        name for name, kind in free.items() if kind == "counter"
    ]
    if target is None:
        target = "y" if "y" in numeric else _only(numeric, rows)
        found.append(Finding("target", f"The target is {shown(target)} (target=…).", place=target))
    for name in (target, *own):
        _must_exist(name, rows)  # once: one that was found may stand there twice
    for name in inputs:
        if name in (target, id, *own):
            raise InputError(f"{shown(name)} cannot be an input: it is already the table's target, time or id.")
    if len({target, id, *own}) < len(own) + 1 + (id is not None):
        raise InputError("One column cannot be two of target=, time= and id=; name a column for each.")
    texts = tuple(
        name
        for name, kind in kinds.items()
        if name not in {target, *inputs} and (kind == "text" or (kind == "number" and _OF_ID.fullmatch(name)))
    )
    return Choice(own, readings, id, target, tuple(dict.fromkeys(inputs)), texts, tuple(found))


def joined(names: Sequence[str], cells: Mapping[str, Cells]) -> Cells:
    """The cells of one column as they are; of year, month, day … an ISO stamp; of others the texts with a blank."""
    if len(names) == 1:
        return cells[names[0]]
    parts = [_plain(cells[name]) for name in names]
    if all(name.lower() in CALENDAR for name in names):
        order = sorted(range(len(names)), key=lambda i: CALENDAR.index(names[i].lower()))
        return [_iso([parts[i][row].strip() for i in order]) for row in range(len(parts[0]))]
    return [" ".join(words).strip() for words in zip(*parts, strict=True)]


def _iso(words: list[str]) -> str:
    if not all(re.fullmatch(r"\d+(\.0)?", word) for word in words):
        return " ".join(words)
    year, month, day, hour, minute, second = [*(int(float(word)) for word in words), *(1, 1, 1, 0, 0, 0)[len(words) :]]
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"


def _plain(cells: Cells) -> list[str]:
    if isinstance(cells, list):
        return cells
    if isinstance(cells, pd.DatetimeIndex):
        return [str(stamp)[:10] for stamp in cells]
    return ["" if np.isnan(x) else f"{x:.15g}" for x in cells]


def _time(rows: Rows, sample: Mapping[str, Cells], taken: set[str | None]) -> tuple[str, ...]:
    dated: dict[str, bool] = {}  # name: is it text (or a frame's dates), not plain numbers?
    for name, cells in sample.items():
        if name in taken:
            continue
        plain = isinstance(cells, pd.DatetimeIndex) or _kind(cells) != "number" or _compact(cells)
        if readings_of(cells, named=_OF_TIME.fullmatch(name) is not None) and not _clocks(cells):
            dated[name] = plain
    texts = [name for name, plain in dated.items() if plain]
    lower = {name.lower(): name for name in sample if name not in taken}
    if not texts and "year" in lower and "month" in lower:
        parts = [lower[part] for part in CALENDAR if part in lower]
        return tuple(parts)
    candidates = texts or list(dated)
    if not candidates:
        return ()
    best = next((name for name in candidates if _OF_TIME.fullmatch(name)), candidates[0])
    clocks = [name for name, cells in sample.items() if name not in taken and _clocks(cells)]
    if clocks and texts and not any(":" in cell for cell in _plain(sample[best])[:5]):
        return best, clocks[0]
    return (best,)


def _clocks(cells: Cells) -> bool:
    present = [cell.strip() for cell in cells if cell.strip()] if isinstance(cells, list) else []
    return bool(present) and all(map(_CLOCK.fullmatch, present))


def _compact(cells: Cells) -> bool:
    return isinstance(cells, list) and all(
        re.fullmatch(r"(19|20)\d{6}(\d{4}|\d{6})?", cell.strip()) for cell in cells[:50]
    )


def _kind(cells: Cells) -> str:
    """number, text, time or nothing; a column that counts its rows is a counter."""
    if isinstance(cells, pd.DatetimeIndex):
        return "time"
    if not isinstance(cells, list):
        return "nothing" if np.isnan(cells).all() else "counter" if _counts(cells) else "number"
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return "nothing"
    numbers = sum(map(looks_like_a_number, present))
    if numbers <= len(present) / 2:
        return "text"
    if all(re.fullmatch(r"\d+", cell) for cell in cells) and _counts(np.array(cells, dtype=np.float64)):
        return "counter"
    return "number"


def _counts(values: Cells) -> bool:
    values = np.asarray(values, dtype=np.float64)
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _only(numeric: Sequence[str], rows: Rows) -> str:
    if len(numeric) == 1:
        return numeric[0]
    if not numeric:
        raise InputError(
            f"{rows.name} has no column of numbers (it has {_some(rows.names)}); there is nothing to forecast."
        )
    raise InputError(
        f"{rows.name} has {len(numeric)} columns of numbers, {_some(numeric)}; say which to forecast with target=."
    )


def _must_exist(name: str, rows: Rows) -> None:
    count = rows.names.count(name)
    if count > 1:
        raise InputError(f"{rows.name} has {count} columns called {shown(name)}; rename all but one.")
    if not count:
        near = difflib.get_close_matches(name, rows.names, 1, 0.5) or [
            other for other in rows.names if other.lower() == name.lower()
        ]
        hint = f"did you mean {shown(near[0])}?" if near else f"it has {_some(rows.names)}."
        raise InputError(f"{rows.name} has no column {shown(name)}; {hint}")


def _some(names: Sequence[str]) -> str:
    first = ", ".join(shown(name if len(name) <= 20 else f"{name[:19]}…") for name in names[:5])
    return f"{first} and {len(names) - 5} more" if len(names) > 5 else first
