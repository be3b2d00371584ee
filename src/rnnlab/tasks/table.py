"""A table over time as forecasting reads it: checked, its gaps carried forward, its calendar known in advance."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from rnnlab.errors import InputError
from rnnlab.tasks.windows import Float64, Stamps

Cut = str | datetime | float

_DAY = 86_400


def checked(table: pd.DataFrame, columns: Sequence[str]) -> dict[str, Float64]:
    """Column → (T,) float64; InputError unless the index is an ascending DatetimeIndex and the columns hold numbers."""
    index = table.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InputError(
            f"The table's index is a {type(index).__name__}; forecasting needs times: "
            "table.set_index(pd.to_datetime(table['the time column']))."
        )
    if index.hasnans:
        raise InputError("The table's index has missing times; drop those rows: table[table.index.notna()].")
    stamps = index.asi8
    back = np.flatnonzero(np.diff(stamps) <= 0)
    if len(back):
        row = back[0] + 1
        what = "repeats" if stamps[row] == stamps[row - 1] else "lies before"
        raise InputError(
            f"The time in row {row}, {index[row]}, {what} the one above it; sort the table (table.sort_index()) and "
            "keep one row a time (table[~table.index.duplicated()])."
        )
    return {column: _numbers(table, column) for column in dict.fromkeys(columns)}


def _numbers(table: pd.DataFrame, column: str) -> Float64:
    if column not in table.columns:
        near = difflib.get_close_matches(str(column), [str(c) for c in table.columns], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"The table has no column {column!r}; it has {', '.join(map(str, table.columns))}.{hint}")
    values = table[column]
    if not pd.api.types.is_numeric_dtype(values):
        raise InputError(f"Column {column!r} holds {values.dtype}, not numbers; convert it with pd.to_numeric.")
    x = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(x).any():
        when = table.index[np.isinf(x)][0]
        raise InputError(f"Column {column!r} is infinite at {when}; replace such values by NaN, a gap.")
    return x


def carried(x: Float64, limit: int) -> Float64:
    """(T,) with every NaN replaced by the last value before it, at most `limit` rows old; older or none: NaN."""
    rows = np.arange(len(x))
    last = np.maximum.accumulate(np.where(np.isnan(x), -1, rows))
    return np.where((last >= 0) & (rows - last <= limit), x[last], np.nan)


def known_in_advance(index: pd.DatetimeIndex, calendar: Sequence[str]) -> dict[str, Float64]:
    """Sine and cosine of 2π·phase for each cycle of the calendar that the index (in its own time zone) goes through."""
    second = np.asarray(index.hour * 3600 + index.minute * 60 + index.second, dtype=np.float64)
    day = second / _DAY
    phases = {
        "hour_of_day": day,
        "day_of_week": (np.asarray(index.day_of_week) + day) / 7,
        "day_of_year": (np.asarray(index.day_of_year) - 1 + day) / 365.25,
    }
    unknown = [name for name in calendar if name not in phases]
    if unknown:
        raise InputError(f"There is no calendar feature {unknown[0]!r}; there are {', '.join(phases)}.")
    return {
        f"{wave} {name}": function(2 * np.pi * phases[name])
        for name in calendar
        for wave, function in (("sin", np.sin), ("cos", np.cos))
    }


def row_at(index: pd.DatetimeIndex, cut: Cut, name: str) -> int:
    """The first row that does not lie before the cut: a time, or a fraction of the rows."""
    if isinstance(cut, float):
        if not 0 < cut < 1:
            raise InputError(f"{name}={cut} is no fraction of the table; give one between 0 and 1, or a time.")
        return round(cut * len(index))
    try:
        time = pd.Timestamp(cut)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}={cut!r} is no time; write it like '2013-09-01', or give a fraction.") from error
    if index.tz is not None and time.tz is None:
        there = time.tz_localize(index.tz, ambiguous="NaT", nonexistent="NaT")
        if not isinstance(there, pd.Timestamp):
            raise InputError(
                f"{name}={cut!r} is a time that the clocks of {index.tz} leave out or have twice; give another hour."
            )
        time = there
    elif index.tz is None and time.tz is not None:
        raise InputError(f"{name}={cut!r} has a time zone and the table's index has none; leave the zone out.")
    return int(index.searchsorted(time))


def utc(index: pd.DatetimeIndex) -> Stamps:
    """(T,) datetime64[ns] without a time zone: UTC where the index has one."""
    bare = index if index.tz is None else index.tz_convert(None)
    return bare.to_numpy().astype("datetime64[ns]")
