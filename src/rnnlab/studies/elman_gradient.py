"""Chapter 1: is the gradient that we derived by hand the right one?"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch

from rnnlab.scratch import Elman, Linear, Unrolled, gradient_check, squared_error, through_time
from rnnlab.scratch.activation import Array
from rnnlab.studies import Claim, Records, Study, Verdict
from rnnlab.studies.rounding import alike

Check = Literal["central differences", "autograd", "torch.nn.RNN"]

# The largest relative error that still counts as agreement: rounding of float64, and of a difference over 1e-5.
LIMITS: dict[str, float] = {"central differences": 1e-6, "autograd": 1e-10, "torch.nn.RNN": 1e-10}


def check_gradient(*, check: Check, T: int, B: int, I: int, H: int, O: int, seed: int) -> dict[str, Any]:
    """The largest relative error of any gradient of a random network on a random batch, all parameters and biases."""
    rng = np.random.default_rng(seed)
    cell, readout = Elman(I, H, rng=rng), Linear(H, O, rng=rng)
    x, targets = rng.normal(size=(T, B, I)), rng.normal(size=(T, B, O))
    ours = through_time(cell, readout, squared_error, x, targets)
    arrays = cell.parameters | readout.parameters
    if check == "central differences":

        def loss() -> float:
            return through_time(cell, readout, squared_error, x, targets).loss

        return {"error": max(gradient_check(loss, arrays, ours.gradients, rng=rng).values())}
    theirs = by_autograd(arrays, x, targets) if check == "autograd" else by_torch_layer(arrays, x, targets)
    return {"error": largest_error(ours, theirs)}


def largest_error(ours: Unrolled, theirs: dict[str, Array]) -> float:
    """max over the parameters of |ours − theirs| / |theirs|."""
    return max(float(np.linalg.norm(ours.gradients[name] - g) / np.linalg.norm(g)) for name, g in theirs.items())


def by_autograd(arrays: dict[str, Array], x: Array, targets: Array) -> dict[str, Array]:
    """The forward pass alone, written in torch: autograd finds the way back by itself."""
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
    h, loss = (
        torch.zeros(x.shape[1], arrays["weight"].shape[1], dtype=torch.float64),
        torch.zeros((), dtype=torch.float64),
    )
    for x_t, target in zip(torch.tensor(x), torch.tensor(targets), strict=True):
        h = torch.tanh(
            x_t @ leaves["weight_ih_l0"].T + leaves["bias_ih_l0"] + h @ leaves["weight_hh_l0"].T + leaves["bias_hh_l0"]
        )
        loss = loss + ((h @ leaves["weight"].T + leaves["bias"] - target) ** 2).sum() / (2 * x.shape[1])
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return {name: g.numpy() for name, g in zip(leaves, gradients, strict=True)}


def by_torch_layer(arrays: dict[str, Array], x: Array, targets: Array) -> dict[str, Array]:
    """The same numbers copied into torch.nn.RNN and torch.nn.Linear."""
    layer = torch.nn.RNN(x.shape[2], arrays["weight"].shape[1]).double()
    head = torch.nn.Linear(arrays["weight"].shape[1], targets.shape[2]).double()
    for module in (layer, head):
        module.load_state_dict({name: torch.tensor(arrays[name]) for name, _ in module.named_parameters()})
    y = head(layer(torch.tensor(x))[0])
    (((y - torch.tensor(targets)) ** 2).sum() / (2 * x.shape[1])).backward()
    named = dict(layer.named_parameters()) | dict(head.named_parameters())
    return {name: value.grad.numpy() for name, value in named.items() if value.grad is not None}


def three_ways_agree(records: Records) -> Verdict:
    """Holds if no check finds an error above its limit, on any seed."""
    worst = {check: float(records.where(check=check).values().max()) for check in LIMITS}
    found = ", ".join(f"{alike(error)[0]} ({check})" for check, error in worst.items())
    detail = f"Largest relative error of any gradient over {len(records.seeds)} random networks: {found}."
    agree = all(worst[check] < limit for check, limit in LIMITS.items())
    most = max(worst.values())
    return Verdict("holds" if agree else "does not hold", most, (0.0, most), detail, len(records.seeds))


ELMAN_GRADIENT = Study(
    name="elman_gradient",
    question="Is the gradient that we derived by hand the right one?",
    prediction="It agrees with central differences, with autograd and with torch.nn.RNN as far as rounding allows.",
    section="1.4",
    trial=check_gradient,
    measure="error",
    vary={"check": tuple(LIMITS)},
    hold={"T": 7, "B": 3, "I": 2, "H": 5, "O": 4},
    seeds=range(10),
    claims=(
        Claim(
            "1.4",
            "The gradient derived here agrees with central differences, with autograd and with torch.nn.RNN",
            three_ways_agree,
        ),
    ),
)
