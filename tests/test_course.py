"""The committed notebooks are those that the pages give; each runs from top to bottom, in its time, with verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build import build_notebooks
from course import ROOT, Course
from rnnlab.chapters.run import CourseRun, chapters, run_course

SECONDS = 60  # for a chapter in quick mode, its kernels compiled, on two cores
CHAPTERS = list(chapters(ROOT / "notebooks"))
DECISIONS = {"holds", "does not hold", "cannot tell"}


def test_the_committed_notebooks_are_those_of_the_pages_and_two_builds_agree(tmp_path: Path) -> None:
    build_notebooks(Course(), tmp_path)
    built = {path.name: path.read_bytes() for path in tmp_path.glob("*.ipynb")}
    committed = {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert sorted(built) == sorted(committed), "run `make notebooks` and commit what it changes"
    assert [name for name in built if built[name] != committed[name]] == [], "run `make notebooks` and commit"
    assert build_notebooks(Course(), tmp_path) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[chapter.name for chapter in CHAPTERS])
def test_a_chapter_runs_from_top_to_bottom_in_an_empty_folder(
    chapter: object, executed_course: tuple[CourseRun, Path]
) -> None:
    run = next(run for run in executed_course[0].chapters if run.chapter == chapter)
    assert run.error is None, run.error
    assert {verdict["decision"] for verdict in run.verdicts} <= DECISIONS
    assert run.verdicts or run.chapter.number is None, f"{run.chapter.name} ends without a verdict"


def complaints(folder: Path) -> list[str]:
    """What cells of the executed notebooks wrote to stderr, where warnings go."""
    return [
        f"{path.name}: {''.join(output['text'])}"
        for path in sorted(folder.glob("*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]


def test_no_cell_warns(executed_course: tuple[CourseRun, Path]) -> None:
    assert complaints(executed_course[1]) == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=[chapter.name for chapter in CHAPTERS])
def test_a_chapter_keeps_to_its_time(chapter: object, executed_course: tuple[CourseRun, Path], tmp_path: Path) -> None:
    run = next(run for run in executed_course[0].chapters if run.chapter == chapter)
    seconds = run.seconds
    if seconds > SECONDS:  # the first run may have compiled kernels, and the machine may have had other work
        only = ROOT / "notebooks"
        numbers = None if run.chapter.number is None else [run.chapter.number]
        again = run_course(numbers, out=tmp_path, folder=only)
        seconds = next(r for r in again.chapters if r.chapter == chapter).seconds
    assert seconds <= SECONDS, f"{run.chapter.name} takes {seconds:.0f} s; the budget of a chapter is {SECONDS} s"
