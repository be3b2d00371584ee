"""Compiling takes over two settings of the whole process for a moment, and gives both back."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numba
import numpy as np
import pytest

from rnnlab.engine.compiled import Flat, kernel, lightly_optimised, without_garbage_collection

LEVEL = type(numba.config.OPT)


@pytest.fixture(params=[3, 1, 0, "max"])
def level(request: pytest.FixtureRequest) -> Iterator[object]:
    previous, numba.config.OPT = numba.config.OPT, LEVEL(request.param)
    yield numba.config.OPT
    numba.config.OPT = previous


def test_kernels_are_optimised_at_level_one_at_most_and_the_process_keeps_its_own(level: int) -> None:
    with lightly_optimised():
        assert min(level, 1) == numba.config.OPT
    assert numba.config.OPT is level


@pytest.mark.parametrize("collects", [True, False])
def test_the_garbage_collector_rests_while_a_kernel_is_compiled_and_then_does_what_it_did(collects: bool) -> None:
    was = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        with without_garbage_collection():
            assert not gc.isenabled()
        assert gc.isenabled() is collects
    finally:
        (gc.enable if was else gc.disable)()


def test_a_kernel_that_cannot_be_compiled_leaves_no_setting_behind(level: int) -> None:
    @kernel
    def wrong(x: Flat) -> None:
        x[0] = no_such_name  # type: ignore[name-defined]  # noqa: F821  # what makes it fail

    folder, collects = numba.config.CACHE_DIR, gc.isenabled()
    with pytest.raises(numba.TypingError):
        wrong[np.dtype(np.float32)]
    assert (numba.config.OPT, numba.config.CACHE_DIR, gc.isenabled()) == (level, folder, collects)
    assert numba.config.OPT is level
