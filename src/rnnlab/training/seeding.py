"""What a seed seeds: weights, order of the data and noise, from streams that do not touch each other.

Two cells trained with seed 3 see the same batches in the same order whatever their initialisation consumed, which is
what makes a comparison of them paired. Nothing global is left changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

WEIGHTS, ORDER, NOISE = 0, 1, 2  # the streams; the numbers are part of every published result

Model = TypeVar("Model", bound=nn.Module)


def generator(seed: int, *stream: int) -> np.random.Generator:
    """NumPy's generator for one stream of a seed: the same for the same numbers, independent of any other's."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))


def initialise(build: Callable[[], Model], seed: int) -> Model:
    """The model that `build` makes when the weights are drawn from `seed`, whatever was drawn before."""
    with drawing_from(seed, WEIGHTS):
        return build()


@contextmanager
def drawing_from(seed: int, stream: int, device: torch.device | None = None) -> Iterator[None]:
    """Inside, torch's global generators (of the CPU and of `device`) draw from one stream; after it, as before."""
    device = device or torch.device("cpu")
    before = noise_state(device)
    torch.manual_seed(int(generator(seed, stream).integers(2**63)))
    try:
        yield
    finally:
        restore_noise(before, device)


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch computes on one CPU thread: how it splits a product or a sum changes the last bits.

    (Measured with torch 2.13: one update of a GRU at B = 32, T = 50, H = 32 has other bits on four threads than on
    one, and a second thread gains nothing at the sizes of the course.) The engine's slices do not depend on the number
    of threads. The number is the whole process's: train models side by side in processes, not in threads.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def noise_state(device: torch.device) -> dict[str, Tensor]:
    """The state of the generators that dropout draws from. XLA's cannot be read: there dropout starts anew."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def restore_noise(states: dict[str, Tensor], device: torch.device) -> None:
    """Puts `noise_state` back."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    if device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])
