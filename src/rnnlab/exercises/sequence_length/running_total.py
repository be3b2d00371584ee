"""Weights, written down, with which a ReLU network adds numbers of either sign."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def cases(draw: Draw) -> dict[str, Any]:
    return {}


def running_total():
    """W_ih (H, 1), b (H,), W_hh (H, H), w (H,): w · h_t is x_1 + … + x_t."""
    # s_t = relu(s_{t-1} + x_t + 1): never below zero, as x_t + 1 is not
    # n_t = relu(n_{t-1} + 1): counts the ones that keep it there
    W_ih = np.array([[1.0], [0.0]])
    b = np.array([1.0, 1.0])
    W_hh = np.eye(2)
    w = np.array([1.0, -1.0])
    return W_ih, b, W_hh, w


def positive_and_negative():
    """The positive numbers in one sum, the negative ones in another; both arrive there a step late."""
    W_ih = np.array([[1.0], [-1.0], [0.0], [0.0]])
    W_hh = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1.0]])
    return W_ih, np.zeros(4), W_hh, np.array([1.0, -1.0, 1.0, -1.0])


def one_unit():
    return np.ones((1, 1)), np.zeros(1), np.ones((1, 1)), np.ones(1)


def two_halves():
    return np.array([[1.0], [-1.0]]), np.zeros(2), np.eye(2), np.array([1.0, -1.0])


def totals(weights: Any, x: Any) -> Any:
    """w · h_t (T,) for the numbers x (T,)."""
    W_ih, b, W_hh, w = weights
    cell = Elman(1, len(b), "relu", rng=0)
    cell.parameters.update(weight_ih_l0=W_ih, weight_hh_l0=W_hh, bias_ih_l0=b, bias_hh_l0=np.zeros(len(b)))
    return (cell.forward(x[:, None, None])[1:] @ w)[:, 0]


def wanted() -> str:
    """Any weights that do it; to show some would be to show the answer."""
    return "weights with which w · h_t = x_1 + … + x_t at every step"


def holds(case: dict[str, Any], result: Any) -> str | None:
    """The shapes fit, and the total is right on short sequences, then on random ones, then on long ones."""
    if not isinstance(result, tuple | list) or len(result) != 4:
        return "Return four arrays: W_ih (H, 1), b (H,), W_hh (H, H), w (H,)."
    weights = [np.asarray(part, dtype=np.float64) for part in result]
    H = len(weights[1]) if weights[1].ndim == 1 else 0
    wanted = ((H, 1), (H,), (H, H), (H,))
    for name, part, shape in zip(("W_ih", "b", "W_hh", "w"), weights, wanted, strict=True):
        if H == 0 or part.shape != shape:
            return f"{name} has shape {part.shape}; wanted are (H, 1), (H,), (H, H), (H,) with one H of at least 1."
    rng = np.random.default_rng(7)
    trials = [np.array(x) for x in ([0.5], [-0.5], [0.5, 0.25], [0.5, -1.0], [0.5, -1.0, 1.0])]
    for x in [*trials, *(rng.uniform(-1, 1, T) for T in (5, 20, 200, 1_000))]:
        right, said = np.cumsum(x), totals(weights, x)
        off = np.flatnonzero(~(np.abs(said - right) < 1e-6))
        if off.size:
            t = off[0]
            read = ", ".join(f"{value:.3g}" for value in x[max(0, t - 4) : t + 1])
            where = f"After reading {'… ' if t > 4 else ''}{read}" + (f" ({t + 1} numbers)" if t > 4 else "")
            return f"{where} your network says {said[t]:.4g}; the total is {right[t]:.4g}."
    return None


EXERCISE = Code(
    id="4.2",
    title="A sum that may be negative",
    section="4.5",
    label="represent",
    points=3,
    statement=r"""
The napkin network of (4.9) adds numbers between 0 and 1. A ReLU unit is never negative, so what if the numbers, and their sum, may
be? Write down a ReLU network whose output is the running total of numbers between −1 and 1. `running_total()` takes nothing and returns
four arrays `W_ih (H, 1)`, `b (H,)`, `W_hh (H, H)` and `w (H,)`, such that from $h_0 = 0$

$$\begin{aligned} h_t &= \operatorname{relu}(W_{ih}\, x_t + b + W_{hh}\, h_{t-1}) \\ w \cdot h_t &= x_1 + \dots + x_t \end{aligned}$$

exactly, at every step, at any length. How many units $H$ you spend is up to you. Nothing is trained.
""",
    hints=(
        "One unit $\\operatorname{relu}(s + x)$ is right until the total would fall below zero; there ReLU throws away what "
        "is owed. So no unit may ever be pushed below zero by something that matters. Two ways lead there: keep "
        "positive and negative numbers apart, or keep the unit far from zero.",
        "The second way: $s_t = \\operatorname{relu}(s_{t-1} + x_t + 1)$ never meets its bend, because $x_t + 1$ is not "
        "negative. It holds the total, plus 1 for every step read. What else has to be known to take that off again, and which "
        "unit could know it?",
        "A second unit counts the steps, $n_t = \\operatorname{relu}(n_{t-1} + 1)$, and reads no input. So "
        "`W_ih = [[1], [0]]`, `b = [1, 1]`, `W_hh` is the identity, and the output is $s_t - n_t$: `w = [1, -1]`.",
    ),
    why=r"""
What a ReLU does to a sum it does only at its bend. Shifted by one at each step, $s_t$ stays on the side where ReLU is the identity, so it is a linear
sum, and the shift is known exactly: it is the count of steps, which a second unit keeps. The other way, $\operatorname{relu}(x_t)$ and
$\operatorname{relu}(-x_t)$ each with a sum of its own, takes four units, since a number has to be cut *before* it is added, and arrives a step late.
Both are proofs that the cell can represent the task. Neither says that training would find it: a self-connection of 1 is again a
point, not a region.
""",
    cases=cases,
    solution=running_total,
    reference=wanted,
    returns=("W_ih", "b", "W_hh", "w"),
    holds=holds,
    also_right=(positive_and_negative,),
    wrong=(
        Wrong(
            one_unit,
            "one unit loses what is owed: relu(s + x) is right while the total is positive and forgets everything below "
            "zero, so it is too large ever after.",
        ),
        Wrong(
            two_halves,
            "both halves are cut off at zero: relu(p + x) and relu(n - x) are two running totals, and each is set to 0 "
            "whenever it would go below. Cut each number before it is added, with units relu(x) and relu(-x) of their own, "
            "or keep the total away from zero.",
        ),
        Wrong(
            edited(positive_and_negative, "np.array([1.0, -1.0, 1.0, -1.0])", "np.array([0.0, 0.0, 1.0, -1.0])"),
            "the newest number is missing: relu(x) and relu(-x) reach the sums one step later. Read them out as well.",
        ),
        Wrong(
            edited(running_total, "np.eye(2)", "0.99 * np.eye(2)"),
            "the memory leaks: with a self-connection of 0.99 a number has lost a tenth after ten steps and nearly all "
            "after five hundred. Only 1 keeps it.",
        ),
        Wrong(
            edited(running_total, "np.array([1.0, -1.0])", "np.array([1.0, 0.0])"),
            "the shift was never taken off: each step adds 1 to keep the unit positive, so after t steps t has to be "
            "subtracted. A unit that counts the steps knows t.",
        ),
    ),
)
