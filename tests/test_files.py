"""Files are either whole or not there."""

from __future__ import annotations

import errno
import os

import pytest

from rnnlab.errors import InputError
from rnnlab.files import saying_what_failed, whole_file


def test_a_file_takes_its_place_when_the_block_ends_well(tmp_path) -> None:
    path = tmp_path / "new" / "table.csv"
    with whole_file(path) as part:
        part.write_text("a,b\n")
        assert not path.exists()
    assert path.read_text() == "a,b\n"
    assert [each.name for each in path.parent.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_block_leaves_the_old_file_and_nothing_else(tmp_path, interruption) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(interruption), whole_file(path) as part:
        part.write_text("half")
        raise interruption
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_that_cannot_be_made_is_named_with_a_remedy(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InputError, match=r"Cannot write .*table\.csv: .* Check the path"),
        whole_file(tmp_path / "file" / "table.csv"),
    ):
        pass


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(errno.ENOSPC, "Free some disk space"), (errno.EACCES, "you may write to"), (errno.EROFS, "you may write to")],
)
def test_each_refusal_of_the_system_has_its_own_remedy(code: int, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy), saying_what_failed("table.csv"):
        raise OSError(code, os.strerror(code))


def test_a_written_file_can_be_read_by_whom_the_umask_lets(tmp_path) -> None:
    before = os.umask(0o022)
    try:
        with whole_file(tmp_path / "table.csv") as part:
            part.write_text("")
    finally:
        os.umask(before)
    assert (tmp_path / "table.csv").stat().st_mode & 0o777 == 0o644
