"""The temporal convolutional network: dilated causal convolutions in residual blocks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.parametrizations import weight_norm

KERNEL_SIZE = 3


class CausalConvolution(nn.Module):
    """y_t = b + Σ_j W_j x_{t-j·d}, j = 0 … k-1, d the dilation: (B, C, T) → (B, H, T).

    Padded with (k-1)·d zeros on the left only, so y_t depends on no step after t. The weight is normalised,
    W = g·V/‖V‖, the norm taken over each output channel (Salimans & Kingma, 2016), as in Bai et al.
    """

    def __init__(self, channels: int, hidden_size: int, dilation: int) -> None:
        super().__init__()
        self.reach = (KERNEL_SIZE - 1) * dilation
        self.convolution = weight_norm(nn.Conv1d(channels, hidden_size, KERNEL_SIZE, dilation=dilation))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) → (B, H, T)."""
        y: Tensor = self.convolution(pad(x, (self.reach, 0)))
        return y


class ResidualBlock(nn.Module):
    """y = relu(x + relu(conv(relu(conv(x))))), both convolutions with one dilation: (B, C, T) → (B, H, T).

    Where C ≠ H, a convolution of width 1 carries x over to H channels.
    """

    def __init__(self, channels: int, hidden_size: int, dilation: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            CausalConvolution(channels, hidden_size, dilation),
            nn.ReLU(),
            CausalConvolution(hidden_size, hidden_size, dilation),
            nn.ReLU(),
        )
        self.skip = nn.Identity() if channels == hidden_size else nn.Conv1d(channels, hidden_size, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) → (B, H, T)."""
        return torch.relu(self.skip(x) + self.branch(x))


class TCN(nn.Module):
    """Residual blocks with dilation 1, 2, 4, …, as many as it takes to see `window` steps back: (B, T, I) → (B, T, H).

    The output at t has seen the `receptive_field` steps that end at t and none after it. With kernel size k, n blocks:

        receptive field = 1 + 2 (k-1) (2^n - 1)

    A sequence of any length T can be read; zeros stand before its start. Bai, Kolter & Koltun, 2018, without their
    dropout, because nothing that it is compared with here has any.
    """

    def __init__(self, input_size: int, hidden_size: int, window: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        blocks = 1
        while receptive_field(blocks) < window:
            blocks += 1
        self.receptive_field = receptive_field(blocks)
        self.blocks = nn.Sequential(
            *(ResidualBlock(hidden_size if n else input_size, hidden_size, dilation=2**n) for n in range(blocks))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, T, H) of x (B, T, I)."""
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; TCN(input_size={self.input_size}) takes (B, T, {self.input_size}). "
                "A single series of length T is x[None, :, None]."
            )
        states: Tensor = self.blocks(x.transpose(1, 2))
        return states.transpose(1, 2)


def receptive_field(blocks: int) -> int:
    """How many steps, the present one included, reach the output of so many blocks."""
    steps: int = 1 + 2 * (KERNEL_SIZE - 1) * (2**blocks - 1)
    return steps
