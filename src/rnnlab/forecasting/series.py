"""What a forecast is made from: series on a regular grid of time, gaps as NaN, and the table they were read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from rnnlab.forecasting.findings import Finding

Float64 = NDArray[np.float64]
Index = pd.DatetimeIndex | pd.RangeIndex

DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Series:
    """T values one step apart, a gap as NaN; the first and the last value are observed."""

    id: str  # as the file has it: text, never markup
    time: Index  # (T,) UTC without a zone; 0 … T−1 where the table has no time column
    values: Float64  # (T,) of the target
    inputs: Mapping[str, Float64] = field(default_factory=dict)  # further columns, (T,) each
    zone: str = ""  # of the clocks that wrote the stamps, "" where the file does not say
    findings: tuple[Finding, ...] = ()  # what concerns this series alone: gaps, equal stamps

    def __len__(self) -> int:
        return len(self.values)

    @property
    def observed(self) -> int:
        """How many of the T values are no gaps."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True)
class Season:
    """A length in steps after which a series resembles itself."""

    length: int
    strength: float  # 0 … 1: the share of the variance around the trend that the season explains; see `seasons_of`
    name: str = ""  # day, week, year; "" for a length that the calendar does not know


@dataclass(frozen=True, eq=False)
class Table:
    """What `read_table` found. Iterating gives the series one by one; a folder's are read as they are asked for.

    Every `for` begins anew and gives the same series in the same order. Of a file with many series, those that are too
    short or do not vary are left out of `ids` and named in `findings`; a file in a folder is opened when it is asked
    for, and `read` raises InputError, naming it, if it is of no use.
    """

    source: str  # path, "stdin" or "data frame"
    target: str
    time: tuple[str, ...]  # columns; several are read as one: a date and a clock, or year, month, day; () for none
    id: str | None
    inputs: tuple[str, ...]
    columns: tuple[str, ...]  # every column that the table has
    frequency: str | None  # a pandas offset alias (h, D, B, W-SUN, MS, QS, YS, 30min); None without a time column
    seasons: tuple[Season, ...]  # candidates, longest first
    findings: tuple[Finding, ...]  # about the table as a whole, in the order in which they were made
    ids: Sequence[str]  # of the series, in order
    read: Callable[[str], Series] = field(repr=False)  # one series by its id

    def __iter__(self) -> Iterator[Series]:
        return map(self.read, self.ids)

    def __len__(self) -> int:
        return len(self.ids)


def calendar(time: Index, frequency: str | None, *, zone: str = "") -> dict[str, Float64]:
    """What the calendar says of each stamp, known in advance: sine and cosine of the hour of the day, the day of the
    week and the month of the year, each only where the frequency moves through it: name → (T,) in −1 … 1.

    Hourly stamps carry all three, daily ones weekday and month, weekly, monthly and quarterly ones the month, yearly
    ones and a RangeIndex nothing. With `zone` the hour is that of the local clocks, which people live by.
    """
    if frequency is None or not isinstance(time, pd.DatetimeIndex):
        return {}
    local = time.tz_localize("UTC").tz_convert(zone) if zone else time
    step = length_of(frequency)
    turns: dict[str, Float64] = {}
    if step < DAY / 2:
        turns["hour"] = np.asarray(local.hour + local.minute / 60, dtype=np.float64) / 24
    if step < 2 * DAY:  # business days are 1.4 days apart
        turns["weekday"] = np.asarray(local.day_of_week, dtype=np.float64) / 7
    if step < 300 * DAY:
        turns["month"] = np.asarray(local.month - 1, dtype=np.float64) / 12
    return {
        f"{name}_{wave}": function(2 * np.pi * turn)
        for name, turn in turns.items()
        for wave, function in (("sin", np.sin), ("cos", np.cos))
    }


def length_of(frequency: str) -> pd.Timedelta:
    """The time between two stamps; the mean over some years where months or weekends make it vary."""
    start = pd.Timestamp("2001-01-01")
    grid = pd.date_range(start, periods=13, freq=to_offset(frequency))
    return pd.Timedelta((grid[-1] - grid[0]) / 12)
