"""The clinic: a backward pass that saves memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def backward(h, n, dh_T, W_hh, alpha):
    """dW_hh and dh_0, from h (T+1, B, H), n (T, B, H) and dh_T (B, H)."""
    dW_hh = np.zeros_like(W_hh)
    dh = dh_T.copy()
    for t in reversed(range(len(n))):
        da = dh.copy()
        da *= alpha
        da *= 1 - n[t] ** 2  # through tanh
        dW_hh += da.T @ h[t]
        dh = (1 - alpha) * dh + da @ W_hh  # two roads
    return dW_hh, dh


broken = edited(backward, "        da = dh.copy()\n", "        da = dh  # no copy: B × H numbers saved\n")


def by_autograd(h, n, dh_T, W_hh, alpha):
    """The same forward pass in torch; what came in at each step is what the given states leave over."""
    import torch

    W = torch.tensor(W_hh, requires_grad=True)
    start = torch.tensor(h[0], requires_grad=True)
    state = start
    for t in range(len(n)):
        from_input = torch.from_numpy(np.arctanh(n[t]) - h[t] @ W_hh.T)
        state = (1 - alpha) * state + alpha * torch.tanh(from_input + state @ W.T)
    (state * torch.from_numpy(dh_T)).sum().backward()
    return W.grad, start.grad


def by_new_arrays(h, n, dh_T, W_hh, alpha):
    """Every step in formulas that make a new array."""
    dW_hh, dh = 0 * W_hh, dh_T
    for t in range(len(n) - 1, -1, -1):
        da = alpha * dh * (1 - n[t] ** 2)
        dW_hh, dh = dW_hh + da.T @ h[t], dh - alpha * dh + da @ W_hh
    return dW_hh, dh


def _forward(x: Any, h_0: Any, W_hh: Any, alpha: float) -> tuple[Any, Any]:
    h, n = [h_0], []
    for x_t in x:
        n.append(np.tanh(x_t + h[-1] @ W_hh.T))
        h.append((1 - alpha) * h[-1] + alpha * n[-1])
    return np.array(h), np.array(n)


def _reference(h: Any, n: Any, dh_T: Any, W_hh: Any, alpha: Any) -> Any:
    """By Jacobians, one sequence at a time: dh_0 is their transposed product on dh_T, dW_hh the sum of outer products."""
    dW_hh, dh_0 = np.zeros_like(W_hh), np.zeros_like(dh_T)
    for each in range(len(dh_T)):
        blame = dh_T[each]
        for t in range(len(n) - 1, -1, -1):
            slope = 1 - n[t, each] ** 2
            dW_hh += np.outer(alpha * slope * blame, h[t, each])
            blame = ((1 - alpha) * np.eye(len(W_hh)) + alpha * np.diag(slope) @ W_hh).T @ blame
        dh_0[each] = blame
    return dW_hh, dh_0


def _cases(draw: Draw) -> dict[str, Any]:
    T, B, H = draw.size(3), draw.size(2), draw.size(3)
    W_hh, alpha = draw.array(H, H) / 2, draw.choice(0.25, 0.1, 0.75)
    h, n = _forward(draw.array(T, B, H) / 2, draw.array(B, H) / 2, W_hh, alpha)
    return {"h": h, "n": n, "dh_T": draw.array(B, H), "W_hh": W_hh, "alpha": alpha}


def _symptom(answer: Answer) -> str:
    """The error of both gradients after one step and after five, with a leak and without."""
    rng = np.random.default_rng(0)
    x, h_0, W_hh, dh_T = (
        rng.normal(size=(5, 3, 4)),
        rng.normal(size=(3, 4)),
        rng.normal(size=(4, 4)) / 2,
        rng.normal(size=(3, 4)),
    )

    def off(steps: int, alpha: float) -> str:
        h, n = _forward(x[:steps], h_0, W_hh, alpha)
        pairs = zip(answer(h, n, dh_T, W_hh, alpha), _reference(h, n, dh_T, W_hh, alpha), strict=True)
        mine = [round(100 * float(np.linalg.norm(np.asarray(a) - b) / np.linalg.norm(b)), 9) for a, b in pairs]
        return f"dW_hh {mine[0]:.3g} %, dh_0 {mine[1]:.3g} %"

    return (
        f"Relative error for one step at α = 0.1: {off(1, 0.1)}; for five steps: {off(5, 0.1)}. "
        f"For five steps at α = 1: {off(5, 1.0)}."
    )


EXERCISE = Repair(
    id="3.3",
    title="A backward pass that saves memory",
    section="3.1",
    label="blame",
    statement="""
