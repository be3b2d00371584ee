"""Exercise 8.4, the clinic: an LSTM that learns short sequences and never long ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited

Array = npt.NDArray[np.float64]
LAGS = 12


def lstm_gradient(W_ih, W_hh, b, x, dhs):
    """dx, dW_ih, dW_hh and db of sum(dhs * hs); rows i, f, g, o, states from zeros."""

    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    T, B, _ = x.shape
    hs, cs = np.zeros((T + 1, B, W_hh.shape[1])), np.zeros((T + 1, B, W_hh.shape[1]))
    gates = []
    for t in range(T):
        i, f, g, o = np.split(x[t] @ W_ih.T + hs[t] @ W_hh.T + b, 4, axis=-1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        cs[t + 1] = f * cs[t] + i * g
        hs[t + 1] = o * np.tanh(cs[t + 1])
        gates.append((i, f, g, o))

    dx, dW_ih, dW_hh, db = map(np.zeros_like, (x, W_ih, W_hh, b))
    dh, dc = np.zeros_like(hs[0]), np.zeros_like(cs[0])
    for t in reversed(range(T)):
        i, f, g, o = gates[t]
        shown = np.tanh(cs[t + 1])
        dh = dhs[t] + dh
        dc = dc + dh * o * (1 - shown**2)
        do = dh * shown
        di, df, dg = dc * g, dc * cs[t], dc * i
        slopes = [i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)]
        da = np.hstack([di, df, dg, do]) * np.hstack(slopes)
        dW_ih += da.T @ x[t]
        dW_hh += da.T @ hs[t]
        db += da.sum(axis=0)
        dx[t] = da @ W_ih
        dh, dc = da @ W_hh, dc * f
    return dx, dW_ih, dW_hh, db


BROKEN = edited(
    lstm_gradient,
    "    dh, dc = np.zeros_like(hs[0]), np.zeros_like(cs[0])\n",
    "    dh = np.zeros_like(hs[0])\n",
    "dc = dc + dh * o * (1 - shown**2)",
    "dc = dh * o * (1 - shown**2)",
    "dh, dc = da @ W_hh, dc * f",
    "dh = da @ W_hh",
)


def by_scratch(W_ih, W_hh, b, x, dhs):
    """The laboratory's own LSTM."""
    from rnnlab import scratch

    cell = scratch.LSTM(W_ih.shape[1], W_hh.shape[1], rng=0)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    cell.parameters.update(zip(names, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))
    dx, _, d = cell.backward(x, cell.forward(x), np.stack([dhs, np.zeros_like(dhs)]))
    return dx, d["weight_ih_l0"], d["weight_hh_l0"], d["bias_ih_l0"]


def by_autograd(W_ih, W_hh, b, x, dhs):
    """Torch, which is given the forward pass alone."""
    import torch

    leaves = [torch.tensor(array, requires_grad=True) for array in (W_ih, W_hh, b, x)]
    W_ih, W_hh, b, x = leaves
    h = c = torch.zeros(x.shape[1], W_hh.shape[1], dtype=torch.float64)
    loss = torch.zeros((), dtype=torch.float64)
    for x_t, dh in zip(x, torch.tensor(dhs), strict=True):
        i, f, g, o = (x_t @ W_ih.T + h @ W_hh.T + b).chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        loss = loss + (dh * h).sum()
    loss.backward()
    return tuple(leaf.grad.numpy() for leaf in (leaves[3], *leaves[:3]))


def cases(draw: Draw) -> dict[str, Any]:
    """One LSTM and one small batch."""
    T, B, H = draw.size(4), draw.size(2), draw.size(2)
    W_ih, W_hh, b = draw.array(4 * H, 2), draw.array(4 * H, H), draw.array(4 * H)
    return {"W_ih": W_ih, "W_hh": W_hh, "b": b, "x": draw.array(T, B, 2), "dhs": draw.array(T, B, H)}


