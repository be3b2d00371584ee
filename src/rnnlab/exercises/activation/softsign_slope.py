"""The slope of an activation in terms of its own value."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    a = 2 * draw.array(draw.size(4), draw.size(3))
    return {"h": a / (1 + np.abs(a))}


def softsign_slope(h):
    """dh/da of h = a / (1 + |a|), from the values h of any shape."""
    return (1 - np.abs(h)) ** 2


def through_a(h):
    """Back to a first, then the derivative in terms of a."""
    a = h / (1 - np.abs(h))
    return 1 / (1 + np.abs(a)) ** 2


def by_autograd(h: Any) -> npt.NDArray[np.float64]:
    """torch's softsign, differentiated where its value is h."""
    import torch

    a = torch.from_numpy(h / (1 - np.abs(h))).requires_grad_()
    torch.nn.functional.softsign(a).sum().backward()
    assert a.grad is not None
    slope: npt.NDArray[np.float64] = a.grad.numpy()
    return slope


EXERCISE = Code(
    id="6.1",
    title="A slope from a value",
    section="6.1",
    label="the-factor-per-step",
    points=2,
    statement=r"""
A backward pass would rather not keep the pre-activations: at its disposal are the states. For tanh that is enough, because
$\phi'(a) = 1 - h^2$, and for the sigmoid, where it is $h\,(1 - h)$. Is it enough for the **softsign**,

$$h = \frac{a}{1 + |a|}\,,$$

which saturates like tanh, only more slowly? Derive the slope $\mathrm{d}h/\mathrm{d}a$ in terms of $h$ alone and write `softsign_slope(h)` for
an array of any shape with values between −1 and 1.
""",
    hints=(
        "First in terms of $a$. For $a > 0$ it is $h = a / (1 + a)$; use the quotient rule. By symmetry the slope at $-a$ is the slope at $a$.",
        "The slope is $1 / (1 + |a|)^2$. Now get rid of $a$: take absolute values in $h = a / (1 + |a|)$ and compute $1 - |h|$.",
        "$1 - |h| = 1 / (1 + |a|)$, so the slope is its square: `(1 - np.abs(h)) ** 2`.",
    ),
    why=r"""
$1 - |h|$ is how far the unit is from its ceiling, and it is $1/(1 + |a|)$; its square is the slope. Compare the three: at distance $\epsilon$ from the ceiling
tanh has a slope of about $2\epsilon$, the sigmoid of about $\epsilon$, softsign of $\epsilon^2$. So softsign comes near its ceiling late, and is flatter once it is there: which of
them saturates "more" depends on whether you ask at equal $a$ or at equal $h$. The factor per step of section 6.1 is this slope, and a backward pass has it from the states it keeps anyway.
""",
    cases=cases,
    solution=softsign_slope,
    reference=through_a,
    also_right=(by_autograd,),
    wrong=(
        Wrong(
            edited(softsign_slope, "(1 - np.abs(h)) ** 2", "1 / (1 + np.abs(h)) ** 2"),
            "the value was taken for the pre-activation: 1/(1 + |a|)² is right, but what comes in is h, not a. Express 1/(1 + |a|) by h.",
        ),
        Wrong(
            edited(softsign_slope, "(1 - np.abs(h)) ** 2", "1 - h**2"),
            "that is tanh's slope, 1 - h². Softsign approaches its ceiling in another way; differentiate a/(1 + |a|).",
        ),
        Wrong(
            edited(softsign_slope, " ** 2", ""),
            "the square is missing: 1 - |h| is 1/(1 + |a|), which is h/a. The slope is its square.",
        ),
        Wrong(
            edited(softsign_slope, "np.abs(h)", "h"),
            "the absolute value is lost: for negative h the slope comes out above 1, and softsign is nowhere steeper than at 0.",
        ),
    ),
)
