"""What a reader has done is kept in one file that survives damage, and the ladder climbs with the failed tries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sample_code import STATES

from rnnlab.exercises import answering, catalogue, check, hint, ledger, progress, solution
from rnnlab.exercises.exercise import Code


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv("RNNLAB_PROGRESS", str(path))
    return path


def first_code() -> Code:
    return next(each for id in catalogue.ids() if isinstance(each := catalogue.find(id), Code))


def test_the_ladder_climbs_with_failed_tries_and_the_same_answer_twice_is_one_try(
    own_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise = first_code()
    tries = [lambda *given: None, lambda *given: 1, lambda *given: 2, lambda *given: 3]
    for number, answer in enumerate(tries, start=1):
        for _ in range(2):
            report = check(exercise.id, answer).report
            shown = [hint for hint in exercise.hints if hint in report]
            assert shown == list(exercise.hints[: (0, 1, 3, 3)[number - 1]])
            assert ("solution(" in report) == (number >= 3)
    assert ledger.entry(exercise.id).failures == 4
    assert capsys.readouterr().out.count(": not yet.") == 8


def test_solving_is_kept_with_its_points_and_shown(own_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exercise = first_code()
    assert check(exercise.id, exercise.solution)
    stored = json.loads(own_file.read_text("utf-8"))["exercises"][exercise.id]
    assert (bool(stored["solved"]), stored["points"]) == (True, exercise.points)
    capsys.readouterr()
    progress()
    out = capsys.readouterr().out
    assert f"1 of {len(catalogue.ids())} exercises solved" in out
    assert f"| {exercise.id} | {exercise.title} | ✓ solved |" in out
    assert str(own_file) in out


def test_hints_climb_and_the_solution_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = first_code()
    for number in (1, 2, 3, 3):
        hint(exercise.id)
        out = capsys.readouterr().out
        assert [text in out for text in exercise.hints] == [True] * number + [False] * (3 - number)
    solution(exercise.id)
    assert exercise.why.strip() in capsys.readouterr().out
    assert ledger.entry(exercise.id).solution_seen


@pytest.mark.parametrize(
    "damage", ["", "{", '{"exercises": 3}', '{"exercises": {"1.1": {"failures": "many"}}}', "\x00\xff", "[]"]
)
def test_a_damaged_file_is_put_aside_and_a_new_one_begun(damage: str, own_file: Path) -> None:
    own_file.parent.mkdir(parents=True)
    own_file.write_bytes(damage.encode("latin-1"))
    assert ledger.entry("1.1").failures == 0
    assert ledger.failed("1.1", "an answer").failures == 1
    assert ledger.entry("1.1").failures == 1
    assert own_file.with_name("progress.json.damaged").read_bytes() == damage.encode("latin-1")


def test_where_nothing_can_be_written_the_record_lives_as_long_as_the_process(
    own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_file.parent.write_text("a file where a folder should be", "utf-8")
    assert ledger.failed("1.1", "one").failures == 1
    assert ledger.failed("1.1", "two").failures == 2
    own_file.parent.unlink()
    assert ledger.failed("1.1", "three").failures == 3
    assert json.loads(own_file.read_text("utf-8"))["exercises"]["1.1"]["failures"] == 3


def test_quiet_shows_nothing_and_keeps_nothing(own_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exercise = first_code()
    assert check(exercise.id, exercise.solution, quiet=True)
    assert not check(exercise.id, None, quiet=True)
    assert not own_file.exists()
    assert capsys.readouterr() == ("", "")


def test_the_place_is_where_the_system_keeps_such_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RNNLAB_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert ledger.place() == tmp_path / "rnnlab" / "progress.json"
    monkeypatch.setattr("sys.platform", "darwin")
    assert ledger.place().as_posix().endswith("Library/Application Support/rnnlab/progress.json")


def test_an_answer_that_was_never_shown_counts_for_nothing() -> None:
    def wrong(*given: Any) -> None:
        return None

    answering.judged(STATES, wrong)
    assert ledger.read() == {}
