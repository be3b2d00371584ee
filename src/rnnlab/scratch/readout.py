"""From hidden states to a loss: a linear map, squared error, cross-entropy, and the way back."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import Array


class Linear:
    """y_t = W_hy h_t + b_y                                                                   (1.2)

    `parameters` holds `weight`, W_hy (O, H), and `bias`, b_y (O), named as torch.nn.Linear names them and drawn as it
    draws them, from U(-1/√H, 1/√H). `rng` is a seed or a generator.
    """

    def __init__(self, hidden_size: int, output_size: int, *, rng: np.random.Generator | int) -> None:
        rng, bound = np.random.default_rng(rng), 1 / math.sqrt(hidden_size)
        self.parameters = {
            "weight": rng.uniform(-bound, bound, (output_size, hidden_size)),
            "bias": rng.uniform(-bound, bound, output_size),
        }

    def forward(self, h: Array) -> Array:
        """Outputs (T, B, O) of hidden states (T, B, H)."""
        W_hy, b_y = self.parameters["weight"], self.parameters["bias"]
        if h.ndim != 3 or h.shape[2] != W_hy.shape[1]:
            raise ValueError(
                f"h has shape {h.shape}; Linear(hidden_size={W_hy.shape[1]}) takes (T, B, {W_hy.shape[1]}). "
                "Of the states that a cell returns, leave out the first: it precedes the sequence."
            )
        return h @ W_hy.T + b_y  # (1.2)

    def backward(self, h: Array, dy: Array) -> tuple[Array, dict[str, Array]]:
        """Gradients of L = sum(dy * y): of the hidden states (T, B, H), and of the parameters by name.

        dW_hy = Σ_t dy_t h_tᵀ,   db_y = Σ_t dy_t,   dh_t = W_hyᵀ dy_t                         (1.9)
        """
        W_hy = self.parameters["weight"]
        dW_hy = np.einsum("tbo,tbh->oh", dy, h)  # (1.9)
        db_y = dy.sum(axis=(0, 1))  # (1.9)
        return dy @ W_hy, {"weight": dW_hy, "bias": db_y}  # (1.9)


def squared_error(y: Array, targets: npt.ArrayLike) -> tuple[float, Array]:
    """L = Σ_t L_t,  L_t = 1/(2B) Σ_b |y_t - y*_t|²                                           (1.7)

    y and targets (T, B, O) → L, and its gradient dy (T, B, O):

        dy_t = (y_t - y*_t) / B                                                               (1.8)

    A sum over time and a mean over the batch, so that the losses of two halves of a sequence add up to its own.
    """
    y, targets = _outputs(y), np.asarray(targets, dtype=np.float64)
    if targets.shape != y.shape:
        raise ValueError(f"targets have shape {targets.shape}; the outputs have {y.shape}, and both have to agree.")
    B = y.shape[1]
    error = y - targets
    return float((error**2).sum() / (2 * B)), error / B  # (1.7), (1.8)


def cross_entropy(y: Array, targets: npt.ArrayLike) -> tuple[float, Array]:
    """L = Σ_t L_t,  L_t = -1/B Σ_b log p_t[target],  p_t = softmax(y_t) = exp(y_t) / Σ exp(y_t)   (2.1)

    Logits y (T, B, V) and integer targets (T, B) in 0 … V-1 → L in nats, and its gradient dy (T, B, V):

        dy_t = (p_t - onehot(target)) / B                                                     (2.2)

    A sum over time and a mean over the batch. L / (T log 2) is in bits per step.
    """
    y, targets = _outputs(y), np.asarray(targets)
    T, B, V = y.shape
    if targets.shape != (T, B) or not np.issubdtype(targets.dtype, np.integer):
        raise ValueError(
            f"targets have shape {targets.shape} and dtype {targets.dtype}; cross_entropy of outputs {y.shape} takes "
            f"one integer class for each, ({T}, {B})."
        )
    if targets.size and (targets.min() < 0 or targets.max() >= V):
        raise ValueError(
            f"targets run from {targets.min()} to {targets.max()}; with {V} outputs the classes are 0 … {V - 1}."
        )
    shifted = y - y.max(axis=2, keepdims=True)  # softmax stays the same and exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    loss = -np.take_along_axis(log_p, targets[:, :, None], axis=2).sum() / B  # (2.1)
    dy = (np.exp(log_p) - np.eye(V)[targets]) / B  # (2.2)
    return float(loss), dy


def _outputs(y: Array) -> Array:
    if y.ndim != 3:
        raise ValueError(f"The outputs have shape {y.shape}; a loss takes (T, B, O), time first.")
    return y
