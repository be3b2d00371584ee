"""Derive and code: the Jacobian of a network that forgets slowly."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def jacobian(x, h, W_ih, W_hh, b, alpha):
    """∂h_t/∂h_{t-1} (H, H) of a leaky network, for x (I,) and h = h_{t-1} (H,)."""
    n = np.tanh(W_ih @ x + W_hh @ h + b)
    slope = 1 - n**2
    return (1 - alpha) * np.eye(len(h)) + alpha * slope[:, None] * W_hh


def by_autograd(x, h, W_ih, W_hh, b, alpha):
    """torch differentiates the step."""
    import torch

    x, W_ih, W_hh, b = (torch.from_numpy(each) for each in (x, W_ih, W_hh, b))

    def step(h):
        return (1 - alpha) * h + alpha * torch.tanh(W_ih @ x + W_hh @ h + b)

    return torch.autograd.functional.jacobian(step, torch.from_numpy(h))


def by_columns(x, h, W_ih, W_hh, b, alpha):
    """A column for each number of the state that is moved: what it adds to every new number."""
    a = W_ih @ x + W_hh @ h + b
    columns = []
    for j in range(len(h)):
        moved = np.zeros(len(h))
        moved[j] = 1.0
        columns.append((1 - alpha) * moved + alpha * W_hh[:, j] / np.cosh(a) ** 2)
    return np.stack(columns, axis=1)


def _reference(x: Any, h: Any, W_ih: Any, W_hh: Any, b: Any, alpha: Any) -> Any:
    """By complex steps: a derivative without a difference, exact to rounding (Squire and Trapp, 1998)."""
    tiny = 1e-30
    states = h[:, None] + 1j * tiny * np.eye(len(h))
    after = (1 - alpha) * states + alpha * np.tanh((W_ih @ x + b)[:, None] + W_hh @ states)
    return after.imag / tiny


def _cases(draw: Draw) -> dict[str, Any]:
    I, H = draw.size(2), draw.size(3)
    return {
        "x": draw.array(I) / 2,
        "h": draw.array(H) / 2,
        "W_ih": draw.array(H, I),
        "W_hh": draw.array(H, H),
        "b": draw.array(H) / 2,
        "alpha": draw.choice(0.25, 0.1, 0.75),
    }


EXERCISE = Code(
    id="3.1",
    title="A network that forgets slowly",
    section="3.1",
    label="blame",
    points=3,
    statement="""
Suppose a unit does not take over its new value at once but only a tenth of it, and keeps nine tenths of the old one. Such a **leaky** network moves
by a share $\\alpha$ at each step:

$$\\begin{aligned} h_t &= (1 - \\alpha)\\, h_{t-1} + \\alpha\\, n_t \\\\ n_t &= \\tanh(W_{ih} x_t + W_{hh} h_{t-1} + b) \\end{aligned}$$

With $\\alpha = 1$ it is the network of chapter 1, whose Jacobian is (3.1). Derive it for any $\\alpha$, and write `jacobian(x, h, W_ih, W_hh, b, alpha)`: the matrix
$J_t = \\partial h_t / \\partial h_{t-1}$ (H, H) at one step of one sequence, for the input x (I,) and the state *before* it, h (H,).
Row $i$, column $j$ is the derivative of $(h_t)_i$ by $(h_{t-1})_j$.
""",
    hints=(
        "Wiggle $(h_{t-1})_j$ and count the roads by which the wiggle reaches $(h_t)_i$. There are two, one for each term of the sum; one of them exists only for i = j.",
        "The straight road gives $1 - \\alpha$ on the diagonal. The other one is (3.1) times $\\alpha$; its slope is that of tanh where *tanh* is, $1 - n_t^2$, and not $1 - h_t^2$: "
        "here $h_t$ is a mixture and no value of tanh.",
        "`n = np.tanh(W_ih @ x + W_hh @ h + b)`, and then `(1 - alpha) * np.eye(len(h)) + alpha * (1 - n**2)[:, None] * W_hh`. The slopes multiply rows, hence `[:, None]`.",
    ),
    why="""
Two roads lead from $h_{t-1}$ to $h_t$, and their effects add up: $J_t = (1-\\alpha) I + \\alpha \\operatorname{diag}(1 - n_t^2)\\, W_{hh}$. The second is (3.1), weakened. The first is new and has no matrix
in it: whatever the weights are, a share $1 - \\alpha$ of the gradient goes straight back. That is the idea behind every gate of section 3.6, where this share becomes something that the network computes for
itself. The trap is the slope: $1 - h_t^2$ was right for chapter 1's network only because its $h_t$ *was* the tanh.
""",
    cases=_cases,
    solution=jacobian,
    reference=_reference,
    also_right=(by_autograd, by_columns),
    wrong=(
        Wrong(
            edited(jacobian, "slope[:, None] * W_hh", "slope * W_hh"),
            "the slopes multiply the columns. The slope belongs to the unit that *receives*, whose weights are a row of W_hh: diag(slope) stands on the left, in NumPy "
            "`slope[:, None] * W_hh`.",
        ),
        Wrong(
            edited(jacobian, "(1 - alpha) * np.eye(len(h)) + ", ""),
            "the straight road is missing. $h_{t-1}$ also enters the sum by itself, with the factor $1 - \\alpha$, and that puts $1 - \\alpha$ on the diagonal.",
        ),
        Wrong(
            edited(jacobian, "    slope = 1 - n**2\n", "    slope = 1 - ((1 - alpha) * h + alpha * n) ** 2\n"),
            "the slope is taken at the new state. $1 - h_t^2$ is the slope of tanh only where $h_t$ is a value of tanh; here that value is $n_t$, so it is $1 - n_t^2$.",
        ),
        Wrong(
            edited(jacobian, "+ alpha * slope", "+ slope"),
            "the second road lacks its α. tanh enters with the factor α, and so does its derivative.",
        ),
        Wrong(
            edited(jacobian, "    slope = 1 - n**2\n", "    slope = np.ones(len(h))\n"),
            "the slope of tanh is missing. W_hh tells how the sum moves; tanh passes on only $1 - n_t^2$ of that.",
        ),
        Wrong(
            edited(
                jacobian, "(1 - alpha) * np.eye(len(h)) + alpha * slope", "alpha * np.eye(len(h)) + (1 - alpha) * slope"
            ),
            "α and 1 − α are exchanged. $1 - \\alpha$ is kept, $\\alpha$ is taken over.",
        ),
    ),
)
