"""An exported assignment: the same seed deals the same, hidden tests stay hidden, worked notebooks are right."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rnnlab.errors import InputError
from rnnlab.exercises.assignment import chosen_ids, deal, export
from rnnlab.exercises.catalogue import find, of_chapter
from rnnlab.exercises.source import solution_of, stub_of

IDS = chosen_ids("1.3,2.3,4.2")


def sources(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


def test_the_same_seed_deals_the_same_and_another_seed_and_every_variant_something_else() -> None:
    first, second = deal(IDS, 5, seed=3, each=2), deal(IDS, 5, seed=3, each=2)
    assert first == second
    assert deal(IDS, 5, seed=4, each=2) != first
    assert len({variant.questions for variant in first}) == 5
    assert all(len(variant.questions) == 2 for variant in first)
    seeds = [seed for variant in first for q in variant.questions for seed in (q.public, q.hidden)]
    assert len(set(seeds)) == len(seeds)


def test_a_chapter_stands_for_all_of_its_exercises() -> None:
    assert chosen_ids("2.3, 1") == (*(each.id for each in of_chapter(1)), "2.3")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (((), 1, 0), "No exercise is chosen"),
        ((IDS, 0, 0), "0 variants cannot be dealt"),
        ((IDS, 1, 0, 4), "4 exercises each cannot be dealt from 3"),
    ],
)
def test_what_cannot_be_dealt_is_refused(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        deal(*arguments)


def test_an_assignment_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "marks.csv").write_text("")
    with pytest.raises(InputError, match="is not empty; name a new folder"):
        export(deal(IDS, 1, seed=0), "otter", tmp_path)


def test_for_otter_a_student_has_stubs_and_public_tests_and_the_grader_both(tmp_path: Path) -> None:
    (variant,) = deal(IDS, 1, seed=0)
    export((variant,), "otter", tmp_path / "out")
    here = tmp_path / "out" / "variant_01"
    student, worked = sources(here / "student/assignment.ipynb"), sources(here / "solutions/assignment.ipynb")
    for question in variant.questions:
        assert stub_of(question.exercise) in student
        assert solution_of(question.exercise) in worked
        assert not any(solution_of(question.exercise) in source for source in student)
        for folder, seeds in (("student", [question.public]), ("autograder", [question.public, question.hidden])):
            text = (here / folder / "tests" / f"{question.name}.py").read_text("utf-8")
            test = ast.literal_eval(text.split("test = ", 1)[1])
            assert [
                f"seed={seed}," in case["code"] for seed, case in zip(seeds, test["suites"][0]["cases"], strict=True)
            ]
            assert sum(test["points"]) == question.half * len(seeds)
        assert str(question.hidden) not in (here / "student" / "tests" / f"{question.name}.py").read_text("utf-8")


def test_for_nbgrader_the_answer_stands_between_its_marks_and_both_tests_carry_half_of_the_points(
    tmp_path: Path,
) -> None:
    (variant,) = deal(IDS, 1, seed=0)
    export((variant,), "nbgrader", tmp_path / "out")
    path = tmp_path / "out/source/variant_01/assignment.ipynb"
    sources(path)
    marked = [c for c in json.loads(path.read_text("utf-8"))["cells"] if "nbgrader" in c["metadata"]]
    assert sum(c["metadata"]["nbgrader"].get("points", 0) for c in marked) == sum(find(id).points for id in IDS)
    hidden = [c["source"] for c in marked if c["metadata"]["nbgrader"]["grade_id"].endswith("_hidden")]
    assert all("### BEGIN HIDDEN TESTS\nassert bool(check(" in source for source in hidden)
    assert len({c["metadata"]["nbgrader"]["grade_id"] for c in marked}) == len(marked) == 3 * len(IDS)
