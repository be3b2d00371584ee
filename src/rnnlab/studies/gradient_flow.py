"""Chapter 3: how fast a gradient fades along a tanh network, what sets the rate, what the weights' gradient hides."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab.probes import factor_per_step, gradient_by_lag, weight_gradient_by_lag
from rnnlab.probes.trajectory import Trajectory
from rnnlab.studies import Claim, Records, Study, Verdict, level, paired
from rnnlab.studies.rounding import alike

SETTLE = 5  # lags that a fitted rate leaves out: before them the norm is not yet geometric


def tanh_network(input_size: int, hidden_size: int, spectral_radius: float, rng: np.random.Generator) -> nn.RNN:
    """A network without biases, in float64: W_hh normal, scaled to the spectral radius; W_ih normal, variance 1/I.

    So an input of variance 1 adds a number of variance 1 to every pre-activation.
    """
    W_hh = rng.standard_normal((hidden_size, hidden_size))
    W_hh *= spectral_radius / np.max(np.abs(np.linalg.eigvals(W_hh)))
    W_ih = rng.standard_normal((hidden_size, input_size)) / math.sqrt(input_size)
    layer = nn.RNN(input_size, hidden_size, bias=False).double()
    layer.load_state_dict({"weight_ih_l0": torch.as_tensor(W_ih), "weight_hh_l0": torch.as_tensor(W_hh)})
    return layer


def follow_gradient(
    *, spectral_radius: float, input_scale: float, input_size: int, hidden_size: int, lags: int, seed: int
) -> dict[str, Any]:
    """Reads noise, then follows the gradient from the last step back over `lags` steps.

    `rate` is the factor a step; `radius_mean`, `radius_rms` and `spread_rms` are three guesses at it, from the weights
    and the slopes alone: ρ or ‖W_hh‖_F/√H times the mean, or the root of the mean square, of tanh′.
    """
    rng = np.random.default_rng(seed)
    layer = tanh_network(input_size, hidden_size, spectral_radius, rng)
    x = input_scale * rng.standard_normal((2 * lags, 1, input_size))  # the first half only fills the state
    whole = Trajectory(layer, x).states
    start = torch.as_tensor(whole[lags : lags + 1])
    slopes = 1 - whole[lags + 1 :, 0] ** 2
    flow = gradient_by_lag(layer, x[lags:], start)
    d_last = rng.standard_normal((1, hidden_size))
    blame = weight_gradient_by_lag(layer, x[lags:], d_last / np.linalg.norm(d_last), start)
    log10 = flow.log10_h[0]
    W_hh = layer.state_dict()["weight_hh_l0"].numpy()
    rms = math.sqrt(np.mean(slopes**2))
    return {
        "log10_h": np.round(log10, 4).tolist(),
        "left_50": float(log10[50]),
        "rate": float(factor_per_step(log10, SETTLE)),
        "straightness": _r_squared(log10[SETTLE:]),
        "mean_slope": float(np.mean(slopes)),
        "rms_slope": rms,
        "radius_mean": spectral_radius * float(np.mean(slopes)),
        "radius_rms": spectral_radius * rms,
        "spread_rms": float(np.linalg.norm(W_hh)) / math.sqrt(hidden_size) * rms,
        "share": np.round(np.log10(blame.share), 4).tolist(),
        "total": np.round(np.log10(blame.total), 4).tolist(),
        "older_than_20": float(abs(blame.total[-1] / blame.total[19] - 1)),
    }


def _r_squared(log10: NDArray[np.float64]) -> float:
    """The share of the variance of log10 that a straight line over the lags explains."""
    return float(np.corrcoef(np.arange(len(log10)), log10)[0, 1] ** 2)


def curves(records: Records, measurement: str = "log10_h") -> NDArray[np.float64]:
    """(seeds, lags): one row a seed."""
    return np.array([record.measurements[measurement] for record in records])


def is_geometric(records: Records) -> Verdict:
    """A straight line on the logarithmic axis explains over 99 % of the variance."""
    straightness = 100 * records.where(input_scale=1.0).values("straightness")
    what = "A line explains of the logarithm's variance"
    return level(straightness, 99.0, better="higher", what=what, unit="%", digits=4)


def less_than_a_hundredth_of_the_naive(records: Records) -> Verdict:
    """At lag 50: orders of magnitude between ρ^50 and what is measured."""
    promised = 50 * math.log10(records.study.hold["spectral_radius"])
    left = records.where(input_scale=1.0).values("left_50")
    what = "What is left lies below that by"
    return level(promised - left, 2.0, better="higher", what=what, unit="powers of ten")


def within(off: NDArray[np.float64], allowed: float, what: str) -> Verdict:
    """Is `what` off by less than the per cent that are allowed, on the mean over seeds?"""
    verdict = paired(off, allowed, unit="%")
    low, high = (allowed - end for end in reversed(verdict.interval))
    measured = f"{np.mean(off):.2g} % [{low:.2g}, {high:.2g}]"
    detail = f"{what} is off by {measured} over {verdict.seeds} seeds; {allowed:g} % are allowed."
    return replace(verdict, detail=detail)


def rate_is(guess: str, input_scale: float) -> Callable[[Records], Verdict]:
    """Judges whether a guess at the rate is off by less than 5 %: mean over seeds of |guessed / measured − 1|."""

    def judge(records: Records) -> Verdict:
        part = records.where(input_scale=input_scale)
        side = "low" if np.mean(part.values(guess)) < np.mean(part.values("rate")) else "high"
        return within(_off(part, guess), 5.0, f"The guess is too {side}: it")

    return judge


def second_guess_is_nearer(records: Records) -> Verdict:
    """By how many per cent (3.4) is nearer to the measured rate than (3.3)."""
    part = records.where(input_scale=1.0)
    return paired(_off(part, "spread_rms"), _off(part, "radius_mean"), unit="% of the factor")


def _off(part: Records, guess: str) -> NDArray[np.float64]:
    return np.asarray(100 * np.abs(part.values(guess) / part.values("rate") - 1))


def weights_look_healthy(records: Records) -> Verdict:
    """‖dL/dW_hh‖ of the whole sequence against that of its last 20 steps: the relative difference, in powers of ten."""
    change = np.log10(records.where(input_scale=1.0).values("older_than_20"))
    verdict = paired(change, -2.0, unit="powers of ten")
    median = alike(100 * 10 ** float(np.median(change)))[0]
    detail = f"They change it by {median} % on the median of {verdict.seeds} networks."
    return replace(verdict, detail=detail)


def first_step_is_gone(records: Records) -> Verdict:
    """The share that step 1 has in dL/dW_hh, in powers of ten."""
    part = records.where(input_scale=1.0)
    share = curves(part, "share")[:, -1] - curves(part, "total")[:, -1]
    return level(share, -10.0, better="lower", what="Its share", unit="powers of ten")


GRADIENT_FLOW = Study(
    name="gradient_flow",
    question="How fast does a gradient fade along a tanh network, and what sets the rate?",
    prediction="Geometrically, at the spectral radius times the mean slope of tanh.",
    section="3.1",
    trial=follow_gradient,
    measure="rate",
    vary={"input_scale": (1.0, 0.01)},
    hold={"spectral_radius": 0.9, "hidden_size": 64, "input_size": 8, "lags": 100},
    seeds=range(20),
    quick={"seeds": range(10)},
    claims=(
        Claim("3.1a", "The gradient fades geometrically: its logarithm falls on a line", is_geometric),
        Claim(
            "3.1b",
            "After 50 steps less than a hundredth of what the spectral radius alone promises is left",
            less_than_a_hundredth_of_the_naive,
        ),
        Claim(
            "3.1c",
            "The factor a step is the spectral radius times the mean slope, within 5 %",
            rate_is("radius_mean", 1.0),
        ),
        Claim(
            "3.1d",
            "The factor a step is the spread of the weights times the root mean square slope, within 5 %",
            rate_is("spread_rms", 1.0),
        ),
        Claim(
            "3.1e",
            "With the root mean square slope the guess at the factor a step is nearer than with the mean slope",
            second_guess_is_nearer,
        ),
        Claim(
            "3.1f",
            "On inputs so small that tanh stays straight, the factor a step is the spectral radius, within 5 %",
            rate_is("radius_mean", 0.01),
        ),
        Claim(
            "3.3a",
            "All steps before the last 20 together change the size of dL/dW by less than 1 %",
            weights_look_healthy,
        ),
        Claim(
            "3.3b",
            "Of the gradient of the weights, the first of 100 steps contributes less than one part in ten billion",
            first_step_is_gone,
        ),
    ),
)
