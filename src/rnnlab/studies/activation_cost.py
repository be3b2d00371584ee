"""Chapter 6: what the choice of an activation costs in time, and what an update's time is spent on."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from rnnlab import layers
from rnnlab.studies import Claim, Records, Study, Verdict
from rnnlab.studies.step_cost import training_step
from rnnlab.studies.stopwatch import Race, on_one_core, race
from rnnlab.studies.verdict import level
from rnnlab.training import initialise

LAYERS: dict[str, Callable[[int, int], nn.RNNBase]] = {
    "engine tanh": layers.RNN,
    "engine relu": partial(layers.RNN, nonlinearity="relu"),
    "engine sigmoid": layers.SigmoidRNN,
    "torch tanh": nn.RNN,
    "torch relu": partial(nn.RNN, nonlinearity="relu"),
}
FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
}


def cost(*, hidden_size: int, T: int, B: int, I: int, rounds: int, seed: int) -> dict[str, Any]:
    """Milliseconds of a training step on one core, and of its parts done alone: T calls of a function, all products.

    Ratios are of times in one round.

    The products are what torch's backward pass needs too: W_hh and its transpose at every step, and, of all steps at
    once, W_ih and the two gradients of the weights.
    """
    rng = np.random.default_rng(seed)

    def tensor(*shape: int) -> torch.Tensor:
        return torch.tensor(rng.standard_normal(shape), dtype=torch.float32)

    x, cotangent, a = tensor(T, B, I), tensor(T, B, hidden_size), tensor(T, B, hidden_size)
    runners: dict[str, Callable[[], object]] = {
        name: training_step(initialise(partial(make, I, hidden_size), seed), x, cotangent)
        for name, make in LAYERS.items()
    }
    for name, function in FUNCTIONS.items():
        runners[f"{name} alone"] = partial(stepwise, function, a)
    runners["products alone"] = partial(products, x, a, tensor(hidden_size, I), tensor(hidden_size, hidden_size))
    with on_one_core():
        found = race(runners, rounds=rounds)
    milliseconds = {name.replace(" ", "_"): round(found.milliseconds(name), 5) for name in runners}
    return milliseconds | {
        "engine_tanh_over_relu": over(found, "engine tanh", "engine relu"),
        "engine_sigmoid_over_tanh": over(found, "engine sigmoid", "engine tanh"),
        "torch_tanh_over_relu": over(found, "torch tanh", "torch relu"),
        "tanh_share": over(found, "tanh alone", "torch tanh"),
        "relu_share": over(found, "relu alone", "torch relu"),
        "products_share": over(found, "products alone", "torch tanh"),
    }


def over(found: Race, name: str, other: str) -> float:
    """The time of one over that of the other in the same round, the median of the rounds."""
    return float(np.median(found.seconds[name] / found.seconds[other]))


def stepwise(function: Callable[[torch.Tensor], torch.Tensor], a: torch.Tensor) -> None:
    """The function at every step of a (T, B, H), as a recurrent layer has to call it."""
    for a_t in a:
        function(a_t)


def products(x: torch.Tensor, h: torch.Tensor, W_ih: torch.Tensor, W_hh: torch.Tensor) -> None:
    """All matrix products of a training step on x (T, B, I), with h (T, B, H) for states and for gradients."""
    x @ W_ih.T
    for h_t in h:
        h_t @ W_hh.T
        h_t @ W_hh
    flat = h.flatten(0, 1)
    flat.T @ flat
    flat.T @ x.flatten(0, 1)


def ratio(
    measurement: str, bound: float, side: Literal["lower", "higher"], what: str, unit: str = "", *, small: bool = False
) -> Callable[[Records], Verdict]:
    """Judges a ratio of times, of each seed the mean over the hidden sizes, against a bound.

    A `small` difference between two ratios is none for the few rounds of a quick run, on a machine that may be busy.
    """

    def judge(records: Records) -> Verdict:
        values = np.asarray(records.table.groupby("seed")[measurement].mean(), dtype=np.float64)
        if small and records.mode == "quick":
            detail = f"{what}: {np.median(values):.2f} on the median; so few rounds cannot tell so small a difference."
            return Verdict("cannot tell", float(np.median(values)), (math.nan, math.nan), detail, values.size)
        return level(values, bound, better=side, what=what, unit=unit)

    return judge


ACTIVATION_COST = Study(
    name="activation_cost",
    question="Does a cheaper activation make training faster?",
    prediction="ReLU is a comparison and tanh an exponential, so an update with ReLU is clearly faster.",
    section="6.4",
    trial=cost,
    measure="engine_tanh_over_relu",
    vary={"hidden_size": (32, 64)},
    hold={"T": 50, "B": 32, "I": 32, "rounds": 15},
    seeds=range(10),
    quick={"vary": {"hidden_size": (64,)}, "hold": {"rounds": 3}, "seeds": range(5)},
    claims=(
        Claim("6.4a", "On the engine an update with ReLU is faster than one with tanh by more than a tenth",
              ratio("engine_tanh_over_relu", 1.1, "higher", "The time with tanh over that with ReLU", "times",
                    small=True)),
        Claim("6.4b", "With torch an update with ReLU is faster than one with tanh by more than a quarter",
              ratio("torch_tanh_over_relu", 1.25, "higher", "The time with tanh over that with ReLU", "times",
                    small=True)),
        Claim("6.4c", "Of torch's update, calling tanh takes less than a fifth of the time",
              ratio("tanh_share", 0.2, "lower", "The share of tanh")),
        Claim("6.4d", "The matrix products take more than half of the time of torch's update",
              ratio("products_share", 0.5, "higher", "The share of all matrix products")),
    ),
)  # fmt: skip
