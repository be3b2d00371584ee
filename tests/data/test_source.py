from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from rnnlab.data import Source
from rnnlab.errors import InputError

BYTES = b"a,b\n1,2\n"


def source(file: str = "data/table.csv", package: str = "carried_data") -> Source:
    return Source(package, "1.2", file, hashlib.sha256(BYTES).hexdigest(), "Numbers made for a test, CC0.")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that carries a file and fails when it is imported."""
    folder = tmp_path / "carried_data"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "data" / "table.csv").write_bytes(BYTES)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_file_is_found_in_a_package_that_cannot_be_imported(package: Path) -> None:
    assert source().path().read_bytes() == BYTES
    assert "carried_data" not in sys.modules


def test_a_missing_package_ends_in_the_command_that_installs_it() -> None:
    with pytest.raises(InputError, match=r"no_such_data is not installed; run: pip install no_such_data==1\.2$"):
        source(package="no_such_data").path()


def test_a_single_damaged_byte_is_noticed(package: Path) -> None:
    (package / "data" / "table.csv").write_bytes(BYTES.replace(b"2", b"3"))
    with pytest.raises(InputError, match=r"damaged.*pip install --force-reinstall --no-deps carried_data==1\.2$"):
        source().path()


def test_a_package_of_another_version_without_the_file_is_named(package: Path) -> None:
    with pytest.raises(InputError, match=r"carried_data has no file data/other\.csv.*carried_data==1\.2$"):
        source("data/other.csv").path()


def test_a_module_that_is_no_package_carries_no_data(package: Path) -> None:
    (package.parent / "lone_module.py").write_text("")
    with pytest.raises(InputError, match="lone_module is not installed"):
        source(package="lone_module").path()
