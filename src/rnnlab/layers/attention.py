"""Attention of one question over a sequence: reading by content, the small rival of a state that holds everything."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """The last step asks, the steps before it are searched by content: x (B, T, I) → y (B, O).

        q = W_q x_T,  k_t = W_k x_t,  v_t = W_v x_t,  t < T
        α = softmax_t(q · k_t / √H),  y = W_o Σ_t α_t v_t + b

    Nothing is carried from step to step: the sequence itself is the memory, and it is read anew for each question, in
    T·H operations. It knows no order.  Bahdanau, Cho and Bengio, 2015; in this form Vaswani et al., 2017, one head.
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.query = nn.Linear(input_size, hidden_size, bias=False)
        self.key = nn.Linear(input_size, hidden_size, bias=False)
        self.value = nn.Linear(input_size, hidden_size, bias=False)
        self.head = nn.Linear(hidden_size, output_size)

    def forward(self, x: Tensor) -> Tensor:
        """Prediction (B, O)."""
        if x.ndim != 3 or x.shape[1] < 2 or x.shape[2] != self.input_size:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; this Attention takes (B, T, {self.input_size}) with T of 2 or more: "
                "steps to search and, last, the question."
            )
        found = self.weights(x).unsqueeze(1) @ self.value(x[:, :-1])  # (B, 1, H)
        prediction: Tensor = self.head(found.squeeze(1))
        return prediction

    def weights(self, x: Tensor) -> Tensor:
        """α (B, T−1): where the question looks."""
        scores = self.key(x[:, :-1]) @ self.query(x[:, -1]).unsqueeze(2) / math.sqrt(self.hidden_size)
        return torch.softmax(scores.squeeze(2), dim=1)
