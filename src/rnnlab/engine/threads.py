"""A small pool of threads: each takes a slice of the batch for the whole sequence and waits for no other inside it.

The slices are cut by the batch alone and their results are added up in their own order, so the number of threads
changes the time and not one bit of the result. Kernels release the GIL; the pool is shared by all callers, several of
which may use it at once, and a forked child starts its own. A library with threads of its own can lend them (`borrow`).
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# team(take_part, helpers) has take_part called by the caller and by up to `helpers` other threads at once and returns
# True when all of them have come back; or False, having done nothing.
Team = Callable[[Callable[[], None], int], bool]


class _Job:
    """Slices 0 … count-1 of one call, taken one by one by whoever is free."""

    def __init__(self, work: Callable[[int], None], count: int) -> None:
        self._work = work
        self._waiting = deque(range(count))
        self._unfinished = count
        self._lock = threading.Lock()
        self._finished = threading.Event()
        self._error: BaseException | None = None

    def take_part(self) -> None:
        while True:
            try:
                index = self._waiting.popleft()
            except IndexError:
                return
            try:
                self._work(index)
            except BaseException as error:  # handed to the caller, who raises it: a helper thread must live on
                self._error = error
            with self._lock:
                self._unfinished -= 1
                if self._unfinished == 0:
                    self._finished.set()

    def result(self) -> None:
        self._finished.wait()
        if self._error is not None:
            raise self._error


class _Pool:
    def __init__(self) -> None:
        self.size = _usable_cores()
        self.team: Team | None = None
        self.forget_helpers()

    def forget_helpers(self) -> None:
        """A forked child has none of its parent's threads, and perhaps a lock that nobody will open."""
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._helpers = 0
        self._starting = threading.Lock()

    def run(self, work: Callable[[int], None], count: int) -> None:
        job = _Job(work, count)
        helpers = min(self.size, count) - 1
        if self.team is None or not self.team(job.take_part, helpers):
            self._start_helpers(helpers)
            for _ in range(helpers):
                self._jobs.put(job)
        job.take_part()
        job.result()

    def _start_helpers(self, wanted: int) -> None:
        with self._starting:
            while self._helpers < wanted:
                self._helpers += 1
                threading.Thread(target=self._help, name=f"rnnlab-engine-{self._helpers}", daemon=True).start()

    def _help(self) -> None:
        jobs = self._jobs
        while True:
            jobs.get().take_part()


_pool = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget_helpers)


def run_slices(work: Callable[[int], None], count: int, operations: float) -> None:
    """work(0), …, work(count-1), spread over the threads where the arithmetic is worth waking one."""
    if _pool.size == 1 or count == 1 or operations < WORTH_A_THREAD:
        for index in range(count):
            work(index)
    else:
        _pool.run(work, count)


# Waking a thread, and fetching what another core's cache holds, takes as long as one core needs for some ten million
# operations of a small cell.
WORTH_A_THREAD = 1.2e7


def borrow(team: Team | None) -> Team | None:
    """Asks `team` for helpers from now on, and starts threads of its own only where it has none to give.

    None: threads of its own alone. Returns whom it asked before.
    """
    before, _pool.team = _pool.team, team
    return before


def get_threads() -> int:
    """How many threads one call may use, the calling one included."""
    return _pool.size


def set_threads(count: int) -> None:
    """At most `count` threads for each call from now on, the calling one included; results keep every bit.

    Raises ValueError for less than one.
    """
    if count < 1:
        raise ValueError(f"set_threads({count}): the calling thread itself is one; ask for 1 or more.")
    _pool.size = int(count)
