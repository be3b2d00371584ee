"""A store loses nothing: not by a kill at any byte, not by a full disk, not by a second runner."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rnnlab
from rnnlab.errors import InputError
from rnnlab.studies import Record, results_folder
from rnnlab.studies.store import Writer, default_folder, read_records


def record(seed: int, **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "study": "walk",
        "fingerprint": "f" * 16,
        "mode": "full",
        "settings": {"cell": "rnn"},
        "seed": seed,
        "status": "done",
        "measurements": {"mae": 0.1 + seed, "text": "Grad °C, Zeile\n", "curve": [1.0, math.inf]},
        "error": None,
        "seconds": 1.5,
        "when": "2026-01-01T00:00:00+00:00",
        "version": rnnlab.__version__,
        "machine": {"cores": 2},
    }
    return Record(**(fields | changes))


def filled(folder: Path, count: int = 3) -> list[Record]:
    records = [record(seed) for seed in range(count)]
    with Writer(folder, "walk") as writer:
        for each in records:
            writer.append(each)
    return records


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    records = filled(tmp_path)
    assert read_records(tmp_path, "walk") == records
    assert len((tmp_path / "walk.jsonl").read_bytes().splitlines()) == 3
    assert read_records(tmp_path, "another") == []


def test_a_line_torn_at_any_byte_costs_its_own_trial_alone(tmp_path: Path) -> None:
    records = [record(seed, measurements={"ü": 1.5}, settings={}, machine={}, when="") for seed in range(3)]
    path = tmp_path / "walk.jsonl"
    whole = b"".join(each.line() for each in records)
    start = whole[:-1].rfind(b"\n") + 1
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        (tmp_path / "walk.jsonl.torn").unlink(missing_ok=True)
        complete = end == len(whole) - 1  # all but the newline
        assert read_records(tmp_path, "walk") == records[: 3 if complete else 2]
        with Writer(tmp_path, "walk") as writer:
            assert writer.records == records[: 3 if complete else 2]
            torn = start < end and not complete
            assert bool(writer.torn) == torn
            writer.append(record(9))
        assert read_records(tmp_path, "walk") == [*writer.records, record(9)]
        assert (tmp_path / "walk.jsonl.torn").exists() == torn
        if torn:
            assert (tmp_path / "walk.jsonl.torn").read_bytes() == whole[start:end] + b"\n"


@pytest.mark.parametrize(
    "garbage", [b"\x00\x00\x00", b"{}", b"[1, 2]", b"\xff\xfe", b'{"study": "walk"', b"<<<<<<< HEAD"], ids=repr
)
@pytest.mark.parametrize("place", [1, 3])
def test_garbage_in_a_whole_line_is_named_with_its_number_and_remedy(
    tmp_path: Path, garbage: bytes, place: int
) -> None:
    filled(tmp_path)
    path = tmp_path / "walk.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines.insert(place, garbage)
    path.write_bytes(b"\n".join(lines))
    before = path.read_bytes()
    for use in (lambda: read_records(tmp_path, "walk"), lambda: Writer(tmp_path, "walk").__enter__()):
        with pytest.raises(InputError) as refusal:
            use()
        assert f"{path}, line {place + 1}, is not a record" in str(refusal.value)
        assert "Delete that line" in str(refusal.value)
    assert path.read_bytes() == before
    path.write_bytes(b"\n".join(line for line in lines if line != garbage))  # the remedy
    assert read_records(tmp_path, "walk") == [record(0), record(1), record(2)]


def test_lines_that_another_system_ended_its_own_way_are_read(tmp_path: Path) -> None:
    records = filled(tmp_path)
    path = tmp_path / "walk.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_records(tmp_path, "walk") == records


HOLD = """
import sys, time
from rnnlab.studies.store import Writer
with Writer(sys.argv[1], "walk"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_runner_is_refused_by_a_sentence_until_the_first_is_gone(tmp_path: Path) -> None:
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=r"Another run is recording into .*walk\.jsonl\. Wait until it has ended"):
            Writer(tmp_path, "walk").__enter__()
        assert read_records(tmp_path, "walk") == []  # reading needs no lock
        with Writer(tmp_path, "talk"):  # another study's file is free
            pass
    finally:
        first.kill()
        first.wait()
        assert first.stdout is not None
        first.stdout.close()
    filled(tmp_path)


def test_a_lock_is_given_back_when_opening_fails(tmp_path: Path) -> None:
    (tmp_path / "walk.jsonl").write_bytes(b"garbage\n")
    with pytest.raises(InputError, match="line 1"):
        Writer(tmp_path, "walk").__enter__()
    (tmp_path / "walk.jsonl").write_bytes(b"")  # the same file, mended
    filled(tmp_path)


FULL = """
import resource, sys
from test_store import record
from rnnlab.errors import InputError
from rnnlab.studies.store import Writer
with Writer(sys.argv[1], "walk") as writer:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        for seed in range(100):
            writer.append(record(seed))
    except InputError as error:
        print(seed, error)
"""


@pytest.mark.parametrize("room", [1, 1000, 1001, 1002, 1003])
def test_a_record_that_does_not_fit_on_the_disk_is_taken_back_whole(tmp_path: Path, room: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.stderr == ""
    written, sentence = done.stdout.split(" ", 1)
    assert sentence.startswith(f"Cannot write {tmp_path / 'walk.jsonl'}: File too large.")
    assert "what was recorded before is kept" in sentence
    records = [record(seed) for seed in range(int(written))]
    assert (tmp_path / "walk.jsonl").read_bytes() == b"".join(each.line() for each in records)


def test_a_folder_that_cannot_be_written_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"Cannot write .*file/store/walk.jsonl: Not a directory"):
        Writer(tmp_path / "file" / "store", "walk").__enter__()
    (tmp_path / "walk.jsonl").mkdir()
    with pytest.raises(InputError, match=r"Cannot write .*walk.jsonl: Is a directory"):
        Writer(tmp_path, "walk").__enter__()
    with pytest.raises(InputError, match=r"Cannot read .*walk.jsonl: Is a directory"):
        read_records(tmp_path, "walk")


def test_the_results_of_the_course_lie_in_the_checkout_or_in_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    assert results_folder() == root / "results"
    assert default_folder("full") == root / "results"
    assert default_folder("quick") == Path("rnnlab-results")
    installed = tmp_path / "site-packages" / "rnnlab"
    monkeypatch.setattr(rnnlab, "__file__", str(installed / "__init__.py"))
    assert results_folder() == installed / "_course" / "results"
    assert default_folder("full") == Path("rnnlab-results")


def test_a_record_names_no_host_no_user_and_no_folder() -> None:
    from rnnlab.studies.machine import machine

    text = str(machine())
    assert os.uname().nodename not in text
    assert str(Path.home()) not in text
    assert machine()["cores"] == len(os.sched_getaffinity(0))
