"""A source's rows in chunks: the cells of the columns that are wanted, and the line on which each row stands."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, counted
from rnnlab.forecasting.reading.dialect import Dialect, records
from rnnlab.forecasting.reading.text import Text

CHUNK = 20_000
FOOTER = 5  # rows at most

Cells = list[str] | NDArray[Any] | pd.DatetimeIndex
Chunk = tuple[NDArray[np.int64], dict[str, Cells]]


class Rows(Protocol):
    """What columns are chosen from and read from."""

    name: str  # for sentences
    unit: str  # line or row
    delimiter: str
    names: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found before the rows were read."""

    def chunks(self, wanted: Sequence[str], size: int = CHUNK) -> Generator[Chunk, None, None]:
        """(line of each row, cells of each wanted column), in order."""

    def refuse_odd(self, footer: Collection[int]) -> None:
        """After a whole reading: InputError for a row outside the footer with too few or too many cells."""


class TextRows:
    """Rows of a text, each made as long as the header; which ones were not is remembered."""

    unit = "line"

    def __init__(self, text: Text, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.name, self.names, self.delimiter = text.name, dialect.names, dialect.delimiter
        self.odd: dict[int, int] = {}  # line: how many cells, where that is another number than it should be

    @property
    def findings(self) -> tuple[Finding, ...]:
        """On encoding, delimiter and header."""
        return (*self.text.findings, *self.dialect.findings)

    def chunks(self, wanted: Sequence[str], size: int = CHUNK) -> Generator[Chunk, None, None]:
        """As `Rows.chunks`."""
        columns = [(name, self.names.index(name)) for name in wanted]
        lines: list[int] = []
        rows: list[list[str]] = []
        for line, cells in self._whole():
            lines.append(line)
            rows.append(cells)
            if len(rows) == size:
                yield _transposed(lines, rows, columns)
                lines, rows = [], []
        if rows:
            yield _transposed(lines, rows, columns)

    def _whole(self) -> Iterator[tuple[int, list[str]]]:
        width = len(self.names)
        self.odd.clear()
        for line, cells in records(self.text, self.dialect):
            if len(cells) != width:
                if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                    self.odd[line] = len(cells)
                    if len(self.odd) > FOOTER:
                        self.refuse_odd(())
                cells = [*cells[:width], *[""] * (width - len(cells))]
            yield line, cells

    def refuse_odd(self, footer: Collection[int]) -> None:
        """As `Rows.refuse_odd`."""
        for line, count in self.odd.items():
            if line not in footer:
                raise InputError(
                    f"{self.name}, line {line}: {counted(count, 'cell')}, where {len(self.names)} were expected; put a "
                    "cell that holds the delimiter in quotation marks, or say which delimiter= parts the columns."
                )


def _transposed(lines: list[int], rows: list[list[str]], columns: Sequence[tuple[str, int]]) -> Chunk:
    return np.array(lines, dtype=np.int64), {name: [row[j] for row in rows] for name, j in columns}


class TypedRows:
    """What rows of a frame and of Parquet have in common: every row is whole."""

    unit, delimiter = "row", ","
    findings: tuple[Finding, ...] = ()

    def refuse_odd(self, footer: Collection[int]) -> None:
        """As `Rows.refuse_odd`."""


class ParquetRows(TypedRows):
    """Rows of a Parquet file, read batch by batch and only the columns that are wanted."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise InputError(
                f'{name} is Parquet, which needs pyarrow: pip install "rnnlab[forecast]", or give the table as CSV.'
            ) from None
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
            self.names = tuple(map(str, self._file.schema_arrow.names))
        except (pyarrow.ArrowException, OSError, ValueError):
            raise InputError(f"{name} is a Parquet file that is damaged or cut short; write it again.") from None
        self.name = name

    def chunks(self, wanted: Sequence[str], size: int = CHUNK) -> Generator[Chunk, None, None]:
        """As `Rows.chunks`."""
        start = 0
        for batch in self._file.iter_batches(size, columns=list(wanted)):
            part = batch.to_pandas()
            yield np.arange(start + 1, start + len(part) + 1), {name: cells_of(part[name]) for name in wanted}
            start += len(part)


def cells_of(column: pd.Series[Any]) -> Cells:
    """Numbers and times as they are, with NaN and NaT where nothing is; everything else as text."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if isinstance(column.dtype, pd.DatetimeTZDtype) or (
        np.dtype(object) != column.dtype and pd.api.types.is_datetime64_dtype(column)
    ):
        return pd.DatetimeIndex(column)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return ["" if missing else str(cell) for cell, missing in zip(column.array, column.isna(), strict=True)]
