"""A column of numbers, collected chunk by chunk; a cell that holds none is refused by its line."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import shown
from rnnlab.forecasting.reading.marks import MISSING, Marks, is_missing, number
from rnnlab.forecasting.reading.rows import FOOTER, Cells

Float64 = NDArray[np.float64]


class NumberColumn:
    """float64, with NaN where a cell says that there is nothing."""

    def __init__(self, name: str, marks: Marks, missing: Collection[str], where: str, unit: str) -> None:
        self.name, self._marks, self._where, self._unit = name, marks, where, unit
        self._words = MISSING | {word.strip().lower() for word in missing}
        self._sentinels = [value for word in missing if (value := number(word, marks)) is not None]
        self._parts: list[Float64] = []
        self._unread: dict[int, str] = {}
        self._percent: dict[bool, int] = {}  # is there a percent sign: the first line

    def feed(self, cells: Cells, lines: NDArray[np.int64]) -> None:
        """One more chunk. InputError where more cells hold no number than a footer has rows."""
        if isinstance(cells, pd.DatetimeIndex):
            raise InputError(f"{self._where}: the column {shown(self.name)} holds times; name a column of numbers.")
        if isinstance(cells, list):
            try:
                values = np.array([float(cell) for cell in self._pointed(cells)])
            except ValueError:
                values = np.array([self._value(cell, line) for cell, line in zip(cells, lines.tolist(), strict=True)])
        else:
            values = np.array(cells, dtype=np.float64)
        values[np.isin(values, self._sentinels)] = np.nan
        self._parts.append(values)
        if len(self._unread) > FOOTER:
            self._refuse(*next(iter(self._unread.items())))

    def values(self, lines: NDArray[np.int64], footer: Collection[int]) -> Float64:
        """(n,) InputError for text or an infinite value on a line outside `footer`, naming the line."""
        values = np.concatenate(self._parts)
        for line, cell in self._unread.items():
            if line not in footer:
                self._refuse(line, cell)
        if len(self._percent) == 2:
            raise InputError(
                f"{self._where}, column {shown(self.name)}: {self._unit} {self._percent[True]} has a percent sign and "
                f"{self._unit} {self._percent[False]} has none; write all values in one way."
            )
        infinite = np.flatnonzero(np.isinf(values))
        if len(infinite):
            raise InputError(
                f"{self._where}, {self._unit} {lines[infinite[0]]}: {shown(self.name)} is infinite; empty the cell if "
                "the value is unknown."
            )
        return values

    def _pointed(self, cells: list[str]) -> list[str]:
        """With a decimal point, for the quick way; what has another sign goes the slow one."""
        if self._marks.decimal == ".":
            return [cell or "nan" for cell in cells]
        return [(cell.replace(",", ".") if "." not in cell else "two marks") or "nan" for cell in cells]

    def _value(self, cell: str, line: int) -> float:
        if is_missing(cell, self._words):
            return np.nan
        value = number(cell, self._marks)
        if value is None:
            self._unread[line] = cell
            return np.nan
        self._percent.setdefault("%" in cell, line)
        return value

    def _refuse(self, line: int, cell: str) -> None:
        other = self._marks.thousands
        if number(cell, Marks(other, "")) is not None:
            remedy = (
                f"numbers here have the decimal mark {self._marks.decimal!r}; if that is wrong, give decimal={other!r}"
            )
        else:
            remedy = "mend or empty it, or, if it stands for a missing value, name it with missing="
        raise InputError(
            f"{self._where}, {self._unit} {line}: {shown(cell)} in column {shown(self.name)} is no number; {remedy}."
        )
