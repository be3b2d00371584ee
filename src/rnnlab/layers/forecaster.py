"""A forecaster: a core that reads the window, and one linear head for the whole horizon."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rnnlab.layers.core import Cell, core


class Forecaster(nn.Module):
    """ŷ = W h_T + b, where h_T is what the core made of x_1 … x_T: x (B, T, I) → ŷ (B, horizon).

    Direct multi-step forecasting: one output for each step ahead, all from the same state, so that no forecast feeds on
    another (the MIMO strategy of Ben Taieb et al., 2012). The head is the same for every cell: a comparison of
    forecasters compares their cores.

    Of a recurrent `cell` the head reads the last hidden state, of "tcn" the last output, of "mlp" what it made of all
    steps at once (core.py). "mlp" and "tcn" are built for one `window` and need it. A recurrent core needs none: it
    reads any length with the same parameters.

    `residual_column` is the position of the input column that holds the target's own past, in the target's own scale.
    The forecast is then ŷ = x_T[residual_column] + W h_T + b: the head predicts the *change* from the last observed
    value. Temperatures and prices move little from one step to the next. A network that predicts the level must learn
    the identity, through units that saturate, before it is as good as persistence; one that predicts the change starts
    beside persistence and learns what persistence misses.

    `anchored` are the positions of input columns that the core reads as their distance from their own last value,
    x_t − x_T. A level that training has never met (the first heat after a winter) then looks like one that it has; what
    is lost is the level itself (NLinear of Zeng et al., 2023, does both with all its columns).
    """

    anchor: Tensor

    def __init__(
        self,
        cell: Cell,
        input_size: int,
        hidden_size: int,
        horizon: int,
        *,
        window: int | None = None,
        residual_column: int | None = None,
        anchored: Sequence[int] = (),
    ) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("horizon", horizon)):
            if size < 1:
                raise ValueError(f"{name} is {size}; a Forecaster needs at least 1.")
        if residual_column is not None and not 0 <= residual_column < input_size:
            raise ValueError(
                f"residual_column is {residual_column}, but the inputs have the columns 0 … {input_size - 1}; "
                "give the position of the target among the inputs, or None if it is not one of them."
            )
        if not set(anchored) <= set(range(input_size)):
            raise ValueError(
                f"anchored is {tuple(anchored)}, but the inputs have the columns 0 … {input_size - 1}; "
                "give the positions of the columns to read as distances from their last value."
            )
        self.input_size, self.residual_column = input_size, residual_column
        anchor = torch.tensor([float(column in set(anchored)) for column in range(input_size)])
        self.register_buffer("anchor", anchor, persistent=False)  # (I,) 1 where a column is anchored
        self.core = core(cell, input_size, hidden_size, window)
        self.head = nn.Linear(hidden_size, horizon)

    def forward(self, x: Tensor) -> Tensor:
        """Forecast (B, horizon) from x (B, T, I), in the scale of the targets that it was trained on."""
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; this Forecaster takes (B, window, {self.input_size}). "
                "A single window is x[None]."
            )
        read = self.core(x - x[:, -1:] * self.anchor)
        states: Tensor = read[0] if isinstance(read, tuple) else read  # a recurrent core returns its last state too
        forecast: Tensor = self.head(states[:, -1] if states.ndim == 3 else states)  # an MLP has no time left
        if self.residual_column is None:
            return forecast
        return x[:, -1, self.residual_column, None] + forecast
