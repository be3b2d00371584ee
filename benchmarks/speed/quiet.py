"""Waits until the cores are free: a shared machine gives two at one moment and hardly more than one at the next.

On a virtual machine two cores may be the two threads of one, or somebody else's at times, and no figure of the system
says so. What says so is work: a matrix product on every core at once takes as long as one alone, or the cores are not
free. Each timing waits until they are, whoever is timed next, but not for ever: how many did not is in the record.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

FREE = 1.25  # times what the product takes alone at best
PATIENCE = 10.0  # seconds, after which the timing begins on cores that are not free, and is counted


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Cores:
    """All cores of this machine, as seen from a process that does nothing else."""

    def __init__(self) -> None:
        threadpool_limits(1, "blas")
        self._matrix = np.ones((256, 256), dtype=np.float32)
        self._threads = ThreadPoolExecutor(cores())
        self._alone = min(self._seconds(1) for _ in range(100))
        self.waited = 0.0
        self.begun = self.begun_not_free = 0

    def wait(self) -> None:
        """Returns when a product on each core takes as long as one alone, or after PATIENCE."""
        start = time.perf_counter()
        while not (free := self._free()) and time.perf_counter() - start < PATIENCE:
            time.sleep(0.1)
        self.waited += time.perf_counter() - start
        self.begun += 1
        self.begun_not_free += not free

    def _free(self) -> bool:
        """The best of three: a thread that wakes late is no sign of a core that is taken."""
        return min(self._seconds(cores()) for _ in range(3)) < FREE * self._alone

    def _seconds(self, count: int) -> float:
        start = time.perf_counter()
        list(self._threads.map(self._products, range(count)))
        return time.perf_counter() - start

    def _products(self, _: int) -> None:
        for _ in range(6):
            self._matrix @ self._matrix
