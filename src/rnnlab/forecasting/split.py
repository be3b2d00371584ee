"""A series laid out for a comparison: what is learnt from, chosen on and scored on, and how far each model may look."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.options import Options
from rnnlab.forecasting.seasons import seasons_of
from rnnlab.forecasting.series import DAY, Series, length_of
from rnnlab.tasks import ForecastingTask, Windows, forecasting
from rnnlab.tasks.table import row_at

LONGEST_WINDOW = 512  # that is chosen for a person; one who asks for more gets it
FEWEST_WINDOWS = 10  # to train on, below which nothing is compared
TRAINING_BYTES = 64 * 2**20  # of the windows of one part; beyond it only every k-th is kept
FORECASTS = 400_000  # origins times steps that a series is chosen or scored on; beyond it only every k-th origin

# The calendar's cycles, by tasks.table's names, with their length; a cycle shorter than two steps says nothing.
CYCLES = {"hour_of_day": DAY, "day_of_week": 7 * DAY, "day_of_year": 365.25 * DAY}


@dataclass(frozen=True, eq=False)
class Split:
    """One series as every model meets it."""

    series: Series
    task: ForecastingTask = field(repr=False)
    season: int  # 1: none
    every: int  # steps from one scored origin to the next
    calendar: tuple[str, ...]  # cycles among the channels, by tasks.table's names

    @property
    def drifting(self) -> tuple[int, ...]:
        """Positions of the channels that a step moves little compared with how far they wander: the view `anchored`
        reads them as distances. Lag-1 autocorrelation of 0.9 or more over the training part; the target always.
        """
        named = {self.task.target, *(name for name, x in self.columns.items() if self._memory(x) >= 0.9)}
        return tuple(place for place, name in enumerate(self.task.channels) if name in named)

    @property
    def columns(self) -> dict[str, NDArray[np.float64]]:
        """The series' own columns, the target first."""
        return {self.task.target: self.series.values, **self.series.inputs}

    def times(self, rows: NDArray[np.intp]) -> Any:
        """What the series calls these rows: stamps, or numbers where it has no time."""
        return self.series.time.to_numpy()[rows]

    def _memory(self, x: NDArray[np.float64]) -> float:
        x = x[: len(self.task.history)]
        both = np.isfinite(x[1:]) & np.isfinite(x[:-1])
        a, b = x[1:][both], x[:-1][both]
        if len(a) < 3 or not (a.std() > 0 and b.std() > 0):
            return 0.0
        return float(np.corrcoef(a, b)[0, 1])


def split(series: Series, options: Options, *, target: str, frequency: str | None) -> Split:
    """Training, validation and test follow one another in time; scalers, seasons and choices know the past alone.

    Where the cuts are left open, the test is the last quarter and validation the 15 % before it, each at least two
    horizons, or one where two leave too little to train on. Where the season is left open, it is the strongest that the
    training part shows (seasons.py) and a window can hold. A window reads two seasons and a horizon at least, up to
    LONGEST_WINDOW and a third of the training part. Gaps: tasks/forecasting.py's rule (a target is never filled, an
    input holds its last value for `carry` steps). A part with more windows than memory should hold keeps every k-th,
    k prime to the season.

    InputError says what a series lacks: it is too short, constant, or has no complete window.
    """
    table = _table(series, target)
    first, second, last = _cuts(pd.DatetimeIndex(table.index), series, options)
    season, window = _reach(series.values[:first], options, frequency)
    if first - window - options.horizon + 1 < FEWEST_WINDOWS:
        raise InputError(
            f"The training part of {series.id!r} has {first} steps; with window={window} and horizon={options.horizon} "
            f"it needs {window + options.horizon + FEWEST_WINDOWS - 1}: take a shorter horizon or window, or give more "
            "data."
        )
    calendar = _calendar(series, options, frequency, first)
    task = forecasting(
        table,
        target=target,
        inputs=(target, *series.inputs),
        window=window,
        horizon=options.horizon,
        train_until=first / len(table),
        validation_until=second / len(table),
        test_until=None if last == len(table) else last / len(table),
        calendar=calendar,
        carry=options.carry,
    )
    every = _apart(max(_too_many(task.test), _too_long(task.test)), season)
    task = replace(
        task,
        train=_every(task.train, _apart(_too_many(task.train), season)),
        validation=_every(task.validation, _apart(max(_too_many(task.validation), _too_long(task.validation)), season)),
        test=_every(task.test, every),
    )
    return Split(series, task, season, every, calendar)


def _table(series: Series, target: str) -> pd.DataFrame:
    if isinstance(series.time, pd.DatetimeIndex):
        index = series.time.tz_localize("UTC")
        index = index.tz_convert(series.zone) if series.zone else index
    else:
        index = pd.date_range("1970-01-01", periods=len(series), freq="s")  # steps; no one sees it
    table = pd.DataFrame({target: series.values, **series.inputs}, index=index)
    table.attrs = {"name": series.id}
    return table


