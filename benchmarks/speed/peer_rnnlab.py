"""Our layers on the engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import torch
from torch import Tensor, nn

import rnnlab
from rnnlab import engine, layers
from rnnlab.training.adam import Adam
from rnnlab.training.clipping import clip_by_norm
from speed.by_torch import Regressor, inference, layer_of, packed, training
from speed.case import Case
from speed.quiet import cores

LAYERS: dict[str, type[nn.RNNBase]] = {"RNN": layers.RNN, "GRU": layers.GRU, "LSTM": layers.LSTM}
SEEDS, UPDATES = 30, 10


def version() -> str:
    engine.set_threads(cores())
    return f"rnnlab {rnnlab.__version__}, {engine.get_threads()} threads"


def build(case: Case) -> Callable[[], Any] | None:
    if case.what == "trials":
        return trials(case)
    layer = layer_of(case, LAYERS)
    return {"training": training, "packed": packed, "inference": inference, "step": steps}[case.what](case, layer)


def steps(case: Case, layer: nn.RNNBase) -> Callable[[], Any]:
    stepper, inputs = layer.stepper(), torch.from_numpy(case.x()).unbind()

    def call() -> None:
        stepper.reset()
        for step in inputs:
            stepper.step(step)

    return call


def one_thread() -> None:
    torch.set_num_threads(1)
    engine.set_threads(1)


def trials(case: Case) -> Callable[[], Any]:
    """A trial a core, as the studies run them; the processes are there before the clock runs."""
    pool = ProcessPoolExecutor(cores(), get_context("spawn"), one_thread)
    return lambda: list(pool.map(trial, [case] * SEEDS, range(SEEDS)))


def trial(case: Case, seed: int) -> float:
    torch.manual_seed(seed)
    model = Regressor(LAYERS[case.cell](case.I, case.H))
    parameters = list(model.parameters())
    optimiser = Adam(parameters, 1e-3)
    x, y = torch.from_numpy(case.x()), torch.randn(case.B, 1)
    for _ in range(UPDATES):
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        clip_by_norm(parameters, 1.0)
        optimiser.step()
    return loss.item()


class Held:
    """A tensor on the tape, counted while it is held."""

    now = peak = 0

    def __init__(self, tensor: Tensor) -> None:
        self.tensor, self.bytes = tensor, tensor.nbytes
        Held.now += self.bytes
        Held.peak = max(Held.peak, Held.now)

    def __del__(self) -> None:
        Held.now -= self.bytes


def bytes_held(case: Case, chunk: int | None = None) -> int:
    """The most bytes that a training step keeps for its backward pass, read in one piece or in chunks (TBPTT)."""
    layer, x = layer_of(case, LAYERS), torch.from_numpy(case.x())
    Held.now = Held.peak = 0
    state: Any = None
    with torch.autograd.graph.saved_tensors_hooks(Held, lambda held: held.tensor):
        for part in x.split(chunk or case.T):
            outputs, state = layer(part, state)
            outputs.sum().backward()
            state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            del outputs
    return Held.peak
