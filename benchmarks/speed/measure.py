"""All measurements in order, with a line of progress for each."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import partial
from os import environ, getloadavg
from statistics import median

import numpy as np

from speed.case import CELLS, GATES, SIZES, Case
from speed.quiet import Cores, cores
from speed.timing import Peer, Times, race

PEERS = {"rnnlab": "peer_rnnlab", "torch": "peer_torch", "JAX": "peer_jax", "Keras": "peer_keras", "ONNX": "peer_onnx"}

TRAINING = [Case("training", cell, *size) for cell in CELLS for size in SIZES]
INFERENCE = [Case("inference", cell, *size) for cell in CELLS for size in SIZES]
WIDE = [Case("training", cell, *size, "float64") for cell in ("GRU", "LSTM") for size in SIZES[1:3]]
PACKED = [Case("packed", cell, 64, T, 32, 128) for cell in ("GRU", "LSTM") for T in (100, 500)]
STEPS = [Case("step", cell, 1, 500, 32, 64) for cell in CELLS]
TRIALS = [Case("trials", cell, 32, 100, 1, 32) for cell in CELLS]
MEMORY = [Case("training", cell, 32, T, 8, 64) for cell in CELLS for T in (250, 500, 1000)]
CHUNK = 50
GROWTH = {
    "T": [Case("training", "GRU", 32, T, 8, 64) for T in (50, 100, 200, 400, 800)],
    "B": [Case("training", "GRU", B, 100, 8, 64) for B in (16, 32, 64, 128, 256)],
    "H": [Case("training", "GRU", 64, 50, 32, H) for H in (64, 128, 256, 512)],
}

FIRST_USE = """
import time, torch
from rnnlab import engine, layers
layer, x = layers.{cell}(3, 5), torch.randn(7, 2, 3)
start = time.perf_counter()
layer(x)[0].sum().backward()
print(time.perf_counter() - start)
"""


@dataclass
class Measured:
    """Seconds of every call by case and peer, and what was measured besides."""

    times: Times = field(default_factory=dict)
    products: dict[Case, float] = field(default_factory=dict)
    torch_trials_in_processes: dict[Case, float] = field(default_factory=dict)
    bytes_held: dict[Case, int] = field(default_factory=dict)
    bytes_held_in_chunks: dict[Case, int] = field(default_factory=dict)
    first_use: dict[str, float] = field(default_factory=dict)
    later_use: dict[str, float] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)
    quiet: Cores = field(default_factory=Cores)

    def median(self, case: Case, peer: str) -> float:
        return float(np.median(self.times[case, peer]))

    def ratio(self, case: Case, peer: str) -> float:
        """How many times as long as ours the peer takes."""
        return self.median(case, peer) / self.median(case, "rnnlab")


def products(case: Case) -> int:
    """Floating-point operations of a training step's matrix products: two a multiply-add, x without gradient."""
    gates, steps = GATES[case.cell] * case.H, case.T * case.B
    return 2 * steps * gates * (2 * (case.I + case.H) + case.H)


def seconds_of_products(case: Case, torch: Peer) -> float:
    """What the products alone take at the rate that torch's product reaches on one core at this width, times the cores.

    32 rows or the core's share of the batch: at fewer, torch's own call takes longer than its product. The state's
    product, forward and backward, comes step by step: one sequence has one core, and all else has all of them.
    """
    gates, steps, working = GATES[case.cell] * case.H, case.T * case.B, min(case.B, cores())
    rate = torch.ask("product_rate", max(32, -(-case.B // working)), case.H, gates)
    in_turn = 2 * steps * gates * 2 * case.H
    return (products(case) - in_turn) / (rate * cores()) + in_turn / (rate * working)


def measure(quick: bool) -> Measured:
    """Everything; quick: fewer rounds and every second size."""
    found = Measured()
    peers = [Peer(name, module) for name, module in PEERS.items()]
    try:
        found.versions = {peer.name: peer.version for peer in peers if not peer.missing}
        found.missing = {peer.name: peer.missing for peer in peers if peer.missing}
        by_name = {peer.name: peer for peer in peers}
        if quick:
            by_name.pop("Keras").close()
            peers = list(by_name.values())
            found.missing["Keras"] = "left out of a quick run"
        races(found, by_name, quick)
        ours, torch = by_name["rnnlab"], by_name["torch"]
        for case in TRAINING:
            if case.H >= 64:
                found.quiet.wait()
                found.products[case] = seconds_of_products(case, torch)
        for case in MEMORY:
            found.bytes_held[case] = ours.ask("bytes_held", case)
            found.bytes_held_in_chunks[case] = ours.ask("bytes_held", case, CHUNK)
        for case in () if quick else TRIALS:
            say(f"trials in processes, torch {case.cell}")
            found.quiet.wait()
            found.torch_trials_in_processes[case] = torch.ask("trials_in_processes", case)
    finally:
        for peer in peers:
            peer.close()
    first_uses(found)
    return found


def races(found: Measured, peers: dict[str, Peer], quick: bool) -> None:
    rng = np.random.default_rng(0)
    rounds, budget = (3, 0.03) if quick else (5, 0.15)
    ours_and_torch = [peers["rnnlab"], peers["torch"]]
    plan = [
        (TRAINING, list(peers.values()), rounds),
        (INFERENCE, list(peers.values()), rounds),
        (WIDE, ours_and_torch, rounds),
        (PACKED, ours_and_torch, rounds),
        ([case.dense_of_as_many_steps() for case in PACKED], ours_and_torch[:1], rounds),
        (STEPS, ours_and_torch, rounds),
        (TRIALS, ours_and_torch, 1 if quick else 3),
        ([case for cases in GROWTH.values() for case in cases], ours_and_torch[:1], rounds),
    ]
    for cases, racing, times in plan:
        for case in cases[:: 2 if quick and len(cases) > 2 and racing is not ours_and_torch[:1] else 1]:
            found.load.append(getloadavg()[0])
            say(f"{case.what} {case.cell} {case.dtype} B {case.B}, T {case.T}, I {case.I}, H {case.H}")
            found.complaints += race(case, racing, times, budget, found.times, rng, found.quiet)


def first_uses(found: Measured) -> None:
    """Seconds to a cell's first gradient in a new process: with an empty cache, then with what the first one left.

    Medians of three, each with a cache of its own.
    """
    for cell in CELLS:
        say(f"first use of {cell}")
        found.quiet.wait()
        pairs = [first_and_later(FIRST_USE.format(cell=cell)) for _ in range(3)]
        found.first_use[cell], found.later_use[cell] = map(median, zip(*pairs, strict=True))


def first_and_later(code: str) -> list[float]:
    """What the code prints in each of two processes that share a new cache of compiled kernels."""
    with tempfile.TemporaryDirectory() as empty:
        call = partial(
            subprocess.run,
            [sys.executable, "-c", code],
            env=environ | {"NUMBA_CACHE_DIR": empty},
            capture_output=True,
            text=True,
            check=True,
        )
        return [float(call().stdout) for _ in range(2)]


def say(line: str) -> None:
    print(f"\r\033[K{line}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
