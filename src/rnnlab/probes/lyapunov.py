"""Lyapunov exponents: how fast two states that start close to each other part, or come together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.probes.jacobian import forwards
from rnnlab.probes.trajectory import Array, Trajectory


def largest_lyapunov_exponent(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> Array:
    """λ = 1/n Σ_t ln ‖J_t v_{t-1}‖ with v_t = J_t v_{t-1} / ‖J_t v_{t-1}‖, in nats a step: (B,).

    Below zero the network forgets where it started, and products of its Jacobians vanish; above zero it is chaotic, and
    they explode. The first quarter of the T steps lets the direction v settle, λ is the mean over the other n; its
    error falls with 1/T. -inf if a step leaves nothing (all relu units off). layer, x and start as in `step_jacobians`.
    Benettin et al., 1980; of recurrent networks Engelken, Wolf and Abbott, 2020.
    """
    trajectory = Trajectory(layer, x, start)
    settle = _settling(trajectory)
    v = np.sin(np.arange(1.0, trajectory.size + 1))  # a direction that no symmetry of a weight matrix singles out
    v = np.broadcast_to(v / np.linalg.norm(v), (trajectory.batch, trajectory.size))
    total = np.zeros(trajectory.batch)
    for t, J in enumerate(forwards(trajectory)):
        v = np.einsum("bij,bj->bi", J, v)
        length = np.linalg.norm(v, axis=1)
        v = v / np.where(length > 0, length, 1.0)[:, None]
        if t >= settle:
            total += _logarithm(length)
    return total / (trajectory.steps - settle)


def lyapunov_exponents(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> Array:
    """All S exponents, largest first: (B, S). S directions at once, made orthogonal again at every step (QR)."""
    trajectory = Trajectory(layer, x, start)
    settle = _settling(trajectory)
    Q = np.broadcast_to(np.eye(trajectory.size), (trajectory.batch, trajectory.size, trajectory.size))
    total = np.zeros((trajectory.batch, trajectory.size))
    for t, J in enumerate(forwards(trajectory)):
        Q, R = np.linalg.qr(J @ Q)
        if t >= settle:
            total += _logarithm(np.abs(np.diagonal(R, axis1=1, axis2=2)))
    return np.sort(total / (trajectory.steps - settle))[:, ::-1]


def _settling(trajectory: Trajectory) -> int:
    if trajectory.steps < 8:
        raise InputError(
            f"x has {trajectory.steps} steps; a Lyapunov exponent is a mean over many. Give at least 8, better 1,000."
        )
    return trajectory.steps // 4


def _logarithm(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))
