"""The clinic: a sigmoid that falls where it should rise, and trains all the same."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    return {"a": 2 * draw.array(draw.size(5))}


def gate(a):
    """A gate σ(a) and its slope dσ/da, for pre-activations a of any shape."""
    value = 1 / (1 + np.exp(-a))
    slope = value * (1 - value)
    return value, slope


broken = edited(gate, "1 / (1 + np.exp(-a))", "1 / (1 * (1 + np.exp(a)))")


def by_tanh(a):
    value = 0.5 * (1 + np.tanh(0.5 * a))
    return value, 0.25 / np.cosh(0.5 * a) ** 2


def by_autograd(a: Any) -> tuple[Any, Any]:
    """torch's sigmoid and its derivative."""
    import torch

    leaf = torch.from_numpy(a).requires_grad_()
    value = torch.sigmoid(leaf)
    value.sum().backward()
    assert leaf.grad is not None
    return value.detach().numpy(), leaf.grad.numpy()


def symptom(answer: Answer) -> str:
    """The slope that it says, and the one that it has."""
    a, step = np.array([1.0]), 1e-5
    slope = float(answer(a)[1][0])
    measured = float((answer(a + step)[0][0] - answer(a - step)[0][0]) / (2 * step))
    told = f"At a = 1 it says a slope of {slope:.3f}; a difference of its own values gives {measured:.3f}."
    wide, narrow = (float(answer(np.array([end]))[0][0]) for end in (4.0, -4.0))
    return f"{told} At a = 4 the gate stands at {wide:.3f}, at a = -4 at {narrow:.3f}."


EXERCISE = Repair(
    id="6.4",
    title="Clinic: a gate that cannot be lent",
    section="6.1",
    label="the-factor-per-step",
    points=2,
    statement=r"""
A colleague wrote a network's gates by hand. With autograd it trains as well as yours, on every task, with every seed. Then two things happen. Its hand-written backward
pass, which uses the slope below, fails the gradient check. And weights that torch has trained, loaded into it, give nonsense. All values lie between 0 and 1, and at 0 it says
one half. The code runs and looks right. Compare its slope with a difference of its own values, then repair it; return the value and the slope of each
pre-activation.
""",
    hints=(
        "Draw the value over `a` from -4 to 4, or print five of them. Then hold `slope` beside `(value(a + e) - value(a - e)) / (2 * e)`.",
        "Value and slope contradict each other in their sign. Which one has the wrong sign: what should a gate do when its pre-activation grows? And why would a network "
        "that *learns* its weights never notice?",
        "The cause: a lost minus. $1 / (1 + e^{a})$ is $\\sigma(-a)$, which falls. Write `np.exp(-a)`; then `value * (1 - value)` is the slope of what is computed.",
    ),
    why=r"""
$1/(1 + e^{a}) = \sigma(-a) = 1 - \sigma(a)$: between 0 and 1, one half at 0, and falling. A network that learns with it simply learns all its gate weights with the other sign, so
neither loss nor accuracy gives it away; that is why the mistake can live for years. What it breaks is every contract with the outside: weights trained elsewhere, a forget bias of 1 that now
means *forget*, and the slope formula, for the slope of the falling curve is $-h\,(1 - h)$. Training well is not evidence of being right. A gradient check is, and comparing with a second implementation
on the same weights.
""",
    cases=cases,
    solution=gate,
    broken=broken,
    symptom=symptom,
    reference=by_tanh,
    returns=("value", "slope"),
    also_right=(by_autograd,),
    wrong=(
        Wrong(
            edited(broken, "slope = value * (1 - value)", "slope = -value * (1 - value)"),
            "the slope was bent to fit the wrong curve: now the gradient check passes, and the gate still closes when its pre-activation grows. "
            "Weights from elsewhere still give nonsense.",
        ),
        Wrong(
            edited(gate, "1 / (1 + np.exp(-a))", "1 / 1 + np.exp(-a)"),
            "a missing bracket: 1 / 1 + e is computed from left to right and gives 1 + e, which is above 1.",
        ),
        Wrong(
            edited(gate, "1 / (1 + np.exp(-a))", "0.5 * (1 + np.tanh(a))"),
            "twice too steep: ½ (1 + tanh a) is σ(2a). With tanh it is ½ (1 + tanh(a/2)).",
        ),
        Wrong(
            edited(gate, "value * (1 - value)", "a * (1 - a)"),
            "the slope is h (1 - h) of the value, not of the pre-activation.",
        ),
    ),
)
