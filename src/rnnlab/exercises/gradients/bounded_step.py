"""The clinic: a training step that clips its gradient and still is thrown far away."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def train(theta, gradient_at, learning_rate, largest, updates):
    """Parameters (P,) after gradient descent, its gradient clipped to `largest`."""
    theta = theta.copy()
    for _ in range(updates):
        gradient = gradient_at(theta)
        length = np.linalg.norm(gradient)
        if length > largest:
            gradient = gradient * (largest / length)  # (3.9)
        theta = theta - learning_rate * gradient
    return theta


broken = edited(
    train,
    "        length = np.linalg.norm(gradient)\n        if length > largest:\n            gradient = gradient * (largest / length)  # (3.9)\n        theta = theta - learning_rate * gradient\n",
    "        theta = theta - learning_rate * gradient\n        length = np.linalg.norm(gradient)\n        if length > largest:\n            gradient = gradient * (largest / length)  # (3.9)\n",
)


def by_torch(theta, gradient_at, learning_rate, largest, updates):
    """torch's clip_grad_norm_, between the gradient and the step."""
    import torch

    parameter = torch.nn.Parameter(torch.from_numpy(theta.copy()))
    for _ in range(updates):
        parameter.grad = torch.from_numpy(gradient_at(parameter.detach().numpy()).copy())
        torch.nn.utils.clip_grad_norm_([parameter], largest)
        with torch.no_grad():
            parameter -= learning_rate * parameter.grad
    return parameter.detach()


def by_step_length(theta, gradient_at, learning_rate, largest, updates):
    """A unit vector times the length that the step may have."""
    for _ in range(updates):
        g = gradient_at(theta)
        length = np.sqrt(np.dot(g, g))
        if length == 0:
            break
        theta = theta - learning_rate * min(length, largest) * (g / length)
    return theta


def _bowl(steepness: Any, bottom: Any) -> Any:
    """The gradient of ½ Σ_i s_i (θ_i − m_i)²."""

    def gradient_at(theta: Any) -> Any:
        return steepness * (theta - bottom)

    gradient_at.__name__ = f"{np.round(steepness, 4).tolist()} * (theta - {np.round(bottom, 4).tolist()})"
    return gradient_at


def _reference(theta: Any, gradient_at: Any, learning_rate: Any, largest: Any, updates: Any) -> Any:
    for _ in range(updates):
        g = gradient_at(theta)
        theta = theta - learning_rate * g * min(1.0, largest / max(float(np.linalg.norm(g)), 1e-300))
    return theta


def _cases(draw: Draw) -> dict[str, Any]:
    P = draw.size(3)
    return {
        "theta": draw.array(P),
        "gradient_at": _bowl(1 + np.abs(draw.array(P)), draw.array(P)),
        "learning_rate": draw.choice(0.1, 0.01),
        "largest": draw.choice(0.5, 1.0, 0.25),
        "updates": draw.size(3),
    }


def _symptom(answer: Answer) -> str:
    """How far one update goes from a point where the gradient has length 500, and how long the gradient may be."""
    wall = _bowl(np.array([300.0, 400.0]), np.zeros(2))
    start = np.ones(2)
    moved = float(np.linalg.norm(np.asarray(answer(start, wall, 0.1, 1.0, 1)) - start))
    ten = float(np.linalg.norm(np.asarray(answer(start, wall, 0.1, 1.0, 10)) - start))
    return (
        "From a point where the gradient has length 500, with learning rate 0.1 and threshold 1: one update moves the parameters by "
        f"{moved:.3g}; ten updates take them {ten:.3g} away."
    )


EXERCISE = Repair(
    id="3.4",
    title="Clipped, and thrown all the same",
    section="3.4",
    label="cliff",
    statement="""
`train(theta, gradient_at, learning_rate, largest, updates)` makes some updates of gradient descent on parameters theta (P,), with the gradient that `gradient_at(theta)` gives, clipped to the
length `largest` as in (3.9). It returns the parameters after the last update. A logbook beside it noted the length of `gradient` at the end of every update: it never went beyond `largest`. And yet, from the cliff
of section 3.4, training ends where training without clipping ends.

Find out by experiment what is wrong, and repair it.
""",
    hints=(
        "With threshold ϑ and learning rate η no update can be longer than η·ϑ. Measure how far *one* update moves the parameters, and not how long the gradient is that the "
        "logbook noted.",
        "The gradient that was noted has been clipped; was it the one that was used? Print the length of `gradient` right before the line that changes theta.",
        "**The gradient is clipped after the update.** theta has already moved by the full gradient when it is cut, and the next update computes a new one. Move the three lines that measure and cut in front of "
        "`theta = theta - learning_rate * gradient`.",
    ),
    why="""
Clipping protects the *parameters*, so it has to stand between the gradient and the step: gradient, clip, step. In torch that is `loss.backward()`, `clip_grad_norm_`, `optimiser.step()`; with the last two exchanged every
line is there, the returned norm and the logged gradient look as they should, and nothing is protected. On an ordinary day nobody notices, since most gradients are shorter than the threshold and the
two orders agree. A test needs a gradient that is too long. What to measure is the quantity that was promised: the length of a step is at most $\\eta \\vartheta$.
""",
    cases=_cases,
    solution=train,
    reference=_reference,
    broken=broken,
    symptom=_symptom,
    also_right=(by_torch, by_step_length),
    wrong=(
        Wrong(
            edited(train, "        if length > largest:\n            gradient = gradient * (largest / length)", "        gradient = gradient * (largest / length)\n       "),
            "short gradients are made long. You always scale to the length `largest`; (3.9) has a min(1, …) in it: a gradient that is short enough stays as it is, or training never "
            "comes to rest.",
        ),
        Wrong(
            edited(train, "gradient = gradient * (largest / length)", "gradient = np.clip(gradient, -largest, largest)"),
            "that is clipping by value. It cuts each number on its own (3.10) and turns the gradient; (3.9) keeps its direction.",
        ),
        Wrong(
            edited(
                train, "        if length > largest:\n            gradient = gradient * (largest / length)  # (3.9)\n        theta = theta - learning_rate * gradient\n",
                "        theta = theta - learning_rate * gradient\n        if np.linalg.norm(theta) > largest:\n            theta = theta * (largest / np.linalg.norm(theta))\n",
            ),
            "the parameters are clipped. They may be as large as they like; what has a threshold is the gradient, before the step.",
        ),
        Wrong(
            edited(train, "gradient = gradient * (largest / length)", "gradient = gradient * (largest / length**2)"),
            "divided by the length twice. gradient / length has length 1 already; times `largest` it has the length that is wanted.",
        ),
        Wrong(
            edited(train, "        gradient = gradient_at(theta)\n", "", "    for _ in range(updates):\n", "    gradient = gradient_at(theta)\n    for _ in range(updates):\n"),
            "the gradient is computed once. After an update the parameters are elsewhere, and there the gradient is another: `gradient_at(theta)` belongs in the loop.",
        ),
    ),
)  # fmt: skip
