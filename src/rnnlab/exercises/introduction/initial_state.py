"""Derive and code: the gradient by the initial state."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def blame_on_the_start(x, h_0, dh_T, W_ih, W_hh, b):
    """∂L/∂h_0 (B, H), from x (T, B, I), h_0 (B, H) and dh_T = ∂L/∂h_T (B, H)."""
    h = [h_0]
    for x_t in x:
        h.append(np.tanh(x_t @ W_ih.T + b + h[-1] @ W_hh.T))  # (1.1)
    dh = dh_T
    for h_t in h[:0:-1]:  # h_T, …, h_1
        da = dh * (1 - h_t**2)  # (1.11)
        dh = da @ W_hh  # (1.13)
    return dh


def by_autograd(x, h_0, dh_T, W_ih, W_hh, b):
    """The forward pass in torch, which finds the way back."""
    import torch

    x, W_ih, W_hh, b = (torch.from_numpy(each) for each in (x, W_ih, W_hh, b))
    start = torch.tensor(h_0, requires_grad=True)
    h = start
    for x_t in x:
        h = torch.tanh(x_t @ W_ih.T + b + h @ W_hh.T)
    (h * torch.from_numpy(dh_T)).sum().backward()
    return start.grad.numpy()


def by_jacobians(x, h_0, dh_T, W_ih, W_hh, b):
    """The product of the steps' Jacobians, multiplied out on the way forward, one sequence at a time."""
    blame = []
    for n in range(len(h_0)):
        h, product = h_0[n], np.eye(len(W_hh))
        for x_t in x[:, n]:
            h = np.tanh(W_ih @ x_t + b + W_hh @ h)
            product = np.diag(1 - h**2) @ W_hh @ product
        blame.append(product.T @ dh_T[n])
    return np.array(blame)


def _reference(x: Any, h_0: Any, dh_T: Any, W_ih: Any, W_hh: Any, b: Any) -> Any:
    cell = Elman(x.shape[2], len(W_hh), rng=0)
    weights = {"weight_ih_l0": W_ih, "weight_hh_l0": W_hh, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
    cell.parameters.update(weights)
    states = cell.forward(x, h_0)
    dstates = np.zeros_like(states[1:])
    dstates[-1] = dh_T
    return cell.backward(x, states, dstates)[1]


def _cases(draw: Draw) -> dict[str, Any]:
    T, B, I, H = draw.size(3), draw.size(2), draw.size(2), draw.size(3)
    return {
        "x": draw.array(T, B, I) / 2,
        "h_0": draw.array(B, H) / 2,
        "dh_T": draw.array(B, H),
        "W_ih": draw.array(H, I) / 2,
        "W_hh": draw.array(H, H),
        "b": draw.array(H) / 2,
    }


EXERCISE = Code(
    id="1.3",
    title="A state to begin with",
    section="1.4",
    label="bptt",
    points=3,
    statement="""
A network need not begin at zero. The state in which it begins can be *learnt* like a weight, and then training has to know how the loss
changes with $h_0$. In the drawing of section 1.4 it is the number at the far left: of the blame of $-1$ at step 3, about $-0.018$
arrived there.

The loss sees the last state alone, and what it says about it, $\\mathrm{d}h_T = \\partial L / \\partial h_T$, is given. Write
`blame_on_the_start(x, h_0, dh_T, W_ih, W_hh, b)`, which gives $\\partial L / \\partial h_0$ (B, H) of the network (1.1) for inputs x (T, B, I)
and an initial state h_0 (B, H); `b` is the sum of the two biases.
""",
    hints=(
        "Begin with T = 1 and one unit, on paper: $h_1 = \\tanh(w x_1 + b + u h_0)$. By which factors does a small movement of "
        "$h_0$ reach $h_1$? You need the states, so run the network forward first and keep them all.",
        "Every step back multiplies by two things: the slope of tanh at *that* step, which is $1 - h_t^2$ of the state that "
        "the step **made** (1.11), and the recurrent matrix (1.13). There are T steps, so T times both.",
        "`h` is the list of the T+1 states. Start from `dh = dh_T`; for `h_t` in `h[:0:-1]`, which is h_T down to h_1, do "
        "`dh = (dh * (1 - h_t**2)) @ W_hh`. Return `dh`. With sequences as rows, $W_{hh}^\\top \\mathrm{d}a$ is `da @ W_hh`.",
    ),
    why="""
Nothing new is needed: $h_0$ enters the sum $a_1$ through $W_{hh}$ exactly as $h_{t-1}$ enters $a_t$, so (1.13) holds for $t = 1$ as well, and what step 1
*sends back* is the gradient by $h_0$. The chapter's code throws that number away when its loop has ended, since its $h_0$ is not learnt.

The T factors are the same two at every step, a slope and a matrix. Multiply them out and you have
$\\mathrm{d}h_0 = (J_T \\cdots J_1)^\\top \\mathrm{d}h_T$, the product that chapter 3 follows over fifty steps.
""",
    cases=_cases,
    solution=blame_on_the_start,
    reference=_reference,
    also_right=(by_autograd, by_jacobians),
    wrong=(
        Wrong(
            edited(blame_on_the_start, "dh * (1 - h_t**2)", "dh"),
            "the slope of tanh is missing. You send blame back through the matrix alone, as if tanh were a straight line. "
            "Every step also multiplies by $1 - h_t^2$ (1.11).",
        ),
        Wrong(
            edited(blame_on_the_start, "da @ W_hh", "da @ W_hh.T"),
            "the matrix points the wrong way. Forwards a row of states is multiplied by `W_hh.T`. The way back takes the "
            "transpose of that, which is `W_hh` itself: `da @ W_hh`.",
        ),
        Wrong(
            edited(blame_on_the_start, "h[:0:-1]", "h[-2::-1]"),
            "the slopes are one step late. The slope that step t needs belongs to the state that this step *made*, $h_t$; "
            "yours is taken at the state that entered it, $h_{t-1}$. So $h_0$ itself must not be among them.",
        ),
        Wrong(
            edited(blame_on_the_start, "h[:0:-1]", "h[:1:-1]"),
            "you stop one step early. That is the gradient by $h_1$. Step 1 also has a slope and a matrix; go through it "
            "and you are at $h_0$.",
        ),
        Wrong(
            edited(blame_on_the_start, "h = [h_0]", "h = [0 * h_0]"),
            "your forward pass begins at zero. The slopes depend on where the states really were, and these begin at the "
            "h_0 that is given.",
        ),
        Wrong(
            edited(
                blame_on_the_start,
                "        dh = da @ W_hh  # (1.13)\n",
                "        dh = da @ W_hh  # (1.13)\n    dh = da\n",
            ),
            "the last matrix is missing. That is the gradient by the sum $a_1$. From there to $h_0$ it is once more "
            "through $W_{hh}$ (1.13).",
        ),
    ),
)
