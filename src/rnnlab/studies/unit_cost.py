"""Chapter 9: what a hidden unit more costs in the time of an update."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from rnnlab.layers import Cell, Reader
from rnnlab.studies import Claim, Records, Study, Verdict, interval, paired
from rnnlab.studies.stopwatch import on_one_core
from rnnlab.training import generator, initialise
from rnnlab.training.adam import Adam

DATA = 5  # the stream of a seed that the sequences come from
SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)


def time_sizes(
    *, cell: Cell, sizes: tuple[int, ...], length: int, batch_size: int, rounds: int, seed: int
) -> dict[str, Any]:
    """Times one update (forward, backward, Adam) at every size, in ms of one core.

    The sizes take turns, `rounds` times, and each keeps its shortest time: whatever else the machine does can only
    lengthen one. The clock counts the time of the processor, not of the wall, on which a long update is interrupted
    more often than a short one.
    """
    x = torch.from_numpy(generator(seed, DATA).standard_normal((batch_size, length, 8)).astype(np.float32))

    def update(size: int) -> Callable[[], None]:
        model = initialise(lambda: Reader(cell, 8, size, 1), seed)
        optimiser = Adam(model.parameters(), 1e-3)

        def run() -> None:
            optimiser.zero_grad()
            model(x).square().mean().backward()
            optimiser.step()

        return run

    updates = {size: update(size) for size in sizes}
    shortest = dict.fromkeys(sizes, math.inf)
    with on_one_core():
        for run in updates.values():
            run()  # compiles, allocates
        for turn in range(rounds):
            for size in sizes if turn % 2 else reversed(sizes):  # the one after the largest finds the cache empty
                began = time.process_time()
                updates[size]()
                shortest[size] = min(shortest[size], 1e3 * (time.process_time() - began))
    times = [shortest[size] for size in sizes]
    return {
        "milliseconds": [round(each, 4) for each in times],
        "per_doubling_small": per_doubling(sizes, times, up_to=16),
        "per_doubling_large": per_doubling(sizes, times, from_=128),
    }


def per_doubling(sizes: ArrayLike, times: ArrayLike, *, from_: int = 0, up_to: int = 10**9) -> float:
    """By what factor the time grows when the size doubles: geometric mean from the first to the last size in range."""
    size, spent = np.asarray(sizes), np.asarray(times)
    inside = np.flatnonzero((size >= from_) & (size <= up_to))
    first, last = inside[0], inside[-1]
    return float((spent[last] / spent[first]) ** (1 / np.log2(size[last] / size[first])))


def by_seed(records: Records, measurement: str) -> NDArray[np.float64]:
    """One number a seed: the mean over the cells."""
    return np.asarray(records.table.groupby("seed")[measurement].mean(), dtype=np.float64)


def small_are_free(records: Records) -> Verdict:
    """Up to 16 units: whether a doubling costs less than a quarter more."""
    return against(1.25, by_seed(records, "per_doubling_small"), better="lower")


def large_are_quadratic(records: Records) -> Verdict:
    """From 128 units on: whether a doubling costs more than three times the time; four would be quadratic."""
    return against(3.0, by_seed(records, "per_doubling_large"), better="higher")


def against(bound: float, factors: NDArray[np.float64], better: Literal["lower", "higher"]) -> Verdict:
    """Which side of the bound the factor lies on, one factor a seed."""
    mean, low, high = interval(factors)
    measured = f"A doubling takes {mean:.2f} [{low:.2f}, {high:.2f}] times the time"
    detail = f"{measured}, over {factors.size} seeds, against {bound:g}."
    return replace(paired(factors, bound, better=better), estimate=mean, interval=(low, high), detail=detail)


UNIT_COST = Study(
    name="unit_cost",
    question="What does twice as many units cost in time?",
    prediction="Next to nothing while they are few, four times as much when they are many.",
    section="9.3",
    trial=time_sizes,
    measure="per_doubling_large",
    vary={"cell": ("rnn", "gru", "lstm")},
    hold={"sizes": SIZES, "length": 50, "batch_size": 32, "rounds": 20},
    seeds=range(10),
    quick={"hold": {"rounds": 4}, "seeds": range(5)},
    claims=(
        Claim("9.3a", "Up to 16 units, twice as many cost less than a quarter more time", small_are_free),
        Claim("9.3b", "From 128 units on, twice as many cost more than three times the time", large_are_quadratic),
    ),
)
