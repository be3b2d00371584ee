"""What a reader has done: one small JSON file on this machine, read and written by nobody else.

It lies where the system keeps a program's data, or at the path in the variable RNNLAB_PROGRESS. A damaged file is put
aside as progress.json.damaged; where nothing can be written, the record lives as long as the process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rnnlab.errors import InputError
from rnnlab.files import whole_file


@dataclass(frozen=True)
class Entry:
    """One exercise: tries that failed, when it was solved, points, hints and solution seen, a prediction's guess."""

    failures: int = 0
    last: str = ""
    solved: str = ""
    points: float = 0.0
    hints: int = 0
    solution_seen: bool = False
    guess: float | None = None
    guessed: str = ""


_unsaved: dict[str, Entry] = {}


def place() -> Path:
    """Where the file lies."""
    if chosen := os.environ.get("RNNLAB_PROGRESS"):
        return Path(chosen)
    if os.name == "nt":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    else:
        home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "rnnlab" / "progress.json"


def read() -> dict[str, Entry]:
    """Every exercise that was ever tried, by id."""
    path = place()
    try:
        kept = {id: _entry(stored) for id, stored in json.loads(path.read_text("utf-8"))["exercises"].items()}
    except FileNotFoundError:
        kept = {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        kept = {}
        with suppress(OSError):  # nothing to put aside, or not ours to move: what follows is kept in memory
            path.replace(path.with_name(path.name + ".damaged"))
    return kept | _unsaved


def entry(id: str) -> Entry:
    """What is known about one exercise."""
    return read().get(id, Entry())


def change(id: str, how: Callable[[Entry], Entry]) -> Entry:
    """Replaces one exercise's entry by how(entry) and gives the new one."""
    known = read()
    known[id] = how(known.get(id, Entry()))
    text = json.dumps({"version": 1, "exercises": {key: asdict(each) for key, each in sorted(known.items())}}, indent=1)
    try:
        with whole_file(place()) as part:
            part.write_text(text + "\n", "utf-8")
        _unsaved.clear()
    except InputError:
        _unsaved[id] = known[id]
    return known[id]


def failed(id: str, answer: str) -> Entry:
    """One more failed try; the same answer twice is one try."""
    return change(id, lambda e: e if e.last == answer else replace(e, failures=e.failures + 1, last=answer))


def solved(id: str, points: float) -> Entry:
    """Solved, with these points; the first time and the best points stay."""
    return change(id, lambda e: replace(e, solved=e.solved or _now(), points=max(points, e.points)))


def guessed(id: str, guess: float) -> Entry:
    """Keeps a guess; the first one stays."""
    return change(id, lambda e: e if e.guess is not None else replace(e, guess=guess, guessed=_now()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _entry(stored: dict[str, Any]) -> Entry:
    known = {field.name: field.type for field in fields(Entry)}
    entry = Entry(**{name: value for name, value in stored.items() if name in known})
    if not isinstance(entry.failures, int) or not isinstance(entry.hints, int) or not isinstance(entry.last, str):
        raise ValueError("a field has another type")
    return entry
