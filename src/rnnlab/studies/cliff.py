"""Chapter 3: the cliff in the loss of a network with one unit, and what a clipped step does there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.studies import Claim, Records, Study, Verdict, paired

PLANE = ((0.0, 4.0), (-2.0, 1.0))  # of w and of b: what is drawn, and where starts are drawn from
ON_THE_CLIFF = 10.0  # a start is a point of the plane whose gradient is longer than this
SOLVED = 0.01


def loss_and_gradient(
    w: ArrayLike, b: ArrayLike, steps: int = 50, first: float = 0.5, target: float = 0.7
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """L = ½ (h_T − y*)² of h_t = tanh(w h_{t-1} + b), and its derivatives by w and b, for arrays of any shape.

    T = 50, h_0 = 0.5 and y* = 0.7, as in Pascanu, Mikolov and Bengio's figure (2013), whose unit is a logistic one.
    """
    w, b = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    h = [np.full(np.broadcast_shapes(w.shape, b.shape), first)]
    for _ in range(steps):
        h.append(np.tanh(w * h[-1] + b))
    dh = h[-1] - target
    dw, db = np.zeros_like(dh), np.zeros_like(dh)
    for t in reversed(range(steps)):
        da = dh * (1 - h[t + 1] ** 2)
        dw, db, dh = dw + da * h[t], db + da, da * w
    return (h[-1] - target) ** 2 / 2, dw, db


def step_from(w: float, b: float, learning_rate: float, clip_norm: float | None) -> tuple[float, float]:
    """One step of gradient descent, with the gradient cut to the norm `clip_norm` if it is longer."""
    _, dw, db = loss_and_gradient(w, b)
    norm = math.hypot(dw, db)
    scale = learning_rate * (1.0 if clip_norm is None else min(1.0, clip_norm / max(norm, 1e-300)))
    return w - scale * float(dw), b - scale * float(db)


def descend_from_the_cliff(*, clip_norm: float | None, learning_rate: float, updates: int, seed: int) -> dict[str, Any]:
    """Draws a start on the cliff, makes the updates, and says where they led."""
    path = [start_on_the_cliff(np.random.default_rng(seed))]
    for _ in range(updates):
        path.append(step_from(*path[-1], learning_rate, clip_norm))
    points = np.array(path)
    losses = loss_and_gradient(points[:, 0], points[:, 1])[0]
    return {
        "loss": float(losses[-1]),
        "solved": int(losses[-1] < SOLVED),
        "first_step": float(np.linalg.norm(points[1] - points[0])),
        "start": points[0].tolist(),
        "end": points[-1].tolist(),
    }


def start_on_the_cliff(rng: np.random.Generator) -> tuple[float, float]:
    """A point (w, b) drawn evenly from those of the plane where the gradient is longer than 10."""
    while True:
        w, b = (rng.uniform(*side, size=20_000) for side in PLANE)
        _, dw, db = loss_and_gradient(w, b)
        steep = np.flatnonzero(np.hypot(dw, db) > ON_THE_CLIFF)
        if len(steep):
            return float(w[steep[0]]), float(b[steep[0]])


def clipping_saves(records: Records) -> Verdict:
    """The share of starts from which the loss ends below 0.01."""
    solved = {clip: records.where(clip_norm=clip).values("solved") for clip in (1.0, None)}
    return paired(100 * solved[1.0], 100 * solved[None], better="higher", unit="% of the starts")


CLIFF = Study(
    name="cliff",
    question="A step is taken from the edge of a cliff in the loss: where does training end?",
    prediction="Thrown far away without clipping, at the bottom of the valley with it.",
    section="3.4",
    trial=descend_from_the_cliff,
    measure="loss",
    vary={"clip_norm": (None, 1.0)},
    hold={"learning_rate": 0.1, "updates": 300},
    seeds=range(40),
    quick={"seeds": range(10)},
    claims=(Claim("3.4", "From a start on the cliff, clipped steps end in the valley more often", clipping_saves),),
)
