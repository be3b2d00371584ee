"""The engine's tanh and logistic function against float64, over every float32 there is.

    python benchmarks/activation_error.py            all of them, a minute or two on two free cores
    python benchmarks/activation_error.py --every 64

Errors are absolute, and in units in the last place of the true value (ulp) wherever that is a normal number.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine import get_threads
from rnnlab.engine.compiled import Flat, kernel
from rnnlab.engine.pointwise import logistic, tanh
from rnnlab.engine.simd import lanes, load, store

Array = npt.NDArray[Any]
CHUNK = 1 << 20


@kernel
def both(x: Flat, hyperbolic: Flat, sigmoid: Flat) -> None:
    for i in range(0, x.size, lanes(x)):
        store(hyperbolic, i, tanh(load(x, i)))
        store(sigmoid, i, logistic(load(x, i)))


def reference_logistic(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


FUNCTIONS: dict[str, Callable[[Array], Array]] = {"tanh": np.tanh, "logistic": reference_logistic}


def worst(start: int, every: int) -> dict[str, tuple[float, float, float, float]]:
    """Over one chunk of bit patterns, a function: the largest error in ulp, where; the largest absolute one, where."""
    bits = (start + every * np.arange(CHUNK, dtype=np.uint64)).astype(np.uint32)
    x = bits.view(np.float32)
    results = {name: np.empty_like(x) for name in FUNCTIONS}
    both[x.dtype](x, *results.values())
    nan = np.isnan(x)
    found = {}
    for name, function in FUNCTIONS.items():
        got = results[name]
        if not np.array_equal(np.isnan(got), nan):
            sys.exit(f"{name}: NaN must come out where NaN went in, and nowhere else.")
        true = function(np.where(nan, 0, x).astype(np.float64))
        error = np.where(nan, 0, np.abs(got - true))
        normal = np.abs(true) >= np.finfo(np.float32).tiny
        ulp = np.where(normal, error / np.spacing(np.abs(true).astype(np.float32)), 0)
        i, j = int(ulp.argmax()), int(error.argmax())
        found[name] = (float(ulp[i]), float(x[i]), float(error[j]), float(x[j]))
    return found


def sweep(every: int) -> dict[str, tuple[float, float, float, float]]:
    """`worst` over all bit patterns of float32, or every Nth of them."""
    starts = range(0, 1 << 32, CHUNK * every)
    with ThreadPoolExecutor(get_threads()) as pool:
        found = list(pool.map(lambda start: worst(start, every), starts))
    overall = {}
    for name in FUNCTIONS:
        by_ulp = max((chunk[name] for chunk in found), key=lambda figures: figures[0])
        by_size = max((chunk[name] for chunk in found), key=lambda figures: figures[2])
        overall[name] = (*by_ulp[:2], *by_size[2:])
    return overall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="look at every Nth float32 (default: all)")
    every = parser.parse_args().every
    began = time.perf_counter()
    overall = sweep(every)
    count = (1 << 32) // every
    print(f"{count:,} of the 4,294,967,296 float32 values, {time.perf_counter() - began:.0f} s")
    for name, (ulp, at, absolute, there) in overall.items():
        print(f"{name:9} at most {ulp:.2f} ulp (at {at:.9g}), at most {absolute:.2e} absolute (at {there:.9g})")


if __name__ == "__main__":
    main()
