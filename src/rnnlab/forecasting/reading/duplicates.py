"""Rows of one series with the same time: equal ones are one; different ones are refused, or averaged if asked."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, counted, shown
from rnnlab.forecasting.reading.collected import Collected

Duplicates = Literal["refuse", "mean", "first", "last"]
WAYS = ("refuse", "mean", "first", "last")


def without_duplicates(table: Collected, duplicates: Duplicates, name: str, unit: str) -> None:
    """One row a time. InputError where the rows of one time differ and `duplicates` is "refuse"."""
    if table.time is None:
        return
    again = (np.diff(table.time, prepend=-1) == 0) & (np.diff(table.code, prepend=-1) == 0)
    if not again.any():
        return
    columns = np.column_stack(list(table.columns.values()))
    same = (columns[1:] == columns[:-1]) | (np.isnan(columns[1:]) & np.isnan(columns[:-1]))
    equal = again & np.append(False, same.all(axis=1))
    if equal.any():
        at = tuple(int(line) for line in table.lines[equal][:10])
        what = "row repeats" if equal.sum() == 1 else "rows repeat"
        table.findings.append(
            Finding(
                "duplicates",
                f"{int(equal.sum()):,} {what} another in time and values, the first on {unit} {at[0]}, and "
                "counted once.",
                at,
            )
        )
        table.keep(~equal)
        again = again[~equal]
    if not again.any():
        return
    i = int(np.flatnonzero(again)[0])
    time = pd.Timestamp(table.time[i], unit="us")
    pair = sorted((int(table.lines[i - 1]), int(table.lines[i])))
    if duplicates == "refuse":
        raise InputError(
            f"{name}: {unit}s {pair[0]} and {pair[1]} have the same time, {stamp(time)}, and different values"
            f"{_where(table, i)}; {_remedy(time)}."
        )
    _merge(table, again, duplicates)
    how = {"mean": "averaged", "first": "represented by the first", "last": "represented by the last"}[duplicates]
    table.findings.append(
        Finding(
            "duplicates",
            f"{counted(int(again.sum()), 'row')} with other values at a time that is there already, the first on "
            f"{unit} {pair[1]}; such rows were {how} (duplicates=…).",
            (pair[1],),
        )
    )


def _merge(table: Collected, again: NDArray[np.bool_], duplicates: Duplicates) -> None:
    begins = np.flatnonzero(~again)
    if duplicates == "mean":
        for name, values in table.columns.items():
            seen = np.isfinite(values)
            count = np.add.reduceat(seen.astype(np.int64), begins)
            total = np.add.reduceat(np.where(seen, values, 0.0), begins)
            mean = np.divide(total, count, out=np.full(len(begins), np.nan), where=count > 0)
            table.columns[name] = values.copy()
            table.columns[name][begins] = mean
        table.keep(begins)
    else:
        table.keep(begins if duplicates == "first" else np.append(begins[1:], len(again)) - 1)


def _where(table: Collected, row: int) -> str:
    return f" in the series {shown(table.ids[table.code[row]])}" if len(table.ids) > 1 else ""


def _remedy(time: pd.Timestamp) -> str:
    if time.month in (4, 10, 11) and time.weekday() == 6 and time.hour <= 3 and (time.hour or time.minute):
        return "if clocks were put back then, name their zone=, else mend them or give duplicates='mean'"
    return "if a column tells several series apart name it with id=, else mend them or give duplicates='mean'"


def stamp(time: pd.Timestamp) -> str:
    """A time in a sentence: the date alone at midnight."""
    return str(time.date()) if time == time.normalize() else str(time)
