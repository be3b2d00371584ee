"""Progress where it is watched: a real pseudo-terminal, a real kernel, a real pipe."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from rnnlab.training import faces
from rnnlab.training.progress import Progress, spoken

WORK = """
import signal, sys, time
from rnnlab.training import Progress
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start deaf to Ctrl-C
with Progress("weather", total=20, unit="runs") as progress:
    for i in range(20):
        time.sleep(0.02)
        progress.advance(note=f"gru, [bold]seed {i}")
        if i == 9:
            print("a result")
        if "stop" in sys.argv and i == 14:
            raise RuntimeError("no")
        if "wait" in sys.argv and i == 14:
            print("waiting", flush=True)
            time.sleep(60)
"""


def on_a_terminal(*arguments: str, interrupt: bool = False, **environment: str) -> tuple[str, str, int]:
    """Runs WORK with stderr on a pseudo-terminal and stdout on a pipe: (what the terminal got, stdout, exit code)."""
    master, slave = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    env = {name: value for name, value in env.items() if name != "NO_COLOR" or "NO_COLOR" in environment}
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, *arguments], stderr=slave, stdout=subprocess.PIPE, env=env, text=True
    )
    os.close(slave)
    seen: list[bytes] = []
    reader = threading.Thread(target=read_to_the_end, args=(master, seen))
    reader.start()  # beside the process: a terminal that nobody reads fills, and stops who writes to it
    first = ""
    if interrupt:
        assert process.stdout is not None
        first = process.stdout.readline() + process.stdout.readline()
        process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    reader.join()
    os.close(master)
    return b"".join(seen).decode(), first + out, process.returncode


def read_to_the_end(master: int, seen: list[bytes]) -> None:
    try:
        while part := os.read(master, 65536):
            seen.append(part)
    except OSError:  # the other end is closed: what Linux says in place of an end of file
        pass


def test_a_terminal_shows_a_bar_gives_the_cursor_back_and_keeps_one_line() -> None:
    seen, out, code = on_a_terminal()
    assert (out, code) == ("a result\n", 0)
    assert "runs (" in seen and "left · gru, [bold]seed" in seen
    assert re.search(r"\x1b\[[0-9;]*3[0-9]|\x1b\[[0-9;]*9[0-9]", seen), "a bar has a colour"
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    left = seen[seen.rindex("\x1b[2K") + 4 :]
    assert re.fullmatch(r"weather: 20 runs in [\d.]+ s\r\n", left)


def test_a_title_in_brackets_is_text_and_no_style(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("weather [red]", face="terminal") as progress:
        progress.advance()
    assert "weather [red]: 1 in " in capsys.readouterr().err


def test_no_color_is_honoured_on_a_terminal() -> None:
    seen, _, _ = on_a_terminal(NO_COLOR="1")
    assert "runs (" in seen
    assert not re.search(r"\x1b\[[0-9;]*(3|9)[0-9]m", seen)


def test_ctrl_c_leaves_the_terminal_clean_and_passes_on() -> None:
    seen, out, code = on_a_terminal("wait", interrupt=True)
    assert out == "a result\nwaiting\n"
    assert code == -signal.SIGINT or code == 130
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert "weather: interrupted at 15/20 runs (75 %) after" in seen[seen.rindex("\x1b[2K") :]
    assert "KeyboardInterrupt" in seen


def test_an_exception_says_how_far_the_work_came_and_passes_on() -> None:
    seen, _, code = on_a_terminal("stop")
    assert code == 1
    assert "weather: stopped at 15/20 runs (75 %) after" in seen
    assert "RuntimeError: no" in seen


def test_a_pipe_gets_few_plain_lines() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, timeout=60)
    assert done.stdout == "a result\n"
    assert re.fullmatch(r"weather: 20 runs in [\d.]+ s\n", done.stderr)


def test_a_log_has_a_line_for_a_tenth_or_after_long_and_none_more_often(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "LOG_SECONDS", 0.0)
    with Progress("study", total=200, face="log") as progress:
        for _ in range(200):
            progress.advance()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("study: 20/200 (10 %), ") and lines[-1].startswith("study: 200 in ")
    monkeypatch.setattr(faces, "LOG_SECONDS", 60.0)
    monkeypatch.setattr(faces, "LOG_LONGEST", 0.05)
    with Progress("study", face="log") as progress:
        progress.advance()
        time.sleep(0.06)
        progress.advance(note="two")
    assert re.fullmatch(r"study: 2, [\d.]+ s · two\nstudy: 2 in [\d.]+ s\n", capsys.readouterr().err)


class Listener(NotebookClient):
    """A notebook client that remembers which kinds of message the kernel sent."""

    def process_message(self, message, *arguments):  # type: ignore[no-untyped-def]
        self.kinds = [*getattr(self, "kinds", []), message["msg_type"]]
        return super().process_message(message, *arguments)


@pytest.mark.filterwarnings("default")  # what a kernel's client warns about is not ours
def test_a_notebook_updates_one_display_and_keeps_a_static_line(tmp_path: Path) -> None:
    cell = WORK.replace("sleep(0.02)", "sleep(0.04)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    client = Listener(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [output for output in notebook.cells[0].outputs if output.output_type != "stream"]
    assert len(shown) == 1
    assert set(shown[0].data) == {"text/plain", "text/html"}
    assert re.fullmatch(r"weather: 20 runs in [\d.]+ s", shown[0].data["text/plain"])
    assert re.fullmatch(r"<div>weather: 20 runs in [\d.]+ s</div>", shown[0].data["text/html"])
    streams = [output for output in notebook.cells[0].outputs if output.output_type == "stream"]
    assert [stream.name for stream in streams] == ["stdout"]
    seconds = float(shown[0].data["text/plain"].split()[-2])
    assert 2 <= client.kinds.count("update_display_data") <= seconds / faces.NOTEBOOK_SECONDS + 2, "throttled"
    assert "comm_open" not in client.kinds, "no widget"


def test_what_a_notebook_shows_escapes_html() -> None:
    progress = Progress("<b>", total=2, face="silent")
    progress.note = "a < b"
    bundle = faces.Notebook._bundle(progress)
    assert "&lt;b&gt;: 0/2" in bundle["text/html"] and "a &lt; b" in bundle["text/html"]
    assert bundle["text/html"].startswith('<div><progress max="2" value="0"></progress> ')


def test_an_inner_progress_speaks_through_the_outer_one(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("course", total=2, unit="chapters", face="log") as course:
        with Progress("study", total=4, face="log") as study:
            with Progress("training", total=8, face="silent") as training:
                training.advance(3)
            assert course.note == "", "silent means silent"
            study.advance(note="seed 0")
            assert course.note == "study: 1/4 (25 %)"
            with Progress("training", total=8) as training:
                training.advance(4)
            assert (study.note, course.note) == ("training: 4/8 (50 %)", "study: 1/4 (25 %)")
        course.advance(note="2")
        assert course.note == "2"
    assert re.fullmatch(r"course: 1 chapters in [\d.]+ s\n", capsys.readouterr().err)


def test_a_progress_after_an_exception_is_outermost_again(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Progress("one", face="log"), Progress("two", face="log"):
        raise KeyboardInterrupt
    assert re.fullmatch(r"one: interrupted at 0 after [\d.]+ s\n", capsys.readouterr().err)
    with Progress("three", face="log"):
        pass
    assert capsys.readouterr().err.startswith("three: 0 in ")


def test_the_time_left_counts_only_what_this_sitting_did() -> None:
    with Progress("resumed", total=100, done=90, face="silent") as progress:
        assert progress.seconds_left is None
        time.sleep(0.05)
        progress.advance(5)
        left = progress.seconds_left
        assert left is not None and 0.8 * progress.seconds < left <= progress.seconds
        assert re.fullmatch(r"95/100 \(95 %\), [\d.]+ s, about [\d.]+ s left", progress.text())


def test_worker_processes_are_silent() -> None:
    code = (
        "import multiprocessing as m\n"
        "from rnnlab.training.faces import face_here\n"
        "if __name__ == '__main__':\n"
        "    with m.get_context('spawn').Pool(1) as pool:\n"
        "        print(face_here(), pool.apply(face_here))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "log silent\n", done.stderr


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")],
)
def test_a_duration_is_said_as_one_says_it(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
