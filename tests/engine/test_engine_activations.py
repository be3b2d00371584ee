"""What forward keeps is held in memory that was used before, and never in memory that somebody still holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from reference_cells import case, run_engine

from rnnlab.engine import activations as room
from rnnlab.engine.activations import activations

FLOAT = np.dtype(np.float32)


@pytest.fixture(autouse=True)
def every_array_is_large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(room, "LARGE", 0)
    room._free.clear()
    yield
    room._free.clear()


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_memory_that_nobody_holds_is_used_again() -> None:
    first = activations((100, 64), FLOAT)
    where = address(first)
    del first
    assert len(room._free) == 1
    assert address(activations((99, 64), FLOAT)) == where


def test_memory_that_a_view_still_holds_is_not_given_away() -> None:
    first = activations((100, 64), FLOAT)
    first[:] = 1.0
    row = first[7]
    del first
    second = activations((100, 64), FLOAT)
    second[:] = 2.0
    assert (row == 1.0).all()


def test_an_array_starts_on_a_cache_line_and_has_its_shape() -> None:
    array = activations((3, 48), np.dtype(np.float64))
    assert (array.shape, array.dtype, address(array) % 64) == ((3, 48), np.float64, 0)
    assert array.flags.c_contiguous
    assert array.flags.writeable


def test_a_much_larger_array_is_not_held_by_a_small_need() -> None:
    large = activations((1000, 64), FLOAT)
    where = address(large)
    del large
    assert address(activations((10, 64), FLOAT)) != where


def test_no_more_than_a_few_arrays_are_kept() -> None:
    held = [activations((50, 64), FLOAT) for _ in range(3 * room.KEPT)]
    del held
    assert len(room._free) == room.KEPT


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_what_stood_in_the_memory_before_changes_no_bit(cell: str) -> None:
    one = case(cell, 9, 20, 5, 19, np.float32, lengths=np.arange(20) % 9 + 1, seed=3)

    def bits() -> list[bytes]:
        values, gradients = run_engine(one)
        return [a.tobytes() for a in (*values, *gradients) if a is not None]

    fresh = bits()
    for held in list(room._free):
        held[:] = 0xFF  # as float32: not a number
    assert room._free
    assert bits() == fresh
