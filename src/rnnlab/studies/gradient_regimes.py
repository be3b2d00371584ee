"""Chapter 3: where gradients vanish and where they explode, and which number of a network tells beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab.probes import gradient_by_lag, largest_lyapunov_exponent
from rnnlab.probes.trajectory import Trajectory
from rnnlab.studies import Claim, Records, Study, Verdict, share
from rnnlab.studies.gradient_flow import tanh_network


def vanish_or_explode(
    *, spectral_radius: float, input_scale: float, input_size: int, hidden_size: int, lags: int, steps: int, seed: int
) -> dict[str, Any]:
    """Follows one gradient over `lags` steps, and measures the largest Lyapunov exponent on `steps` other steps.

    `left` is log10 of ‖∂h_T/∂h_{T-lags}‖: below 0 the gradient has vanished, above 0 it has exploded. The three
    predictors are σ_max, the spectral radius, and the exponent, in nats a step.
    """
    rng = np.random.default_rng(seed)
    layer = tanh_network(input_size, hidden_size, spectral_radius, rng)
    x = input_scale * rng.standard_normal((2 * lags + steps, 1, input_size))
    first = 0.1 * rng.standard_normal((1, 1, hidden_size))  # without input, a state of zero would never leave it
    states = Trajectory(layer, x[: 2 * lags], torch.as_tensor(first)).states
    at, end = torch.as_tensor(states[lags : lags + 1]), torch.as_tensor(states[-1:])
    slopes = 1 - states[lags + 1 :, 0] ** 2
    return {
        "left": float(gradient_by_lag(layer, x[lags : 2 * lags], at).log10_h[0, -1]),
        "exponent": float(largest_lyapunov_exponent(layer, x[2 * lags :], end)[0]),
        "sigma_max": float(np.linalg.norm(layer.state_dict()["weight_hh_l0"].numpy(), 2)),
        "rms_slope": math.sqrt(np.mean(slopes**2)),
    }


def median_map(records: Records, measurement: str) -> NDArray[np.float64]:
    """(spectral radii, input scales): the median over seeds."""
    varied = records.study.varied(records.mode)
    return np.array(
        [
            [
                np.median(records.where(spectral_radius=radius, input_scale=scale).values(measurement))
                for scale in varied["input_scale"]
            ]
            for radius in varied["spectral_radius"]
        ]
    )


def small_norm_suffices(records: Records) -> Verdict:
    """Of the networks with σ_max below 1: the share whose gradient stays under the bound σ_max^lags, so vanishes."""
    table = records.table[records.table["sigma_max"] < 1]
    bound = records.study.hold["lags"] * np.log10(table["sigma_max"])
    return _of_networks(int((table["left"] <= bound).sum()), len(table), 0.95, records)


def large_norm_is_necessary(records: Records) -> Verdict:
    """Of the networks whose gradient exploded: the share with σ_max above 1."""
    table = records.table[records.table["left"] > 0]
    return _of_networks(int((table["sigma_max"] > 1).sum()), len(table), 0.95, records)


def large_norm_suffices(records: Records) -> Verdict:
    """Of the networks with σ_max above 1: the share whose gradient exploded."""
    table = records.table[records.table["sigma_max"] > 1]
    return _of_networks(int((table["left"] > 0).sum()), len(table), 0.5, records)


def sign_tells(column: str, line: float) -> Callable[[Records], Verdict]:
    """Judges the share of networks for which `column` above or below `line` says what the gradient did."""

    def judge(records: Records) -> Verdict:
        table = records.table
        right = (table[column] > line) == (table["left"] > 0)
        return _of_networks(int(right.sum()), len(table), 0.95, records)

    return judge


def _of_networks(successes: int, n: int, above: float, records: Records) -> Verdict:
    verdict = share(successes, n, above=above)
    return replace(verdict, detail=verdict.detail.replace("seeds", "networks"), seeds=len(records.seeds))


GRADIENT_REGIMES = Study(
    name="gradient_regimes",
    question="Where do gradients vanish, where do they explode, and which number of a network tells beforehand?",
    prediction="σ_max bounds it from one side only; the largest Lyapunov exponent draws the line.",
    section="3.2",
    trial=vanish_or_explode,
    measure="left",
    vary={
        "spectral_radius": (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.8, 2.4, 3.2),
        "input_scale": (0.0, 0.1, 0.3, 0.6, 1.0, 1.7, 3.0),
    },
    hold={"hidden_size": 64, "input_size": 8, "lags": 100, "steps": 800},
    seeds=range(10),
    quick={
        "vary": {"spectral_radius": (0.3, 0.5, 0.9, 1.4, 1.8, 3.2), "input_scale": (0.0, 0.3, 1.0, 3.0)},
        "hold": {"hidden_size": 32, "steps": 300},
        "seeds": range(5),
    },
    claims=(
        Claim(
            "3.2a",
            "A largest singular value below 1 suffices: such a gradient stays under that value to the power of the lag",
            small_norm_suffices,
        ),
        Claim("3.2b", "For exploding, a largest singular value above 1 is necessary",
              large_norm_is_necessary),
        Claim("3.2c", "It is sufficient, too: where the largest singular value is above 1, most gradients explode",
              large_norm_suffices),
        Claim("3.2d", "A spectral radius above 1 tells which gradients explode", sign_tells("spectral_radius", 1.0)),
        Claim("3.2e", "A largest Lyapunov exponent above 0 tells which gradients explode", sign_tells("exponent", 0.0)),
    ),
)  # fmt: skip
