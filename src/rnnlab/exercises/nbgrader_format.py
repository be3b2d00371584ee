"""For nbgrader: a course folder with one source notebook a variant, of which it makes the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnlab.exercises.assignment import Question, Variant, code, markdown, notebook, statement
from rnnlab.exercises.source import solution_of, stub_of

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "rnn_fundamentals"
# an answer's cell keeps the stub that stands above its solution
c.ClearSolutions.code_stub = {"python": "# your answer goes into the function above"}
c.ExecutePreprocessor.timeout = 300  # seconds for a cell: a prediction's truth may be a small study
"""
GUIDE = """\
# An assignment of RNN Fundamentals, for nbgrader

This folder is a course of nbgrader; each variant is an assignment of its own.

    nbgrader generate_assignment variant_01     makes release/variant_01/assignment.ipynb for the student
    nbgrader autograde variant_01               grades submitted/STUDENT/variant_01/assignment.ipynb
    nbgrader export                             writes the marks

Submissions run in the environment in which the kernel `python3` lives; rnnlab[course] must be installed there.
Every question has two tests of equal worth: a public one, which students can run, and a hidden one on other inputs.
"""


def files(variants: Sequence[Variant]) -> dict[str, str]:
    """Path → content."""
    found = {"README.md": GUIDE, "nbgrader_config.py": CONFIG}
    for variant in variants:
        found[f"source/{variant.name}/assignment.ipynb"] = notebook(_cells(variant))
    return found


def _cells(variant: Variant) -> list[dict[str, Any]]:
    cells = [markdown(f"# Assignment, {variant.name.replace('_', ' ')}")]
    cells.append(code("from rnnlab.exercises import check, hint"))
    for question in variant.questions:
        cells.append(markdown(statement(question)))
        answer = f"{stub_of(question.exercise)}\n### BEGIN SOLUTION\n{solution_of(question.exercise)}\n### END SOLUTION"
        cells.append(code(answer, nbgrader=_marks(question.name, solution=True)))
        cells.append(_test(question, hidden=False))
        cells.append(_test(question, hidden=True))
    return cells


def _test(question: Question, hidden: bool) -> dict[str, Any]:
    body = f"assert {question.test(hidden)}"
    if hidden:
        body = f"# a hidden test on other inputs\n### BEGIN HIDDEN TESTS\n{body}\n### END HIDDEN TESTS"
    name = f"{question.name}_{'hidden' if hidden else 'public'}"
    return code(body, nbgrader=_marks(name, solution=False) | {"points": question.half})


def _marks(name: str, solution: bool) -> dict[str, Any]:
    return {
        "grade": not solution,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
