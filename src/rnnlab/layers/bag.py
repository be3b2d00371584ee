"""A bag of inputs: a feedforward network that reads how often each token comes, and not where."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from rnnlab.layers.mlp import MLP


class Bag(nn.Module):
    """y = W f(Σ_t x_t) + b, with f two layers of relu and x_t one-hot: tokens x (B, T) → y (B, O).

    A sum does not know the order of its terms: a sequence and its reverse, or any other arrangement of it, give the
    same y to the last bit, whatever the weights are. Of `padding` nothing is counted. The bag of words of text
    classification; Deep Sets of Zaheer et al. (2017), with one-hot vectors for their inner network.
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int, *, padding: int) -> None:
        super().__init__()
        self.input_size, self.padding = input_size, padding
        self.core = MLP(input_size, hidden_size, window=1)
        self.head = nn.Linear(hidden_size, output_size)

    def forward(self, x: Tensor) -> Tensor:
        """Prediction (B, O)."""
        if x.ndim != 2 or x.dtype.is_floating_point:
            raise ValueError(f"x has shape {tuple(x.shape)} and dtype {x.dtype}; a Bag takes whole numbers (B, T).")
        counts = functional.one_hot(x, self.input_size).sum(1).to(self.head.weight.dtype)  # whole: no rounding
        counts[:, self.padding] = 0
        y: Tensor = self.head(self.core(counts[:, None]))
        return y
