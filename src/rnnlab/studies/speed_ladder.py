"""Chapter 7: one training pass of an Elman network in six orders of work, from loops in Python to compiled code.

Each rung is a function (x, w_ih, w_hh, b, g) → (dW_ih, dW_hh): forward over x (T, B, I), and back from the gradient g
(T, B, H) that a loss sends to the hidden states. The chapter writes the first four out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab import engine
from rnnlab.studies import Claim, Records, Study, Verdict, level
from rnnlab.studies.stopwatch import on_one_core, race

Array = NDArray[Any]
Rung = Callable[..., tuple[Array, Array]]

# (T, B, I, H): a few short sequences and a small net; many long ones and a wide net
SIZES = {"small": (40, 8, 8, 32), "large": (50, 64, 32, 128)}


def problem(size: tuple[int, int, int, int], dtype: Any, seed: int = 0) -> dict[str, Array]:
    """Input, weights, bias and a random g, drawn from `seed`."""
    T, B, I, H = size
    draw = np.random.default_rng(seed).standard_normal
    drawn = {
        "x": draw((T, B, I)),
        "w_ih": draw((H, I)) / math.sqrt(I),
        "w_hh": 0.9 * draw((H, H)) / math.sqrt(H),
        "b": draw(H),
        "g": draw((T, B, H)),
    }
    return {name: array.astype(dtype) for name, array in drawn.items()}


def loops(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """The equations as they stand, one number at a time."""
    (T, B, I), H = x.shape, len(b)
    x, w_ih, w_hh, b, g = (array.tolist() for array in (x, w_ih, w_hh, b, g))
    dw_ih, dw_hh = [[0.0] * I for _ in range(H)], [[0.0] * H for _ in range(H)]
    for s in range(B):
        h = [[0.0] * H]
        for t in range(T):
            a = [b[j] + _dot(w_ih[j], x[t][s]) + _dot(w_hh[j], h[t]) for j in range(H)]
            h.append([math.tanh(a_j) for a_j in a])
        dh = [0.0] * H
        for t in reversed(range(T)):
            da = [(g[t][s][j] + dh[j]) * (1 - h[t + 1][j] ** 2) for j in range(H)]
            for j in range(H):
                for i in range(I):
                    dw_ih[j][i] += da[j] * x[t][s][i]
                for k in range(H):
                    dw_hh[j][k] += da[j] * h[t][k]
            dh = [sum(w_hh[j][k] * da[j] for j in range(H)) for k in range(H)]
    return np.array(dw_ih), np.array(dw_hh)


def _dot(u: list[float], v: list[float]) -> float:
    return sum(u_i * v_i for u_i, v_i in zip(u, v, strict=True))


def batched(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """All sequences of the batch in one product."""
    T, B, _ = x.shape
    h = np.zeros((T + 1, B, len(b)), x.dtype)
    for t in range(T):
        h[t + 1] = np.tanh(x[t] @ w_ih.T + h[t] @ w_hh.T + b)
    dw_ih, dw_hh, dh = np.zeros_like(w_ih), np.zeros_like(w_hh), np.zeros_like(h[0])
    for t in reversed(range(T)):
        da = (g[t] + dh) * (1 - h[t + 1] ** 2)
        dw_ih += da.T @ x[t]
        dw_hh += da.T @ h[t]
        dh = da @ w_hh
    return dw_ih, dw_hh


def hoisted(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """W_ih x_t waits for no other step: all T of them in one product before the loop."""
    T, B, _ = x.shape
    h = np.zeros((T + 1, B, len(b)), x.dtype)
    a = x @ w_ih.T + b
    for t in range(T):
        h[t + 1] = np.tanh(a[t] + h[t] @ w_hh.T)
    dw_ih, dw_hh, dh = np.zeros_like(w_ih), np.zeros_like(w_hh), np.zeros_like(h[0])
    for t in reversed(range(T)):
        da = (g[t] + dh) * (1 - h[t + 1] ** 2)
        dw_ih += da.T @ x[t]
        dw_hh += da.T @ h[t]
        dh = da @ w_hh
    return dw_ih, dw_hh


def summed_once(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """The weight gradients are sums over steps and sequences, and so is a product: one after the loop."""
    (T, B, I), H = x.shape, len(b)
    h = np.zeros((T + 1, B, H), x.dtype)
    a = x @ w_ih.T + b
    for t in range(T):
        h[t + 1] = np.tanh(a[t] + h[t] @ w_hh.T)
    da, dh = 1 - h[1:] ** 2, np.zeros_like(h[0])
    for t in reversed(range(T)):
        da[t] *= g[t] + dh
        dh = da[t] @ w_hh
    da = da.reshape(T * B, H)
    return da.T @ x.reshape(T * B, I), da.T @ h[:-1].reshape(T * B, H)


def compiled(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """rnnlab.engine: the same order of work, in machine code that keeps a few rows in cache."""
    h_0, none = np.zeros_like(g[0]), np.zeros_like(b)
    outputs, _, saved = engine.elman.forward(x, h_0, w_ih, w_hh, b, none)
    assert saved is not None
    found = engine.elman.backward(g, None, x, h_0, outputs, saved, w_ih, w_hh, b, none, input_gradient=False)
    return found[2], found[3]


def by_torch(x: Array, w_ih: Array, w_hh: Array, b: Array, g: Array) -> tuple[Array, Array]:
    """torch.nn.RNN and autograd."""
    network = torch.nn.RNN(x.shape[2], len(b), dtype=torch.from_numpy(x).dtype)
    parameters = list(network.parameters())
    with torch.no_grad():
        for parameter, value in zip(parameters, (w_ih, w_hh, b, np.zeros_like(b)), strict=True):
            parameter.copy_(torch.from_numpy(value))
    outputs, _ = network(torch.from_numpy(x))
    dw_ih, dw_hh = torch.autograd.grad(outputs, parameters[:2], torch.from_numpy(g))
    return dw_ih.numpy(), dw_hh.numpy()


RUNGS: dict[str, Rung] = {
    "loops": loops,
    "batched": batched,
    "hoisted": hoisted,
    "summed_once": summed_once,
    "compiled": compiled,
    "torch": by_torch,
}


def worst_difference(rungs: dict[str, Rung], given: dict[str, Array]) -> float:
    """The largest difference between any rung's gradients and those of `batched`, as a share of the largest entry."""
    wanted = batched(**given)
    return max(
        float(np.abs(found - true).max() / np.abs(true).max())
        for rung in rungs.values()
        for found, true in zip(rung(**given), wanted, strict=True)
    )


