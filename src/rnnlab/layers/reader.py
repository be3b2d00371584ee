"""A reader: a core that reads a sequence, and one linear head; the one model for every task of the course."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnlab.layers.core import Cell, core
from rnnlab.layers.mlp import MLP


class Reader(nn.Module):
    """y_t = W_hy h_t + b_y, where h_t is what the core made of x_1 … x_t: after the last step, or at every one.

    x (B, T, I), or with `tokens` whole numbers (B, T) below `input_size`, becomes y (B, O), or (B, T, O) with
    `every_step`. The head is the same for every cell: a comparison of readers compares their cores (core.py).

    "mlp" and "tcn" are built for one `window` and need it. At step t the MLP is shown the window that ends there,
    zeros before the start of the sequence; it slides where every step is read.

    A token is read one-hot, which costs the core's first weights a column for each token; with `embedding_size` E it
    is looked up in a learnt table (input_size, E) first, which a windowed MLP would otherwise hold once for each step.

    With `padding`, the token that fills a sequence up after its end, the last step is the last one that is no padding,
    and nothing after it has any effect.

    ValueError: an unknown cell, a size below 1, settings or inputs that do not fit each other.
    """

    one_hot: Tensor

    def __init__(
        self,
        cell: Cell,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        tokens: bool = False,
        embedding_size: int | None = None,
        padding: int | None = None,
        every_step: bool = False,
        window: int | None = None,
    ) -> None:
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        if embedding_size is not None:
            sizes["embedding_size"] = embedding_size
        for name, size in sizes.items():
            if size < 1:
                raise ValueError(f"{name} is {size}; a Reader needs at least 1.")
        if not tokens and (embedding_size is not None or padding is not None):
            raise ValueError("embedding_size and padding are for tokens: pass tokens=True, or leave them out.")
        if every_step and padding is not None:
            raise ValueError("every_step reads the padded steps too: leave padding out, or read the last step alone.")
        self.input_size, self.padding, self.every_step = input_size, padding, every_step
        self.tokens = tokens
        self.embedding = None if embedding_size is None else nn.Embedding(input_size, embedding_size)
        if tokens and embedding_size is None:
            self.register_buffer("one_hot", torch.eye(input_size), persistent=False)  # row v is token v
        self.core = core(cell, embedding_size or input_size, hidden_size, window)
        self.head = nn.Linear(hidden_size, output_size)

    def forward(self, x: Tensor) -> Tensor:
        """Prediction (B, O), or (B, T, O) with every_step."""
        self._check(x)
        last = None
        if self.padding is not None:
            last = _last(x, self.padding)
            x = x[:, : int(last.max()) + 1]
        read = self.encode(x)
        if isinstance(self.core, MLP):
            return self._predicted(self._of_windows(read, last))
        states = self.core(read)
        return self._predicted(self._chosen(states[0] if isinstance(states, tuple) else states, last))

    def carry(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """What `forward` gives for sequences that go on from `state` (zeros for None), and the state after them.

        The state is torch's: h (1, B, H), or (h, c). It hangs on the tape until it is detached. ValueError for a
        feedforward core, which has no state, and with `padding`, after which no sequence goes on.
        """
        if not isinstance(self.core, nn.RNNBase) or self.padding is not None:
            why = "it is built for padded sequences" if isinstance(self.core, nn.RNNBase) else "its core is feedforward"
            raise ValueError(f"This Reader carries no state: {why}. Build one with a recurrent cell and no padding.")
        self._check(x)
        states, after = self.core(self.encode(x), state)
        return self._predicted(self._chosen(states, None)), after

    def encode(self, x: Tensor) -> Tensor:
        """(B, T, ·): what the core reads. Tokens become one-hot rows, or rows of the embedding; floats stay."""
        if not self.tokens:
            return x
        return functional.embedding(x, self.one_hot if self.embedding is None else self.embedding.weight)

    def _predicted(self, features: Tensor) -> Tensor:
        prediction: Tensor = self.head(features)
        return prediction

    def _chosen(self, steps: Tensor, last: Tensor | None) -> Tensor:
        """(B, T, …): all of it, or (B, …), the last step of each sequence."""
        if self.every_step:
            return steps
        return steps[:, -1] if last is None else steps[torch.arange(len(steps), device=steps.device), last]

    def _of_windows(self, read: Tensor, last: Tensor | None) -> Tensor:
        """The MLP's features of the window that ends at every step (B, T, H), or at the last (B, H)."""
        assert isinstance(self.core, MLP)
        window = self.core.window
        windows = functional.pad(read, (0, 0, window - 1, 0)).unfold(1, window, 1).transpose(2, 3)  # (B, T, window, I)
        chosen = self._chosen(windows, last)
        features: Tensor = self.core(chosen.flatten(0, -3))
        return features.reshape(*chosen.shape[:-2], -1)

    def _check(self, x: Tensor) -> None:
        if not self.tokens:
            if x.ndim != 3 or x.shape[2] != self.input_size or not x.is_floating_point():
                raise ValueError(
                    f"x is {x.dtype} of shape {tuple(x.shape)}; this Reader takes floats (B, T, {self.input_size}). "
                    "A single sequence is x[None]; for tokens build it with tokens=True."
                )
            return
        if x.ndim != 2 or x.is_floating_point():
            raise ValueError(
                f"x is {x.dtype} of shape {tuple(x.shape)}; this Reader takes tokens, whole numbers (B, T). "
                "A single sequence is x[None]."
            )
        least, most = (int(bound) for bound in x.aminmax())
        if least < 0 or most >= self.input_size:
            raise ValueError(
                f"x has tokens from {least} to {most}; this Reader knows {self.input_size}, "
                f"0 … {self.input_size - 1}: give it the size of the alphabet as input_size."
            )


def _last(tokens: Tensor, padding: int) -> Tensor:
    """(B,): the position of the last token that is no padding; ValueError where there is none."""
    steps = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    last = ((tokens != padding) * steps).amax(1) - 1
    if bool((last < 0).any()):
        row = int((last < 0).nonzero()[0])
        raise ValueError(f"Sequence {row} holds nothing but padding ({padding}); leave empty sequences out.")
    return last
