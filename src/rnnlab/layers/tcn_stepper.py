"""A TCN one step at a time: every convolution keeps the inputs that it will need again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnnlab.layers.tcn import TCN, CausalConvolution, ResidualBlock

Array = npt.NDArray[Any]


class TCNStepper:
    """step(x_t) → features of step t (B, H), as `tcn(x)[:, t]` gives them, for x_t (B, I).

    Each convolution keeps its last (k−1)·d inputs in a ring and reads k of them: a step costs one product a
    convolution, whatever the receptive field, and what is kept, `remembered` numbers a sequence, grows with it. The
    weights are those of the moment when the stepper was made; no gradient is computed.  Paine et al., 2016.

    ValueError: a batch below 1, an x of another shape.
    """

    def __init__(self, tcn: TCN, batch: int = 1) -> None:
        if batch < 1:
            raise ValueError(f"batch is {batch}; a stepper runs at least one sequence.")
        self._shape = (batch, tcn.input_size)
        self._blocks = [_Block(block, batch) for block in tcn.blocks if isinstance(block, ResidualBlock)]
        self.remembered = sum(each.ring.size for block in self._blocks for each in block.branch) // batch

    def step(self, x: Tensor) -> Tensor:
        """One step of every sequence: (B, I) → (B, H)."""
        if tuple(x.shape) != self._shape:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; this stepper takes {self._shape}: one step, (B, I), of every sequence. "
                "TCNStepper(tcn, batch=B) sets B."
            )
        h: Array = x.detach().numpy()
        for block in self._blocks:
            h = block.step(h)
        return torch.from_numpy(h)

    def reset(self) -> None:
        """Forgets the sequence: zeros stand before the next step again."""
        for block in self._blocks:
            for each in block.branch:
                each.ring[...] = 0


class _Block:
    """y = relu(x + relu(conv(relu(conv(x))))), one step."""

    def __init__(self, block: ResidualBlock, batch: int) -> None:
        self.branch = [_Convolution(layer, batch) for layer in block.branch if isinstance(layer, CausalConvolution)]
        skip = block.skip
        self.skip = (_array(skip.weight)[:, :, 0].T, _array(skip.bias)) if isinstance(skip, nn.Conv1d) else None

    def step(self, x: Array) -> Array:
        h = x
        for convolution in self.branch:
            h = np.maximum(convolution.step(h), 0)
        past = x if self.skip is None else x @ self.skip[0] + self.skip[1]
        y: Array = np.maximum(past + h, 0)
        return y


class _Convolution:
    """y_t = b + Σ_j W_j x_{t−j·d}, its inputs in a ring of (k−1)·d + 1 places."""

    def __init__(self, layer: CausalConvolution, batch: int) -> None:
        weight = _array(layer.convolution.weight)  # (H, C, k), the oldest input first
        self.weight = np.ascontiguousarray(weight.transpose(2, 1, 0).reshape(-1, len(weight)))  # (k·C, H)
        self.bias = _array(layer.convolution.bias)
        self.ring = np.zeros((layer.reach + 1, batch, weight.shape[1]), weight.dtype)
        self.places = np.arange(-layer.reach, 1, layer.reach // (weight.shape[2] - 1))
        self.now = 0

    def step(self, x: Array) -> Array:
        self.ring[self.now] = x
        read = self.ring[(self.places + self.now) % len(self.ring)]  # (k, B, C)
        self.now = (self.now + 1) % len(self.ring)
        y: Array = read.transpose(1, 0, 2).reshape(x.shape[0], -1) @ self.weight + self.bias
        return y


def _array(tensor: Tensor | None) -> Array:
    assert tensor is not None  # a TCN's convolutions have weights and biases
    return np.array(tensor.detach().numpy())
