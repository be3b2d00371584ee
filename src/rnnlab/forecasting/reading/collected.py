"""The rows of one source as arrays: read once from end to end, footers left out, equal rows dropped, sorted by time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, shown
from rnnlab.forecasting.reading.columns import Choice, joined
from rnnlab.forecasting.reading.frequency import grid_of
from rnnlab.forecasting.reading.marks import Marks
from rnnlab.forecasting.reading.numbers import NumberColumn
from rnnlab.forecasting.reading.rows import FOOTER, Rows
from rnnlab.forecasting.reading.stamps import NO_ZONE, NOT_A_TIME, Clock, Stamps, as_utc

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(eq=False)
class Collected:
    """n rows, sorted by series and then by time."""

    lines: Int64  # (n,) on which each row stands
    code: Int64  # (n,) which series
    ids: tuple[str, ...]  # in the order in which they first occur
    time: Int64 | None  # (n,) µs
    columns: dict[str, Float64]  # target and inputs
    zone: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def starts(self) -> Int64:
        """Where each series begins; `code` is sorted."""
        return np.flatnonzero(np.diff(self.code, prepend=-1))

    def sort(self) -> None:
        """By series, then by time; rows of one time stay in their order."""
        order = np.argsort(self.code, kind="stable") if self.time is None else np.lexsort((self.time, self.code))
        if self.time is not None:
            back = (np.diff(self.time) < 0) & (np.diff(self.code) == 0)
            if back.any():
                how = "latest first" if back.sum() > len(back) / 2 else "out of order"
                self.findings.append(Finding("order", f"Its rows stand {how} and were sorted by time."))
        self.keep(order)

    def keep(self, rows: NDArray[np.bool_] | Int64) -> None:
        """These rows only, or in this order."""
        self.lines, self.code = self.lines[rows], self.code[rows]
        self.time = None if self.time is None else self.time[rows]
        self.columns = {name: values[rows] for name, values in self.columns.items()}


def collected(
    rows: Rows,
    choice: Choice,
    marks: Marks,
    *,
    missing: tuple[str, ...],
    dayfirst: bool | None,
    zone: str | None,
    only_id: str,
) -> Collected:
    """Reads every row. InputError, with the line, for a cell that is no number, no time or infinite."""
    numbers = {
        name: NumberColumn(name, marks, missing, rows.name, rows.unit)
        for name in dict.fromkeys([choice.target, *choice.inputs])
    }
    clock = Clock(choice.readings, dayfirst) if choice.time else None
    places, codes = list[Int64](), list[Int64]()
    known: dict[str, int] = {}
    for lines, cells in rows.chunks(choice.wanted):
        places.append(lines)
        for name, column in numbers.items():
            column.feed(cells[name], lines)
        if clock:
            clock.feed(joined(choice.time, cells))
        if choice.id:
            codes.append(_codes(cells[choice.id], known))
    if not places:
        raise InputError(f"{rows.name} has a header and no rows; a forecast needs at least ten.")
    lines = np.concatenate(places)
    stamps = clock.stamps() if clock else None
    footer, findings = _footer(stamps, lines, rows, choice)
    rows.refuse_odd({*footer, int(lines[-1])})
    columns = {name: column.values(lines, footer) for name, column in numbers.items()}
    if not choice.id:
        known = {only_id: 0}
    table = Collected(
        lines=lines,
        code=np.concatenate(codes) if codes else np.zeros(len(lines), dtype=np.int64),
        ids=tuple(known),
        time=None,
        columns=columns,
        zone="",
        findings=findings,
    )
    if stamps is not None:
        _refuse_unread(stamps, table.lines, footer, rows, choice)
        stamps = _told_apart(stamps, table, rows, choice)
        table.time, table.zone = as_utc(stamps, zone)
        if table.zone:
            table.findings.append(_on_clocks(stamps, table.zone, zone))
        lost = np.flatnonzero((table.time == NOT_A_TIME) & (stamps.time != NOT_A_TIME))
        if len(lost):
            raise InputError(
                f"{rows.name}, {rows.unit} {lines[lost[0]]}: the clocks of {zone} leave that time out in spring; mend "
                "it, or give the zone= in which the times were written."
            )
    table.keep(~np.isin(lines, list(footer)))
    if choice.id and "" in known and (nameless := table.lines[table.code == known[""]]).size:
        raise InputError(
            f"{rows.name}, {rows.unit} {nameless[0]}: the column {shown(choice.id)} is empty; say which series it is."
        )
    table.sort()
    return table


def _codes(cells: object, known: dict[str, int]) -> Int64:
    if isinstance(cells, list):
        texts = cells
    elif isinstance(cells, pd.DatetimeIndex):
        texts = [str(stamp) for stamp in cells]
    else:
        texts = ["" if np.isnan(x) else f"{x:.15g}" for x in np.asarray(cells)]
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


def _footer(stamps: Stamps | None, lines: Int64, rows: Rows, choice: Choice) -> tuple[frozenset[int], list[Finding]]:
    """Lines at the end that have no time: totals, notes, empty rows."""
    if stamps is None:
        return frozenset(), []
    timed = np.flatnonzero(stamps.time != NOT_A_TIME)
    last = timed[-1] if len(timed) else -1
    at = tuple(int(line) for line in lines[last + 1 :])
    if not at:
        return frozenset(), []
    if len(at) > FOOTER:
        raise InputError(_no_time(rows, at[0], choice))
    what = (
        f"{rows.unit} {at[0]}, the last, has" if len(at) == 1 else f"{rows.unit}s {at[0]} to {at[-1]}, the last, have"
    )
    return frozenset(at), [Finding("footer", f"{what.capitalize()} no time and was passed over as a footer.", at)]


def _no_time(rows: Rows, line: int, choice: Choice) -> str:
    for lines, cells in rows.chunks(choice.time):
        if line in lines:
            text = joined(choice.time, cells)[int(np.flatnonzero(lines == line)[0])]
            what = "has no time" if not str(text).strip() or str(text) == "nan" else f"has the time {shown(str(text))}"
            break
    form = choice.readings[0].name
    return (
        f"{rows.name}, {rows.unit} {line} {what} in the column {shown(' + '.join(choice.time))}, where others are "
        f"read as {form}; mend it or take the row out."
    )


def _refuse_unread(stamps: Stamps, lines: Int64, footer: frozenset[int], rows: Rows, choice: Choice) -> None:
    unread = [int(line) for line in lines[stamps.time == NOT_A_TIME] if int(line) not in footer]
    if unread:
        raise InputError(_no_time(rows, unread[0], choice))
    timed = stamps.time != NOT_A_TIME
    bare, zoned = timed & (stamps.offset == NO_ZONE), timed & (stamps.offset != NO_ZONE)
    if bare.any() and zoned.any():
        raise InputError(
            f"{rows.name}: the time on {rows.unit} {lines[zoned][0]} says its zone, the one on {rows.unit} "
            f"{lines[bare][0]} does not; write all in one way."
        )


def _told_apart(stamps: Stamps, table: Collected, rows: Rows, choice: Choice) -> Stamps:
    """Where 01/02 could be January or February: the reading in which the rows are in order and lie on a grid."""
    if stamps.rival is None:
        return stamps
    ways = [(stamps.reading, stamps.time), stamps.rival]
    kept = [way for way in ways if _in_order(way[1], table.code)]
    if all(".%" in reading.name for reading, _ in ways):  # with dots, the day comes first wherever dates are so written
        kept = [way for way in ways if way[0].month_first is False] or kept
    if len(kept) > 1:
        kept = [way for way in kept if grid_of(np.unique(way[1][way[1] != NOT_A_TIME]), np.zeros(1, np.int64))] or kept
    if len(kept) != 1:
        raise InputError(
            f"{rows.name}: the times in {shown(' + '.join(choice.time))} can be read as {ways[0][0].name} and as "
            f"{ways[1][0].name}, and both make sense; give dayfirst=True or dayfirst=False."
        )
    reading, time = kept[0]
    sentence = f"Its times were read as {reading.name}, which alone makes them regular (dayfirst=…)."
    table.findings.append(Finding("dayfirst", sentence, place=choice.time[0]))
    return replace(stamps, reading=reading, time=time, rival=None)


def _in_order(time: Int64, code: Int64) -> bool:
    steps = np.diff(time)[np.diff(code) == 0]
    return bool((steps >= 0).all() or (steps <= 0).all())


def _on_clocks(stamps: Stamps, zone: str, given: str | None) -> Finding:
    offsets = np.unique(stamps.offset[stamps.offset != NO_ZONE])
    if len(offsets) > 1 and not given and not stamps.zone:
        return Finding("zone", "Its times have several offsets and were turned into UTC; zone= names the clocks.")
    if zone == "UTC":
        return Finding("zone", "Its times are UTC (zone=…).")
    return Finding("zone", f"Its times were turned from {zone} into UTC (zone=…).")
