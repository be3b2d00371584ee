"""Every cell of every implementation passes every check of the battery."""

from __future__ import annotations

import pytest

from cell_battery import CHECKS, Check, Implementation
from cell_implementations import IMPLEMENTATIONS

CASES = [pytest.param(entry.run, cell, id=f"{entry.name}-{cell}") for entry in IMPLEMENTATIONS for cell in entry.cells]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("run", "cell"), CASES)
def test_a_cell_passes_the_battery(run: Implementation, cell: str, check: Check) -> None:
    check(run, cell)
