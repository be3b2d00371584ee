"""`rnnlab exercise` and `rnnlab exercises` through their own door: texts, streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnlab.exercises import catalogue
from rnnlab.exercises.exercise import Code, Exercise
from rnnlab.exercises.in_file import check_file
from rnnlab.exercises.in_file import main as in_its_process
from rnnlab.exercises.source import name_of, solution_of, stub_of

EXERCISE = next(e for e in catalogue.of_chapter(4) if type(e) is Code)  # a chapter that loads fast


def rnnlab_run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RNNLAB_PROGRESS": str(cwd / "progress.json")}
    command = [sys.executable, "-m", "rnnlab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def answered(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "my_file.py").write_text(source, "utf-8")
    return rnnlab_run("exercise", EXERCISE.id, "my_file.py", cwd=folder)


def returning(exercise: Exercise, expression: str) -> str:
    return f"def {name_of(exercise)}(*given):\n    return {expression}\n"


def test_without_a_file_it_shows_what_is_asked_and_the_stub(tmp_path: Path) -> None:
    done = rnnlab_run("exercise", EXERCISE.id, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert EXERCISE.statement.strip() in done.stdout
    assert stub_of(EXERCISE) in done.stdout
    assert not (tmp_path / ".hypothesis").exists()


def test_a_right_answer_exits_with_0_a_wrong_one_and_a_stub_with_1(tmp_path: Path) -> None:
    right = answered(tmp_path, f"print('loading')\n{solution_of(EXERCISE)}")
    assert (right.returncode, right.stderr) == (0, "")
    assert f"Exercise {EXERCISE.id}, {EXERCISE.title}: right." in right.stdout
    assert "loading" not in right.stdout
    wrong = answered(tmp_path, returning(EXERCISE, "None"))
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert "It returns None." in wrong.stdout
    (tmp_path / "stub.py").write_text(stub_of(EXERCISE), "utf-8")
    assert in_its_process(EXERCISE.id, str(tmp_path / "stub.py")) == 1
    assert not (tmp_path / ".hypothesis").exists()
    rows = {row["id"]: row for row in json.loads(rnnlab_run("exercises", "list", "--json", cwd=tmp_path).stdout)}
    assert (rows[EXERCISE.id]["solved"], rows[EXERCISE.id]["failures"]) == (True, 1)
    assert list(rows) == list(catalogue.ids())


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(:\n", "my_file.py is not Python in line 1"),
        ("x = 1\n", f"my_file.py defines no {name_of(EXERCISE)}, which is what the answer is called."),
        ("1 / 0\n", "my_file.py stops with ZeroDivisionError: division by zero."),
        ("raise SystemExit\n", "my_file.py stops with SystemExit"),
    ],
)
def test_a_file_without_an_answer_is_a_mistake_in_one_sentence(
    source: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_file.py").write_text(source, "utf-8")
    assert in_its_process(EXERCISE.id, "my_file.py") == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith(sentence)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["exercise", "1.99"], "There is no exercise 1.99; chapter 1 has 1.1"),
        (["exercise", EXERCISE.id, "gone.py"], "gone.py cannot be read as text"),
        (["exercise", EXERCISE.id, "gone.py", "--hint"], "one of them at a time"),
        (["exercises", "export", "--format", "otter", "--ids", "1.1", "--out", "."], "is not empty; name a new folder"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("")
    done = rnnlab_run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_call_that_never_comes_back_to_python_is_ended_with_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RNNLAB_PROGRESS", str(tmp_path / "progress.json"))
    path = tmp_path / "my_file.py"
    path.write_text(f"import itertools\n\n\n{returning(EXERCISE, 'sum(itertools.count())')}")
    began = time.perf_counter()
    assert check_file(EXERCISE.id, path, seconds=6) == 1
    assert time.perf_counter() - began < 15
    assert "It was ended after 6 s: one call in it does not come back." in capsys.readouterr().out


def test_hints_and_solution_are_shown_and_an_assignment_is_exported(tmp_path: Path) -> None:
    assert EXERCISE.hints[0] in rnnlab_run("exercise", EXERCISE.id, "--hint", cwd=tmp_path).stdout
    assert EXERCISE.why.strip() in rnnlab_run("exercise", EXERCISE.id, "--solution", cwd=tmp_path).stdout
    options = ["--format", "otter", "--ids", EXERCISE.id, "--variants", "2", "--out", "week"]
    done = rnnlab_run("exercises", "export", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 variants, 1 exercises in each" in done.stdout
    assert (tmp_path / "week" / "variant_02" / "student" / "assignment.ipynb").is_file()
