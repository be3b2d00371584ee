"""rnnlab study verify and compare, through the door of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parent / "rnnlab_with_samples.py"


def study(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SAMPLES), "study", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def recorded(cwd: Path) -> Path:
    assert study("run", "walk", "--workers", "1", cwd=cwd).returncode == 0
    return cwd / "rnnlab-results" / "walk.jsonl"


def changed(file: Path, target: Path, by: float) -> None:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        line["measurements"]["mae"] += by
        line["machine"]["processor"] = "a slide rule"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_verify_says_the_same_or_what_differs_and_where_it_was_recorded(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    same = study("verify", "walk", "--quick", "--sample", "4", cwd=tmp_path)
    assert (same.returncode, same.stdout.count(": the same")) == (0, 4)
    changed(file, file, by=1.0)
    differs = study("verify", "walk", "--quick", "--sample", "1", cwd=tmp_path)
    assert differs.returncode == 1
    assert "differs in mae (mae by " in differs.stdout
    assert "processor a slide rule" in differs.stdout
    as_json = study("verify", "walk", "--quick", "--sample", "1", "--json", cwd=tmp_path)
    assert json.loads(as_json.stdout)[0]["differing"] == ["mae"]


def test_compare_says_what_has_moved_between_two_folders(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    changed(file, tmp_path / "before" / "walk.jsonl", by=0.0)
    still = study("compare", "walk", "before", "rnnlab-results", "--quick", cwd=tmp_path)
    assert (still.returncode, still.stdout.count("the same")) == (0, 2)
    changed(file, tmp_path / "before" / "walk.jsonl", by=2.0)
    moved = study("compare", "walk", "before", "rnnlab-results", "--quick", cwd=tmp_path)
    assert (moved.returncode, moved.stdout.count(": moved")) == (1, 2)
    as_json = study("compare", "walk", "before", "rnnlab-results", "--quick", "--json", cwd=tmp_path)
    assert [row["has_moved"] for row in json.loads(as_json.stdout)] == [True, True]


def test_misuse_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    for arguments, said in (
        (("verify", "walk"), "are not recorded"),
        (("compare", "walk", "nowhere", "rnnlab-results"), "nowhere has no records of walk"),
        (("run", "walk", "--on", "clouds"), "--on is 'clouds'; give ray"),
        (("run", "walk", "--on", "ray", "--workers", "2"), "give one of the two"),
    ):
        done = study(*arguments, cwd=tmp_path)
        assert done.returncode == 2, arguments
        assert said in done.stderr
        assert "Traceback" not in done.stderr
