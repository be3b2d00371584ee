"""Stamps of time as people write them: every reading that fits is kept until the whole column has been seen."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.api import guess_datetime_format

from rnnlab.errors import InputError
from rnnlab.forecasting.reading.rows import Cells

Int64 = NDArray[np.int64]
NOT_A_TIME = int(np.iinfo(np.int64).min)  # as pandas has it
NO_ZONE = 1 << 20  # where an offset in minutes would stand

_OFFSET = re.compile(r"(\d:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|UTC|GMT|([+-])(\d{2}):?(\d{2})?)$", re.IGNORECASE)
_QUARTER = re.compile(r"(\d{4})[-/ ]?Q([1-4])|Q([1-4])[-/ ]?(\d{4})", re.IGNORECASE)
_YEAR_DAY = ("%Y-%d", "%Y/%d", "%Y.%d", "%Y%d")
_COMPACT = re.compile(r"(19|20)\d{6}(\d{4}|\d{6})?")
_NUMERIC = re.compile(r"[+-]?\d+([.,]\d*)?")
_EPOCHS = (("s", 1e8, 1e10), ("ms", 1e11, 1e13), ("us", 1e14, 1e16), ("ns", 1e17, 1e19))


@dataclass(frozen=True)
class Reading:
    """One way to read a column of stamps."""

    name: str  # for sentences
    parse: Callable[[Sequence[str]], Int64] = field(repr=False)  # µs since 1970, in UTC where the cell has a zone
    month_first: bool | None = None  # None where day and month cannot be swapped


@dataclass(frozen=True, eq=False)
class Stamps:
    """A column of stamps, read."""

    time: Int64  # (n,) µs since 1970 in UTC, or on the clocks of a place that is not named
    offset: Int64  # (n,) minutes that the clocks were before UTC, NO_ZONE where the file does not say
    zone: str  # of a data frame's stamps, by name
    reading: Reading
    rival: tuple[Reading, Int64] | None = None  # another way to read the same cells, which fits as well


def readings_of(cells: Cells, *, named: bool) -> tuple[Reading, ...]:
    """The ways that read most of the cells: ISO 8601, what pandas guesses, quarters, weeks, years, epochs; best first.

    Plain numbers are stamps only where the column's name or the caller says that it holds time (`named`).
    """
    if isinstance(cells, pd.DatetimeIndex):
        return (Reading("dates", _of_text),)
    plain = [cell.strip() for cell in cells if cell.strip()] if isinstance(cells, list) else _texts(cells)
    if not plain or sum(any(map(str.isdigit, cell)) for cell in plain) < len(plain) / 2:
        return ()
    if all(_NUMERIC.fullmatch(cell) for cell in plain[:50]) and not all(map(_COMPACT.fullmatch, plain[:50])):
        candidates = _of_numbers([float(c.replace(",", ".")) for c in plain if _NUMERIC.fullmatch(c)]) if named else []
    else:
        candidates = [Reading("ISO 8601", _of_text)]
        if (_of_text(plain) == NOT_A_TIME).any():
            candidates += [Reading("quarters", _of_quarters), Reading("weeks", _of_weeks), *_guessed(plain)]
    shares = [float(np.mean(candidate.parse(plain) != NOT_A_TIME)) for candidate in candidates]
    best = max(shares, default=0.0)
    return tuple(c for c, share in zip(candidates, shares, strict=True) if share == best) if best > 0.5 else ()


class Clock:
    """Collects a column of stamps chunk by chunk under every reading that may be the right one."""

    def __init__(self, readings: Sequence[Reading], dayfirst: bool | None) -> None:
        kept = [r for r in readings if dayfirst is None or r.month_first is None or r.month_first != dayfirst]
        self.readings = kept or list(readings)
        self._times: list[list[Int64]] = [[] for _ in self.readings]
        self._offsets: list[Int64] = []
        self._zone = ""

    def feed(self, cells: Cells) -> None:
        """One more chunk."""
        if isinstance(cells, pd.DatetimeIndex):
            times = _micro(cells.tz_convert("UTC").tz_localize(None) if cells.tz is not None else cells)
            self._times[0].append(times)
            if cells.tz is None:
                self._offsets.append(np.full(len(cells), NO_ZONE))
            else:
                self._zone = str(cells.tz)
                self._offsets.append((_micro(cells.tz_localize(None)) - times) // 60_000_000)
            return
        plain = [cell.strip() for cell in cells] if isinstance(cells, list) else _texts(cells)
        self._offsets.append(_offsets(plain))
        for reading, parts in zip(self.readings, self._times, strict=True):
            parts.append(reading.parse(plain))

    def stamps(self) -> Stamps:
        """Under the reading that leaves the fewest cells unread."""
        whole: list[Int64] = [np.concatenate(parts) for parts in self._times]
        lost = [int(np.sum(times == NOT_A_TIME)) for times in whole]
        best = [i for i, count in enumerate(lost) if count == min(lost)]
        first = best[0]
        rivals = [(self.readings[i], whole[i]) for i in best[1:] if not np.array_equal(whole[i], whole[first])]
        return Stamps(
            time=whole[first],
            offset=np.concatenate(self._offsets),
            zone=self._zone,
            reading=self.readings[first],
            rival=rivals[0] if rivals else None,
        )


def as_utc(stamps: Stamps, zone: str | None) -> tuple[Int64, str]:
    """(µs since 1970 in UTC, zone): stamps without an offset are on the clocks of `zone`, if that is given.

    Of an hour that the clocks repeat in autumn, the first of two equal stamps is the first; one that they leave out in
    spring is not a time. Stamps that share one time of day stay as the local clocks have them: days are no 24 hours.
    """
    if zone is not None:
        try:
            pd.Timestamp("2020-01-01", tz=zone)
        except (ValueError, KeyError, OSError):
            raise InputError(f"zone={zone!r} is no time zone; give a name such as 'Europe/Berlin' or 'UTC'.") from None
    real = stamps.time != NOT_A_TIME
    bare = real & (stamps.offset == NO_ZONE)
    wall = stamps.time + np.where(real & ~bare, stamps.offset, 0) * 60_000_000
    one_time_of_day = len(np.unique(wall[real] % 86_400_000_000)) <= 1
    if one_time_of_day:
        return np.where(real, wall, NOT_A_TIME), ""
    if not bare.any():
        offsets = np.unique(stamps.offset[real])
        fixed = pd.Timedelta(minutes=abs(int(offsets[0])))
        sign = "-" if offsets[0] < 0 else "+"
        note = f"{sign}{fixed.components.hours:02d}:{fixed.components.minutes:02d}" if len(offsets) == 1 else "UTC"
        return stamps.time, zone or stamps.zone or ("UTC" if note == "+00:00" else note)
    if zone is None:
        return stamps.time, ""
    local = pd.DatetimeIndex(stamps.time[bare].view("M8[us]"))
    first = ~local.duplicated()
    there = local.tz_localize(zone, ambiguous=first, nonexistent="NaT").tz_convert("UTC").tz_localize(None)
    time = stamps.time.copy()
    time[bare] = _micro(there)
    return time, zone


def _micro(index: pd.DatetimeIndex) -> Int64:
    return np.asarray(index.as_unit("us").asi8)


def _of_text(cells: Sequence[str]) -> Int64:
    return _micro(pd.to_datetime(_texts_of(cells), format="ISO8601", utc=True, errors="coerce").tz_localize(None))


def _texts_of(cells: Sequence[str]) -> Any:  # an array of objects: pandas guesses at nothing
    texts = np.empty(len(cells), dtype=object)
    texts[:] = cells
    return texts


def _of_quarters(cells: Sequence[str]) -> Int64:
    found = [_QUARTER.fullmatch(cell) for cell in cells]
    return _of_text([f"{m[1] or m[4]}-{3 * int(m[2] or m[3]) - 2:02d}-01" if m else "" for m in found])


def _of_weeks(cells: Sequence[str]) -> Int64:
    weeks = [f"{m[1]}-W{m[2]}-1" if (m := re.fullmatch(r"(\d{4})-?W(\d{1,2})", cell)) else "" for cell in cells]
    return _micro(pd.to_datetime(_texts_of(weeks), format="%G-W%V-%u", errors="coerce"))


def _guessed(plain: Sequence[str]) -> list[Reading]:
    forms: dict[str, Reading] = {}
    for cell, dayfirst in product(dict.fromkeys([*plain[:3], *plain[-3:]]), (True, False)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that only one of the two orders fits: that is the question
            form = guess_datetime_format(_OFFSET.sub(r"\1", cell), dayfirst=dayfirst)
        if form is not None and form not in forms and not form.startswith(_YEAR_DAY):  # which nobody writes
            swappable = re.match(r"%[dm]([-/. ])%[dm]\1", form)
            forms[form] = Reading(form, _Form(form), form[1] == "m" if swappable else None)
    return list(forms.values())


@dataclass(frozen=True)
class _Form:
    """Cells of one strptime form, an offset at their end taken into account."""

    form: str

    def __call__(self, cells: Sequence[str]) -> Int64:
        offsets = _offsets(cells)
        zoned = offsets != NO_ZONE
        bare = [_OFFSET.sub(r"\1", cell) for cell in cells] if zoned.any() else cells
        times = _micro(pd.to_datetime(_texts_of(bare), format=self.form, errors="coerce"))
        return np.where(zoned & (times != NOT_A_TIME), times - offsets * 60_000_000, times)


def _offsets(cells: Sequence[str]) -> Int64:
    offsets = np.full(len(cells), NO_ZONE, dtype=np.int64)
    for i, cell in enumerate(cells):
        if ":" in cell and (found := _OFFSET.search(cell)):
            minutes = int(found[4] or 0) * 60 + int(found[5] or 0)
            offsets[i] = -minutes if found[3] == "-" else minutes
    return offsets


def _of_numbers(numbers: Sequence[float]) -> list[Reading]:
    """Years, years with a constant fraction, seconds and parts of seconds since 1970, days of a spreadsheet."""
    values = np.array(numbers)
    if ((values >= 1000) & (values < 3000)).all():
        return [Reading("years", _of_years)] if len(np.unique(np.round(values % 1, 6))) == 1 else []
    for unit, low, high in _EPOCHS:
        if ((values >= low) & (values < high)).all():
            return [Reading(f"{unit} since 1970", _Count(unit, "1970-01-01"))]
    if ((values > 10_000) & (values < 100_000)).all():
        return [Reading("a spreadsheet's days", _Count("D", "1899-12-30"))]
    return []


@dataclass(frozen=True)
class _Count:
    """Numbers of a unit since a moment."""

    unit: str
    origin: str

    def __call__(self, cells: Sequence[str]) -> Int64:
        scale = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6, "D": 86_400e6}[self.unit]
        start = int(pd.Timestamp(self.origin).as_unit("us").value)
        return np.array(
            [
                start + round(float(cell.replace(",", ".")) * scale) if _NUMERIC.fullmatch(cell) else NOT_A_TIME
                for cell in cells
            ],
            dtype=np.int64,
        )


def _of_years(cells: Sequence[str]) -> Int64:
    return _of_text([f"{cell[:4]}-01-01" if _NUMERIC.fullmatch(cell) else "" for cell in cells])


def _texts(numbers: NDArray[np.float64]) -> list[str]:
    return ["" if np.isnan(x) else str(int(x)) if x == int(x) else repr(float(x)) for x in numbers]
