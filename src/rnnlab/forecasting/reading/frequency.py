"""How far apart the stamps are, and the regular grid that they lie on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from rnnlab.errors import InputError

Int64 = NDArray[np.int64]

DAY = 86_400_000_000  # µs
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
LEAST_FILLED = 0.5  # of the grid's places, for a grid that nobody asked for
JITTER = 0.2  # of a step, at most

# Steps that instruments and people keep, in seconds.
_USUAL = np.array(
    [
        1,
        2,
        5,
        10,
        15,
        20,
        30,
        60,
        120,
        300,
        600,
        900,
        1200,
        1800,
        3600,
        7200,
        10800,
        14400,
        21600,
        28800,
        43200,
        86400,
        604800,
    ]
)


@dataclass(frozen=True, eq=False)
class Grid:
    """A frequency, and the stamps moved onto it where they lay beside it."""

    frequency: str
    time: Int64  # (n,) as given, moved
    moved: str = ""  # how, for a finding


def alias_of(frequency: str) -> str:
    """The offset as this pandas spells it. InputError for one that it does not know, or that does not go forward."""
    try:
        offset = to_offset(frequency)
    except (ValueError, TypeError):
        offset = None
    if offset is None or offset.n < 1:
        raise InputError(
            f"frequency={frequency!r} is no frequency; give a pandas offset such as 'h', '30min', 'D', 'B' or 'MS'."
        )
    return str(offset.freqstr)


def grid_of(time: Int64, starts: Int64) -> Grid | None:
    """The grid of stamps (n,) that rise inside each series; `starts` says where each series begins.

    Months, if the stamps fall on one day of the month, on its end, or within its first or last days; business days if
    none falls on a weekend; else the most common step, or what divides all steps. A grid of which less than half the
    places are filled is none; then stamps that lie within 20 % of a usual step are moved onto it. None: irregular.
    """
    inner = np.ones(len(time), dtype=bool)
    inner[starts] = False
    steps = np.diff(time, prepend=time[0])[inner]
    if not len(steps):
        return None
    common = _commonest(steps)
    of_day = time % DAY
    if (of_day == of_day[0]).all() and common >= DAY:
        if common >= 28 * DAY and (monthly := _months(time, inner)):
            return monthly
        if common == DAY and (business := _business(time, starts)):
            return business
    for step in dict.fromkeys((common, int(np.gcd.reduce(steps)))):
        if not (steps % step).any() and len(time) >= LEAST_FILLED * (steps.sum() // step + len(starts)):
            return Grid(_fixed(step, time), time)
    return _snapped(time, inner, steps, len(starts))


def _months(time: Int64, inner: NDArray[np.bool_]) -> Grid | None:
    index = pd.DatetimeIndex(time.view("M8[us]"))
    day, left = index.day.to_numpy(), (index.days_in_month - index.day).to_numpy()
    at_end = bool((left == 0).all())
    if not (at_end or (day == day[0]).all() or (day <= 4).all() or (left <= 3).all()):
        return None
    number = index.year.to_numpy(dtype=np.int64) * 12 + index.month.to_numpy() - 1
    steps = np.diff(number, prepend=number[0])[inner]
    step = int(np.gcd.reduce(steps))
    if (steps < 1).any() or len(time) < LEAST_FILLED * (steps.sum() // step + (~inner).sum()):
        return None
    first, letter = int(index.month[0]) - 1, "E" if at_end else "S"
    if step == 1:
        alias = f"M{letter}"
    elif step in (3, 12):
        anchor = MONTHS[first] if step == 12 else MONTHS[first % 3 + (9 if at_end else 0)]
        alias = f"{'Q' if step == 3 else 'Y'}{letter}-{anchor}"
    else:
        alias = f"{step}M{letter}"
    if at_end:
        return Grid(alias, time)
    onto = (number - 1970 * 12).view("M8[M]").astype("M8[us]").view(np.int64)
    moved = "" if np.array_equal(onto, time) else "They stand inside their months and were moved to the first day"
    return Grid(alias, onto, moved)


def _business(time: Int64, starts: Int64) -> Grid | None:
    days = time // DAY
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    if (weekday >= 5).any():
        return None
    ends = np.append(starts[1:], len(time)) - 1
    dates = days.view("M8[D]")
    places = int(np.busday_count(dates[starts], dates[ends]).sum()) + len(starts)
    spanned = int((days[ends] - days[starts]).max())
    if spanned < 6 or len(time) < LEAST_FILLED * places:
        return None
    return Grid("B", time)


def _fixed(step: int, time: Int64) -> str:
    weekdays = np.unique((time // DAY + 3) % 7)
    if step == 7 * DAY and len(weekdays) == 1:
        return f"W-{('MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN')[int(weekdays[0])]}"
    if step % DAY == 0:
        return "D" if step == DAY else f"{step // DAY}D"
    return str(to_offset(pd.Timedelta(step, unit="us")).freqstr)


def _snapped(time: Int64, inner: NDArray[np.bool_], steps: Int64, series: int) -> Grid | None:
    seconds = float(np.median(steps)) / 1e6
    usual = int(_USUAL[np.argmin(np.abs(np.log(_USUAL / seconds)))]) if seconds > 0 else 1
    if abs(usual / seconds - 1) > 0.05:
        return None
    step = usual * 1_000_000
    for anchor in (0, int(time[0] % step)):
        places = np.round((time - anchor) / step).astype(np.int64)
        onto = places * step + anchor
        jumps = np.diff(places, prepend=places[0])[inner]
        farthest = int(np.abs(onto - time).max())
        if farthest <= JITTER * step and (jumps > 0).all() and len(time) >= LEAST_FILLED * (jumps.sum() + series):
            by = pd.Timedelta(farthest, unit="us").total_seconds()
            return Grid(_fixed(step, onto), onto, f"They stray by up to {by:g} s and were moved to the nearest place")
    return None


def _commonest(steps: Int64) -> int:
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])
