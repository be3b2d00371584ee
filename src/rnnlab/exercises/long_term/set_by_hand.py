"""Exercise 8.3: the weights of an LSTM of one unit that adds, written down instead of learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited

Array = npt.NDArray[np.float64]
STEPS = 100


def adding_weights(largest):
    """W_ih (4, 2), b (4,) and w of one LSTM unit that adds: w·h_T is the sum.

    Numbers from 0 to `largest`; rows i, f, g, o; columns number, marker.
    """
    small = 0.05 / largest  # so small that both tanh stay straight
    W_ih = np.array([[0.0, 40.0], [0.0, 0.0], [small, 0.0], [0.0, 0.0]])
    b = np.array([-20.0, 20.0, 0.0, 20.0])  # i shut but for a marker; f, o open
    return W_ih, b, 1 / small


def with_another_scale(largest):
    """A smaller number kept, turned round on its way in and back on its way out, and gates that shut harder."""
    small = -1e-3 / largest
    return np.array([[0, 60.0], [0, 0], [small, 0], [0, 0]]), np.array([-30.0, 40, 0, 40]), 1 / small


def last_output(W_ih: Array, b: Array, w: float, x: Array) -> Array:
    """w·h_T (B,) of x (T, B, 2), by the equations of section 8.2 with W_hh = 0."""
    c = np.zeros(x.shape[1])
    for step in x:
        i, f, g, o = np.asarray(W_ih) @ step.T + np.asarray(b)[:, None]
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return np.asarray(w * _sigmoid(o) * np.tanh(c))


def _sigmoid(a: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * a))


def holds(case: dict[str, Any], result: Any) -> str | None:
    """Five sequences with one thing in each, then twenty of the task itself; the first on which the sum is missed."""
    W_ih, b, w = result
    if np.shape(W_ih) != (4, 2) or np.shape(b) != (4,) or np.ndim(w) != 0:
        return f"W_ih, b and w have the shapes {np.shape(W_ih)}, {np.shape(b)} and {np.shape(w)}; wanted are (4, 2), (4,) and ()."
    if not all(np.isfinite(each).all() for each in (np.asarray(W_ih), np.asarray(b), np.asarray(w))):
        return "A weight is not finite; a gate at σ(20) is open enough."
    v = case["largest"]
    x = np.zeros((STEPS, 5, 2))
    x[-1, 0] = v / 10, 1  # a small marked number at the end
    x[0, 1] = v / 10, 1  # the same at the beginning, then silence
    x[:, 2, 0] = v  # large numbers, none of them marked
    x[-1, 3] = v, 1  # a large marked number
    x[-2:, 4] = v, 1  # two of them
    late, early, unmarked, large, two = last_output(W_ih, b, w, x) / v
    said = f"Numbers up to {v:.3g}, {STEPS} steps."
    if abs(unmarked) > 0.02:
        return f"{said} With no marker anywhere, {v:.3g} at every step, it says {unmarked * v:.3g}; wanted is 0. Something is let in."
    if abs(late - 0.1) > 0.02:
        return f"{said} One marked number, {v / 10:.3g} at the last step, and silence before: it says {late * v:.3g}."
    if abs(early - 0.1) > 0.02:
        return (
            f"{said} One marked number, {v / 10:.3g}: at the last step it is said as {late * v:.3g}, at the first step as "
            f"{early * v:.3g}. It was not kept."
        )
    if abs(large - 1) > 0.02 or abs(two - 2) > 0.02:
        return (
            f"{said} A marked {v / 10:.3g} is said as {late * v:.3g}, a marked {v:.3g} as {large * v:.3g}, and two of them as "
            f"{two * v:.3g}: what is large is bent."
        )
    rng = np.random.default_rng(0)
    x = np.zeros((STEPS, 20, 2))
    x[..., 0] = v * rng.random((STEPS, 20))
    for k in range(20):
        x[rng.choice(STEPS, 2, replace=False), k, 1] = 1
    missed = abs(last_output(W_ih, b, w, x) - (x[..., 0] * x[..., 1]).sum(0)).max()
    if missed > 0.02 * v:
        return (
            f"{said} Over twenty sequences of the task its sum is off by up to {missed:.3g}; allowed is {0.02 * v:.3g}."
        )
    return None


def shown(largest):
    """Nothing beside the reader's own weights: many are right, and `holds` says in words what theirs do."""


