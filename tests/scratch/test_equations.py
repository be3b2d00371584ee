"""Equations have one number each, lines refer to numbers that exist, and NOTATION.md says where they are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rnnlab.scratch

FOLDER = Path(rnnlab.scratch.__file__).parent
NUMBER = re.compile(r"\((\d+)\.(\d+)\)(?:–\((\d+)\.(\d+)\))?")
STATED = re.compile(r"\((\d+)\.(\d+)\)$", re.MULTILINE)
NUMBERED = ("activation", "elman", "gradcheck", "gru", "lstm", "readout", "unroll")

Equation = tuple[int, int]


def stated(module: str) -> list[Equation]:
    """The numbers that end a line of a docstring."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    texts = [ast.get_docstring(node) or "" for node in nodes]
    return [(int(a), int(b)) for text in texts for a, b in STATED.findall(text)]


def named(text: str) -> set[Equation]:
    """The numbers in a text, ranges with all that they hold."""
    found = set()
    for chapter, first, same, last in NUMBER.findall(text):
        assert same in {"", chapter}
        found |= {(int(chapter), n) for n in range(int(first), int(last or first) + 1)}
    return found


def test_every_equation_is_stated_once() -> None:
    every = [equation for module in NUMBERED for equation in stated(module)]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("module", NUMBERED)
def test_a_line_of_code_names_an_equation_of_its_own_file(module: str) -> None:
    source = (FOLDER / f"{module}.py").read_text("utf-8")
    comments = " ".join(re.findall(r"  # (.*\(\d.*)", source))
    assert named(comments) <= set(stated(module))


@pytest.mark.parametrize("module", ["elman", "gradcheck", "gru", "lstm", "readout"])
def test_every_equation_has_a_line_of_code_that_names_it(module: str) -> None:
    source = (FOLDER / f"{module}.py").read_text("utf-8")
    comments = " ".join(re.findall(r"  # (.*\(\d.*)", source))
    assert set(stated(module)) <= named(comments)


def test_notation_says_where_each_equation_is() -> None:
    notation = (Path(__file__).parents[2] / "NOTATION.md").read_text("utf-8")
    rows = re.findall(r"^\| (\(\d.*?) \| .* \| `scratch/(\w+)\.py` \|$", notation, re.MULTILINE)
    assert {module: named(text) for text, module in rows} == {module: set(stated(module)) for module in NUMBERED}
