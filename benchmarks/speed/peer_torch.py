"""torch.nn as people use it: its layers, its optimiser, its clipping, all cores."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import torch
from torch import nn

from speed.by_torch import Regressor, inference, layer_of, packed, training
from speed.case import Case
from speed.quiet import cores

LAYERS: dict[str, type[nn.RNNBase]] = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
ONE_STEP = {"RNN": nn.RNNCell, "GRU": nn.GRUCell, "LSTM": nn.LSTMCell}
SEEDS, UPDATES = 30, 10


def version() -> str:
    torch.set_num_threads(cores())
    return f"torch {torch.__version__.partition('+')[0]}, {torch.get_num_threads()} threads"


def build(case: Case) -> Callable[[], Any] | None:
    if case.what == "trials":
        return lambda: [trial(case, seed) for seed in range(SEEDS)]
    if case.what == "step":
        return steps(case)
    return {"training": training, "packed": packed, "inference": inference}[case.what](case, layer_of(case, LAYERS))


def steps(case: Case) -> Callable[[], Any]:
    cell, inputs = ONE_STEP[case.cell](case.I, case.H), torch.from_numpy(case.x()).unbind()

    def call() -> None:
        with torch.inference_mode():
            state: Any = None
            for step in inputs:
                state = cell(step, state)

    return call


def trial(case: Case, seed: int) -> float:
    torch.manual_seed(seed)
    model = Regressor(LAYERS[case.cell](case.I, case.H))
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.from_numpy(case.x()), torch.randn(case.B, 1)
    for _ in range(UPDATES):
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return loss.item()


def trials_in_processes(case: Case) -> float:
    """Seconds of the same trials, a process a core with one thread each: what a careful user of torch would run."""
    with ProcessPoolExecutor(cores(), get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        list(pool.map(trial, [case] * 2 * cores(), range(2 * cores())))
        start = time.perf_counter()
        list(pool.map(trial, [case] * SEEDS, range(SEEDS)))
        return time.perf_counter() - start


def product_rate(M: int, K: int, N: int) -> float:
    """Floating-point operations a second of torch's product (M, K) × (K, N) in float32 on one core: the best of 200."""
    torch.set_num_threads(1)
    a, b, c = torch.randn(M, K), torch.randn(K, N), torch.empty(M, N)
    best = float("inf")
    for _ in range(200):
        start = time.perf_counter()
        torch.mm(a, b, out=c)
        best = min(best, time.perf_counter() - start)
    torch.set_num_threads(cores())
    return 2 * M * K * N / best
