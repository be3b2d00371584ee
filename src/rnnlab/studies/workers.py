"""Processes that run trials, in the shape of the standard Pool, and that survive the death of one of their own."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol, Self

from rnnlab.errors import InputError

READY = "ready"
ALONE = True  # whether this process has the cores of the machine to itself; a worker shares them


class Pool(Protocol):
    """What multiprocessing.Pool, ray.util.multiprocessing.Pool and the two pools here have in common."""

    def imap_unordered(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """function(task) for every task, each as soon as it is there."""
        ...


@dataclass(frozen=True)
class Lost:
    """In place of a result: the process that worked on `task` died."""

    task: Any
    reason: str


class Here:
    """The pool of no other process: one task after the other, in this one."""

    def imap_unordered(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """function(task), in the order of the tasks."""
        return map(function, tasks)


class Workers:
    """`count` fresh processes: with Workers(2) as pool: for result in pool.imap_unordered(function, tasks): …

    A process that dies (killed for memory, a crash in compiled code) costs its own task, which comes back as `Lost`;
    another takes its place. multiprocessing.Pool would wait for that task for ever; ProcessPoolExecutor would give up
    what every other process was doing, without saying whose death it was. Leaving the block ends the processes at
    once; they also end when this process dies. Ctrl-C reaches this process alone.

    Processes start when there is work for them. With `importing`, the names of modules, all start now and import these,
    while this process does something else.
    """

    def __init__(self, count: int, *, importing: Sequence[str] = ()) -> None:
        self._count = count
        self._all = [_Worker(importing) for _ in range(count if importing else 0)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._all:
            worker.end()
        self._all.clear()

    def imap_unordered(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """function(task) for every task as soon as it is there, or Lost(task). `function` must not raise."""
        waiting = deque(tasks)
        while waiting or self._busy:
            while len(self._all) < min(self._count, len(waiting) + len(self._busy)):
                self._all.append(_Worker())
            for worker in self._all:
                if waiting and worker.task is None:
                    worker.give(function, waiting.popleft())
            ready = wait([worker.pipe for worker in self._busy])
            for worker in [each for each in self._busy if each.pipe in ready]:
                yield from self._hear(worker)

    @property
    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._all if worker.task is not None]

    def _hear(self, worker: _Worker) -> Iterator[Any]:
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):
            self._all.remove(worker)
            yield Lost(worker.task[0], worker.cause_of_death())  # type: ignore[index]  # a busy worker has a task
            return
        if said == READY:
            worker.ready = True
        else:
            worker.task = None
            yield said[0]


class _Worker:
    """One process, the pipe to it, and the task that it is at (in a tuple of one, since a task may be None)."""

    def __init__(self, importing: Sequence[str] = ()) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy torch's and Numba's threads half alive
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, importing), daemon=True)
        self.task: tuple[Any] | None = None
        self.ready = False
        with _deaf_to_interrupts():
            self.process.start()
        theirs.close()

    def give(self, function: Callable[[Any], Any], task: Any) -> None:
        self.task = (task,)
        with suppress(OSError):  # it died: its end of the pipe is closed, and reading from it says so
            self.pipe.send((function, task))

    def cause_of_death(self) -> str:
        """After its pipe closed by itself: how the process ended."""
        self.process.join(5)
        self.end()
        code = self.process.exitcode or 0
        if code > 0 and not self.ready:
            raise InputError(
                f"A worker process could not start (exit code {code}; its reason stands above). In a script, call "
                'run() under `if __name__ == "__main__":`, or use workers=1.'
            )
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def end(self) -> None:
        """Ends it, whatever it is doing."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


def serve(pipe: Connection, importing: Sequence[str] = ()) -> None:
    """The life of a worker: import what it will need, take a task, give its result, until the other end is gone."""
    global ALONE
    ALONE = False
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for module in importing:
        importlib.import_module(module)
    pipe.send(READY)
    while True:
        try:
            function, task = pipe.recv()
        except EOFError:
            return
        pipe.send((function(task),))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """A process started within never hears Ctrl-C; this one hears it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Matrix products on one thread, so that a trial gives the same bits alone and beside others.

    Of every library that is loaded now (threadpoolctl) or later (environment), and of torch's own pool. The engine
    gives the same bits on any number of threads: in a worker it takes one, since workers share the cores; alone, all.
    """
    from threadpoolctl import threadpool_limits

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    torch, engine = sys.modules.get("torch"), sys.modules.get("rnnlab.engine")
    threads = torch.get_num_threads() if torch else 1
    try:
        with threadpool_limits(1):
            if torch:
                torch.set_num_threads(1)
            if engine and not ALONE:
                engine.set_threads(1)
            yield
    finally:
        if torch:
            torch.set_num_threads(threads)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