def climb(*, size: str, rounds: int, seed: int) -> dict[str, Any]:
    """Checks that the rungs agree, in float64, and times them, in float32, on one core: milliseconds and gains.

    A gain is the time of the rung before over its own; at the large size the loops are left out.
    """
    rungs = {name: rung for name, rung in RUNGS.items() if size == "small" or name != "loops"}
    with on_one_core():
        worst = worst_difference(rungs, problem(SIZES[size], np.float64, seed))
        given = problem(SIZES[size], np.float32, seed)
        found = race({name: partial(rung, **given) for name, rung in rungs.items()}, rounds=rounds)
    names = list(rungs)
    gains = {
        f"{name}_gain": found.times_faster(name, before)
        for before, name in itertools.pairwise(names)
        if name != "torch"
    }
    return {
        "worst_difference": worst,
        **{f"{name}_ms": found.milliseconds(name) for name in names},
        **gains,
        "least_gain": min(gains.values()),
        "over_torch": found.times_faster("compiled", "torch"),
        "over_batched": found.times_faster("compiled", "batched"),
    }


def gradients_agree(records: Records) -> Verdict:
    """To ten digits, in float64."""
    worst = np.max([records.where(size=size).values("worst_difference") for size in SIZES], axis=0)
    return level(worst, 1e-10, better="lower", what="The largest difference, as a share of the largest entry")


def every_rung_gains(records: Records) -> Verdict:
    """The least gain over the rungs from `batched` to `compiled`, at the size where it is least."""
    least = np.min([records.where(size=size).values("least_gain") for size in SIZES], axis=0)
    return level(least, 1.0, better="higher", what="The least gain of a rung", unit="times")


def first_step_gains_most(records: Records) -> Verdict:
    """Loops → batched against batched → compiled, as a ratio of the two gains."""
    small = records.where(size="small")
    ratio = small.values("batched_gain") / small.values("over_batched")
    return level(ratio, 1.0, better="higher", what="The first gain over that of all other rungs", unit="times")


def engine_over_torch(records: Records) -> Verdict:
    """At the size where the lead is smaller."""
    lead = np.min([records.where(size=size).values("over_torch") for size in SIZES], axis=0)
    return level(lead, 1.0, better="higher", what="The time of torch over that of the engine", unit="times")


SPEED_LADDER = Study(
    name="speed_ladder",
    question="Which change in the order of the work makes a training step fast?",
    prediction="Every rung is faster than the one before it, and the first step gains more than all the others.",
    section="7.1",
    trial=climb,
    measure="least_gain",
    vary={"size": tuple(SIZES)},
    hold={"rounds": 9},
    seeds=range(10),
    quick={"hold": {"rounds": 3}, "seeds": range(5)},
    claims=(
        Claim("7.1a", "All rungs compute the same gradients to ten digits", gradients_agree),
        Claim("7.1b", "From the loops to the engine, every rung is faster than the one before it", every_rung_gains),
        Claim(
            "7.1c",
            "The step from loops to arrays gains more than all the rungs above it together",
            first_step_gains_most,
        ),
        Claim("7.1d", "On one core the compiled engine is faster than torch.nn.RNN", engine_over_torch),
    ),
)
