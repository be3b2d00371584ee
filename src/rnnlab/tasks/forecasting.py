"""Forecasting a time series: windows and horizons, a split by time, a scaler that sees the training part only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError
from rnnlab.tasks.table import Cut, carried, checked, known_in_advance, row_at, utc
from rnnlab.tasks.windows import Float64, Rows, Scaler, Series, Windows

Transform = Callable[[Float64], Float64]

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class ForecastingTask:
    """A series, what may be read of it and what is asked, in three parts that follow one another in time."""

    name: str  # of the series: a station, a ticker
    target: str
    unit: str  # of the target; empty where the table's attrs do not say
    channels: tuple[str, ...]  # the I columns of `inputs`, in order
    window: int
    horizon: int
    scaler: Scaler  # of the target, fitted on the training part
    scalers: Mapping[str, Scaler]  # of each scaled channel, fitted on the training part
    parts: Mapping[str, tuple[pd.Timestamp, pd.Timestamp]]  # first and last row of train, validation and test
    history: pd.Series[float] = field(repr=False)  # the target over the training part, gaps as NaN
    train: Windows
    validation: Windows
    test: Windows

    def unscale(self, prediction: ArrayLike) -> Float64:
        """A prediction of scaled targets, in the target's own unit."""
        return self.scaler.unscale(prediction)


def forecasting(
    table: pd.DataFrame,
    *,
    target: str,
    window: int,
    horizon: int,
    train_until: Cut,
    validation_until: Cut,
    test_until: Cut | None = None,
    inputs: Sequence[str] | None = None,
    calendar: Sequence[str] = (),
    transforms: Mapping[str, Transform] | None = None,
    stride: int = 1,
    carry: int = 12,
) -> ForecastingTask:
    """From the rows t−window+1 … t of `inputs`, say the target at t+1 … t+horizon; t moves by `stride` rows.

    The cuts are times, or fractions of the rows: training is what lies before `train_until`, validation what lies
    from there to before `validation_until`, test the rest or what lies before `test_until`. A window belongs to the
    part that holds *all* of its targets; one whose targets straddle a cut belongs to none. Its inputs may reach back
    over a cut: by then they are known.

    Nothing of the future enters:
    - mean and standard deviation of every column come from the values observed in the training part;
    - a gap in an input holds the last value before it for at most `carry` rows (the longest gap of the pressure in
      the weather tables is 11 hours); a target is never filled: windows that lack one are left out and counted;
    - `transforms[column]` acts on an input before scaling, value by value (np.log1p on precipitation): one that
      gives the training part other values once it sees the rest is refused.

    `inputs` are columns, the target alone if none are named. `calendar` adds sine and cosine of hour_of_day,
    day_of_week or day_of_year: known in advance, left unscaled. A row is a step: where the table has no row for a
    time (a holiday), none is invented; `table.asfreq` makes such gaps explicit.

    InputError says what is wrong: an index out of order, an unknown, constant or infinite column, a part that cannot
    hold a window.  Source of the protocol: Tashman, 2000.
    """
    for name, value in (("window", window), ("horizon", horizon), ("stride", stride)):
        if value < 1:
            raise InputError(f"{name}={value}; it counts rows and is at least 1.")
    columns = list(dict.fromkeys([target] if inputs is None else inputs))
    if unknown := [name for name in transforms or {} if name not in columns]:
        raise InputError(f"There is a transform for {unknown[0]!r}, which is no input; the inputs are {columns}.")
    values = checked(table, [target, *columns])
    index = pd.DatetimeIndex(table.index)
    begins, ends = _cuts(index, train_until, validation_until, test_until, window, horizon)

    shaped = {name: _transformed(name, values[name], (transforms or {}).get(name), ends[0]) for name in columns}
    scalers = {name: _fitted(name, x, ends[0]) for name, x in shaped.items()}
    cycles = known_in_advance(index, calendar)
    scaled = [scalers[name].scale(carried(x, carry)) for name, x in shaped.items()]
    series = Series(
        stamps=utc(index),
        channels=np.column_stack([*scaled, *cycles.values()]).astype(np.float32),
        observed=values[target],
        carried=carried(values[target], carry),
        scaler=_fitted(target, values[target], ends[0]),
    )
    train, validation, test = (
        _windows(part, series, begin, end, window, horizon, stride)
        for part, begin, end in zip(PARTS, begins, ends, strict=True)
    )
    return ForecastingTask(
        name=str(table.attrs.get("name", target)),
        target=target,
        unit=str(table.attrs.get("units", {}).get(target, "")),
        channels=(*columns, *cycles),
        window=window,
        horizon=horizon,
        scaler=series.scaler,
        scalers=scalers,
        parts={part: (index[begin], index[end - 1]) for part, begin, end in zip(PARTS, begins, ends, strict=True)},
        history=pd.Series(values[target][: ends[0]], index=index[: ends[0]], name=target),
        train=train,
        validation=validation,
        test=test,
    )


