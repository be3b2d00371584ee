"""Times that can be compared: several ways of doing one thing, run in turn, again and again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Race:
    """The fastest call of each round, in seconds: seconds[name][r]."""

    seconds: Mapping[str, npt.NDArray[np.float64]]

    def times_faster(self, name: str, than: str) -> float:
        """How many times faster `name` is than the other, each by its fastest call."""
        return float(self.seconds[than].min() / self.seconds[name].min())

    def milliseconds(self, name: str) -> float:
        """Of the fastest call."""
        return float(1e3 * self.seconds[name].min())


def race(runners: Mapping[str, Callable[[], object]], *, rounds: int = 5, slot: float = 0.02) -> Race:
    """In every round each runner is called for about `slot` seconds after one call that does not count.

    The order of the runners turns round with every round, so that a busy minute of the machine meets all of them. The
    fastest call stands: other work on the machine can only add to a time.
    """
    times = {name: np.empty(rounds) for name in runners}
    for turn in range(rounds):
        for name in runners if turn % 2 == 0 else reversed(list(runners)):
            run = runners[name]
            if turn == 0 or times[name][turn - 1] < slot:  # what takes longer is warm from the round before
                run()
            times[name][turn] = _fastest(run, slot)
    return Race(times)


@contextmanager
def on_one_core() -> Iterator[None]:
    """Inside, NumPy, torch and the engine compute on one thread each: what is compared is the work, not the pool."""
    import torch
    from threadpoolctl import threadpool_limits

    from rnnlab import engine

    threads = torch.get_num_threads(), engine.get_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        engine.set_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads[0])
            engine.set_threads(threads[1])


def _fastest(run: Callable[[], object], slot: float) -> float:
    fastest, spent = math.inf, 0.0
    while spent < slot:
        seconds = _timed(run)
        fastest, spent = min(fastest, seconds), spent + seconds
    return fastest


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
