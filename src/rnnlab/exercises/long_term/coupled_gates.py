"""Exercise 8.2: the backward pass of a cell whose two gates are one."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def coupled_backward(a_f, a_g, c_before, dc):
    """Gradients of sum(dc * c) with respect to a_f, a_g and c_before, where

    c = f * c_before + (1 - f) * g,  f = σ(a_f),  g = tanh(a_g); all (B, H).
    """
    f = 1 / (1 + np.exp(-a_f))
    g = np.tanh(a_g)
    df = dc * (c_before - g)  # f stands in c twice, once with each sign
    dg = dc * (1 - f)
    return df * f * (1 - f), dg * (1 - g**2), dc * f


def by_autograd(a_f, a_g, c_before, dc):
    """The same from torch, which is told the forward equation alone."""
    import torch

    leaves = [torch.tensor(array, requires_grad=True) for array in (a_f, a_g, c_before)]
    f, g = leaves[0].sigmoid(), leaves[1].tanh()
    c = f * leaves[2] + (1 - f) * g
    return tuple(each.numpy() for each in torch.autograd.grad((torch.tensor(dc) * c).sum(), leaves))


def by_complex_step(a_f, a_g, c_before, dc):
    """The derivative as the imaginary part after a step of 1e-30 along the imaginary axis."""

    def c(a_f, a_g, c_before):
        f = 1 / (1 + np.exp(-a_f))
        return f * c_before + (1 - f) * np.tanh(a_g)

    here, step = (a_f, a_g, c_before), 1e-30j
    return tuple(dc * c(*(v + step * (j == k) for j, v in enumerate(here))).imag / 1e-30 for k in range(3))


def cases(draw: Draw) -> dict[str, Any]:
    """Pre-activations, cell state and gradient of one step."""
    shape = draw.size(3), draw.size(3)
    return {name: draw.array(*shape) for name in ("a_f", "a_g", "c_before", "dc")}


EXERCISE = Code(
    id="8.2",
    title="Two gates become one, backwards",
    section="8.2",
    label="needs",
    statement=r"""
Section 8.4 trained an LSTM with coupled gates: what it forgets is what it lets in,

$$
c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t
$$

with $f_t = \sigma(a_f)$ and $g_t = \tanh(a_g)$. Derive its step backwards. You are given the pre-activations `a_f` and `a_g`, the cell state `c_before` that entered the step, and
`dc`, what arrives at $c_t$. Return what goes on from there: `da_f`, `da_g`, and the gradient of `c_before` along the cell state.
All arrays are `(B, H)`.
""",
    cases=cases,
    solution=coupled_backward,
    reference=by_complex_step,
    returns=("da_f", "da_g", "dc_before"),
    also_right=(by_autograd, by_complex_step),
    hints=(
        "Write f for the gate and differentiate c = f·c_before + (1 − f)·g three times, each time holding the other two "
        "fixed. Then go through the bends.",
        "How often does f occur in c? Each occurrence sends something back: c_before from the first, and from the second "
        "something with a minus sign. The candidate's factor is 1 − f, not f.",
        "df = dc·(c_before − g), dg = dc·(1 − f), and dc·f goes on to the step before. Then da_f = df·f·(1 − f) and "
        "da_g = dg·(1 − g²).",
    ),
    why=r"""
In (8.12) each factor gets the other one, and $f$ has a single partner, $c_{t-1}$. Here the gate holds a balance: opening it adds
$c_{t-1}$ and takes $g_t$ away. What it learns from is the *difference* $c_{t-1} - g_t$. Where the candidate is what the cell holds anyway, the gate
may stand anywhere, and its gradient is zero. The GRU's $\mathrm{d}z_t$ in (8.25) says the same.
""",
    wrong=(
        Wrong(
            edited(
                coupled_backward, "dc * (c_before - g)  # f stands in c twice, once with each sign", "dc * c_before"
            ),
            "the second place of f is forgotten. Your da_f is that of an LSTM with two gates, (8.12); here f stands in c "
            "twice, and its second place, in (1 − f)·g, sends back −g.",
        ),
        Wrong(
            edited(coupled_backward, "(c_before - g)", "(c_before + g)"),
            "the sign of the second place of f is lost. The derivative of (1 − f)·g with respect to f is −g.",
        ),
        Wrong(
            edited(coupled_backward, "dg = dc * (1 - f)", "dg = dc * f"),
            "the candidate gets the wrong gate. Backward it gets the factor that it was multiplied by forward, which is 1 − f and not f.",
        ),
        Wrong(
            edited(coupled_backward, "return df * f * (1 - f), dg * (1 - g**2)", "return df, dg"),
            "the bends are missing. That is the gradient of the gate f and of the candidate g. Asked for are their "
            "pre-activations, so multiply by the slopes f·(1 − f) and 1 − g².",
        ),
        Wrong(
            edited(coupled_backward, "dg * (1 - g**2)", "dg * (1 - a_g**2)"),
            "the slope of tanh is taken at the wrong place. It is 1 − tanh², and you squared the pre-activation a_g instead "
            "of g = tanh(a_g).",
        ),
        Wrong(
            edited(coupled_backward, "(1 - g**2), dc * f", "(1 - g**2), dc"),
            "what goes on to c_before is not damped. Its factor forward was f, so it is dc·f backward; a factor of 1 "
            "is the carousel without a forget gate, (8.2).",
        ),
    ),
)
