"""A folder of tables: one series a file, opened when it is asked for."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding, shown
from rnnlab.forecasting.reading.single import TASTED, Settings, rows_of, table_of_rows
from rnnlab.forecasting.seasons import seasons_of
from rnnlab.forecasting.series import Series, Table

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".parquet", ".csv.gz", ".tsv.gz", ".txt.gz")
OF_ROWS = {
    "duplicates",
    "footer",
    "moved",
    "order",
}  # findings on one file's rows, which those of the first do not tell


def stem_of(path: Path) -> str:
    """The file's name without its endings: the series' id."""
    name = path.name
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)] or name
    return name


@dataclass(frozen=True)
class Folder:
    """The series of a folder, a file each, read when asked for."""

    paths: dict[str, Path]
    settings: Settings

    def __call__(self, id: str) -> Series:
        """The series of one file."""
        if id not in self.paths:
            raise InputError(f"The folder has no file for a series {shown(id)}; see table.ids.")
        path = self.paths[id]
        table = table_of_rows(rows_of(path, path.name[-80:], self.settings), self.settings, str(path), id)
        series = table.read(id)
        own = tuple(each for each in table.findings if each.code in OF_ROWS)
        return replace(series, findings=(*own, *series.findings))


def table_of_folder(folder: Path, settings: Settings) -> Table:
    """Columns, frequency and seasons from the first files that can be read; the others are held to them when they are
    read. InputError where none can be.
    """
    if settings.id is not None:
        raise InputError(f"{folder.name} is a folder, which holds one series a file; id= is for one file with many.")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    tables = [path for path in files if path.name.lower().endswith(ENDINGS)]
    stems = Counter(map(stem_of, tables))
    paths = {stem if stems[stem := stem_of(path)] == 1 else path.name: path for path in tables}
    if not paths:
        raise InputError(
            f"{folder.name} is a folder without tables; it should hold files such as *.csv, one series each."
        )
    first, table = _first(paths, settings, folder)
    fixed = replace(settings, target=table.target, frequency=table.frequency, seasons=())
    told = Finding(
        "folder", f"{len(paths):,} files, one series each; columns and frequency are those of {paths[first].name}."
    )
    read = Folder(paths, fixed)
    samples = [table.read(first).values]
    for id in list(paths)[:TASTED]:
        with suppress(InputError):  # it is said when that series is asked for
            samples += [read(id).values] if id != first else []
    return Table(
        source=str(folder),
        target=table.target,
        time=table.time,
        id=None,
        inputs=table.inputs,
        columns=table.columns,
        frequency=table.frequency,
        seasons=seasons_of(samples, table.frequency, settings.seasons),
        findings=(told, *table.findings),
        ids=tuple(paths),
        read=read,
    )


def _first(paths: dict[str, Path], settings: Settings, folder: Path) -> tuple[str, Table]:
    """The first that can be read; where none can, what is wrong with the first one is said."""
    reason: InputError | None = None
    for id, path in paths.items():
        try:
            return id, table_of_rows(rows_of(path, path.name, settings), settings, str(folder), id)
        except InputError as error:
            reason = reason or error
    assert reason is not None
    raise reason
