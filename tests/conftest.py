"""What several tests share: the course run once, in quick mode, from its committed notebooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnlab.chapters.run import CourseRun, run_course

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def executed_course(tmp_path_factory: pytest.TempPathFactory) -> tuple[CourseRun, Path]:
    """The run of all notebooks, and the folder of the executed ones."""
    out = tmp_path_factory.mktemp("executed")
    return run_course(mode="quick", out=out, folder=ROOT / "notebooks"), out
