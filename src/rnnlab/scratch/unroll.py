"""A network through time: its loss over a sequence and the gradient of it, in full or truncated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import Array
from rnnlab.scratch.readout import Linear

Loss = Callable[[Array, Array], tuple[float, Array]]


class Cell(Protocol):
    """Elman, LSTM or GRU."""

    def hidden(self, states: Array) -> Array:
        """The hidden states among the states."""

    def forward(self, x: npt.ArrayLike, state: npt.ArrayLike | None = None) -> Array:
        """All states of a sequence."""

    def backward(
        self, x: npt.ArrayLike, states: npt.ArrayLike, dstates: npt.ArrayLike
    ) -> tuple[Array, Array, dict[str, Array]]:
        """Gradients of the input, of the initial state and of the parameters."""


@dataclass(frozen=True)
class Unrolled:
    """What a pass over a sequence gives.

    `loss` of the steps that were scored; `gradients` of the cell's and the readout's parameters, by name;
    `state` (B, H), of an LSTM (2, B, H): the one after the last step, to be carried into what follows.
    """

    loss: float
    gradients: dict[str, Array]
    state: Array


def through_time(
    cell: Cell, readout: Linear, loss: Loss, x: Array, targets: Array, state: Array | None = None
) -> Unrolled:
    """Backpropagation through time: the loss L = Σ_t L_t of a sequence and its whole gradient.

        ∂L/∂θ = Σ_{t=1}^{T}  Σ_{s=1}^{t}  ∂L_t/∂h_t · ∂h_t/∂h_s · ∂⁺h_s/∂θ                    (7.1)

    where ∂⁺ is the derivative at step s alone, with h_{s-1} held fixed (Pascanu et al., 2013). x (T, B, I); targets
    (T, B, O) for `squared_error`, (T, B) for `cross_entropy`; state as the cell takes it, None for zeros. Fewer targets
    than T score the last steps only: one, for a loss at the end.
    """
    states, value, gradients = _pass(cell, readout, loss, x, targets, state)
    return Unrolled(value, gradients, states[..., -1, :, :])


def truncated(
    cell: Cell, readout: Linear, loss: Loss, x: Array, targets: Array, k1: int, k2: int, state: Array | None = None
) -> Iterator[Unrolled]:
    """Truncated backpropagation through time: after every k1 steps, a gradient that reaches k2 steps back.

    The sequence is cut into segments that end at e = k1, 2·k1, …, T. Each scores the steps since the one before ended,
    d(e)+1 … e, so that every L_t counts once, and follows them back to step e-k2+1, whose incoming state h_{e-k2} it
    takes as given:

        g_e = Σ_{t=d(e)+1}^{e}  Σ_{s=max(1, e-k2+1)}^{t}  ∂L_t/∂h_t · ∂h_t/∂h_s · ∂⁺h_s/∂θ    (7.5)

    Σ_e g_e is (7.1) without its terms over long spans; with k2 ≥ T nothing is missing. k1 = k2 is the common form: cut
    into chunks and carry the state. A k2 > k1 gives every loss at least k2-k1+1 steps of history. Where k1 does not
    divide T, the last segment is shorter and reaches k2 steps back all the same.

    One `Unrolled` a segment, made when asked for: the parameters may be updated in place between two. A segment
    computes its k2 steps anew from the carried state, with the parameters of the moment. Memory grows with k2, not T.

    Williams & Peng, 1990, whose BPTT(h; h') has h = k2 and h' = k1.
    """
    if not 1 <= k1 <= k2:
        raise ValueError(
            f"k1 is {k1} and k2 is {k2}; truncation takes 1 <= k1 <= k2: a gradient after every k1 steps, "
            "reaching k2 steps back, at least over the steps that it scores."
        )
    if len(targets) != len(x):
        raise ValueError(f"There are {len(targets)} steps of targets for {len(x)} of input; give one for each step.")
    return _segments(cell, readout, loss, x, targets, k1, k2, state)


def _segments(
    cell: Cell, readout: Linear, loss: Loss, x: Array, targets: Array, k1: int, k2: int, state: Array | None
) -> Iterator[Unrolled]:
    start, T = 0, len(x)
    for done in range(0, T, k1):
        end = min(done + k1, T)
        states, value, gradients = _pass(cell, readout, loss, x[start:end], targets[done:end], state)
        yield Unrolled(value, gradients, states[..., -1, :, :])
        next_start = max(0, min(end + k1, T) - k2)
        state = states[..., next_start - start, :, :]
        start = next_start


def _pass(
    cell: Cell, readout: Linear, loss: Loss, x: Array, targets: Array, state: Array | None
) -> tuple[Array, float, dict[str, Array]]:
    """Forward over x, scoring as many steps at its end as there are targets, and back."""
    scored = len(targets)
    if not 1 <= scored <= len(x):
        raise ValueError(f"There are {scored} steps of targets for {len(x)} of input; give one for each step.")
    states = cell.forward(x, state)
    h = cell.hidden(states)[-scored:]
    value, dy = loss(readout.forward(h), targets)
    dh, readout_gradients = readout.backward(h, dy)
    dstates = np.zeros_like(states[..., 1:, :, :])
    cell.hidden(dstates)[-scored:] = dh
    _, _, cell_gradients = cell.backward(x, states, dstates)
    return states, value, cell_gradients | readout_gradients