def cases(draw: Draw) -> dict[str, Any]:
    """How large the numbers may be."""
    return {"largest": draw.number(0.5, 8.0)}


EXERCISE = Code(
    id="8.3",
    title="An LSTM that adds, set by hand",
    section="8.2",
    label="needs",
    statement=r"""
Every gate of section 8.2 was brought in for a need of the adding problem. So write its solution down. One LSTM unit, with $W_{hh} = 0$,
reads pairs $(v_t, m_t)$, number and marker, and at the end $w\, h_T$ is to be the sum of the two marked numbers, to within a fiftieth of
the largest number there can be, after 100 steps.

The numbers lie between 0 and `largest`, which differs from case to case. Return `W_ih` (4, 2), `b` (4,) and the number `w`. The rows
are those of $i, f, g, o$, the columns number and marker; `b` is the only bias.
""",
    cases=cases,
    solution=adding_weights,
    reference=shown,
    returns=("W_ih", "b", "w"),
    also_right=(with_another_scale,),
    holds=holds,
    points=3,
    hints=(
        "Take the gates one by one: what must the forget gate do at every step, and the output gate? Which of the two "
        "inputs decides about the input gate, and which goes into the candidate?",
        "A gate is open for a bias of 20 and shut for −20. The input gate has to change from shut to open when the marker "
        "goes from 0 to 1: a bias of −20 and a weight of 40 for the marker. The candidate gets the number alone, and there "
        "is a tanh on its way in and another on its way out.",
        "tanh is straight for small arguments: multiply the number by 0.05/largest on the way in, so that even the sum of "
        "two stays below 0.1, and by w = largest/0.05 on the way out. Rows: i (0, 40) with −20, f (0, 0) with 20, "
        "g (0.05/largest, 0) with 0, o (0, 0) with 20.",
    ),
    why=r"""
Open memory, open exit, an entrance that the marker opens: that is (8.6) with nothing left to chance, and training found the same in
section 8.3. The part that one overlooks is the scale. The carousel itself is linear, but there is a bend before it, (8.3), and one
after it, (8.8). A number that is to be kept *as a number* has to live where both are straight, and is made large
again by the readout. With $W_{hh} = 0$ nothing that is kept disturbs the gates, which is what the output gate is for otherwise.
""",
    wrong=(
        Wrong(
            edited(adding_weights, "[-20.0, 20.0, 0.0, 20.0]", "[-20.0, 0.0, 0.0, 20.0]"),
            "the forget gate is half open. σ(0) halves what is kept at every step, (8.35). It needs a large bias.",
        ),
        Wrong(
            edited(adding_weights, "[0.0, 40.0], [0.0, 0.0]", "[0.0, 0.0], [0.0, 0.0]", "[-20.0, 20.0", "[20.0, 20.0"),
            "the input gate is open for everything. The marker has no weight in it, so all the numbers are added.",
        ),
        Wrong(
            edited(adding_weights, "[-20.0, 20.0, 0.0, 20.0]", "[0.0, 20.0, 0.0, 20.0]"),
            "the input gate never shuts. Without a marker it stands at σ(0), half open: its bias is missing.",
        ),
        Wrong(
            edited(adding_weights, "small = 0.05 / largest", "small = 1.0"),
            "the numbers are bent by tanh. It happens once as the candidate and once on the way out. Make them small before, and large "
            "again by w.",
        ),
        Wrong(
            edited(adding_weights, "small = 0.05 / largest", "small = 0.05"),
            "the scale does not know how large the numbers are. What is small enough for 0.5 is bent at 8. Divide by `largest`.",
        ),
        Wrong(
            edited(adding_weights, "0.0, 20.0])", "0.0, 0.0])"),
            "the output gate is half open. It shows half of what is kept, σ(0) = ½. It needs a large bias.",
        ),
    ),
)
