"""An Elman network of logistic units, which torch.nn does not have; it runs on the engine as the tanh network it is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnnlab.layers.handover import engine_takes
from rnnlab.layers.operator import recurrence
from rnnlab.layers.shapes import check


class SigmoidRNN(nn.RNNBase):
    """h_t = σ(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), one layer in one direction.                        (6.3)

    Parameters are named, shaped and started as `torch.nn.RNN`'s; `mode` is "RNN_SIGMOID", by which probes know it.

    Computed as the tanh network of u = 2h − 1, since σ(a) = ½ (1 + tanh(a/2)):

        u_t = tanh(½ W_ih x_t + ½ b_ih + ¼ W_hh u_{t-1} + ½ b_hh + ¼ W_hh 1)                              (6.9)

    so that it is as fast as tanh but for the weights' own arithmetic. h = ½ (1 + u) has tanh's *absolute* accuracy: of
    an h below 1e-3 the relative error grows. Called as nn.RNN: x (T, B, I), or (B, T, I) with batch_first, and h_0
    (1, B, H). Packed and single sequences are refused (ValueError); so is, by torch, what nn.RNN refuses.
    """

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    def __init__(self, input_size: int, hidden_size: int, *, batch_first: bool = False) -> None:
        super().__init__("RNN_TANH", input_size, hidden_size, batch_first=batch_first)
        self.mode = "RNN_SIGMOID"

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x → outputs (T, B, H), time second with batch_first, and the last state (1, B, H)."""
        if not isinstance(input, Tensor) or input.dim() != 3:
            raise ValueError(
                f"x is {f'of shape {tuple(input.shape)}' if isinstance(input, Tensor) else type(input).__name__}; "
                "SigmoidRNN takes a batch of sequences of one length, (T, B, I). A single sequence is x[:, None]."
            )
        check(self, input, hx)
        x = input.transpose(0, 1) if self.batch_first else input
        h_0 = x.new_zeros(1, x.shape[1], self.hidden_size) if hx is None else hx
        outputs, last = _by_tanh(x, 2 * h_0 - 1, self._as_tanh())
        h, h_n = (outputs + 1) / 2, (last + 1) / 2
        return h.transpose(0, 1) if self.batch_first else h, h_n

    def _as_tanh(self) -> list[Tensor]:
        """The weights of (6.9)."""
        W_hh = self.weight_hh_l0 / 4
        return [self.weight_ih_l0 / 2, W_hh, self.bias_ih_l0 / 2, self.bias_hh_l0 / 2 + W_hh.sum(1)]


def _by_tanh(x: Tensor, u_0: Tensor, weights: list[Tensor]) -> tuple[Tensor, Tensor]:
    if engine_takes("RNN_TANH", (x, u_0, *weights)):
        outputs, last = recurrence("RNN_TANH", x, [u_0], weights, None, reverse=False)
        return outputs, last
    run: Any = torch._VF.rnn_tanh
    outputs, last = run(x, u_0, weights, True, 1, 0.0, False, False, False)
    return outputs, last