def symptom(answer: Answer) -> str:
    """What arrives of a gradient one step back and many steps back, against torch."""
    rng = np.random.default_rng(8)
    H = 6
    W_ih, W_hh = rng.uniform(-0.4, 0.4, (4 * H, 2)), rng.uniform(-0.4, 0.4, (4 * H, H))
    b = np.repeat([0.0, 3.0, 0.0, 0.0], H)  # forget gates at 0.95
    x, last = rng.normal(size=(LAGS + 1, 3, 2)), np.zeros((LAGS + 1, 3, H))
    last[-1] = rng.normal(size=(3, H))
    yours = np.linalg.norm(np.asarray(answer(W_ih, W_hh, b, x, last)[0]), axis=(1, 2))
    wanted = np.linalg.norm(by_scratch(W_ih, W_hh, b, x, last)[0], axis=(1, 2))
    share = {lag: yours[-1 - lag] / wanted[-1 - lag] for lag in (0, 1, LAGS)}
    if all(abs(each - 1) < 1e-6 for each in share.values()):
        return f"What reaches an input {LAGS} steps before the loss is as long as torch's: all is well."
    return (
        f"A loss that sees only the last state: what reaches the last input has {share[0]:.3g} times the length that torch "
        f"gives it, what reaches the input one step before {share[1]:.3g} times, and {LAGS} steps before {share[LAGS]:.2g} times."
    )


EXERCISE = Repair(
    id="8.4",
    title="Clinic: it learns short sequences only",
    section="8.2",
    label="needs",
    statement=r"""
A colleague wrote an LSTM with its backward pass by hand. The loss falls, the shapes are right, and a gradient check on sequences of
one step passes to the last digit. But a marker a dozen steps before the end might as well not be there: a forget bias of 3 changes
nothing about that. Find out by experiment what is wrong, and repair `lstm_gradient`.

It returns the gradients of `sum(dhs * hs)` with respect to the input and the three parameters; `b` is the only bias.
""",
    cases=cases,
    solution=lstm_gradient,
    broken=BROKEN,
    reference=by_scratch,
    symptom=symptom,
    returns=("dx", "dW_ih", "dW_hh", "db"),
    also_right=(by_autograd,),
    points=3,
    hints=(
        "Put the loss on the last state only and look at the norm of dx[t] against t, once with forget gates at σ(0) and "
        "once at σ(6). Equation (8.15) says by how much the second should be larger. Is it?",
        "The forward pass is right: compare `hs` with torch's. In the backward pass go through (8.9) to (8.15) line by "
        "line. Two states pass from step t to step t + 1. How many gradients pass back?",
        "dc is not carried back. It is made anew at every step from dh, and what the later cell states sent back, dc·f, "
        "is lost. Start with dc = zeros beside dh, add to it, dc = dc + dh·o·(1 − tanh² c), and after the step "
        "send on dc·f, equation (8.15).",
    ),
    why=r"""
Blame has two roads back, (8.15): through the matrix, as in a vanilla RNN, and along the cell state, one gate a step and no matrix.
Without the second, an LSTM forward is a vanilla RNN backward. It still trains, because the first road exists, and a check with
one step cannot see it, because nothing is carried there. Whoever checks gradients checks them over several steps and with gates
that are open: only there do the two roads differ by orders of magnitude.
""",
    wrong=(
        Wrong(
            edited(lstm_gradient, "da @ W_hh, dc * f", "da @ W_hh, dc"),
            "the forget gate does not damp what goes back. You carry dc, and (8.15) carries dc·f.",
        ),
        Wrong(
            edited(lstm_gradient, "dc = dc + dh * o", "dc = dc * f + dh * o", "da @ W_hh, dc * f", "da @ W_hh, dc"),
            "the forget gate of the wrong step. What step t+1 sends back was damped by f of step t+1, because that is the "
            "gate that multiplied c_t. Multiply before you leave the step, not after you have entered the one before.",
        ),
        Wrong(
            edited(lstm_gradient, "da @ W_hh, dc * f", "da @ W_hh, dc * i"),
            "the wrong gate carries the cell state back. c_{t-1} was multiplied by f, and i belongs to the candidate.",
        ),
        Wrong(
            edited(
                lstm_gradient,
                "dc = dc + dh * o",
                "dc = dh * o",
                "dh, dc = da @ W_hh, dc * f",
                "dh = da @ W_hh + dc * f",
            ),
            "two roads in one. What belongs to c_{t-1} was added to dh_{t-1}, so it is multiplied by o·(1 − tanh² c) once "
            "more on its way. The cell state needs a gradient of its own that is carried beside dh.",
        ),
        Wrong(
            edited(lstm_gradient, "dh = dhs[t] + dh\n", "dh = dhs[t]\n"),
            "the hidden state's gradient is no longer carried. Now the cell state's is; but (8.9) adds what step t+1 sent back.",
        ),
    ),
)
