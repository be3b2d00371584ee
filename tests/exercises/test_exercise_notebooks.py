"""Every exercise stands in its chapter; its notebook says what is not answered; the worked one is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blocks import Exercise
from course import ROOT, Course
from rnnlab.chapters.kernel import run_notebook
from rnnlab.chapters.run import CourseRun
from rnnlab.exercises import catalogue, ledger

COURSE = Course()
CHAPTERS = [page for page in COURSE.pages.values() if str(page.chapter).isdigit()]
WORKED = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def ids_in(page: Any) -> list[str]:
    return [block.id for block in page.blocks if isinstance(block, Exercise)]


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for c in notebook["cells"] if c["cell_type"] == "code" and "set-up" not in c["metadata"].get("tags", [])]


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.name)
def test_a_chapter_has_its_exercises_each_once_and_in_order(page: Any) -> None:
    assert ids_in(page) == [each.id for each in catalogue.of_chapter(int(page.chapter))]


def test_every_chapter_with_exercises_has_a_worked_notebook() -> None:
    assert [path.stem for path in WORKED] == sorted(page.name for page in CHAPTERS if ids_in(page))


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_the_worked_notebook_runs_from_top_to_bottom_and_solves_every_exercise(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RNNLAB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in code_cells(json.loads(path.read_text("utf-8"))):
        exec(compile("".join(cell["source"]), path.name, "exec"), names)
    solved = {id for id, entry in ledger.read().items() if entry.solved}
    assert solved == set(ids_in(COURSE.pages[path.stem])), capsys.readouterr().out


def test_in_a_kernel_a_check_shows_its_report_once_and_no_objects_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNLAB_PROGRESS", str(tmp_path / "progress.json"))
    worked = next(path for path in WORKED if path.stem == "01_introduction")
    executed = run_notebook(worked, "quick", lambda section, done: None)
    checks = [cell for cell in code_cells(executed) if "check(" in "".join(cell["source"])]
    assert len(checks) == len(ids_in(COURSE.pages["01_introduction"]))
    for cell in checks:
        (output,) = cell["outputs"]
        assert "**Why.**" in "".join(output["data"]["text/markdown"])


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.name)
def test_in_the_chapters_own_notebook_every_check_says_that_nothing_is_answered(
    page: Any, executed_course: tuple[CourseRun, Path]
) -> None:
    executed = json.loads((executed_course[1] / f"{page.name}.ipynb").read_text("utf-8"))
    cells = [cell for cell in code_cells(executed) if "exercise" in cell["metadata"].get("tags", [])]
    checks = [cell for cell in cells if "\ncheck(" in "\n" + "".join(cell["source"])]
    assert len(checks) == len(ids_in(page))
    for cell in checks:
        (output,) = cell["outputs"]
        assert "not answered yet" in "".join(output["data"]["text/markdown"])
