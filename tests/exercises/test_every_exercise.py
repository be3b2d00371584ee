"""The whole catalogue: stub fails, solution passes, each wrong answer fails with its own diagnosis, for every seed."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from course import ROOT, Course
from rnnlab.exercises import catalogue, check, ids
from rnnlab.exercises.exercise import Code, Design, Exercise, Prediction, Repair, Wrong
from rnnlab.exercises.judging import standing
from rnnlab.exercises.report import hints_shown
from rnnlab.exercises.source import name_of, solution_of, stub_of

EXERCISES = [catalogue.find(id) for id in ids()]
CODE = [each for each in EXERCISES if isinstance(each, Code)]
SEEDS = range(20)


def named(each: Exercise) -> str:
    return each.id


every = pytest.mark.parametrize("exercise", EXERCISES, ids=named)


def answer_in(source: str, name: str) -> Any:
    """What a notebook cell with this source leaves under the name, in an otherwise empty notebook."""
    names: dict[str, Any] = {}
    exec(compile(source, "<cell>", "exec"), names)
    return names[name]


def answers(exercise: Exercise) -> list[Any]:
    """The right answers: the solution from its text, and those by other routes."""
    if isinstance(exercise, Prediction):
        return [exercise.truth()]
    assert isinstance(exercise, Code | Design)
    return [answer_in(solution_of(exercise), name_of(exercise)), *exercise.also_right]


@every
def test_the_stub_is_not_an_answer_and_is_found_out_at_once(exercise: Exercise) -> None:
    stub = answer_in(stub_of(exercise), name_of(exercise))
    check(exercise.id, stub, quiet=True)
    began = time.perf_counter()
    result = check(exercise.id, stub, quiet=True)
    assert not result
    assert "not answered yet" in result.report
    assert time.perf_counter() - began < 0.1


@every
def test_every_right_answer_passes(exercise: Exercise) -> None:
    for answer in answers(exercise):
        result = check(exercise.id, answer, quiet=True)
        assert result, result.report
        assert exercise.why.strip() in result.report


@every
def test_every_known_wrong_answer_fails_with_its_own_diagnosis(exercise: Exercise) -> None:
    assert isinstance(exercise, Prediction) or exercise.wrong, "an exercise knows mistakes that people make"  # type: ignore[attr-defined]  # every kind but the base has it
    for wrong in exercise.wrong:  # type: ignore[attr-defined]  # as above
        result = check(exercise.id, _value(exercise, wrong), quiet=True)
        assert not result, f"passes: {wrong.diagnosis}"
        others = [w.diagnosis for w in exercise.wrong if w is not wrong and w.diagnosis in result.report]  # type: ignore[attr-defined]  # as above
        assert wrong.diagnosis in result.report, f"wanted: {wrong.diagnosis}\n\n{result.report}"
        assert isinstance(exercise, Design) or not others


def _value(exercise: Exercise, wrong: Wrong) -> Any:
    return wrong.answer() if isinstance(exercise, Prediction) and callable(wrong.answer) else wrong.answer


@pytest.mark.parametrize("exercise", CODE, ids=named)
def test_twenty_seeds_agree(exercise: Code) -> None:
    answers = [exercise.solution, *(wrong.answer for wrong in exercise.wrong)]
    for seed in SEEDS:
        right, *others = standing(exercise, answers, seed)
        assert right, f"seed {seed} refuses the solution"
        assert not any(others), f"seed {seed} lets pass: {exercise.wrong[others.index(True)].diagnosis}"


@every
def test_an_answer_that_never_ends_is_stopped(exercise: Exercise) -> None:
    def endless(*given: Any) -> None:
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass

    began = time.perf_counter()
    result = check(exercise.id, endless, seconds=0.1, quiet=True)
    assert not result
    assert time.perf_counter() - began < 2
    assert "stopped after" in result.report or isinstance(exercise, Prediction)


@pytest.mark.parametrize("exercise", [e for e in CODE if isinstance(e, Repair)], ids=named)
def test_the_clinic_shows_symptoms_first_and_the_cause_last(exercise: Repair) -> None:
    def as_it_came(*given: Any) -> Any:
        return exercise.broken(*given)

    report = check(exercise.id, as_it_came, quiet=True).report
    assert "**Symptom.**" in report
    assert "Likely mistake" not in report
    assert exercise.hints[2] not in report


@every
def test_after_three_failed_tries_the_messages_carry_every_hint(exercise: Exercise) -> None:
    assert [hints_shown(failures) for failures in (1, 2, 3, 9)] == [0, 1, 3, 3]
    assert len({*exercise.hints}) == 3
    assert all(len(hint) > 30 for hint in exercise.hints)


@every
def test_the_section_to_reread_is_there(exercise: Exercise) -> None:
    course = Course()
    pages = [page for page in course.pages.values() if page.chapter == str(exercise.chapter)]
    assert pages, f"chapter {exercise.chapter} is not written"
    assert exercise.label in pages[0].targets, f"({exercise.label})= is no target of {pages[0].path.name}"
    assert pages[0].targets[exercise.label].startswith(f"{exercise.section} ")


@every
def test_the_words_are_whole(exercise: Exercise) -> None:
    texts = [exercise.statement, exercise.why, *exercise.hints]
    assert all(text.strip() and text.count("$") % 2 == 0 for text in texts)
    assert not re.search(r"TODO|TBD|XXX", " ".join(texts))
    assert 1 <= exercise.points <= 5
    assert len(exercise.title) < 60


def test_the_numbers_of_a_chapter_count_up_from_one() -> None:
    for chapter in range(1, 11):
        numbers = [int(each.id.split(".")[1]) for each in catalogue.of_chapter(chapter)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_an_exercise_is_one_file_below_three_hundred_lines() -> None:
    for path in (ROOT / "src/rnnlab/exercises").glob("*/*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 300, path.name