Here is the backward pass of the leaky network of exercise 3.1, $h_t = (1 - \\alpha) h_{t-1} + \\alpha n_t$ with $n_t = \\tanh(\\dots)$. It gets the states `h` (T+1, B, H), the values `n` (T, B, H), the gradient
`dh_T` (B, H) that arrives at the last state, and gives `dW_hh` and `dh_0`. Every line was read by two people, and with $\\alpha = 1$ it was held to `rnnlab.scratch` and agreed to the last digit. It even takes care
not to write into the array that it was given.

With $\\alpha = 0.1$ it is wrong. Find out by experiment what is wrong, and repair it.
""",
    hints=(
        "One step at α = 0.1: which of the two results is right, and which is wrong? They are computed in two neighbouring lines. Then α = 1, any number of steps: why should a mistake vanish "
        "just there?",
        "So the road through the matrix is right and the straight road is not, and at α = 1 there is none. Print `dh` at the top of the loop and once more right before the line that uses it on the "
        "straight road. Did you expect it to change in between?",
        "**The gradient is edited in place.** `da = dh` makes no new array: both names mean the same one, so `da *= …` also turns dh into da, and the straight road carries the wrong thing. Begin with "
        "`da = dh.copy()`, or write `da = alpha * dh * (1 - n[t] ** 2)`.",
    ),
    why="""
`da = dh` gives the array a second name. `*=` writes into the array, so after two lines dh *is* da, and $(1-\\alpha)\\,\\mathrm{d}h$ has become $(1-\\alpha)\\,\\mathrm{d}a$: the straight road, which should lose
nothing but a share $\\alpha$, is multiplied by $\\alpha (1 - n^2)$ as well. At $\\alpha = 1$ that road has the weight zero, and the mistake is invisible; a test at the special case in which two formulas coincide tests one of them.
Autograd frameworks refuse some such edits, and not all. `a = a * b` makes a new array, `a *= b` edits the old one under every name it has.
""",
    cases=_cases,
    solution=backward,
    reference=_reference,
    returns=("dW_hh", "dh_0"),
    broken=broken,
    symptom=_symptom,
    also_right=(by_autograd, by_new_arrays),
    wrong=(
        Wrong(
            edited(backward, "(1 - alpha) * dh + da @ W_hh", "da @ W_hh"),
            "the straight road is gone. Now nothing wrong travels on it, and nothing right either: the term $(1 - \\alpha)\\,\\mathrm{d}h$ belongs there.",
        ),
        Wrong(
            edited(backward, "(1 - alpha) * dh + da @ W_hh", "dh + da @ W_hh"),
            "the straight road keeps everything. Of $h_{t-1}$ only a share $1 - \\alpha$ is taken over, and so only that share of the gradient goes back.",
        ),
        Wrong(
            edited(backward, "        da *= alpha\n", ""),
            "the α is lost. tanh enters with the factor α, so da has it too.",
        ),
        Wrong(
            edited(backward, "1 - n[t] ** 2", "1 - h[t + 1] ** 2"),
            "the slope is taken at the mixed state. It belongs to the value of tanh, n[t].",
        ),
        Wrong(
            edited(backward, "da @ W_hh ", "da @ W_hh.T "),
            "the matrix points the wrong way. Forwards it was `h @ W_hh.T`; back it is `da @ W_hh`.",
        ),
    ),
)
