"""Chapter 7: the last rung of the ladder, a training step on whatever accelerator there is, beside the engine.

A record is kept under the device's name, `results/accelerator_NAME.jsonl`, by

    rnnlab.studies.accelerator.measure("cuda")

on the machine that has it. What this course was written on has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from rnnlab import layers
from rnnlab.studies import Claim, Records, Study, level, read, results_folder, run
from rnnlab.studies.stopwatch import race
from rnnlab.studies.store import read_records
from rnnlab.studies.study import Mode
from rnnlab.training import finish, initialise, pick
from rnnlab.training.devices import half
from rnnlab.training.precision import Precision

# (T, B, I, H); the widest is where an accelerator has something to do at every step
SIZES = {"small": (50, 16, 8, 32), "large": (100, 64, 32, 128), "wide": (100, 256, 128, 512)}
CELLS = ("RNN", "GRU", "LSTM")
GAIN = "The engine's time over the accelerator's"


def step_on(layer: nn.RNNBase, x: torch.Tensor, cotangent: torch.Tensor, mixed: bool) -> Callable[[], Any]:
    """A training step where `layer` is; it returns when the device has finished."""
    precision = Precision("mixed" if mixed else "full", x.device, x.dtype)
    weights = list(layer.parameters())

    def step() -> Any:
        found = torch.autograd.grad(precision.run(layer, x)[0], weights, cotangent)
        finish(x.device)
        return found

    return step


def compare(*, cell: str, size: str, device: str, rounds: int, seed: int) -> dict[str, Any]:
    """Times a training step on the engine, with torch on the CPU, and on the device in full and in mixed precision.

    Each takes all the threads that it wants. `difference` is that of the device's gradients from the engine's, as a
    share of the largest entry: proof that the same work was done, in the device's own arithmetic.
    """
    T, B, I, H = SIZES[size]
    rng, place = np.random.default_rng(seed), pick(device).device
    x, g = (torch.tensor(rng.standard_normal(shape), dtype=torch.float32) for shape in ((T, B, I), (T, B, H)))
    ours: nn.RNNBase = initialise(partial(getattr(layers, cell), I, H), seed)
    theirs: nn.RNNBase = initialise(partial(getattr(nn, cell), I, H), seed)
    there: nn.RNNBase = initialise(partial(getattr(nn, cell), I, H), seed).to(place)
    steps = {
        "engine": step_on(ours, x, g, mixed=False),
        "torch": step_on(theirs, x, g, mixed=False),
        "device": step_on(there, x.to(place), g.to(place), mixed=False),
        "mixed": step_on(there, x.to(place), g.to(place), mixed=True),
    }
    wanted, found = steps["engine"](), steps["device"]()
    difference = max(
        float((one.cpu() - true).abs().max() / true.abs().max()) for one, true in zip(found, wanted, strict=True)
    )
    timed = race(steps, rounds=rounds)
    return {
        "device_name": device_name(place),
        "half": str(half(place)).removeprefix("torch."),
        "difference": difference,
        **{f"{name}_ms": timed.milliseconds(name) for name in steps},
        "device_gain": timed.times_faster("device", "engine"),
        "mixed_gain": timed.times_faster("mixed", "device"),
    }


def device_name(device: torch.device) -> str:
    """What its maker calls it, where that can be asked."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU", "xla": "XLA device"}.get(device.type, "processor")


def accelerator(device: str, name: str) -> Study:
    """The study of one device; `name` is what it is called in results/."""

    def by_cell(records: Records, gain: str, size: str) -> Any:
        return np.array([records.where(cell=cell, size=size).values(gain) for cell in CELLS])

    return Study(
        name=f"accelerator_{name}",
        question="From which size on is a training step faster on an accelerator?",
        prediction="Not at the small size, where it waits for orders at every step; by far at the wide one.",
        section="7.6",
        trial=compare,
        measure="device_gain",
        vary={"cell": CELLS, "size": tuple(SIZES)},
        hold={"device": device, "rounds": 9},
        seeds=range(10),
        quick={"hold": {"rounds": 3}, "seeds": range(5)},
        claims=(
            Claim(
                "7.6a",
                "At the wide size the accelerator is faster than the engine for every cell",
                lambda records: level(
                    by_cell(records, "device_gain", "wide").min(axis=0), 1.0, better="higher", what=GAIN, unit="times"
                ),
            ),
            Claim(
                "7.6b",
                "At the small size the engine is faster than the accelerator for every cell",
                lambda records: level(
                    by_cell(records, "device_gain", "small").max(axis=0), 1.0, better="lower", what=GAIN, unit="times"
                ),
            ),
            Claim(
                "7.6c",
                "At the wide size mixed precision is faster than full precision for every cell",
                lambda records: level(
                    by_cell(records, "mixed_gain", "wide").min(axis=0),
                    1.0,
                    better="higher",
                    unit="times",
                    what="The time in full precision over that in mixed precision",
                ),  # fmt: skip,
            ),
        ),
    )


def measure(device: str = "auto", mode: Mode = "full", store: Path | None = None) -> Records:
    """Runs the study on this machine's device and keeps the records under its name; `store` is results/ by default."""
    place = pick(device).device
    name = re.sub(r"[^a-z0-9]+", "_", device_name(place).lower()).strip("_")
    return run(accelerator(str(place), name), mode, store=store or results_folder())


def recorded(store: Path | None = None) -> list[Records]:
    """The full records of every accelerator that was measured, by name; an empty list says that none was."""
    folder = store or results_folder()
    names = [path.stem.removeprefix("accelerator_") for path in sorted(folder.glob("accelerator_*.jsonl"))]
    kinds = [str(read_records(folder, f"accelerator_{name}")[0].settings["device"]) for name in names]
    return [read(accelerator(kind, name), store=folder) for kind, name in zip(kinds, names, strict=True)]
