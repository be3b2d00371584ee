"""Networks whose weights were written down instead of learned: proof that a cell can represent a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.scratch import Elman

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Solution:
    """An Elman network and a linear read-out that solve a task exactly, at any length:

        h_t = φ(W_ih x_t + b_ih + W_hh h_{t-1}),  ŷ_t = W h_t + b,  h_0 = 0

    `weights` has torch's names, so that `torch.nn.RNN(I, H, nonlinearity=φ).load_state_dict` takes it as tensors; the
    second bias, b_hh, is zero. If training fails where a solution exists, the cell can represent the task and cannot
    be trained to do it.
    """

    nonlinearity: Literal["relu", "tanh"]
    weights: Mapping[str, Float64]
    readout_weight: Float64
    readout_bias: Float64

    @property
    def hidden_size(self) -> int:
        """H."""
        return len(self.weights["weight_hh_l0"])

    def cell(self) -> Elman:
        """The recurrent part, in NumPy and float64."""
        cell = Elman(self.weights["weight_ih_l0"].shape[1], self.hidden_size, self.nonlinearity, rng=0)
        cell.parameters.update({name: value.copy() for name, value in self.weights.items()})
        return cell

    def outputs(self, inputs: ArrayLike) -> Float64:
        """ŷ (B, T, K) at every step of inputs (B, T, I)."""
        states = self.cell().forward(np.swapaxes(np.asarray(inputs, dtype=np.float64), 0, 1))
        read: Float64 = states[1:] @ self.readout_weight.T + self.readout_bias
        return np.swapaxes(read, 0, 1)


def solution(
    nonlinearity: Literal["relu", "tanh"],
    W_ih: ArrayLike,
    b_ih: ArrayLike,
    W_hh: ArrayLike,
    readout_weight: ArrayLike,
    readout_bias: ArrayLike,
) -> Solution:
    """The `Solution` with these weights: W_ih (H, I), b_ih (H), W_hh (H, H), read-out (K, H) and (K)."""
    W_ih, b_ih, W_hh, weight, bias = (
        np.asarray(array, dtype=np.float64) for array in (W_ih, b_ih, W_hh, readout_weight, readout_bias)
    )
    weights = {"weight_ih_l0": W_ih, "weight_hh_l0": W_hh, "bias_ih_l0": b_ih, "bias_hh_l0": np.zeros_like(b_ih)}
    return Solution(nonlinearity, weights, weight, bias)