def folds(
    table: pd.DataFrame, *, cutoffs: Sequence[Cut], validation: str | pd.Timedelta, **settings: Any
) -> tuple[ForecastingTask, ...]:
    """Rolling origin: one task a cut-off. Its test part runs from the cut-off to the next one (the last to the end).

    Before each cut-off, `validation` (a time span such as "28D") ends at the cut-off and training is everything
    before that, so training grows from fold to fold. `settings` are those of `forecasting`, its cuts excepted.
    Source: Tashman, 2000.
    """
    checked(table, ())
    index = pd.DatetimeIndex(table.index)
    rows = [row_at(index, cutoff, "cut-off") for cutoff in cutoffs]
    if not rows or any(later <= row for row, later in zip(rows, [*rows[1:], len(index)], strict=True)):
        raise InputError(f"The cut-offs {list(cutoffs)} must follow one another and lie inside the table's time.")
    times = [index[row] for row in rows]
    return tuple(
        forecasting(
            table,
            train_until=time - pd.Timedelta(validation),
            validation_until=time,
            test_until=until,
            **settings,
        )
        for time, until in zip(times, [*times[1:], None], strict=True)
    )


def _cuts(
    index: pd.DatetimeIndex, train: Cut, validation: Cut, test: Cut | None, window: int, horizon: int
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """First row and one past the last row of each part, each of which has room for a window."""
    T = len(index)
    first, second = row_at(index, train, "train_until"), row_at(index, validation, "validation_until")
    last = T if test is None else row_at(index, test, "test_until")
    begins, ends = (0, first, second), (first, second, last)
    for part, begin, end in zip(PARTS, begins, ends, strict=True):
        wanted = window + horizon if part == "train" else horizon
        if end - begin < wanted:
            raise InputError(
                f"The {part} part has {max(end - begin, 0)} of the table's {T} rows and needs {wanted} "
                f"(window={window}, horizon={horizon}): move the cuts (train_until={train}, "
                f"validation_until={validation}), or take a shorter window or horizon."
            )
    return begins, ends


def _transformed(name: str, x: Float64, transform: Transform | None, end: int) -> Float64:
    if transform is None:
        return x
    y = np.asarray(transform(x), dtype=np.float64)
    if y.shape != x.shape or np.isinf(y).any():
        raise InputError(f"The transform of {name!r} must give one finite number a row (or NaN in a gap).")
    if not np.array_equal(transform(x[:end]), y[:end], equal_nan=True):
        raise InputError(
            f"The transform of {name!r} gives the training part other values when it sees what comes later: "
            "it must act value by value, like np.log1p."
        )
    return y


def _fitted(name: str, x: Float64, end: int) -> Scaler:
    seen = x[:end][~np.isnan(x[:end])]
    if not len(seen):
        raise InputError(f"Column {name!r} has no value in the training part; leave it out or move train_until.")
    mean, std = float(seen.mean()), float(seen.std())
    if not std > 1e-12 * max(1.0, abs(mean)):
        raise InputError(f"Column {name!r} is constant ({seen[0]:g}) over the training part: nothing to learn from it.")
    return Scaler(mean, std)


def _windows(part: str, series: Series, begin: int, end: int, window: int, horizon: int, stride: int) -> Windows:
    """The windows whose targets all lie in rows begin … end−1."""
    rows = np.arange(max(begin - 1, window - 1), end - horizon, stride)
    readable = ~np.isnan(series.channels).any(axis=1) & ~np.isnan(series.carried)
    asked = _all_of(~np.isnan(series.observed), rows + 1, horizon)
    read = _all_of(readable, rows - window + 1, window)
    if not (asked & read).any():
        raise InputError(
            f"Not one of the {len(rows)} windows of the {part} part is complete: {np.sum(~asked)} lack a target and "
            f"{np.sum(~read)} an input; leave out columns that are mostly missing, or allow a longer carry."
        )
    return Windows(series, rows[asked & read], window, horizon, int(np.sum(~asked)), int(np.sum(asked & ~read)))


def _all_of(good: NDArray[np.bool_], first: Rows, length: int) -> NDArray[np.bool_]:
    """(N,) whether rows first … first+length−1 are all good, by a running count."""
    count = np.concatenate([[0], np.cumsum(good)])
    return np.asarray(count[first + length] - count[first] == length)
