"""Jacobians of single steps, exact, and their product along time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dgejsv
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.probes.trajectory import Array, Trajectory
from rnnlab.scratch.activation import sigmoid_slope, tanh_slope

AT_ONCE = 2**22  # numbers of Jacobians that are held in memory at a time, 32 MiB


def step_jacobians(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> Array:
    """The J_t = ∂s_t/∂s_{t-1} of every step and sequence: (T, B, S, S), entry [t, b] for step t + 1.

    s is h, S = H; for an LSTM s is h above c, S = 2H. Closed formulas in float64: exact, no differences.

    layer: RNN, GRU or LSTM of torch.nn or rnnlab.layers, one layer in one direction. x (T, B, I), or as the layer takes
    it; (T, I) is one sequence. start: h_0 or (h_0, c_0), None for zeros. What does not fit: InputError.
    """
    trajectory = Trajectory(layer, x, start)
    return jacobians(trajectory, 0, trajectory.steps)


def jacobians(trajectory: Trajectory, first: int, end: int) -> Array:
    """The Jacobians (end - first, B, S, S) of the steps that read x[first:end]."""
    cell, x, states = trajectory.cell, trajectory.x[first:end], trajectory.states[..., first : end + 1, :, :]
    if isinstance(cell, scratch.LSTM):
        return _lstm(cell, x, states)
    if isinstance(cell, scratch.GRU):
        return _gru(cell, x, states)
    return _elman(cell, states)


def forwards(trajectory: Trajectory) -> Iterator[Array]:
    """The Jacobians (B, S, S) of step 1, 2, … T, a chunk of them in memory at a time."""
    length = _chunk(trajectory)
    for first in range(0, trajectory.steps, length):
        yield from jacobians(trajectory, first, min(first + length, trajectory.steps))


def backwards(trajectory: Trajectory) -> Iterator[Array]:
    """The same from step T to step 1."""
    length = _chunk(trajectory)
    for end in range(trajectory.steps, 0, -length):
        yield from jacobians(trajectory, max(0, end - length), end)[::-1]


def product_singular_values(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> Array:
    """log10 of all singular values of J_T J_{T-1} … J_1, largest first: (B, S). A singular value of zero is -inf.

    What the whole sequence does to a gradient, direction by direction. The product is kept as Q D U: Q orthogonal,
    D diagonal on a logarithmic scale, U upper triangular with rows of size one; a step takes one QR decomposition
    (Stewart, "On graded QR decompositions of products of matrices", 1995). The singular values of D U come from
    one-sided Jacobi rotations, which find small ones beside large ones (LAPACK's dgejsv). However long the product,
    nothing of the common size is lost; a singular value below 1e-290 of the largest counts as zero.
    """
    trajectory = Trajectory(layer, x, start)
    Q = U = np.broadcast_to(np.eye(trajectory.size), (trajectory.batch, trajectory.size, trajectory.size))
    log_d = np.zeros((trajectory.batch, trajectory.size))
    for J in forwards(trajectory):
        Q, R = np.linalg.qr(J @ Q)
        log_d, U = _left_multiplied(R, log_d, U)
    return np.array([_graded_singular_values(*each) for each in zip(log_d, U, strict=True)])


def _left_multiplied(R: Array, log_d: Array, U: Array) -> tuple[Array, Array]:
    """R D U as another D U, with D = diag(exp(log_d)), log_d (B, S), and rows of U (B, S, S) of largest element one."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has the logarithm -inf
        sizes = np.log(np.abs(R)) + log_d[:, None, :]  # of the elements of R D
        row = np.max(sizes, axis=2)
        U = np.where(np.isfinite(sizes), np.sign(R) * np.exp(sizes - row[:, :, None]), 0.0) @ U
        peak = np.max(np.abs(U), axis=2)
        return row + np.log(peak), U / np.where(peak > 0, peak, 1.0)[:, :, None]


def _graded_singular_values(log_d: Array, U: Array) -> Array:
    """log10 of the singular values of diag(exp(log_d)) U, largest first."""
    largest = np.max(log_d)
    if not np.isfinite(largest):
        return np.full(len(log_d), -np.inf)
    columns = U.T * np.exp(log_d - largest)
    found, _, _, scale, _, _ = dgejsv(columns, joba=0, jobu=3, jobv=3, jobr=0, jobp=0)
    values = np.sort(found * scale[0] / scale[1])[::-1]
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(np.where(values < 1e-290 * values[0], 0.0, values)) + largest / np.log(10))


def _elman(cell: scratch.Elman, h: Array) -> Array:
    """J_t = diag(φ'(a_t)) W_hh, where φ' is a function of h_t                                        (3.1)"""
    W_hh = cell.parameters["weight_hh_l0"]
    return np.asarray(cell.slope(h[1:])[..., None] * W_hh)


def _gru(cell: scratch.GRU, x: Array, h: Array) -> Array:
    """J_t = diag(z) + diag((h_{t-1} - n) z') W_hz + diag((1 - z) n') (diag(r) W_hn + diag(q r') W_hr)

    with z' = z (1 - z), r' = r (1 - r) and n' = 1 - n², the slopes of the gates and of the candidate; all of step t.
    """
    W_hr, W_hz, W_hn = np.split(cell.parameters["weight_hh_l0"], 3)
    r, z, q, n = cell.gates(x, h[:-1])
    through_n = (1 - z) * tanh_slope(n)
    return (
        _diagonal(z)
        + ((h[:-1] - n) * sigmoid_slope(z))[..., None] * W_hz
        + (through_n * r)[..., None] * W_hn
        + (through_n * q * sigmoid_slope(r))[..., None] * W_hr
    )


def _lstm(cell: scratch.LSTM, x: Array, states: Array) -> Array:
    """Four blocks, of c_t = f ⊙ c_{t-1} + i ⊙ g and h_t = o ⊙ tanh(c_t):

        ∂c_t/∂c_{t-1} = diag(f)
        ∂c_t/∂h_{t-1} = diag(c_{t-1} f') W_hf + diag(g i') W_hi + diag(i g') W_hg
        ∂h_t/∂c_{t-1} = diag(o (1 - tanh² c_t)) ∂c_t/∂c_{t-1}
        ∂h_t/∂h_{t-1} = diag(o (1 - tanh² c_t)) ∂c_t/∂h_{t-1} + diag(tanh(c_t) o') W_ho

    with f' = f (1 - f), likewise i' and o', and g' = 1 - g².
    """
    h, c = states
    W_hi, W_hf, W_hg, W_ho = np.split(cell.parameters["weight_hh_l0"], 4)
    i, f, g, o = cell.gates(x, h[:-1])
    tanh_c = np.tanh(c[1:])
    c_by_c = _diagonal(f)
    c_by_h = (
        (c[:-1] * sigmoid_slope(f))[..., None] * W_hf
        + (g * sigmoid_slope(i))[..., None] * W_hi
        + (i * tanh_slope(g))[..., None] * W_hg
    )
    shown = (o * tanh_slope(tanh_c))[..., None]
    h_by_h = shown * c_by_h + (tanh_c * sigmoid_slope(o))[..., None] * W_ho
    return np.block([[h_by_h, shown * c_by_c], [c_by_h, c_by_c]])


def _diagonal(values: Array) -> Array:
    """(…, H) → (…, H, H)."""
    return values[..., None] * np.eye(values.shape[-1])


def _chunk(trajectory: Trajectory) -> int:
    """Steps whose Jacobians are held at a time."""
    return max(1, AT_ONCE // (trajectory.batch * trajectory.size**2))
