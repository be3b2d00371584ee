"""An answer that stands in a file: checked in a process of its own, so that whatever it does can be ended.

python -m rnnlab.exercises.in_file 3.2 my_file.py   is that process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rnnlab.errors import InputError
from rnnlab.exercises import catalogue, ledger, report
from rnnlab.exercises.answering import check
from rnnlab.exercises.calling import call
from rnnlab.exercises.source import name_of

SECONDS = 120.0  # for the whole check, its imports and a prediction's study included
LOADING = 20.0  # for the file itself to be run


def check_file(id: str, path: Path, seconds: float = SECONDS) -> int:
    """Shows what became of the answer in the file: 0 right, 1 wrong. Raises InputError where there is none to judge."""
    exercise = catalogue.find(id)
    sys.stdout.flush()
    command = [sys.executable, "-m", "rnnlab.exercises.in_file", id, str(path)]
    child = subprocess.Popen(command)
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        ledger.failed(id, f"stopped: {path}")
        print(
            f"{report.heading(exercise, 'not yet')}\n\nIt was ended after {seconds:g} s: one call in it does not "
            "come back. Look for an operation on far too large an array, or one that waits."
        )
        return 1
    finally:
        child.kill()
        child.wait()


def answer_in(path: Path, name: str) -> object:
    """What the file defines under this name. Raises InputError where it does not run or does not define it."""
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}. Give the Python file that holds {name}.") from error
    try:
        code = compile(source, str(path), "exec")
    except (SyntaxError, ValueError) as error:
        where = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise InputError(f"{path} is not Python{where}: {error.args[0]}. Mend it and check again.") from error
    names: dict[str, object] = {"__name__": "answer", "__file__": str(path)}
    if (folder := str(path.resolve().parent)) not in sys.path:
        sys.path.insert(0, folder)  # as Python does for a script: the file may import its neighbours
    outcome = call(lambda: exec(code, names), {}, LOADING)
    if outcome.late:
        raise InputError(
            f"{path} was stopped after {LOADING:g} s. Leave in it what defines {name}, nothing that runs long."
        )
    if outcome.error is not None:
        raise InputError(f"{path} stops with {type(outcome.error).__name__}: {outcome.error}. Mend it and check again.")
    if name not in names:
        raise InputError(f"{path} defines no {name}, which is what the answer is called.")
    return names[name]


def main(id: str, path: str) -> int:
    """The exit code of the check of one file."""
    exercise = catalogue.find(id)
    try:
        answer = answer_in(Path(path), name_of(exercise))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if check(id, answer) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
