"""Chapter 3: what gates and starts do to a gradient before any training, with the instrument of the whole chapter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab.layers import GRU, LSTM, RNN, starts
from rnnlab.probes import factor_per_step, gradient_by_lag, product_singular_values
from rnnlab.probes.trajectory import Trajectory
from rnnlab.studies import Claim, Records, Study, Verdict, level, paired
from rnnlab.studies.gradient_flow import within
from rnnlab.training import initialise

BIASES = (0.0, 1.0, 3.0)

STARTS: dict[str, Callable[[int, int], nn.RNNBase]] = {
    "rnn": RNN,
    "rnn, orthogonal": lambda I, H: starts.orthogonal(RNN(I, H)),
    "relu, identity": lambda I, H: starts.identity(RNN(I, H, nonlinearity="relu")),
    "gru": GRU,
    "lstm, forget bias 0": lambda I, H: starts.forget_bias(LSTM(I, H), 0.0),
    "lstm, forget bias 1": lambda I, H: starts.forget_bias(LSTM(I, H), 1.0),
    "lstm, forget bias 3": lambda I, H: starts.forget_bias(LSTM(I, H), 3.0),
}


def follow_started(*, start: str, input_size: int, hidden_size: int, lags: int, seed: int) -> dict[str, Any]:
    """Starts a layer as named, lets it read noise of variance 1, and follows the gradient back over `lags` steps."""
    layer = initialise(lambda: STARTS[start](input_size, hidden_size), seed)
    x = np.random.default_rng(seed).standard_normal((2 * lags, 1, input_size))  # the first half only fills the state
    filled = Trajectory(layer, x[:lags]).states[..., -1, :, :]
    state = torch.as_tensor(filled)
    here = (state[:1], state[1:]) if layer.mode == "LSTM" else state[None]
    flow = gradient_by_lag(layer, x[lags:], here)
    memory = flow.log10_h if flow.log10_c is None else flow.log10_c
    return {
        "log10_h": np.round(flow.log10_h[0], 4).tolist(),
        "log10_memory": np.round(memory[0], 4).tolist(),  # of the cell state where there is one
        "h_50": float(flow.log10_h[0, 50]),
        "memory_50": float(memory[0, 50]),
        "h_rate": float(factor_per_step(flow.log10_h[0], 10)),
        "memory_rate": float(factor_per_step(memory[0], 10)),
        "directions": np.round(product_singular_values(layer, x[lags : lags + 50], here)[0], 3).tolist(),
    }


def left(records: Records, start: str, measurement: str) -> NDArray[np.float64]:
    """One number a seed."""
    return records.where(start=start).values(measurement)


def default_gates_keep_a_millionth(records: Records) -> Verdict:
    """The better of GRU and LSTM at each seed, hidden state, lag 50."""
    best = np.maximum(left(records, "gru", "h_50"), left(records, "lstm, forget bias 0", "h_50"))
    return level(best, -6.0, better="higher", what="What the better of the two keeps", unit="powers of ten")


def rate_is_the_forget_gate(records: Records) -> Verdict:
    """|σ(b_f) / measured − 1| of the cell state's factor a step, mean over the three forget biases."""
    off = []
    for bias in BIASES:
        gate = 1 / (1 + math.exp(-bias))
        off.append(100 * np.abs(gate / left(records, f"lstm, forget bias {bias:g}", "memory_rate") - 1))
    sizes = ", ".join(f"{np.mean(each):.0f} % at a bias of {bias:g}" for each, bias in zip(off, BIASES, strict=True))
    return within(np.mean(off, axis=0), 5.0, f"The gate is too low a guess, by {sizes}: it")


def cell_outlives_orthogonal(records: Records) -> Verdict:
    """∂c of a forget bias of 1 against ∂h of an orthogonal tanh network, lag 50."""
    return paired(
        left(records, "lstm, forget bias 1", "memory_50"),
        left(records, "rnn, orthogonal", "memory_50"),
        better="higher",
        unit="powers of ten",
    )


def does_not_fade(start: str) -> Callable[[Records], Verdict]:
    """Judges whether the norm at lag 50 is at least 1, up to rounding."""

    def judge(records: Records) -> Verdict:
        kept = left(records, start, "memory_50")
        verdict = paired(kept, -1e-6, better="higher")
        least, most = (f"{10**end:.2g}" for end in (kept.min(), kept.max()))
        what = f"lies between {least} and {most} times" if least != most else f"is {least} times"
        return replace(verdict, detail=f"What is left {what} what there was, on {kept.size} seeds.")

    return judge


def hidden_follows_cell(records: Records) -> Verdict:
    """|rate of ∂h / rate of ∂c − 1|, mean over the three forget biases."""
    starts_ = [f"lstm, forget bias {bias:g}" for bias in BIASES]
    off = [100 * np.abs(left(records, s, "h_rate") / left(records, s, "memory_rate") - 1) for s in starts_]
    return within(np.mean(off, axis=0), 2.0, "The rate of the hidden state")


GATED_GRADIENT_FLOW = Study(
    name="gated_gradient_flow",
    question="How much of a gradient do gates and starts keep, before any training?",
    prediction="A gated cell keeps more than a plain one before any training; the forget gate alone sets its rate.",
    section="3.6",
    trial=follow_started,
    measure="memory_50",
    vary={"start": tuple(STARTS)},
    hold={"hidden_size": 64, "input_size": 8, "lags": 100},
    seeds=range(20),
    quick={"hold": {"lags": 60}, "seeds": range(5)},
    claims=(
        Claim(
            "3.6a",
            "With forget gates half open, as they start, GRU and LSTM keep a millionth of the gradient over 50 steps",
            default_gates_keep_a_millionth,
        ),
        Claim(
            "3.6b",
            "The cell state's gradient fades at the rate of the forget gate alone, σ of its bias, within 5 %",
            rate_is_the_forget_gate,
        ),
        Claim("3.6c", "An LSTM's hidden state fades at the rate of its cell state, within 2 %", hidden_follows_cell),
        Claim(
            "3.6d",
            "Over 50 steps a forget bias of 1 keeps more than an orthogonal start of a tanh network",
            cell_outlives_orthogonal,
        ),
        Claim(
            "3.6e",
            "With a forget bias of 3 the gradient of the cell state does not fade over 50 steps",
            does_not_fade("lstm, forget bias 3"),
        ),
        Claim(
            "3.6f",
            "A ReLU network with identity start loses nothing along its best direction over 50 steps",
            does_not_fade("relu, identity"),
        ),
    ),
)
