"""The course as a reader gets it: from a wheel, in an empty folder, with other versions than those of constraints.txt.

`make installed` runs this, and CI after `make test`; there it would double the time. Two environments are made: one
with the versions that Colab has loaded, one with the oldest that pyproject.toml admits. Of torch both get the version
of constraints.txt, the one that the index has for a CPU alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from test_colab import OWN_BUILD, ROOT, colab, name_of, requirements
from test_course import complaints

CENTURIES_AND_HOURS = """
import pandas as pd
from rnnlab.errors import InputError
from rnnlab.forecasting.reading import read_table
from rnnlab.tasks.table import row_at

table = read_table(pd.DataFrame({"year": range(1700, 2100), "y": [k % 11 for k in range(400)]}), target="y")
print(table.frequency, len(next(iter(table)).values))
hours = pd.date_range("2023-10-01", periods=1000, freq="h", tz="Europe/Berlin")
try:
    row_at(hours, "2023-10-29 02:30", "train_until")
except InputError as error:
    assert "leave out or have twice" in str(error)
else:
    raise AssertionError("it was cut there")
"""
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


class Place(NamedTuple):
    """An environment with rnnlab[course] in it, and an empty folder to work in."""

    python: Path
    empty: Path
    versions: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RNNLAB"))}
        environment["HOME"] = environment["NUMBA_CACHE_DIR"] = str(self.empty.parent)
        return subprocess.run(
            (str(self.python), *command), cwd=self.empty, env=environment, capture_output=True, text=True, check=False
        )


def oldest() -> dict[str, str]:
    floors = [Requirement(requirement) for requirement in requirements()]
    assert all(re.fullmatch(r">=[\d.]+", str(floor.specifier)) for floor in floors)
    return {name_of(floor.name): str(floor.specifier).removeprefix(">=") for floor in floors}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {name_of(line): line.split("==")[1] for line in lines if "==" in line and not line.startswith("#")}


@pytest.fixture(scope="module", params=[colab, oldest])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp(request.param.__name__)
    left_open = {"pip", "setuptools"}  # the second, because torch asks for a newer one than Colab has
    versions = {name: version.split("+")[0] for name, version in request.param().items() if name not in left_open}
    versions |= {name: pinned()[name] for name in OWN_BUILD}
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
    (folder / "empty").mkdir()
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    place = Place(python, folder / "empty", versions)
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    built = place.run(*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    assert built.returncode == 0, built.stderr
    wheel = next(folder.glob("rnnlab-*.whl"))
    installed = place.run(*pip, "install", "--constraint", str(constraints), f"{wheel}[course]")
    assert installed.returncode == 0, installed.stderr
    return place


@pytest.fixture(scope="module")
def executed(place: Place) -> subprocess.CompletedProcess[str]:
    print(f"\nAll chapters, {place.empty.parent.name}: some minutes", file=sys.__stderr__, flush=True)
    return place.run("-m", "rnnlab", "course")


def test_what_is_asked_for_is_installed_in_the_version_that_was_to_be_tried(place: Place) -> None:
    listed = json.loads(place.run("-m", "pip", "list", "--format", "json").stdout)
    found = {name_of(package["name"]): Version(package["version"]) for package in listed}
    asked = {name_of(requirement) for requirement in requirements()}
    assert asked <= set(found)
    tried = {name: Version(place.versions[name]) for name in asked & set(place.versions)}
    assert {"numpy", "pandas", "numba", "torch", "matplotlib", "ipykernel"} <= set(tried)
    assert {name: Version(found[name].public) for name in tried} == tried


def test_the_doctor_finds_all_well_the_engine_included(place: Place) -> None:
    done = place.run("-m", "rnnlab", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Numba {place.versions['numba']}" in done.stdout
    assert "ready in" in done.stdout


def test_three_centuries_are_read_and_an_hour_that_clocks_have_twice_is_refused(place: Place) -> None:
    """What older releases of pandas cannot do, or say in words of their own."""
    done = place.run("-c", CENTURIES_AND_HOURS)
    assert (done.returncode, done.stdout) == (0, "YS-JAN 400\n"), done.stdout + done.stderr


def test_every_chapter_runs_from_top_to_bottom(executed: subprocess.CompletedProcess[str], place: Place) -> None:
    assert executed.returncode == 0, executed.stdout + executed.stderr[-4000:]
    assert sorted(path.name for path in (place.empty / "rnnlab-course").iterdir()) == CHAPTERS


@pytest.mark.usefixtures("executed")
def test_no_cell_warns(place: Place) -> None:
    assert complaints(place.empty / "rnnlab-course") == []


def test_the_terminal_shows_progress_and_no_warning(executed: subprocess.CompletedProcess[str]) -> None:
    assert "Course, quick mode" in executed.stderr
    assert "warning" not in executed.stderr.lower()
