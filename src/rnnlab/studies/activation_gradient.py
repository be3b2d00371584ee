"""Chapter 6: what tanh, σ and ReLU multiply a gradient by at every step, in networks as torch starts them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from rnnlab import scratch
from rnnlab.layers import RNN, SigmoidRNN, starts
from rnnlab.probes import factor_per_step, gradient_by_lag
from rnnlab.probes.trajectory import Trajectory
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.gradient_flow import SETTLE, within
from rnnlab.training import initialise

ACTIVATIONS: dict[str, Callable[[int, int], nn.RNNBase]] = {
    "rnn": RNN,
    "sigmoid": SigmoidRNN,
    "sigmoid, started as tanh": lambda I, H: starts.as_tanh(SigmoidRNN(I, H)),
    "relu": lambda I, H: RNN(I, H, nonlinearity="relu"),
}


def follow(*, activation: str, input_size: int, hidden_size: int, lags: int, seed: int) -> dict[str, Any]:
    """Reads noise of variance 1, then follows the gradient from the last step back over `lags` steps.

    `rate` is the factor a step. `rms_slope` is the root of the mean square of φ′, `guess` that times ‖W_hh‖_F/√H.
    """
    layer = initialise(lambda: ACTIVATIONS[activation](input_size, hidden_size), seed).double()
    x = np.random.default_rng(seed).standard_normal((2 * lags, 1, input_size))  # the first half only fills the state
    trajectory = Trajectory(layer, x)
    assert isinstance(trajectory.cell, scratch.Elman)
    slopes = trajectory.cell.slope(trajectory.states[lags + 1 :, 0])
    flow = gradient_by_lag(layer, x[lags:], torch.as_tensor(trajectory.states[lags : lags + 1]))
    log10 = flow.log10_h[0]
    rms = math.sqrt(np.mean(slopes**2))
    W_hh = trajectory.cell.parameters["weight_hh_l0"]
    return {
        "log10_h": np.round(log10, 4).tolist(),
        "left_20": float(log10[20]),
        "rate": float(factor_per_step(log10, SETTLE)),
        "largest_slope": float(np.max(slopes)),
        "mean_slope": float(np.mean(slopes)),
        "rms_slope": rms,
        "guess": float(np.linalg.norm(W_hh)) / math.sqrt(hidden_size) * rms,
    }


def keeps_more(activation: str, other: str, margin: float) -> Callable[[Records], Verdict]:
    """Judges what two activations leave of a gradient over 20 steps, in powers of ten."""

    def judge(records: Records) -> Verdict:
        left = [records.where(activation=each).values("left_20") for each in (activation, other)]
        return paired(left[0], left[1], better="higher", margin=margin, unit="powers of ten")

    return judge


def one_formula(records: Records) -> Verdict:
    """|guess / rate − 1| of tanh, σ and ReLU, mean over the three."""
    off = []
    for activation in ("rnn", "sigmoid", "relu"):
        part = records.where(activation=activation)
        off.append(100 * np.abs(part.values("guess") / part.values("rate") - 1))
    return within(np.mean(off, axis=0), 10.0, "The formula")


ACTIVATION_GRADIENT = Study(
    name="activation_gradient",
    question="What do tanh, σ and ReLU multiply a gradient by at every step, as torch starts them?",
    prediction="σ by a quarter of what tanh does; ReLU, whose slope is 0 or 1, keeps the most.",
    section="6.1",
    trial=follow,
    measure="left_20",
    vary={"activation": tuple(ACTIVATIONS)},
    hold={"hidden_size": 64, "input_size": 8, "lags": 100},
    seeds=range(20),
    quick={"hold": {"lags": 50}, "seeds": range(10)},
    claims=(
        Claim("6.1a", "Over 20 steps a σ network leaves less than a millionth of the gradient that tanh leaves",
              keeps_more("rnn", "sigmoid", 6.0)),
        Claim("6.1b", "A ReLU network, whose slope is 0 or 1, leaves more than tanh does",
              keeps_more("relu", "rnn", 0.0)),
        Claim("6.1c", "One formula serves all three: spread of the weights times root mean square slope, within 10 %",
              one_formula),
    ),
)  # fmt: skip
