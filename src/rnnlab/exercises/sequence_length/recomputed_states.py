"""The whole gradient without the whole sequence in memory: states are computed again, piece by piece."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman

Array = npt.NDArray[np.float64]


class SmallElman(Elman):
    """An Elman network with room for `room` steps at once, and patience for `patience` steps forward in all."""

    def __init__(self, input_size: int, hidden_size: int, *, room: int, patience: int, rng: int) -> None:
        super().__init__(input_size, hidden_size, rng=rng)
        self.room, self.left, self.patience = room, patience, patience

    def __repr__(self) -> str:
        return f"Elman({self.input_size}, {self.hidden_size}) with room for {self.room} steps"

    def forward(self, x: npt.ArrayLike, state: npt.ArrayLike | None = None) -> Array:
        """As Elman's; MemoryError where the room is too small, RuntimeError where the patience is at its end."""
        self._fits("forward", np.shape(x)[0])
        self.left -= np.shape(x)[0]
        if self.left < 0:
            raise RuntimeError(
                f"forward was asked for more than {self.patience} steps in all, twice the sequence: every state may be "
                "computed again once. Keep the state in which each piece begins."
            )
        return super().forward(x, state)

    def backward(
        self, x: npt.ArrayLike, states: npt.ArrayLike, dstates: npt.ArrayLike
    ) -> tuple[Array, Array, dict[str, Array]]:
        """As Elman's, or MemoryError."""
        self._fits("backward", np.shape(x)[0])
        return super().backward(x, states, dstates)

    def _fits(self, what: str, steps: int) -> None:
        if steps > self.room:
            raise MemoryError(
                f"{what} was given {steps} steps and there is room for {self.room}: give it pieces x[s : s + every]."
            )


def cases(draw: Draw) -> dict[str, Any]:
    T, B, I, H, every = draw.size(7), draw.size(2), draw.size(2), draw.size(3), draw.size(4)
    cell = SmallElman(I, H, room=every, patience=2 * T, rng=draw.seed())
    return {"cell": cell, "x": draw.array(T, B, I), "dstates": draw.array(T, B, H), "every": every}


def gradient_in_pieces(cell, x, dstates, every):
    """The parameters' gradients by name, `every` steps at once in memory."""
    starts = range(0, len(x), every)
    entering = [np.zeros((x.shape[1], cell.hidden_size))]
    for s in starts:  # forward: keep only the state in which each piece begins
        entering.append(cell.forward(x[s : s + every], entering[-1])[-1])
    total, dh = {}, 0.0
    for s, h in zip(reversed(starts), reversed(entering[:-1]), strict=True):
        piece = slice(s, s + every)
        states = cell.forward(x[piece], h)  # computed again
        arriving = dstates[piece].copy()
        arriving[-1] += dh  # what the later pieces send back
        _, dh, gradients = cell.backward(x[piece], states, arriving)
        for name, gradient in gradients.items():
            total[name] = total.get(name, 0.0) + gradient
    return total


def whole(cell: SmallElman, x: Array, dstates: Array, every: int) -> dict[str, Array]:
    """Backpropagation through the whole sequence at once."""
    large = Elman(cell.input_size, cell.hidden_size, rng=0)
    large.parameters = cell.parameters
    return large.backward(x, large.forward(x), dstates)[2]


def by_hand(cell, x, dstates, every):
    """No backward of the cell at all: steps forward, equations (1.10) to (1.15) back, one piece at a time."""
    W_hh = cell.parameters["weight_hh_l0"]
    kept, h = {}, np.zeros((x.shape[1], cell.hidden_size))
    for t in range(len(x)):
        if t % every == 0:
            kept[t] = h
        h = cell.step(x[t], h)
    dW_ih, dW_hh = np.zeros_like(cell.parameters["weight_ih_l0"]), np.zeros_like(W_hh)
    db, dh = np.zeros(cell.hidden_size), np.zeros_like(h)
    for s in sorted(kept, reverse=True):
        states = [kept[s]]
        for t in range(s, min(s + every, len(x))):
            states.append(cell.step(x[t], states[-1]))
        for t in reversed(range(len(states) - 1)):
            da = (dstates[s + t] + dh) * (1 - states[t + 1] ** 2)
            dW_ih, dW_hh, db = dW_ih + da.T @ x[s + t], dW_hh + da.T @ states[t], db + da.sum(axis=0)
            dh = da @ W_hh
    return {"weight_ih_l0": dW_ih, "weight_hh_l0": dW_hh, "bias_ih_l0": db, "bias_hh_l0": db}


def at_once(cell, x, dstates, every):
    return cell.backward(x, cell.forward(x), dstates)[2]


