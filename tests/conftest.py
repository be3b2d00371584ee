"""What several tests share: the course run once, in quick mode, from its committed notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnlab.chapters.run import CourseRun, run_course

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def _own_progress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the person who runs it has solved."""
    before = os.environ.get("RNNLAB_PROGRESS")
    os.environ["RNNLAB_PROGRESS"] = str(tmp_path_factory.mktemp("progress") / "progress.json")
    yield
    os.environ.pop("RNNLAB_PROGRESS") if before is None else os.environ.update(RNNLAB_PROGRESS=before)


@pytest.fixture(scope="session")
def executed_course(tmp_path_factory: pytest.TempPathFactory) -> tuple[CourseRun, Path]:
    """The run of all notebooks, and the folder of the executed ones."""
    out = tmp_path_factory.mktemp("executed")
    return run_course(mode="quick", out=out, folder=ROOT / "notebooks"), out
