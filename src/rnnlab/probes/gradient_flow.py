"""Gradient flow: how much of a gradient at the last step is left so many steps before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.errors import InputError
from rnnlab.probes.jacobian import backwards
from rnnlab.probes.trajectory import Array, Trajectory


@dataclass(frozen=True)
class GradientByLag:
    """log10 of ‖∂h_T/∂h_{T-k}‖ and ‖∂c_T/∂c_{T-k}‖ against the lag k: no underflow, and -inf where nothing is left."""

    lag: Array
    """k = 0 … T"""
    log10_h: Array
    """(B, T+1), each the largest singular value of ∂h_T/∂h_{T-k}; of an LSTM with c_{T-k} held fixed"""
    log10_c: Array | None
    """(B, T+1), the same of the cell state with h_{T-k} held fixed; None for a cell that has none"""


def gradient_by_lag(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> GradientByLag:
    """Follows the gradient from the last step of x back to the first: the product of the steps' exact Jacobians.

        ∂s_T/∂s_{T-k} = J_T J_{T-1} … J_{T-k+1}                                                (3.2)

    s is h, of an LSTM h above c, whose blocks are measured. Multiplied out from the left with its size kept apart as a
    logarithm: a norm of 1e-400 has the same relative error as one of 1e-4. Of every sequence of x on its own.

    layer, x and start as in `step_jacobians`.
    """
    trajectory = Trajectory(layer, x, start)
    H, two_states = layer.hidden_size, isinstance(trajectory.cell, scratch.LSTM)
    product = np.broadcast_to(np.eye(trajectory.size), (trajectory.batch, trajectory.size, trajectory.size))
    scale = np.zeros(trajectory.batch)
    h, c = [np.zeros_like(scale)], [np.zeros_like(scale)]
    for J in backwards(trajectory):
        product = product @ J
        peak = np.max(np.abs(product), axis=(1, 2))
        with np.errstate(divide="ignore"):
            scale = scale + np.log10(peak)
        product = product / np.where(peak > 0, peak, 1.0)[:, None, None]
        h.append(scale + _log10_norms(product[:, :H, :H]))
        if two_states:
            c.append(scale + _log10_norms(product[:, H:, H:]))
    lag = np.arange(trajectory.steps + 1.0)
    return GradientByLag(lag, np.stack(h, axis=1), np.stack(c, axis=1) if two_states else None)


def factor_per_step(log10_norms: ArrayLike, first: int = 0) -> Array:
    """The factor by which norms (…, lags) change from one lag to the next, fitted by least squares from lag `first` on.

    The slope of the line on a logarithmic axis, as a factor: 0.9 for 0.9^k. NaN where a norm is zero or not finite.
    """
    values = np.asarray(log10_norms, dtype=np.float64)[..., first:]
    if values.shape[-1] < 2:
        raise InputError(f"A slope needs two lags; there are {values.shape[-1]} from lag {first} on. Give a longer x.")
    lag = np.arange(values.shape[-1]) - (values.shape[-1] - 1) / 2
    finite = np.all(np.isfinite(values), axis=-1, keepdims=True)
    slope = np.where(finite, values, 0.0) @ lag / (lag @ lag)
    return np.asarray(np.where(finite[..., 0], 10.0**slope, np.nan))


@dataclass(frozen=True)
class WeightGradientByLag:
    """How much each step adds to dL/dW_hh, by how far it lies from the end: norms (Frobenius), lag 0 for step T."""

    share: Array
    """(T,): of what step T-k alone adds"""
    total: Array
    """(T,): of the sum over lags 0 … k, the gradient truncated after k + 1 steps; the last is dL/dW_hh's own"""


def weight_gradient_by_lag(
    layer: nn.RNNBase, x: ArrayLike | Tensor, d_last: ArrayLike, start: Any = None
) -> WeightGradientByLag:
    """Takes dL/dW_hh apart by the step at which the weight was used.

    d_last (B, H) is dL/dh_T, of a loss that sees the last state alone; the batch is summed over, as in a training.
    layer, x and start as in `step_jacobians`.
    """
    trajectory = Trajectory(layer, x, start)
    cell, states = trajectory.cell, trajectory.states
    upstream = np.zeros_like(states[..., -1, :, :])
    cell.hidden(upstream)[:] = d_last
    summed = np.zeros_like(cell.parameters["weight_hh_l0"])
    share, total = [], []
    for t in reversed(range(trajectory.steps)):
        here = states[..., t : t + 2, :, :]
        _, upstream, gradients = cell.backward(trajectory.x[t : t + 1], here, np.expand_dims(upstream, -3))
        summed += gradients["weight_hh_l0"]
        share.append(np.linalg.norm(gradients["weight_hh_l0"]))
        total.append(np.linalg.norm(summed))
    return WeightGradientByLag(np.array(share), np.array(total))


def _log10_norms(matrices: Array) -> Array:
    """log10 of the largest singular value of each of (B, H, H) whose elements are at most one."""
    squares = np.linalg.eigvalsh(matrices @ matrices.transpose(0, 2, 1))[:, -1]  # a third of the time of an SVD
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(np.maximum(squares, 0.0)) / 2)
