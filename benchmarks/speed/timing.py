"""A process for each peer, so that no peer's thread pool stands in another's way; all peers in a new order each round.

A second pool of threads in one process slows torch up to tenfold, and on a busy machine a peer that is timed last is
timed in other weather than the first. So each peer has a process of its own, which sleeps while another is timed; a
round goes through the peers in a random order; each timing waits for free cores (`quiet`); each call is made
once untimed before it is timed.
"""

from __future__ import annotations

import importlib
import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from speed.case import Case
from speed.quiet import Cores

Times = dict[tuple[Case, str], list[float]]


class Peer:
    """A library in its own process."""

    def __init__(self, name: str, module: str) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=serve, args=(module, there))
        self._process.start()
        self.missing = ""
        self.version = ""
        try:
            self.version = self.ask("version")
        except RuntimeError as reason:
            self.missing = str(reason)

    def ask(self, what: str, *arguments: Any) -> Any:
        self._here.send((what, *arguments))
        well, answer = self._here.recv()
        if not well:
            raise RuntimeError(f"{self.name}: {answer}")
        return answer

    def close(self) -> None:
        self._here.send(("close",))
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()


def serve(module: str, there: Connection) -> None:
    """The peer's side: build a case, call it, forget it."""
    built: dict[Case, tuple[Callable[[], Any], float]] = {}  # the call, and the seconds of its first, untimed run
    try:
        peer: Any = importlib.import_module(f"speed.{module}")
    except ImportError as absent:
        peer, reason = None, f"not installed ({absent})"
    while True:
        try:
            what, *arguments = there.recv()
        except EOFError:  # the benchmark is gone: killed or interrupted
            return
        try:
            if what == "close":
                there.close()
                return
            if peer is None:
                there.send((False, reason))
                continue
            if what == "version":
                answer: Any = peer.version()
            elif what == "build":
                call = peer.build(*arguments)
                answer = call is not None
                if call is not None:
                    start = time.perf_counter()
                    call()
                    built[arguments[0]] = call, time.perf_counter() - start
            elif what == "time":
                answer = timed(*built[arguments[0]], arguments[1])
            elif what == "value":
                answer = value(arguments[0], built[arguments[0]][0]())
            elif what == "forget":
                answer = built.pop(arguments[0], None) and None
            else:
                answer = getattr(peer, what)(*arguments)
            there.send((True, answer))
        except Exception:  # whatever a peer dies of belongs in the report of this peer
            there.send((False, traceback.format_exc(limit=-2)))


def timed(call: Callable[[], Any], first: float, budget: float) -> list[float]:
    """Seconds of each of 1 … 100 calls, as many as fit into the budget, after one that does not count.

    A call of a second warms itself up: for it, the untimed run after building is enough.
    """
    if first < 1:
        call()
    seconds: list[float] = []
    while len(seconds) < 100 and (not seconds or sum(seconds) < budget):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def value(case: Case, result: Any) -> float:
    """One number of a call, by which peers are held against each other: Σ cotangent · outputs."""
    found = np.asarray(result.detach() if hasattr(result, "detach") else result, dtype=float)
    return float(found if found.ndim == 0 else (case.cotangent() * found.reshape(case.T, case.B, case.H)).sum())


def race(
    case: Case, peers: Sequence[Peer], rounds: int, budget: float, times: Times, rng: np.random.Generator, quiet: Cores
) -> list[str]:
    """Times one case on every peer that can run it; returns complaints: who failed, who computed something else."""
    complaints, running, values = [], [], {}
    for peer in peers:
        try:
            if not peer.missing and peer.ask("build", case):
                running.append(peer)
                if case.what in ("training", "inference"):
                    values[peer.name] = peer.ask("value", case)
        except RuntimeError as failure:
            complaints.append(str(failure))
    for name, found in values.items():
        expected = values[running[0].name]
        if not np.isclose(found, expected, rtol=1e-3, atol=1e-2 * (case.T * case.B) ** 0.5):
            complaints.append(f"{name} computes {found:.6g} where {running[0].name} computes {expected:.6g}: {case}")
    for _ in range(rounds):
        for peer in rng.permutation(np.array(running, dtype=object)):
            time.sleep(0.02)  # the threads of the peer before go to sleep
            quiet.wait()
            times.setdefault((case, peer.name), []).extend(peer.ask("time", case, budget))
    for peer in running:
        peer.ask("forget", case)
    return complaints