EXERCISE = Code(
    id="4.3",
    title="A longer sequence than fits",
    section="4.1",
    label="cost",
    points=4,
    statement=r"""
Memory runs out before patience does: the right panel of section 4.1. Your sequence has 10,000 steps, and there is room for the states of 100.
Truncation would throw a part of the gradient away. There is another bargain: keep only the state in which each piece of 100 steps
*begins*, and on the way back compute the others again when they are needed. Nothing is lost but time.

Write `gradient_in_pieces(cell, x, dstates, every)`: the gradients of all parameters, by name, of
$L = \sum_t \langle \mathrm{d}h_t, h_t \rangle$, where `dstates[t]` is what the loss sends to the state after step `t`. `x` is `(T, B, I)`,
`dstates` is `(T, B, H)`, the initial state is zero. `cell` is an Elman network of `rnnlab.scratch`:
`cell.forward(x, state)` gives all states `(T+1, B, H)`, `cell.backward(x, states, dstates)` gives `dx`, the gradient of the initial state,
and those of the parameters by name. Both refuse more than `every` steps at once, and `forward` more than `2 * T` in all. `T` need not be
a multiple of `every`.
""",
    hints=(
        "Two passes. Forward over the pieces, keeping one state for each: the one it begins with. Then backward over the pieces, "
        "the last one first. What does a piece need from the pieces after it?",
        "It needs the gradient of the state in which the next piece began, because that is its own last state. "
        "`cell.backward` returns it as its second value. Add it to what the loss sends to the last step of the piece, in a "
        "copy of `dstates`.",
        "For `s` from the last start to the first: `states = cell.forward(x[s : s + every], entering[s])`; "
        "`arriving = dstates[s : s + every].copy()`; `arriving[-1] += dh`; "
        "`_, dh, gradients = cell.backward(x[s : s + every], states, arriving)`; add the gradients up by name.",
    ),
    why=r"""
Every state is a function of the one before, so a state that was thrown away can be had again from any earlier one that was kept. The chain rule
does not care in which memory its factors stood: between two pieces it needs one thing, $\mathrm{d}h$ at the border, which is what the later
piece returns for its initial state. Memory is $T/\text{every}$ kept states and $\text{every}$ of the piece at hand, least
at $\text{every} = \sqrt{T}$: two hundred states instead of ten thousand, for one more forward pass. Deep learning
libraries call it checkpointing. Compare truncated BPTT: the same pieces, but $\mathrm{d}h$ stops at the border.
""",
    cases=cases,
    solution=gradient_in_pieces,
    reference=whole,
    also_right=(by_hand,),
    wrong=(
        Wrong(
            edited(gradient_in_pieces, "arriving[-1] += dh", "arriving[-1] += 0"),
            "the gradient stops at the border of each piece: that is truncated BPTT. A piece's last state is the next "
            "one's first, and what cell.backward returns for the first state has to be added there.",
        ),
        Wrong(
            edited(gradient_in_pieces, "arriving[-1] += dh", "arriving[-1] = dh + 0 * arriving[-1]"),
            "what the later pieces send back has replaced what the loss sends to the border step: both arrive there, so add.",
        ),
        Wrong(
            edited(gradient_in_pieces, "cell.forward(x[piece], h)", "cell.forward(x[piece])"),
            "the pieces are computed again from state zero: keep the state in which each piece begins and start from it.",
        ),
        Wrong(
            edited(
                gradient_in_pieces,
                "cell.forward(x[piece], h)",
                "cell.forward(x[piece])",
                "arriving[-1] += dh",
                "arriving[-1] += 0",
            ),
            "the pieces are treated as sequences of their own: forward, each begins where the one before ended; back, each "
            "gets what the later one returns for its initial state.",
        ),
        Wrong(
            edited(gradient_in_pieces, "reversed(starts), reversed(entering[:-1])", "starts, entering[:-1]"),
            "the pieces are walked forward: a gradient comes from the later pieces, so the last piece must be first.",
        ),
        Wrong(
            at_once,
            "the whole sequence at once, which there is no room for: forward and backward take at most `every` steps.",
        ),
        Wrong(
            edited(
                gradient_in_pieces,
                "states = cell.forward(x[piece], h)  # computed again",
                "h = np.zeros_like(h)\n"
                "        for r in range(0, s, every):\n"
                "            h = cell.forward(x[r : r + every], h)[-1]\n"
                "        states = cell.forward(x[piece], h)",
            ),
            "every piece is reached from the very first step again, which costs T²/every steps: keep the state in which "
            "each piece begins, on the one way forward.",
        ),
    ),
)
