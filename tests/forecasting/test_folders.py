"""A folder is a table of one series a file; what is wrong with one file concerns that file alone."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnlab.errors import InputError
from rnnlab.forecasting import read_table


def written(path: Path, n: int = 30) -> None:
    days = pd.date_range("2023-01-01", periods=n, freq="D", name="ds")
    pd.DataFrame({"y": np.random.default_rng(n).standard_normal(n).round(3)}, index=days).to_csv(path)


def test_a_folder_is_read_file_by_file_when_asked_for(tmp_path: Path) -> None:
    for place in range(4):
        written(tmp_path / f"meter{place}.csv", 30 + place)
    (tmp_path / "readme.md").write_text("no table")
    table = pickle.loads(pickle.dumps(read_table(tmp_path)))
    assert table.ids == ("meter0", "meter1", "meter2", "meter3")
    assert [len(each) for each in table] == [30, 31, 32, 33]


@pytest.mark.parametrize("name", ["broken", "zz_broken"])
def test_a_file_that_cannot_be_read_leaves_the_others_wherever_it_stands(name: str, tmp_path: Path) -> None:
    for place in range(4):
        written(tmp_path / f"meter{place}.csv", 30 + place)
    (tmp_path / f"{name}.csv").write_bytes(b"ds,y\n2023-01-01,abc\n")
    table = read_table(tmp_path)
    assert set(table.ids) == {"meter0", "meter1", "meter2", "meter3", name}
    assert [len(table.read(f"meter{place}")) for place in range(4)] == [30, 31, 32, 33]
    assert "those of meter0.csv" in str(table.findings[0])
    with pytest.raises(InputError, match=rf"{name}\.csv, line 2: 'abc'"):
        table.read(name)


def test_where_no_file_can_be_read_the_first_ones_fault_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"ds,y\n2023-01-01,abc\n")
    (tmp_path / "b.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.csv has no column of numbers"):
        read_table(tmp_path)


def test_files_that_differ_in_their_ending_alone_are_two_series(tmp_path: Path) -> None:
    written(tmp_path / "meter.csv", 30)
    written(tmp_path / "meter.csv.gz", 31)
    written(tmp_path / "other.csv", 32)
    table = read_table(tmp_path)
    assert {id: len(table.read(id)) for id in table.ids} == {"meter.csv": 30, "meter.csv.gz": 31, "other": 32}


def test_what_was_done_to_a_files_rows_is_told_of_its_series(tmp_path: Path) -> None:
    written(tmp_path / "a.csv")
    written(tmp_path / "b.csv")
    lines = (tmp_path / "b.csv").read_text().splitlines()
    (tmp_path / "b.csv").write_text("\n".join([*lines, lines[-1]]))
    table = read_table(tmp_path)
    assert [each.code for each in table.read("b").findings] == ["duplicates"]
    assert table.read("a").findings == ()


@pytest.mark.parametrize(("name", "said"), [("=1+1", True), ("@shop", True), ("-5", False), ("shop", False)])
def test_a_name_that_begins_like_a_formula_stays_as_it_is_and_is_told_of(name: str, said: bool, tmp_path: Path) -> None:
    written(tmp_path / f"{name}.csv")
    frame = pd.read_csv(tmp_path / f"{name}.csv").assign(shop=name)
    for table in (read_table(tmp_path), read_table(frame, id="shop", target="y")):
        assert table.ids == (name,)
        assert [each.place for each in table.findings if each.code == "formula"] == [name] * said
