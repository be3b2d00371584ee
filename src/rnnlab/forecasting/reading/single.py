"""One source, read whole: its rows collected, its frequency and seasons found, its series given out one by one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, counted, shown
from rnnlab.forecasting.reading.collected import Collected, collected
from rnnlab.forecasting.reading.columns import Choice, chosen
from rnnlab.forecasting.reading.dialect import dialect_of
from rnnlab.forecasting.reading.duplicates import Duplicates, stamp, without_duplicates
from rnnlab.forecasting.reading.frequency import grid_of
from rnnlab.forecasting.reading.marks import Marks, marks_of
from rnnlab.forecasting.reading.regular import regular
from rnnlab.forecasting.reading.rows import Cells, ParquetRows, Rows, TextRows
from rnnlab.forecasting.reading.text import text_of
from rnnlab.forecasting.seasons import seasons_of
from rnnlab.forecasting.series import Season, Series, Table

SHORTEST = 10  # observed values
SAMPLE = 1000  # rows that columns, marks and times are judged by
TASTED = 8  # series that seasons are judged by


@dataclass(frozen=True)
class Settings:
    """What the caller knows better."""

    target: str | None = None
    time: str | tuple[str, ...] | None = None
    id: str | None = None
    inputs: tuple[str, ...] = ()
    frequency: str | None = None
    seasons: tuple[int, ...] | None = None
    delimiter: str | None = None
    decimal: str | None = None
    dayfirst: bool | None = None
    zone: str | None = None
    duplicates: Duplicates = "refuse"
    missing: tuple[str, ...] = ()


def table_of_rows(rows: Rows, settings: Settings, source: str, only_id: str) -> Table:
    """The table of one source; a single series is called `only_id`."""
    sample = _sample(rows)
    choice = chosen(rows, sample, target=settings.target, time=settings.time, id=settings.id, inputs=settings.inputs)
    texts = [
        cell for name in (choice.target, *choice.inputs) if isinstance(cells := sample[name], list) for cell in cells
    ]
    if settings.zone is not None and not choice.time:
        raise InputError(needs_times("zone", settings.zone, rows.name))
    marks = Marks(settings.decimal, "as told") if settings.decimal else marks_of(texts, rows.delimiter)
    table, choice = _in_series(rows, choice, marks, settings, only_id)
    findings = [*rows.findings, *choice.findings]
    if not settings.decimal and any("," in cell or "." in cell for cell in texts):
        findings.append(Finding("decimal", f"The decimal mark is {marks.decimal!r}: {marks.reason} (decimal=…)."))
    findings += table.findings
    slices = _useful(table, choice.target, rows, findings)
    frequency = _frequency(table, settings.frequency, rows, findings)
    read = Held(rows.name, slices, table.time, table.columns, frequency, table.zone)
    samples = [read(id).values for id in list(slices)[:: max(1, len(slices) // TASTED)][:TASTED]]
    found = seasons_of(samples, frequency, settings.seasons)
    if settings.seasons is None:
        findings.append(_on_seasons(found))
    return Table(
        source=source,
        target=choice.target,
        time=choice.time,
        id=choice.id,
        inputs=choice.inputs,
        columns=rows.names,
        frequency=frequency,
        seasons=found,
        findings=tuple(findings),
        ids=tuple(slices),
        read=read,
    )


def rows_of(path: Path, name: str, settings: Settings) -> Rows:
    """The rows of a file: Parquet if it says so, else text."""
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
    except OSError as error:
        raise InputError(
            f"Cannot read {name}: {error.strerror or error}; check the path and its permissions."
        ) from None
    if parquet or name.lower().endswith(".parquet"):
        return ParquetRows(path, name)
    text = text_of(path, name)
    return TextRows(text, dialect_of(text, settings.delimiter))


@dataclass(frozen=True, eq=False)
class Held:
    """The series of one source, all rows in memory; each is put on its grid when asked for."""

    name: str
    slices: dict[str, slice]
    time: NDArray[np.int64] | None
    columns: dict[str, NDArray[np.float64]]
    frequency: str | None
    zone: str

    def __call__(self, id: str) -> Series:
        """One series on its grid."""
        if id not in self.slices:
            raise InputError(f"{self.name} has no series {shown(id)}; it has {len(self.slices)}, see table.ids.")
        rows = self.slices[id]
        columns = {key: values[rows] for key, values in self.columns.items()}
        return regular(
            id, None if self.time is None else self.time[rows], columns, self.frequency, self.zone, self.name
        )


def _sample(rows: Rows) -> Mapping[str, Cells]:
    with closing(rows.chunks(tuple(dict.fromkeys(rows.names)), SAMPLE)) as chunks:
        for _, cells in chunks:
            return cells
    raise InputError(f"{rows.name} has a header and no rows; a forecast needs at least {SHORTEST}.")


def _in_series(rows: Rows, choice: Choice, marks: Marks, settings: Settings, only_id: str) -> tuple[Collected, Choice]:
    """The rows without duplicates; where times repeat and nobody named an id, the column that tells them apart."""

    def read(choice: Choice) -> Collected:
        table = collected(
            rows,
            choice,
            marks,
            missing=settings.missing,
            dayfirst=settings.dayfirst,
            zone=settings.zone,
            only_id=only_id,
        )
        without_duplicates(table, settings.duplicates, rows.name, rows.unit)
        return table

    try:
        return read(choice), choice
    except InputError as error:
        if choice.id is not None or settings.duplicates != "refuse" or "different values" not in str(error):
            raise
        apart = []
        for name in choice.texts[:5]:
            try:
                apart.append((read(with_id := replace(choice, id=name)), with_id))
            except InputError:
                continue
        if not apart:
            raise
    table, choice = min(apart, key=lambda pair: len(pair[0].ids))
    table.findings.insert(
        0, Finding("id", f"Series are told apart by {shown(choice.id or '')} (id=…).", place=choice.id or "")
    )
    return table, choice


def _useful(table: Collected, target: str, rows: Rows, findings: list[Finding]) -> dict[str, slice]:
    """Where each series stands, without those too short or constant. InputError if there is no other."""
    starts = table.starts
    values = table.columns[target]
    seen = np.isfinite(values)
    count = np.add.reduceat(seen.astype(np.int64), starts)
    least = np.minimum.reduceat(np.where(seen, values, np.inf), starts)
    most = np.maximum.reduceat(np.where(seen, values, -np.inf), starts)
    short, constant = count < SHORTEST, (count >= SHORTEST) & (least == most)
    if (short | constant).all():
        if len(starts) > 1:
            what = f"all its {len(starts):,} series have fewer than {SHORTEST} values or never change"
        elif short[0]:
            some = counted(int(count[0]), "value")
            what = f"{some} in the column {shown(target)}, where a forecast needs at least {SHORTEST}"
        else:
            what = f"the column {shown(target)} has the value {least[0]:g} throughout, which leaves nothing to forecast"
        raise InputError(f"{rows.name}: {what}; give a longer or another series.")
    for code, bad, why in (
        ("short", short, f"fewer than {SHORTEST} values"),
        ("constant", constant, "one value throughout"),
    ):
        if bad.any():
            first = table.ids[table.code[starts[bad][0]]]
            some = f"Left out because of {why}: {int(bad.sum()):,} series, such as {shown(first)}."
            findings.append(Finding(code, some, place=first))
    useless = table.code[starts[short | constant]]
    table.keep(~np.isin(table.code, useless))
    ends = np.append(table.starts[1:], len(table.code))
    found = {table.ids[table.code[a]]: slice(int(a), int(b)) for a, b in zip(table.starts, ends, strict=True)}
    return {id: found[id] for id in table.ids if id in found}


def _frequency(table: Collected, asked: str | None, rows: Rows, findings: list[Finding]) -> str | None:
    if table.time is None:
        if asked is not None:
            raise InputError(needs_times("frequency", asked, rows.name))
        return None
    if asked is not None:
        return asked
    grid = grid_of(table.time, table.starts)
    if grid is None:
        raise InputError(_irregular(table, rows))
    table.time = grid.time
    findings.append(Finding("frequency", f"The frequency is {grid.frequency!r} (frequency=…)."))
    if grid.moved:
        findings.append(Finding("moved", f"{grid.moved} (frequency=…)."))
    return grid.frequency


def needs_times(option: str, asked: str, name: str) -> str:
    """Of an option that says how times are read, where there are none."""
    return f"{option}={asked!r} needs times, and {name} has no column of them; name one with time=."


def _irregular(table: Collected, rows: Rows) -> str:
    assert table.time is not None
    steps = np.diff(table.time)
    steps[table.starts[1:] - 1] = 0
    i = int(np.argmax(steps))
    usual, widest = (pd.Timedelta(int(step), unit="us") for step in (np.median(steps[steps > 0]), steps[i]))
    return (
        f"{rows.name}: the times lie on no regular grid: half of the steps are up to {_worded(usual)}, but from "
        f"{rows.unit} {table.lines[i]} ({stamp(pd.Timestamp(table.time[i], unit='us'))}) to {rows.unit} "
        f"{table.lines[i + 1]} it is {_worded(widest)}; mend them, or give a frequency= to average over."
    )


def _worded(step: pd.Timedelta) -> str:
    for unit, seconds in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if (count := step.total_seconds() / seconds) >= 1:
            return f"{count:,.0f} {unit}s" if count >= 1000 else f"{count:.4g} {unit}{'s' if count != 1 else ''}"
    return f"{step.total_seconds():g} seconds"


def _on_seasons(found: tuple[Season, ...]) -> Finding:
    if not found:
        return Finding("season", "No season stands out (seasons=…).")
    words = [f"{s.length} steps{f' (a {s.name})' if s.name else ''}, strength {s.strength:.2f}" for s in found]
    return Finding("season", f"It resembles itself after {'; '.join(words)} (seasons=…).")
