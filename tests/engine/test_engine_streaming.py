"""A stream moved on step by step gives what the whole sequence gives, and allocates nothing on the way."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from reference_cells import CELLS, case, module_of

from rnnlab import engine


def stream_of(cell: str, weights: list[Any], batch: int) -> Any:
    if cell in ("tanh", "relu"):
        return engine.ElmanStream(*weights, nonlinearity=cell, batch=batch)
    return {"gru": engine.GRUStream, "lstm": engine.LSTMStream}[cell](*weights, batch=batch)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_the_sequence(cell: str, batch: int, dtype: Any) -> None:
    one = case(cell, 9, batch, 3, 18, dtype)
    outputs, *ends, _ = module_of(cell).forward(one.x, *one.states, *one.weights, **one.options)
    stream = stream_of(cell, one.weights, batch)
    stream.reset(*one.states)
    steps = np.stack([stream.step(x).copy() for x in one.x])
    assert np.allclose(steps, outputs, rtol=0, atol=20 * np.finfo(dtype).eps)
    assert np.allclose(stream.hidden, ends[0], rtol=0, atol=20 * np.finfo(dtype).eps)
    if cell == "lstm":
        assert np.allclose(stream.cell_state(), ends[1], rtol=0, atol=20 * np.finfo(dtype).eps)
    stream.reset()
    assert not stream.hidden.any()
    fresh = stream_of(cell, one.weights, batch)
    assert np.array_equal(stream.step(one.x[0]), fresh.step(one.x[0]))


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_allocates_no_memory_that_stays(cell: str) -> None:
    one = case(cell, 1, 1, 3, 64, np.float32)
    stream = stream_of(cell, one.weights, 1)
    hidden = stream.step(one.x[0])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            assert stream.step(one.x[0]) is hidden
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 4 * 64 * 4 + 1000  # less than one more state and the interpreter's own small change


def test_a_step_of_the_wrong_shape_is_refused() -> None:
    stream = engine.GRUStream(*case("gru").weights)
    with pytest.raises(ValueError, match=r"takes float64 \(1, 3\), one step of each sequence"):
        stream.step(np.zeros(3))
