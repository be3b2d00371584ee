"""tanh and the logistic function: a dense sample of float32, the edges, and float64. The whole sweep is a benchmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnlab.engine.compiled import Flat, kernel
from rnnlab.engine.pointwise import logistic, relu, tanh
from rnnlab.engine.simd import lanes, load, store

Array = npt.NDArray[Any]


@kernel
def apply(which: int, x: Flat, y: Flat) -> None:
    for i in range(0, x.size, lanes(x)):
        v = load(x, i)
        if which == 0:
            store(y, i, tanh(v))
        elif which == 1:
            store(y, i, logistic(v))
        else:
            store(y, i, relu(v))


def true_logistic(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


FUNCTIONS: dict[str, tuple[int, Callable[[Array], Array]]] = {"tanh": (0, np.tanh), "logistic": (1, true_logistic)}


def engine_of(name: str, x: Array) -> Array:
    padded = np.resize(x, -(-x.size // 16) * 16)
    y = np.empty_like(padded)
    apply[x.dtype]({"tanh": 0, "logistic": 1, "relu": 2}[name], padded, y)
    return y[: x.size]


def errors_in_ulp(found: Array, true: Array) -> Array:
    normal = np.abs(true) >= np.finfo(found.dtype).tiny
    return np.abs(found - true)[normal] / np.spacing(np.abs(true[normal]).astype(found.dtype)).astype(true.dtype)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float32_is_within_three_units_in_the_last_place(name: str) -> None:
    every = np.arange(0, 1 << 32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)
    near = np.linspace(-20, 20, 400_001, dtype=np.float32)
    x = np.concatenate((every[np.isfinite(every)], near))
    found = engine_of(name, x)
    true = FUNCTIONS[name][1](x.astype(np.float64))
    assert errors_in_ulp(found, true).max() < 3
    assert np.abs(found - true).max() < 2**-23
    assert np.abs(found).max() <= 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_float64_is_within_three_units_in_the_last_place(name: str) -> None:
    if np.finfo(np.longdouble).nmant <= 52:
        limit = 4.0  # no wider type here to be measured by: the reference errs by itself
    else:
        limit = 3.0
    x = np.concatenate((np.linspace(-40, 40, 400_001), np.logspace(-300, 2, 3001), -np.logspace(-300, 2, 3001)))
    true = FUNCTIONS[name][1](x.astype(np.longdouble))
    assert errors_in_ulp(engine_of(name, x), true).max() < limit


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_are_exact_and_nan_stays_nan(dtype: Any) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    assert np.array_equal(engine_of("tanh", x), np.array([np.nan, 1, -1, 0, 0, 1, -1]), equal_nan=True)
    assert np.signbit(engine_of("tanh", x)[4])
    sigmoid = engine_of("logistic", x)
    assert np.isnan(sigmoid[0]) and (sigmoid[[1, 5]] == 1).all() and (sigmoid[[3, 4]] == 0.5).all()
    assert (sigmoid[[2, 6]] >= 0).all() and (sigmoid[[2, 6]] < 1e-37).all()
    assert np.array_equal(engine_of("relu", x), np.maximum(x, 0), equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tanh_is_odd_and_keeps_what_is_too_small_to_be_normal(dtype: Any) -> None:
    x = np.linspace(0, 12, 9999).astype(dtype)
    assert engine_of("tanh", -x).tobytes() == (-engine_of("tanh", x)).tobytes()
    tiny = np.finfo(dtype).smallest_subnormal * np.array([1, 3, 1000], dtype)
    assert np.array_equal(engine_of("tanh", tiny), tiny)
