"""For Otter Grader: the student's notebook, and for each question a test file with a public and a hidden case.

The folder autograder/ is what `otter generate` packs; the student has the same tests without the hidden ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rnnlab.exercises.assignment import Question, Variant, code, markdown, notebook, statement
from rnnlab.exercises.source import name_of, solution_of, stub_of

START = 'import otter\n\nfrom rnnlab.exercises import check, hint\n\ngrader = otter.Notebook(tests_dir="tests")'
GUIDE = """\
# An assignment of RNN Fundamentals, for Otter Grader

Each variant has what a student gets (`student/`), what grades it (`autograder/`) and a worked notebook (`solutions/`).
Pack the autograder once for each variant, then grade a submission:

    cd variant_01/autograder
    otter generate -t tests -c otter_config.json -r requirements.txt -o autograder.zip
    otter run -a autograder.zip SUBMISSION.ipynb

Every question has two tests of equal worth: a public one, which students can run, and a hidden one on other inputs.
"""


def files(variants: Sequence[Variant]) -> dict[str, str]:
    """Path → content."""
    found = {"README.md": GUIDE}
    for variant in variants:
        for question in variant.questions:
            found[f"{variant.name}/student/tests/{question.name}.py"] = _test(question, hidden=False)
            found[f"{variant.name}/autograder/tests/{question.name}.py"] = _test(question, hidden=True)
        found[f"{variant.name}/student/assignment.ipynb"] = notebook(_cells(variant, solved=False))
        found[f"{variant.name}/solutions/assignment.ipynb"] = notebook(_cells(variant, solved=True))
        # the course's environment is where a submission runs; no test waits for another
        found[f"{variant.name}/autograder/otter_config.json"] = json.dumps({"show_hidden": False}, indent=1) + "\n"
        found[f"{variant.name}/autograder/requirements.txt"] = "rnnlab[course]\n"
    return found


def _cells(variant: Variant, solved: bool) -> list[dict[str, Any]]:
    cells = [markdown(f"# Assignment, {variant.name.replace('_', ' ')}"), code(START)]
    for question in variant.questions:
        exercise = question.exercise
        answer = solution_of(exercise) if solved else stub_of(exercise)
        cells += [markdown(statement(question)), code(answer)]
        cells += [code(f'check("{exercise.id}", {name_of(exercise)})'), code(f'grader.check("{question.name}")')]
    return cells


def _test(question: Question, hidden: bool) -> str:
    cases = [_case(question, secret) for secret in ((False, True) if hidden else (False,))]
    suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": question.name, "points": [question.half] * len(cases), "suites": [suite]}
    return f"OK_FORMAT = True\n\ntest = {test!r}\n"


def _case(question: Question, hidden: bool) -> dict[str, Any]:
    lines = [">>> from rnnlab.exercises import check", f">>> {question.test(hidden)}", "True"]
    return {"code": "\n".join(lines), "hidden": hidden, "locked": False, "points": question.half}
