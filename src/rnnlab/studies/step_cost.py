"""Chapter 7: what an awkward hidden size, double precision and denormal numbers cost in a training step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from rnnlab import layers
from rnnlab.studies import Claim, Records, Study, Verdict, level
from rnnlab.studies.stopwatch import on_one_core, race
from rnnlab.training import initialise

SIZES = (64, 72, 75, 80, 96, 100, 128)
MAKERS = {"engine": layers, "torch": nn}
SMALL = 1e-41  # times any number from a normal distribution: denormal in float32, whose least normal number is 1.2e-38


def training_step(layer: nn.RNNBase, x: torch.Tensor, cotangent: torch.Tensor) -> Callable[[], object]:
    """Forward over x, and the gradients of the weights for this gradient of the outputs."""
    weights = list(layer.parameters())
    return lambda: torch.autograd.grad(layer(x)[0], weights, cotangent)


def cost(*, T: int, B: int, I: int, rounds: int, seed: int) -> dict[str, Any]:
    """Milliseconds of a training step, and ratios of them, on one core, of the engine and of torch."""
    rng = np.random.default_rng(seed)

    def tensor(*shape: int) -> torch.Tensor:
        return torch.tensor(rng.standard_normal(shape), dtype=torch.float32)

    def build(maker: str, cell: str, H: int) -> nn.RNNBase:
        layer: nn.RNNBase = initialise(partial(getattr(MAKERS[maker], cell), I, H), seed)
        return layer

    x = tensor(T, B, I)
    runners: dict[str, Callable[[], object]] = {}
    for maker in MAKERS:
        for H in SIZES:
            runners[f"{maker} {H}"] = training_step(build(maker, "GRU", H), x, tensor(T, B, H))
        for cell in ("RNN", "GRU", "LSTM"):
            g = tensor(T, B, 96)
            runners[f"{maker} {cell} single"] = training_step(build(maker, cell, 96), x, g)
            runners[f"{maker} {cell} double"] = training_step(build(maker, cell, 96).double(), x.double(), g.double())
        runners[f"{maker} normal"] = training_step(build(maker, "RNN", 96), x, g)
        runners[f"{maker} denormal"] = training_step(build(maker, "RNN", 96), x, g * SMALL)
    with on_one_core():
        found = race(runners, rounds=rounds)
    outcome: dict[str, Any] = {}
    for maker in MAKERS:
        outcome[f"{maker}_by_size"] = [round(found.milliseconds(f"{maker} {H}"), 4) for H in SIZES]
        outcome[f"{maker}_75_over_96"] = found.times_faster(f"{maker} 96", f"{maker} 75")
        outcome[f"{maker}_75_over_80"] = found.times_faster(f"{maker} 80", f"{maker} 75")
        for cell in ("RNN", "GRU", "LSTM"):
            outcome[f"{maker}_{cell}_double"] = found.times_faster(f"{maker} {cell} single", f"{maker} {cell} double")
        outcome[f"{maker}_denormal"] = found.times_faster(f"{maker} normal", f"{maker} denormal")
    return outcome


def odd_size_is_slower(records: Records) -> Verdict:
    """The time at 75 units over that at 96; engine or torch, whichever makes 75 look worse."""
    ratio = np.max([records.values(f"{maker}_75_over_96") for maker in MAKERS], axis=0)
    return level(ratio, 1.0, better="higher", what="The time at 75 units over that at 96", unit="times")


def double_takes_twice(records: Records) -> Verdict:
    """The least ratio over cells, engine and torch."""
    ratios = [records.values(f"{maker}_{cell}_double") for maker in MAKERS for cell in ("RNN", "GRU", "LSTM")]
    what = "The time in float64 over that in float32, where it is least"
    return level(np.min(ratios, axis=0), 1.5, better="higher", what=what, unit="times")


def denormals_are_slower(records: Records) -> Verdict:
    """A backward pass whose every gradient is denormal over one whose are not; the larger of engine and torch."""
    ratio = np.max([records.values(f"{maker}_denormal") for maker in MAKERS], axis=0)
    what = "The time with a denormal gradient over that with an ordinary one, the larger of engine and torch"
    return level(ratio, 1.1, better="higher", what=what, unit="times")


STEP_COST = Study(
    name="step_cost",
    question="Do an odd hidden size, double precision and denormal numbers make a training step slower?",
    prediction="75 units are slower than 96, double precision takes at least half as long again, denormals cost a lot.",
    section="7.5",
    trial=cost,
    measure="engine_75_over_96",
    vary={"B": (32,)},
    hold={"T": 40, "I": 32, "rounds": 9},
    seeds=range(10),
    quick={"hold": {"T": 20, "rounds": 3}, "seeds": range(5)},
    claims=(
        Claim("7.5a", "A GRU of 75 units is slower than one of 96", odd_size_is_slower),
        Claim("7.5b", "In double precision a step takes at least one and a half times as long", double_takes_twice),
        Claim("7.5c", "A gradient of denormal numbers makes the backward pass slower", denormals_are_slower),
    ),
)
