"""Running notebooks: where one stops and why, what is kept, what is not run twice, and what a person reads of it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rnnlab.chapters import kernel
from rnnlab.chapters.run import chapters, default_out, notebooks_folder, run_course
from rnnlab.errors import InputError

VERDICT = {
    "claim": "1.1",
    "sentence": "It holds.",
    "decision": "holds",
    "estimate": 0.25,
    "interval": [0.2, 0.3],
    "detail": "",
    "mode": "quick",
    "seeds": 3,
}
SHOW = f"display({{'text/plain': '', 'application/vnd.rnnlab.verdict+json': {VERDICT!r}}}, raw=True)"


def cell(kind: str, source: str, number: int) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": f"cell{number}", "metadata": {}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def write(folder: Path, name: str, *sources: str) -> Path:
    """A notebook of a title, one section and these cells; a source that begins with # is prose."""
    prose = ["# 1. A title", "## 1.1 A section"]
    cells = [cell("markdown", text, i) for i, text in enumerate(prose)]
    cells += [cell("markdown" if s.startswith("#") else "code", s, i + 2) for i, s in enumerate(sources)]
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_a_chapter_runs_in_an_empty_folder_with_this_interpreter_and_its_mode(tmp_path: Path) -> None:
    write(
        tmp_path / "in",
        "01_a",
        "import os, sys, pathlib\nassert not list(pathlib.Path().iterdir()), 'not empty'",
        f"assert sys.executable == {sys.executable!r}",
        "assert os.environ['RNNLAB_MODE'] == 'full'",
        SHOW,
    )
    run = run_course(mode="full", folder=tmp_path / "in", out=tmp_path / "out")
    assert (run.exit_code, run.chapters[0].error, run.verdicts) == (0, None, (VERDICT,))
    assert run.as_json()["chapters"][0]["verdicts"] == [VERDICT]
    saved = json.loads((tmp_path / "out" / "01_a.ipynb").read_text())
    assert saved["metadata"]["rnnlab"]["mode"] == "full"


def test_an_unchanged_chapter_is_not_run_again_and_a_changed_one_is(tmp_path: Path) -> None:
    write(tmp_path / "in", "01_a", "1", SHOW)
    first = run_course(folder=tmp_path / "in", out=tmp_path / "out")
    second = run_course(folder=tmp_path / "in", out=tmp_path / "out")
    assert [run.chapters[0].reused for run in (first, second)] == [False, True]
    assert second.verdicts == first.verdicts == (VERDICT,)
    assert not run_course(folder=tmp_path / "in", out=tmp_path / "out", again=True).chapters[0].reused
    write(tmp_path / "in", "01_a", "2", SHOW)
    assert not run_course(folder=tmp_path / "in", out=tmp_path / "out").chapters[0].reused


def test_a_chapter_run_in_another_mode_or_left_half_written_is_run_again(tmp_path: Path) -> None:
    write(tmp_path / "in", "01_a", "1")
    run_course(folder=tmp_path / "in", out=tmp_path / "out")
    assert not run_course(mode="full", folder=tmp_path / "in", out=tmp_path / "out").chapters[0].reused
    (tmp_path / "out" / "01_a.ipynb").write_text('{"cells": [')
    assert not run_course(mode="full", folder=tmp_path / "in", out=tmp_path / "out").chapters[0].reused


def test_an_error_names_chapter_section_and_cell_and_the_next_chapter_runs(tmp_path: Path) -> None:
    write(
        tmp_path / "in", "01_a", "1", "# a comment\n## 1.2 Deeper", "x = 1\nassert x == 2, 'Claim 1.2 no longer holds'"
    )
    write(tmp_path / "in", "02_b", SHOW)
    run = run_course(folder=tmp_path / "in", out=tmp_path / "out")
    log = tmp_path / "out" / "01_a.log"
    assert run.chapters[0].error == (
        'Chapter 1 stopped in section "1.2 Deeper", cell 2 (x = 1): AssertionError: Claim 1.2 no longer holds. '
        f"The traceback is in {log}"
    )
    assert "assert x == 2" in log.read_text()
    assert "\x1b" not in log.read_text()
    assert (run.ok, run.exit_code, run.verdicts) == (False, 1, (VERDICT,))
    assert not (tmp_path / "out" / "01_a.ipynb").exists()


def test_a_cell_that_takes_too_long_and_a_kernel_that_dies_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kernel.CELL_SECONDS, "quick", 1)
    write(tmp_path / "in", "01_a", "import time; time.sleep(60)")
    write(tmp_path / "in", "02_b", "import os; os._exit(1)")
    run = run_course(folder=tmp_path / "in", out=tmp_path / "out")
    assert "cell 1 (import time; time.sleep(60)): it took longer than 1 s." in str(run.chapters[0].error)
    assert "the kernel died; a common cause is too little memory." in str(run.chapters[1].error)


def test_ctrl_c_ends_the_kernel_and_keeps_what_was_finished(tmp_path: Path) -> None:
    write(tmp_path / "in", "01_a", "1")
    pid = tmp_path / "pid"
    write(tmp_path / "in", "02_b", f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    code = (
        "from pathlib import Path; from rnnlab.chapters.run import run_course;"
        f"run_course(folder=Path({str(tmp_path / 'in')!r}), out=Path({str(tmp_path / 'out')!r}))"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    wait_for(lambda: pid.is_file() and pid.read_text() != "")
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert said.rstrip().endswith("KeyboardInterrupt"), said
    assert running.returncode != 0
    assert (tmp_path / "out" / "01_a.ipynb").is_file()
    wait_for(lambda: not alive(int(pid.read_text())))


def wait_for(happens: Any) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_table_of_verdicts_shows_each_claim_and_each_chapter(tmp_path: Path) -> None:
    write(tmp_path / "in", "01_a", SHOW)
    text = io.StringIO()
    run_course(folder=tmp_path / "in", out=tmp_path / "out").print(Console(file=text, width=100))
    shown = text.getvalue()
    assert "Verdicts of this run" in shown
    assert "0.25 [0.2, 0.3]" in shown
    assert "1. A title: ran from top to bottom in" in shown


def test_an_unknown_chapter_and_an_empty_folder_are_refused_with_a_remedy(tmp_path: Path) -> None:
    write(tmp_path / "in", "01_a", "1")
    write(tmp_path / "in", "engine", "1")
    assert [c.name for c in chapters(tmp_path / "in")] == ["01_a", "engine"]
    with pytest.raises(InputError, match=r"no chapter 7 to run; written are: 1\."):
        run_course([7], folder=tmp_path / "in", out=tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="make notebooks"):
        chapters(tmp_path / "empty")


def test_in_a_checkout_notebooks_and_runs_lie_in_it() -> None:
    root = Path(__file__).parents[2]
    assert (notebooks_folder(), default_out()) == (root / "notebooks", root / "build" / "course")
