"""Chapter 2: how much of the past a state of H numbers holds before anything is learnt, and what decides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from rnnlab.layers import RNN, starts
from rnnlab.probes import memory_curve
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.rounding import alike
from rnnlab.training import generator, initialise

STARTS = ("default", "orthogonal", "delay line")
PROBE = 4  # the stream of a seed's random numbers that the inputs come from


def delay_line(layer: RNN) -> RNN:
    """Unit 1 takes the input, every other unit what the one before it held: the state is the last H inputs.

    W_ih = e₁ and W_hh has ones below its diagonal, zeros elsewhere; no biases. In place.
    """
    with torch.no_grad():
        weights = dict(layer.named_parameters())
        for weight in weights.values():
            weight.zero_()
        weights["weight_ih_l0"][0] = 1
        weights["weight_hh_l0"].diagonal(-1).fill_(1)
    return layer


def started(start: str, hidden_size: int, seed: int) -> RNN:
    """An untrained RNN with one input: torch's default start, an orthogonal W_hh, or the delay line."""
    layer = initialise(lambda: RNN(1, hidden_size), seed)
    if start == "orthogonal":
        return initialise(lambda: starts.orthogonal(layer), seed)
    return delay_line(layer) if start == "delay line" else layer


def measure_memory(*, start: str, hidden_size: int, scale: float, steps: int, seed: int) -> dict[str, Any]:
    """The memory curve of an untrained RNN up to lag 2H, for independent inputs of standard deviation `scale`."""
    layer = started(start, hidden_size, seed)
    found = memory_curve(layer, longest=2 * hidden_size, steps=steps, scale=scale, rng=generator(seed, PROBE))
    return {
        "capacity": found.capacity,
        "of_bound": found.capacity / hidden_size,
        "curve": found.r2[:, 0].round(4).tolist(),
    }


def of_kind(start: str, hidden_size: int, scale: float) -> Callable[[Records], NDArray[np.float64]]:
    """Capacity, one number a seed."""
    return lambda records: records.where(start=start, hidden_size=hidden_size, scale=scale).values("capacity")


def told(verdict: Verdict, what: str, values: ArrayLike, limit: str) -> Verdict:
    """The same verdict, in the words of what was measured: `values`, one number a seed, against a limit."""
    found = np.asarray(values, dtype=np.float64)
    found = found[np.isfinite(found)]
    if not found.size:
        return replace(verdict, detail=f"{what}: no value; against {limit}.")
    mean, least, most = alike(found.mean(), found.min(), found.max(), digits=4)
    spread = f"{mean}, on {found.size} seeds from {least} to {most}"
    return replace(verdict, detail=f"{what}: {spread}; against {limit}.")


def never_above(records: Records) -> Verdict:
    """The largest share of the bound that any network has on a seed, against 1; 1 % is left to the measurement."""
    largest = records.table.groupby("seed")["of_bound"].max().to_numpy()
    networks = len(records) // len(records.seeds)
    return told(
        paired(largest, 1.0, margin=-0.01), f"The largest MC/H of {networks} networks", largest, "1, and 0.01 more"
    )


def reached(records: Records) -> Verdict:
    """The delay line's share of the bound, for the faintest input and at the smallest of its sizes, against 99 %."""
    line = records.where(start="delay line", scale=min(records.study.varied(records.mode)["scale"]))
    least = line.table.groupby("seed")["of_bound"].min().to_numpy()
    return told(paired(least, 0.99, better="higher"), "The least MC/H of the delay lines", least, "0.99")


def grows_with_units(records: Records) -> Verdict:
    """Four times the units, against twice the capacity, at the default start and inputs of variance 1."""
    few, many = (of_kind("default", hidden_size, 1.0)(records) for hidden_size in (16, 64))
    return told(paired(many, 2 * few, better="higher"), "Times as much", many / few, "2")


def quiet_against_loud(records: Records) -> Verdict:
    """Inputs of a tenth of the size against the same inputs, at the default start, 64 units."""
    return paired(
        of_kind("default", 64, 0.1)(records), of_kind("default", 64, 1.0)(records), better="higher", unit="inputs"
    )


def orthogonal_against_default(records: Records) -> Verdict:
    """Capacity at inputs of variance 1, 64 units."""
    return paired(
        of_kind("orthogonal", 64, 1.0)(records), of_kind("default", 64, 1.0)(records), better="higher", unit="inputs"
    )


MEMORY_CAPACITY = Study(
    name="memory_capacity",
    question="How many of its past inputs does an untrained state of H numbers hold?",
    prediction="Never more than H of them; four times the units hold at least twice as much.",
    section="2.2",
    trial=measure_memory,
    measure="capacity",
    vary={"start": STARTS, "hidden_size": (8, 16, 32, 64), "scale": (0.001, 0.1, 1.0, 3.0)},
    hold={"steps": 10_000},
    seeds=range(10),
    quick={
        "vary": {"hidden_size": (16, 64), "scale": (0.001, 0.1, 1.0)},
        "hold": {"steps": 2_000},
        "seeds": range(5),
    },
    claims=(
        Claim("2.2a", "The capacity never exceeds the number of units", never_above),
        Claim(
            "2.2b", "The bound on the capacity is reached: a delay line holds as many inputs as it has units", reached
        ),
        Claim(
            "2.2c", "As torch starts it, an RNN of 64 units holds at least twice as much as one of 16", grows_with_units
        ),
        Claim("2.2d", "The fainter the input, the more of the past is held", quiet_against_loud),
        Claim("2.2e", "Started orthogonal, an RNN holds more than as torch starts it", orthogonal_against_default),
    ),
)
