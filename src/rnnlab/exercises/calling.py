"""Calls an answer: whatever it does ends in an Outcome, a value, an exception, a change of its input, a limit."""

from __future__ import annotations

import copy
import importlib
import io
import sys
import traceback
import warnings
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnlab.exercises.exercise import Answer
from rnnlab.exercises.limits import OutOfTime, within

KEPT = 2000  # characters of what an answer prints


@dataclass(frozen=True)
class Outcome:
    """What one call came to. At most one of `error` and `late` is set; `changed` names inputs changed in place."""

    value: Any = None
    error: BaseException | None = None
    line: str = ""
    late: bool = False
    changed: tuple[str, ...] = ()
    printed: str = ""
    printed_lines: int = 0


class _Sink(io.TextIOBase):
    """Keeps the beginning of what is written, counts the rest."""

    def __init__(self) -> None:
        self.kept, self.lines = "", 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        if len(self.kept) < KEPT:
            self.kept += text[: KEPT - len(self.kept)]
        return len(text)

    def writable(self) -> bool:
        return True


def call(answer: Answer, case: Mapping[str, Any], seconds: float) -> Outcome:
    """answer(*case.values()) on a copy of the case, which stays as it is."""
    _load_torch(answer)
    given = copy.deepcopy(dict(case))
    sink = _Sink()
    stdin, sys.stdin = sys.stdin, io.StringIO("")  # input() ends at once instead of waiting
    try:
        with redirect_stdout(sink), redirect_stderr(sink), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning of the answer is no verdict on it; what it gives is judged
            value = within(seconds, lambda: _iterated(answer(*given.values())))
    except OutOfTime:
        return Outcome(late=True, printed=sink.kept, printed_lines=sink.lines)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Outcome(error=error, line=_line_of(error), printed=sink.kept, printed_lines=sink.lines)
    finally:
        sys.stdin = stdin
    changed = tuple(name for name in case if not same(given[name], case[name]))
    return Outcome(value=value, changed=changed, printed=sink.kept, printed_lines=sink.lines)


def _load_torch(answer: Answer) -> None:
    """An import of torch in the answer takes seconds, and one that the limit cuts off leaves half of it behind."""
    if "torch" in getattr(getattr(answer, "__code__", None), "co_names", ()):
        importlib.import_module("torch")


def _iterated(value: Any) -> Any:
    """A generator is run here, under the limit."""
    return list(value) if hasattr(value, "__next__") else value


def _line_of(error: BaseException) -> str:
    """The last line of the answer's own code that the exception went through."""
    ours = ("rnnlab/exercises/calling.py", "rnnlab/exercises/limits.py")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.replace("\\", "/").endswith(ours)]
    return (frames[0].line or "") if frames else ""


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, NaN equal to NaN; generators and functions count as unchanged."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int | float | str | bool | type(None)):
        return bool(one == other) or one != one
    return True


def raised(outcome: Outcome) -> str:
    """The exception and the line that it came from, in a sentence."""
    error = outcome.error
    text = str(error).strip().splitlines()[0][:300] if str(error).strip() else ""
    said = f"It raises {type(error).__name__}" + (f": {text}" if text else "")
    return f"{said.rstrip('.')}." + (f" The line is `{outcome.line}`." if outcome.line else "")
