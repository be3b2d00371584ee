"""The windowed MLP: a feedforward network that is shown the last steps all at once."""

from __future__ import annotations

from torch import Tensor, nn


class MLP(nn.Module):
    """y = relu(W_2 relu(W_1 [x_1; …; x_T] + b_1) + b_2): x (B, window, I) → y (B, H).

    Every step of the window has its own columns in W_1, so the parameters grow with the window, window·I·H of them, and
    a longer sequence cannot be read at all. The time-delay network without shared weights: what a recurrent network is
    compared with when the question is whether recurrence helps.
    """

    def __init__(self, input_size: int, hidden_size: int, window: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.window = input_size, hidden_size, window
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(window * input_size, hidden_size),
            nn.ReLU(),
            nn.Linear(hidden_size, hidden_size),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, H) of the windows x (B, window, I)."""
        if x.ndim != 3 or x.shape[1:] != (self.window, self.input_size):
            raise ValueError(
                f"x has shape {tuple(x.shape)}; MLP(input_size={self.input_size}, window={self.window}) takes "
                f"(B, {self.window}, {self.input_size}). A feedforward network reads windows of one length: "
                "cut or pad the sequences to it."
            )
        features: Tensor = self.layers(x)
        return features
