"""Where records live: one file a study, one JSON line a record, only ever appended to."""

from __future__ import annotations

import errno
import json
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import rnnlab
from rnnlab.errors import InputError
from rnnlab.files import saying_what_failed
from rnnlab.studies.encoding import decode, encode
from rnnlab.studies.study import Mode, Trial


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one trial measured, and what explains it: one line of a store."""

    study: str
    fingerprint: str
    mode: str  # in which it was measured; a full study takes over what a quick one measured of it
    settings: dict[str, Any]
    seed: int
    status: str  # done, diverged (the study's measure is not finite) or error
    measurements: dict[str, Any]
    error: str | None  # one sentence where the trial raised or its process died
    seconds: float
    when: str  # UTC, ISO 8601
    version: str  # of rnnlab
    machine: dict[str, Any]

    @property
    def key(self) -> str:
        """That of its trial."""
        return Trial(self.settings, self.seed).key

    def line(self) -> bytes:
        """One line of JSON (floats that are not finite as {"float": "nan"}), ended by a newline."""
        values = {each.name: encode(getattr(self, each.name)) for each in fields(self)}
        return json.dumps(values, allow_nan=False, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Record:
        """The inverse of `line`; ValueError for anything else."""
        values = json.loads(line.decode("utf-8"))
        if not isinstance(values, dict):
            raise ValueError(f"it holds {type(values).__name__}, not a record")
        missing = [each.name for each in fields(cls) if each.name not in values]
        if missing:
            raise ValueError(f"it has no {', '.join(missing)}")
        if not isinstance(values["settings"], dict) or not isinstance(values["measurements"], dict):
            raise ValueError("its settings and measurements are not both by name")
        return cls(**{each.name: decode(values[each.name]) for each in fields(cls)})


def results_folder() -> Path:
    """Where the full results that belong to the course are: results/ in a checkout, or the installed package's own."""
    package = Path(rnnlab.__file__).parent
    return package.parents[1] / "results" if _is_checkout(package) else package / "_course" / "results"


def own_folder() -> Path:
    """Where a person's own runs are recorded unless they say otherwise: rnnlab-results beside what they work on."""
    return Path("rnnlab-results")


def default_folder(mode: Mode) -> Path:
    """Where a run is recorded: the full ones of a checkout are the course's own results, all others are a person's."""
    return results_folder() if mode == "full" and _is_checkout(Path(rnnlab.__file__).parent) else own_folder()


def _is_checkout(package: Path) -> bool:
    return package.parent.name == "src" and (package.parents[1] / "pyproject.toml").is_file()


def read_records(folder: Path | str, study: str) -> list[Record]:
    """The study's records in the order of their writing; none where there is no file.

    A last line that a kill tore is passed over, since its trial counts as not run. Any other line that is no record
    raises InputError with its number.
    """
    path = _path(folder, study)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"Cannot read {path}: {error.strerror or error}. Check the path and its permissions."
        ) from error
    whole, tail = _split(content)
    records = _parse(path, whole)
    if tail and _is_record(tail):
        records.append(Record.parse(tail))
    return [record for record in records if record.study == study]


class Writer:
    """The one process that may append to a study's file: with Writer(folder, study) as writer: writer.append(record).

    Holds an exclusive lock from entering to leaving; the operating system gives it back when the process dies. A second
    writer is refused with InputError. A record is written by one call to an append-only file and has reached the disk
    when `append` returns; one that does not fit (a full disk) is taken back whole. So a kill at any byte can tear the
    last line alone. The next writer sets a torn line aside in <study>.jsonl.torn and says so in `torn`.
    """

    def __init__(self, folder: Path | str, study: str) -> None:
        self.study, self.path = study, _path(folder, study)
        self.records: list[Record] = []  # those that were there on entering
        self.torn = ""
        self._file = -1

    def __enter__(self) -> Self:
        with saying_what_failed(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._file = os.open(self.path, flags, 0o666)
        try:
            self._lock()
            with saying_what_failed(self.path):
                self._mend()
            self.records = read_records(self.path.parent, self.study)
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def append(self, record: Record) -> None:
        """Returns when the record is on the disk; raises InputError with nothing written when it cannot be."""
        with saying_what_failed(self.path):
            self._write(record.line())

    def _write(self, line: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, before)
            raise

    def _mend(self) -> None:
        _, tail = _split(self.path.read_bytes())
        if not tail:
            return
        if _is_record(tail):  # all but its newline had been written
            self._write(b"\n")
            return
        aside = self.path.with_name(self.path.name + ".torn")
        with aside.open("ab") as file:
            file.write(tail + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(self._file, os.fstat(self._file).st_size - len(tail))
        self.torn = (
            f"A kill tore the last line of {self.path}: it is set aside in {aside.name}, and its trial runs again."
        )

    def _lock(self) -> None:
        try:
            _lock_whole(self._file)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise InputError(
                    f"Cannot lock {self.path}: {error.strerror or error}. Choose a folder on a disk of this machine."
                ) from error
            raise InputError(
                f"Another run is recording into {self.path}. Wait until it has ended, or choose another folder."
            ) from error


if sys.platform == "win32":
    import msvcrt

    def _lock_whole(file: int) -> None:
        """Locks one byte far behind the end, since a locked byte cannot be read on Windows."""
        here = os.lseek(file, 0, os.SEEK_CUR)
        os.lseek(file, 2**31 - 2, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, here, os.SEEK_SET)

else:
    import fcntl

    def _lock_whole(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _path(folder: Path | str, study: str) -> Path:
    return Path(folder) / f"{study}.jsonl"


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and what follows the last newline."""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _parse(path: Path, lines: bytes) -> list[Record]:
    records = []
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append(Record.parse(line))
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}, is not a record: {error}. Delete that line or restore the file from its last "
                "good copy, and run the same command again; only the trial of that line is measured anew."
            ) from error
    return records


def _is_record(line: bytes) -> bool:
    try:
        Record.parse(line)
    except ValueError:
        return False
    return True
