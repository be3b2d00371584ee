"""A data frame or a pandas Series as rows: its index says the time, or it says nothing."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, shown
from rnnlab.forecasting.reading.rows import CHUNK, Chunk, TypedRows, cells_of
from rnnlab.forecasting.reading.stamps import readings_of


class FrameRows(TypedRows):
    """Rows of a data frame, with each level of its index as a column where that says anything.

    Whole numbers without a name are row labels, left out, unless they read as years or as seconds of a clock: what
    `pandas.concat`, a filter or a sort leave behind repeats or jumps and is no data. A level that a column repeats
    stands once. InputError for a level and a column of one name that differ.
    """

    def __init__(self, frame: pd.DataFrame | pd.Series[Any], name: str = "the data frame") -> None:
        self.name = name
        if isinstance(frame, pd.Series):
            frame = frame.to_frame("value" if frame.name is None else frame.name)
        levels, self.findings = _levels(frame, name)
        parts = [*levels.values(), *(frame.iloc[:, place] for place in range(frame.shape[1]))]
        self.names = (*levels, *map(str, frame.columns))
        self._columns: dict[str, pd.Series[Any]] = {}
        for column, part in zip(self.names, parts, strict=True):
            self._columns.setdefault(column, part)  # of several with one name, which may not be named, the first
        self._length = len(frame)

    def chunks(self, wanted: Sequence[str], size: int = CHUNK) -> Generator[Chunk, None, None]:
        """As `Rows.chunks`."""
        for start in range(0, self._length, size):
            end = min(start + size, self._length)
            cells = {name: cells_of(self._columns[name].iloc[start:end]) for name in wanted}
            yield np.arange(start + 1, end + 1), cells


def _levels(frame: pd.DataFrame, source: str) -> tuple[dict[str, pd.Series[Any]], tuple[Finding, ...]]:
    """The levels of the index that are columns, by name, and what is said of the others."""
    index, taken = frame.index, [str(column) for column in frame.columns]
    found: dict[str, pd.Series[Any]] = {}
    findings = []
    for place in range(index.nlevels):
        values, own = index.get_level_values(place), index.names[place]
        if own is None:
            if isinstance(values, pd.RangeIndex):
                continue
            if _labels(values):
                text = "Its index, whole numbers without a name, was taken for row labels and left out."
                findings.append(Finding("index", text))
                continue
            own = "time" if index.nlevels == 1 else f"level {place}"
            own = f"index {own}" if own in taken else own
        elif str(own) in taken:
            column = frame.iloc[:, taken.index(str(own))]
            if not pd.Index(column).equals(values):
                raise InputError(
                    f"{source[0].upper()}{source[1:]} has an index and a column that are both called "
                    f"{shown(str(own))} and differ; rename one, or leave the index out: reset_index(drop=True)."
                )
            continue
        found[str(own)] = pd.Series(values)
    return found, tuple(findings)


def _labels(values: pd.Index[Any]) -> bool:
    if not pd.api.types.is_integer_dtype(values.dtype):
        return False
    return not readings_of(values.to_numpy(dtype=np.float64), named=True)
