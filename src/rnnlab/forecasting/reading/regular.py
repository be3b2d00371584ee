"""One series on its regular grid: missing places become NaN, what lies between places is averaged only if asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, counted
from rnnlab.forecasting.reading.duplicates import stamp
from rnnlab.forecasting.series import Index, Series, length_of

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

LEAST_FILLED = 0.01  # of the places of a grid that was asked for
LARGEST = 50_000_000  # places


def regular(
    id: str, time: Int64 | None, columns: Mapping[str, Float64], frequency: str | None, zone: str, name: str
) -> Series:
    """`columns` (n,) at the rising times (n,) µs, the target first; from its first to its last observed value.

    InputError where a grid of that frequency would be next to empty.
    """
    target = next(iter(columns))
    seen = np.flatnonzero(np.isfinite(columns[target]))
    within = slice(int(seen[0]), int(seen[-1]) + 1)
    findings: list[Finding] = []
    if beyond := len(columns[target]) - (within.stop - within.start):
        findings.append(
            Finding("ends", f"Left out before its first or after its last value: {counted(beyond, 'row')}.", place=id)
        )
    index: Index
    if time is None or frequency is None:
        index = pd.RangeIndex(within.stop - within.start)
        placed = {key: values[within].copy() for key, values in columns.items()}
    else:
        rows = pd.DataFrame({key: values[within] for key, values in columns.items()}, index=_index(time[within]))
        rows = _placed(rows, frequency, id, name, findings)
        index = pd.DatetimeIndex(rows.index)
        placed = {key: rows[key].to_numpy(dtype=np.float64, copy=True) for key in columns}
    findings += _gaps(placed[target], index, id)
    values = placed.pop(target)
    return Series(id=id, time=index, values=values, inputs=placed, zone=zone, findings=tuple(findings))


def _index(time: Int64) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(time.view("M8[us]"), name="time")


def _placed(rows: pd.DataFrame, frequency: str, id: str, name: str, findings: list[Finding]) -> pd.DataFrame:
    times = pd.DatetimeIndex(rows.index)
    span = (times[-1] - times[0]).total_seconds()  # in float: pandas 2 divides in nanoseconds, 292 years at most
    places = span / length_of(frequency).total_seconds() + 1
    if places > LARGEST or len(rows) < LEAST_FILLED * places:
        raise InputError(
            f"{name}: a grid of frequency={frequency!r} from {stamp(times[0])} to {stamp(times[-1])} has {places:,.0f} "
            f"places for {len(rows):,} rows; give a coarser frequency=, or mend the times."
        )
    grid = pd.date_range(times[0], times[-1], freq=frequency, name="time", unit="us")
    if len(grid) and grid[0] == times[0] and times.isin(grid).all():
        return rows.reindex(grid)
    averaged = rows.resample(frequency).mean()
    seen = np.flatnonzero(averaged.iloc[:, 0].notna())
    averaged = averaged.iloc[seen[0] : seen[-1] + 1]
    what = f"Its {len(rows):,} rows were averaged into {len(averaged):,} steps of {frequency!r} (frequency=…)."
    findings.append(Finding("averaged", what, place=id))
    return averaged


def _gaps(values: Float64, index: Index, id: str) -> list[Finding]:
    missing = np.isnan(values)
    if not missing.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(np.int8), [0]])))
    begins, lengths = edges[::2], edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    at = index[int(begins[longest])]
    where = stamp(at) if isinstance(at, pd.Timestamp) else f"step {at}"
    run = f"{lengths[longest]:,} in a row" if lengths[longest] > 1 else "one at a time"
    count = int(missing.sum())
    return [
        Finding(
            "gaps",
            f"{count:,} of its {len(values):,} values {'is' if count == 1 else 'are'} missing, at most {run} "
            f"({'from' if lengths[longest] > 1 else 'the first at'} {where}); they are gaps, not filled.",
            place=id,
        )
    ]
