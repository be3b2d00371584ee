"""Chapter 5: what one new observation costs a model that is to answer for all of the last ones."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnlab.layers import GRU, LSTM, MLP, RNN, TCN, TCNStepper
from rnnlab.layers.tcn import CausalConvolution
from rnnlab.studies import Claim, Records, Study, Verdict, level

Model = Literal["rnn", "gru", "lstm", "mlp", "tcn", "tcn, past kept"]

MODELS: tuple[Model, ...] = ("rnn", "gru", "lstm", "mlp", "tcn", "tcn, past kept")
RECURRENT: dict[str, type[RNN | GRU | LSTM]] = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}  # of H rows in a recurrent weight
FLOAT = 4  # bytes


def observe(
    *, model: Model, windows: list[int], input_size: int, hidden_size: int, steps: int, rounds: int, seed: int
) -> dict[str, Any]:
    """Times one observation for every window, by turns, and counts what it computes and what is kept between two.

    `microseconds` are medians over the rounds; `growth` is the last of them over the first. A recurrent net has read
    as many observations as the window has before it is timed, since it has no window of its own.
    """
    torch.manual_seed(seed)
    steppers = [_stepper(model, window, input_size, hidden_size) for window in windows]
    stream = torch.randn(max(windows) + steps, 1, input_size)
    for step, window in zip(steppers, windows, strict=True):
        for x in stream[:window]:
            step(x)
    taken = np.zeros((rounds, len(windows)))
    for row in taken:
        for place, step in enumerate(steppers):
            began = time.perf_counter()
            for x in stream[-steps:]:
                step(x)
            row[place] = time.perf_counter() - began
    micro = np.median(taken, axis=0) / steps * 1e6
    return {
        "microseconds": micro.round(3).tolist(),
        "growth": float(micro[-1] / micro[0]),
        "products": [products(model, window, input_size, hidden_size) for window in windows],
        "kept_bytes": [kept_bytes(model, window, input_size, hidden_size) for window in windows],
    }


def _stepper(model: Model, window: int, input_size: int, hidden_size: int) -> Callable[[Tensor], Any]:
    if model in RECURRENT:
        return RECURRENT[model](input_size, hidden_size).stepper().step
    if model == "tcn, past kept":
        return TCNStepper(TCN(input_size, hidden_size, window)).step
    net = (MLP if model == "mlp" else TCN)(input_size, hidden_size, window).eval()
    seen = torch.zeros(1, window, input_size)

    @torch.inference_mode()
    def step(x: Tensor) -> Tensor:
        """Moves the window on by one observation and reads all of it."""
        seen[:, :-1] = seen[:, 1:].clone()
        seen[:, -1] = x
        read: Tensor = net(seen)
        return read

    return step


def products(model: Model, window: int, input_size: int, hidden_size: int) -> int:
    """Multiplications of a weight with a number that one observation takes, the head left out."""
    I, H = input_size, hidden_size
    if model in BLOCKS:
        return BLOCKS[model] * H * (I + H)
    if model == "mlp":
        return window * I * H + H * H
    weights = sum(each.weight.numel() for each in TCN(I, H, window).modules() if isinstance(each, nn.Conv1d))
    return weights if model == "tcn, past kept" else window * weights


def kept_bytes(model: Model, window: int, input_size: int, hidden_size: int) -> int:
    """What must be remembered from one observation to the next: state, window, or the layers' past inputs."""
    if model in RECURRENT:
        return FLOAT * hidden_size * (2 if model == "lstm" else 1)
    if model != "tcn, past kept":
        return FLOAT * window * input_size
    layers = [each for each in TCN(input_size, hidden_size, window).modules() if isinstance(each, CausalConvolution)]
    kept: int = FLOAT * sum(each.reach * each.convolution.in_channels for each in layers)
    return kept


def growth(records: Records, *models: str) -> NDArray[np.float64]:
    """One number a seed: the largest growth of these models, from the shortest window to the longest."""
    largest: NDArray[np.float64] = np.max([records.where(model=each).values("growth") for each in models], axis=0)
    return largest


def recurrent_step_stays(records: Records) -> Verdict:
    """The slowest to stay of RNN, GRU and LSTM."""
    what = "The time of a step after 1,024 observations over that after 16, for the cell that grows most"
    return level(growth(records, *RECURRENT), 1.25, better="lower", what=what, unit="times")


def window_is_paid_for(model: str) -> Callable[[Records], Verdict]:
    """Judges a model that reads its window anew for each observation."""

    def judge(records: Records) -> Verdict:
        if model not in records.study.varied(records.mode)["model"]:
            return Verdict("cannot tell", math.nan, (math.nan, math.nan), "Not part of the quick run.", 0)
        what = "The time with a window of 1,024 over that with one of 16"
        return level(growth(records, model), 4.0, better="higher", what=what, unit="times")

    return judge


def kept_past_saves(records: Records) -> Verdict:
    """The TCN that keeps what its layers have computed: a layer more for every doubling, and nothing else."""
    what = "The time with a reach of 1,024 over that with one of 16"
    return level(growth(records, "tcn, past kept"), 6.0, better="lower", what=what, unit="times")


STREAMING = Study(
    name="streaming",
    question="What does one new observation cost a model that is to answer for all of the last ones?",
    prediction="A recurrent net the same for any number; a window and a convolution in proportion to it.",
    section="5.2",
    trial=observe,
    measure="growth",
    vary={"model": MODELS},
    hold={"windows": [16, 64, 256, 1024], "input_size": 8, "hidden_size": 32, "steps": 10, "rounds": 9},
    seeds=range(10),
    quick={
        "vary": {"model": tuple(model for model in MODELS if model != "tcn")},
        "hold": {"rounds": 5},
        "seeds": range(5),
    },
    claims=(
        Claim(
            "5.2a",
            "From the 16th observation to the 1,024th, a recurrent step gets no more than a quarter dearer",
            recurrent_step_stays,
        ),
        Claim(
            "5.2b",
            "A TCN that reads a window of 1,024 anew pays more than four times what one of 16 costs",
            window_is_paid_for("tcn"),
        ),
        Claim(
            "5.2c",
            "A windowed MLP pays more than four times as much for a window of 1,024 as for one of 16",
            window_is_paid_for("mlp"),
        ),
        Claim(
            "5.2d",
            "A TCN that keeps its layers' past pays for the longer reach less than six times: a few layers more",
            kept_past_saves,
        ),
    ),
)