def _cuts(index: pd.DatetimeIndex, series: Series, options: Options) -> tuple[int, int, int]:
    """The first rows of validation and test, and the end of the test."""
    T, horizon = len(index), options.horizon
    if options.train_until is None or options.validation_until is None:
        last = T if options.test_until is None else _row(index, series, options.test_until, "test_until")
        for horizons in (2, 1):
            test, validation = (max(round(share * last), horizons * horizon) for share in (0.25, 0.15))
            first = last - test - validation
            if first >= horizon + 2 * FEWEST_WINDOWS:
                return first, last - test, last
        raise InputError(
            f"{series.id!r} has {last} steps, too few for a horizon of {horizon}: a test and a validation part of one "
            f"horizon each leave {max(first, 0)} to learn from, and {horizon + 2 * FEWEST_WINDOWS} are needed. Take a "
            "shorter horizon, or give more data."
        )
    return (
        _row(index, series, options.train_until, "train_until"),
        _row(index, series, options.validation_until, "validation_until"),
        T if options.test_until is None else _row(index, series, options.test_until, "test_until"),
    )


def _row(index: pd.DatetimeIndex, series: Series, cut: str | float, name: str) -> int:
    if not isinstance(cut, float) and not isinstance(series.time, pd.DatetimeIndex):
        raise InputError(f"{name}={cut!r} is a time, but the data have no time column; give a share, as in 0.6.")
    row = row_at(index, cut, name)
    if not isinstance(cut, float) and not 0 < row < len(index) + (name == "test_until"):
        raise InputError(
            f"{name}={cut!r} lies outside the series, which goes from {index[0]:%Y-%m-%d %H:%M} to "
            f"{index[-1]:%Y-%m-%d %H:%M}; give a time between them, or a share of it, as in 0.6."
        )
    return row


def _reach(training: NDArray[np.float64], options: Options, frequency: str | None) -> tuple[int, int]:
    """Season and window, as far as the training part allows."""
    room = options.window or max(2, min(LONGEST_WINDOW, len(training) // 3))
    if options.season is None:
        found = sorted(seasons_of([training], frequency), key=lambda each: -each.strength)
        season = next((each.length for each in found if each.length <= room), 1)
    elif options.season <= room:
        season = options.season
    else:
        raise InputError(
            f"A season of {options.season} steps does not fit into a window of {room} (the training part has "
            f"{len(training)} steps): give more data, a window as long as the season, or a shorter season; season=1 is "
            "none."
        )
    wanted = max(2 * season, options.horizon, 20 if season == 1 else 0)
    return season, options.window or max(season, min(wanted, room), 2)


def _calendar(series: Series, options: Options, frequency: str | None, training: int) -> tuple[str, ...]:
    if frequency is None or not isinstance(series.time, pd.DatetimeIndex):
        if options.calendar:
            raise InputError(f"The data have no time column, so no calendar: {options.calendar[0]!r} is unknown.")
        return ()
    if options.calendar is not None:
        return options.calendar
    step = length_of(frequency)
    return tuple(name for name, length in CYCLES.items() if 2 * step <= length and 2 * length <= training * step)


class Views(Windows):
    """Windows of a long series: where they lie evenly apart, `inputs` looks into the series and copies nothing."""

    @cached_property
    def inputs(self) -> NDArray[np.float32]:
        """As `Windows.inputs`; where it can be one, a view that cannot be written to."""
        steps = np.diff(self.rows)
        if len(steps) == 0 or (steps != steps[0]).any():
            return super().inputs
        reach = sliding_window_view(self.series.channels, self.window, axis=0)
        first, last = (int(row) - self.window + 1 for row in self.rows[[0, -1]])
        return np.moveaxis(reach, -1, 1)[first : last + 1 : int(steps[0])]


def _every(windows: Windows, step: int) -> Windows:
    rows = windows.rows[::step]
    lost = windows.missing_targets, windows.missing_inputs
    return Views(windows.series, rows, windows.window, windows.horizon, *lost)


def _too_many(windows: Windows) -> int:
    bytes_each = 4 * (windows.window * windows.series.channels.shape[1] + windows.horizon)
    return -(-len(windows) * int(bytes_each) // TRAINING_BYTES)


def _too_long(windows: Windows) -> int:
    return -(-len(windows) * windows.horizon // FORECASTS)


def _apart(least: int, season: int) -> int:
    """The smallest step of at least `least` that meets every phase of the season."""
    step = max(1, least)
    while math.gcd(step, season) > 1:
        step += 1
    return step
