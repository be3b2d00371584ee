"""The clinic: a logit held to the threshold of a probability."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    B, H = draw.size(6), draw.size(3)
    offset = 0.01234567  # no tie between yes and no
    return {"h": draw.array(B, H), "w": draw.array(H), "b": draw.number(-1, 1) + offset}


def says_yes(h, w, b):
    """Does the network say yes? True or False for each state of h (B, H)."""
    y = h @ w + b  # a logit: 0 where yes and no are equally likely
    return y > 0


broken = edited(
    says_yes, "y = h @ w + b  # a logit: 0 where yes and no are equally likely", "p = h @ w + b", "y > 0", "p > 0.5"
)


def by_probability(h, w, b):
    """Through the logistic function after all."""
    return 1 / (1 + np.exp(-(h @ w + b))) > 0.5


def by_loss(h: Any, w: Any, b: float) -> npt.NDArray[np.bool_]:
    """Yes where a yes would cost less binary cross-entropy than a no."""
    y = h @ w + b
    return np.asarray(np.logaddexp(0, -y) < np.logaddexp(0, y))


def symptom(answer: Answer) -> str:
    """How often it says yes, and what its mirror image says."""
    rng = np.random.default_rng(0)
    h, w = rng.standard_normal((2_000, 4)), 0.5 * rng.standard_normal(4)
    yes, mirrored = np.asarray(answer(h, w, 0.0)), np.asarray(answer(h, -w, 0.0))
    both = float((yes == mirrored).mean())
    return (
        f"Of 2,000 states as likely to mean yes as no, it says yes to {yes.mean():.0%}. Its mirror image, with all weights "
        f"negated, must say the opposite every time; the two agree on {both:.0%} of the states."
    )


EXERCISE = Repair(
    id="5.3",
    title="Clinic: a network that hates to say yes",
    section="5.1",
    label="three-tasks",
    points=2,
    statement=r"""
Is this surname Irish? A network reads it and answers from its last state $h$. It was trained with binary cross-entropy, until the loss on held-out names
was excellent. But of the Irish names it finds too few, and hardly ever calls another name Irish. "The classes are imbalanced," says a
colleague, and wants to weight the loss. They are not. Below is the code that turns states into answers. Feed it states for which yes and no are
equally likely and count; negate `w` and `b`, which exchanges yes and no, and compare. Then repair it. No state lies exactly between yes and no.
""",
    hints=(
        "With `b = 0` and states drawn symmetrically around zero, a fair network says yes to half of them. How many does this one? "
        "Between which two values of `p` would you have to look for the missing ones?",
        "Print the smallest and the largest `p`. A probability lies between 0 and 1. What is this number, then, and where is its middle?",
        "The cause: a *logit* is held to the threshold of a *probability*. Binary cross-entropy was given the logit $y$, and $p = \\sigma(y)$ "
        "passes one half where $y$ passes 0. Return `h @ w + b > 0`.",
    ),
    why=r"""
$\sigma$ rises, and $\sigma(0) = \tfrac12$; so $p > \tfrac12$ and $y > 0$ are the same question, while $y > \tfrac12$ asks for
$p > 0.62$. Nothing in training reveals it, because the loss never sees the threshold: loss and accuracy come apart, and the loss is right. What gives it
away is a *symmetry*: exchange the classes, and the answers must be exchanged. A check of that kind needs no labels, and finds more than this one mistake. The name did the
harm: call a logit `y` or `logit`, and `p` only what has been through $\sigma$ or a softmax.
""",
    cases=cases,
    solution=says_yes,
    broken=broken,
    symptom=symptom,
    reference=by_loss,
    also_right=(by_probability,),
    wrong=(
        Wrong(
            edited(says_yes, "return y > 0", "return 1 / (1 + np.exp(-y)) > 0"),
            "now it always says yes: a probability is above 0 whatever the network thinks. Its middle is one half; 0 is the middle of the logit.",
        ),
        Wrong(
            edited(says_yes, "return y > 0", "return np.round(y).astype(bool)"),
            "rounding a logit: everything that rounds to something other than 0 counts as yes, -3 as well. Ask whether y is above 0.",
        ),
        Wrong(
            edited(says_yes, "y > 0", "y < 0"),
            "yes and no are exchanged: the network was trained so that a large y means yes.",
        ),
        Wrong(
            edited(says_yes, "y > 0", "y > y.mean()"),
            "a threshold made of the batch: now half of every batch is called yes, and what a name is called depends on its company. "
            "The threshold belongs to the loss with which the network was trained: 0.",
        ),
    ),
)
