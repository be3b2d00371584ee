"""Answers as text: stubs for the student's notebook, solutions for the other one, and small edits of a solution."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import CodeType
from typing import Any

from rnnlab.exercises.exercise import Answer, Code, Design, Exercise, Prediction, Repair


def source_of(function: Answer) -> str:
    """The function as it stands in its file, from the margin; an edited one as it was edited."""
    written = getattr(function, "__source__", None)
    return written or textwrap.dedent(inspect.getsource(function)).strip("\n")


def edited(function: Answer, *changes: str) -> Answer:
    """The same function with pieces of its text replaced: edited(f, "old", "new", "old two", "new two").

    A piece that does not occur exactly once is refused by ValueError: the mistake that was meant would not be made.
    """
    text = source_of(function)
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        if text.count(old) != 1:
            raise ValueError(
                f"{old!r} occurs {text.count(old)} times in {function.__name__}; give a piece that is there once."
            )
        text = text.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(text, f"<{function.__name__}, edited>", "exec"), {**function.__globals__}, names)
    answer: Answer = names[function.__name__]
    answer.__source__ = text  # type: ignore[attr-defined]  # functions take attributes, Callable does not say so
    return answer


def name_of(exercise: Exercise) -> str:
    """What the answer is called in a notebook: carried_gradient; guess_3_1 for a prediction."""
    if isinstance(exercise, Code | Design):
        return exercise.solution.__name__
    return f"guess_{exercise.id.replace('.', '_')}"


def stub_of(exercise: Exercise) -> str:
    """What the reader starts from: the broken code of a repair, a head with its docstring, a guess that is not made."""
    if isinstance(exercise, Prediction):
        unit = f", in {exercise.unit}" if exercise.unit else ""
        return f"{name_of(exercise)} = None  # your guess{unit}, before you run anything"
    assert isinstance(exercise, Code | Design)
    if isinstance(exercise, Repair):
        body = source_of(exercise.broken)
    elif exercise.stub is not None:
        body = source_of(exercise.stub)
    else:
        body = _head(source_of(exercise.solution))
    return f"{exercise.imports}\n\n\n{body}" if exercise.imports else body


def solution_of(exercise: Exercise) -> str:
    """The worked answer as it goes into a notebook; for a prediction the experiment that decides, then its number."""
    if isinstance(exercise, Prediction):
        return exercise.experiment.strip("\n")
    assert isinstance(exercise, Code | Design)
    body = source_of(exercise.solution)
    return f"{exercise.imports}\n\n\n{body}" if exercise.imports else body


def _head(source: str) -> str:
    """Everything down to the docstring, and a place for the reader's own code."""
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    first = tree.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    last = (first.end_lineno if is_docstring else first.lineno - 1) or 1
    return "\n".join([*source.splitlines()[:last], "    ...  # your code"])


def is_untouched(exercise: Exercise, answer: Any) -> bool:
    """The answer is still the stub; comments, layout and docstrings do not count."""
    if isinstance(exercise, Prediction):
        return answer is None
    code = getattr(answer, "__code__", None)
    if code is None:
        return False
    written = stub_of(exercise)
    body = ast.parse(written).body
    functions = ast.Module([node for node in body if isinstance(node, ast.FunctionDef)], [])
    # `np.zeros()` becomes other bytecode where np is imported in the same cell
    for whole in (compile(written, "<stub>", "exec"), compile(functions, "<stub>", "exec")):
        inner = [c for c in whole.co_consts if isinstance(c, CodeType) and c.co_name == name_of(exercise)]
        if any(_essence(code) == _essence(each) for each in inner):
            return True
    return False


def fingerprint_of(answer: Any) -> str:
    """The same for the same answer, so that running a cell twice is one try."""
    import hashlib

    code = getattr(answer, "__code__", None)
    text = repr((_essence(code), answer.__defaults__)) if code is not None else repr(answer)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _essence(code: CodeType) -> tuple[Any, ...]:
    """What the code does: its instructions, the names and constants in them; not the docstring, which stands first."""
    constants = code.co_consts[1:] if code.co_consts and isinstance(code.co_consts[0], str) else code.co_consts
    return code.co_code, code.co_names, tuple(_essence(c) if isinstance(c, CodeType) else c for c in constants)
