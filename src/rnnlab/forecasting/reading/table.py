"""Any table of time series through one door: what was found is said, and every finding can be overruled."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting.reading.duplicates import WAYS, Duplicates
from rnnlab.forecasting.reading.folder import stem_of, table_of_folder
from rnnlab.forecasting.reading.formulas import formulas_named
from rnnlab.forecasting.reading.frame import FrameRows
from rnnlab.forecasting.reading.frequency import alias_of
from rnnlab.forecasting.reading.single import Settings, rows_of, table_of_rows
from rnnlab.forecasting.series import Table

NEAR = 0.8  # how alike a file's name must be to be meant: most share their ending


def read_table(
    source: str | Path | pd.DataFrame | pd.Series[Any],
    *,
    target: str | None = None,
    time: str | Sequence[str] | None = None,
    id: str | None = None,
    inputs: Sequence[str] = (),
    frequency: str | None = None,
    seasons: Sequence[int] | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    dayfirst: bool | None = None,
    zone: str | None = None,
    duplicates: Duplicates = "refuse",
    missing: Sequence[str] = (),
) -> Table:
    """The series of a CSV, TSV, semicolon or Parquet file, gzip or not, of "-" (stdin), of a folder of such files (one
    series each, read when asked for), of a data frame or a pandas Series.

    Without arguments it finds encoding, delimiter, header, decimal mark, the column of times and their form, the
    frequency, candidate seasons, and the target where one column alone holds numbers; `findings` say what was found.

    target, time, id, inputs: column names; `time` may be several (a date and a clock; year, month, day).
    frequency: a pandas offset; rows between its places are averaged. Found: the step that fills at least half a grid.
    seasons: lengths in steps, instead of those that `seasons_of` finds.
    zone: of the clocks that wrote times without an offset, such as 'Europe/Berlin'; the result is UTC.
    duplicates: rows of one series, one time and different values: "refuse", "mean", "first" or "last".
    missing: cells that stand for no value, besides empty ones, NA, NaN, null, - and their like.

    Nothing is filled and no cell is evaluated. InputError, one sentence with the line, for what cannot be read or could
    mean two things.
    """
    settings = Settings(
        target=target,
        time=time if time is None or isinstance(time, str) else tuple(time),
        id=id,
        inputs=(inputs,) if isinstance(inputs, str) else tuple(inputs),
        frequency=None if frequency is None else alias_of(frequency),
        seasons=_checked_seasons(seasons),
        delimiter=_one_of("delimiter", delimiter, None),
        decimal=_one_of("decimal", decimal, (".", ",")),
        dayfirst=dayfirst,
        zone=zone,
        duplicates=duplicates,
        missing=(missing,) if isinstance(missing, str) else tuple(map(str, missing)),
    )
    if duplicates not in WAYS:
        raise InputError(f"duplicates={duplicates!r}; it is one of {', '.join(map(repr, WAYS))}.")
    return formulas_named(_table(source, settings))


def _table(source: str | Path | pd.DataFrame | pd.Series[Any], settings: Settings) -> Table:
    if isinstance(source, pd.DataFrame | pd.Series):
        return table_of_rows(FrameRows(source), settings, "data frame", "series")
    if str(source) == "-":
        if sys.stdin.isatty():
            raise InputError("Nothing is piped into stdin; write: cat FILE | …, or give the file's name instead of -.")
        with _spooled(sys.stdin.buffer) as spool:
            return table_of_rows(rows_of(spool, "stdin", settings), settings, "stdin", "stdin")
    if not str(source):
        raise InputError("The name of the file is empty; give a path, '-' for stdin, or '.' for this folder.")
    path = Path(source).expanduser()
    _must_be_there(path)
    if path.is_dir():
        return table_of_folder(path, settings)
    if path.is_file():
        return table_of_rows(rows_of(path, path.name[-80:], settings), settings, str(path), stem_of(path))
    with path.open("rb") as pipe, _spooled(pipe) as spool:  # it can be read but once
        return table_of_rows(rows_of(spool, path.name, settings), settings, str(path), path.name)


def _must_be_there(path: Path) -> None:
    try:
        there = path.exists()
        beside = [other.name for other in path.parent.iterdir()] if not there and path.parent.is_dir() else []
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)[:80]!r} is no path that can be opened ({error}); check it.") from None
    if not there:
        near = get_close_matches(path.name, beside, 1, NEAR)
        hint = f"did you mean {near[0]}?" if near else "check the path."
        raise InputError(f"There is no file {str(path)[-120:]}; {hint}")


@contextmanager
def _spooled(stream: IO[bytes]) -> Iterator[Path]:
    """A stream as a file that can be read several times, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rnnlab-") as folder:
        path = Path(folder) / "table"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield path


def _checked_seasons(seasons: Sequence[int] | int | None) -> tuple[int, ...] | None:
    if seasons is None:
        return None
    lengths = (seasons,) if isinstance(seasons, int) else tuple(seasons)
    for length in lengths:
        if not isinstance(length, int) or length < 2:
            raise InputError(f"A season of {length!r} steps; give whole numbers of at least 2, such as seasons=[7].")
    return lengths


def _one_of(name: str, value: str | None, allowed: tuple[str, ...] | None) -> str | None:
    if value is None or (value in allowed if allowed else len(value) == 1 and value not in '"\r\n'):
        return value
    wanted = " or ".join(map(repr, allowed)) if allowed else "one character, such as ';'"
    raise InputError(f"{name}={value!r}; it is {wanted}.")
