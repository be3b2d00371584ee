"""Chapter 5: one long sequence. A recurrent net takes its steps one after the other, a convolution all at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from rnnlab.layers import Cell, Reader, by_torch, matched_size
from rnnlab.studies import Claim, Records, Study, Verdict, level

MODELS = ("rnn", "gru", "lstm", "gru, torch", "tcn", "mlp")


def update_time(
    *, length: int, parameters: int, input_size: int, window: int, rounds: int, seed: int
) -> dict[str, Any]:
    """Times forward and backward of one sequence for each model by turns, on one core; medians, in milliseconds.

    All models have about `parameters` parameters and predict at every step; the TCN and the MLP see `window` steps.
    "gru, torch" is the GRU as torch computes it. `chain` counts the products that must wait for one another.
    """
    torch.manual_seed(seed)
    nets = {model: _build(cast(Cell, model.split(",")[0]), parameters, input_size, window) for model in MODELS}
    x, y = torch.randn(1, length, input_size), torch.randn(1, length, 1)
    taken: dict[str, list[float]] = {model: [] for model in MODELS}
    for _ in range(rounds + 1):
        for model, net in nets.items():
            began = time.perf_counter()
            if model == "gru, torch":
                with by_torch():
                    _update(net, x, y)
            else:
                _update(net, x, y)
            taken[model].append(time.perf_counter() - began)
    milli = {model: float(np.median(times[1:]) * 1e3) for model, times in taken.items()}
    return {
        "milliseconds": [round(milli[model], 4) for model in MODELS],
        "ratio": milli["gru"] / milli["tcn"],
        "torch_ratio": milli["gru, torch"] / milli["tcn"],
    }


def chain(model: str, length: int, window: int) -> int:
    """Products on the longest way from an input to an output: each has to wait for the one before it."""
    if model == "mlp":
        return 3
    if model == "tcn":
        return 2 * len(Reader("tcn", 1, 1, 1, every_step=True, window=window).core.blocks) + 1  # type: ignore[arg-type]  # a TCN has blocks
    return length + 1


def _build(cell: Cell, parameters: int, input_size: int, window: int) -> Reader:
    def of_size(hidden_size: int) -> Reader:
        return Reader(
            cell, input_size, hidden_size, 1, every_step=True, window=window if cell in ("tcn", "mlp") else None
        )

    return of_size(matched_size(of_size, parameters))


def _update(net: nn.Module, x: Tensor, y: Tensor) -> None:
    net.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()  # type: ignore[no-untyped-call]  # torch leaves it without types


def slower_than_a_convolution(model: str) -> Callable[[Records], Verdict]:
    """Judges whether the GRU takes longer than the TCN at the longest length: a ratio above 1, on every machine."""

    def judge(records: Records) -> Verdict:
        lengths = records.study.varied(records.mode)["length"]
        found = records.where(length=max(lengths))
        ratio = found.values("ratio" if model == "gru" else "torch_ratio")
        what = "The time of an update of the GRU over that of the TCN"
        return level(ratio, 1.0, better="higher", what=what, unit="times")

    return judge


LONG_SEQUENCE = Study(
    name="long_sequence",
    question="Does a recurrent net take longer to train on one long sequence than a convolution of its size?",
    prediction="Yes: its steps wait for one another.",
    section="5.4",
    trial=update_time,
    measure="ratio",
    vary={"length": (256, 1024, 4096)},
    hold={"parameters": 5_000, "input_size": 8, "window": 64, "rounds": 7},
    seeds=range(10),
    quick={"vary": {"length": (1024,)}, "hold": {"rounds": 3}, "seeds": range(5)},
    claims=(
        Claim(
            "5.4c",
            "On one core, an update on one long sequence takes a GRU longer than a TCN of its size",
            slower_than_a_convolution("gru"),
        ),
        Claim(
            "5.4d",
            "On that sequence a GRU computed by torch, without this course's engine, takes longer than the TCN",
            slower_than_a_convolution("gru, torch"),
        ),
    ),
)
