"""The weights with which a logistic network computes what a tanh network computes."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    I, H = draw.size(3), draw.size(3)
    W_hh = draw.array(H, H) + 0.25  # not all zero: then the bias would need no mending
    return {"W_ih": draw.array(H, I), "W_hh": W_hh, "b": draw.array(H) + 0.125}


def sigmoid_twin(W_ih, W_hh, b):
    """W_ih (H, I), W_hh (H, H), b (H,) of the σ network with h = (1 + u) / 2."""
    return 2 * W_ih, 4 * W_hh, 2 * b - 2 * W_hh.sum(axis=1)


def by_ones(W_ih, W_hh, b):
    ones = np.ones(len(b))
    return W_ih + W_ih, 4.0 * W_hh, 2 * (b - W_hh @ ones)


def probed(W_ih: Any, W_hh: Any, b: Any) -> tuple[Any, Any, Any]:
    """What enters σ is affine in x and h: its value at the origin and at the unit vectors is all there is to know."""

    def entering(x: Any, h: Any) -> Any:
        return 2 * (W_ih @ x + W_hh @ (2 * h - 1) + b)  # as σ(2a) = (1 + tanh a) / 2

    H, I = W_ih.shape
    bias = entering(np.zeros(I), np.zeros(H))
    from_x = [entering(x, np.zeros(H)) - bias for x in np.eye(I)]
    from_h = [entering(np.zeros(I), h) - bias for h in np.eye(H)]
    return np.array(from_x).T, np.array(from_h).T, bias


EXERCISE = Code(
    id="6.3",
    title="Mend the biases",
    section="6.1",
    label="the-factor-per-step",
    points=3,
    statement=r"""
Four times the recurrent weights, twice the input's, "mend the biases", says section 6.1 of a σ network that is to compute what a tanh network computes. Mend them. Given is a tanh network

$$u_t = \tanh(W_{ih}\, x_t + W_{hh}\, u_{t-1} + b).$$

Write `sigmoid_twin(W_ih, W_hh, b)`: the weights `(W_ih, W_hh, b)` of a network $h_t = \sigma(\dots)$ of the same form, such that $h_t = \tfrac12 (1 + u_t)$ at every step, whenever
it is so at the beginning.
""",
    hints=(
        "Start from (6.8), read backwards: $\\tfrac12 (1 + \\tanh a) = \\sigma(2a)$. So what enters σ is twice what enters tanh. In it stands $u_{t-1}$, and the σ network has only $h_{t-1}$.",
        "Put in $u = 2h - 1$: what enters is $2 W_{ih} x_t + 2 W_{hh} (2 h_{t-1} - \\mathbf{1}) + 2b$. Sort it into what multiplies $x_t$, what multiplies $h_{t-1}$, and what is left.",
        "What is left is the bias, $2b - 2 W_{hh} \\mathbf{1}$, and $W_{hh} \\mathbf{1}$ is the sum of each row: return `2 * W_ih, 4 * W_hh, 2 * b - 2 * W_hh.sum(axis=1)`.",
    ),
    why=r"""
Both networks walk through the same states, one on a scale from −1 to 1, the other on one from 0 to 1. The factor 2 in front is the stretch of (6.8); the second one of $W_{hh}$ undoes that $h$ has half the range of $u$; and since the
middle of $h$ is not 0 but one half, every row of $W_{hh}$ pushes, even when nothing has been read, by half of its sum. The bias has to push back. A σ network that starts with small random weights starts elsewhere, and that, section 6.3 measures, is most of what is held against
the function.
""",
    cases=cases,
    solution=sigmoid_twin,
    reference=probed,
    returns=("W_ih", "W_hh", "b"),
    also_right=(by_ones,),
    wrong=(
        Wrong(
            edited(sigmoid_twin, "2 * b - 2 * W_hh.sum(axis=1)", "2 * b"),
            "the lift is forgotten: where u is 0, h is one half, so W_hh adds a constant that the bias has to take off again.",
        ),
        Wrong(
            edited(sigmoid_twin, "2 * b - 2", "2 * b + 2"),
            "the lift has the wrong sign: u = 2h - 1, so the constant comes in with a minus.",
        ),
        Wrong(
            edited(sigmoid_twin, "4 * W_hh, ", "2 * W_hh, "),
            "one factor of 2 is missing in W_hh: one is for the stretch of σ, one because h has half the range of u.",
        ),
        Wrong(
            edited(sigmoid_twin, "sum(axis=1)", "sum(axis=0)"),
            "columns are summed where rows should be: W_hh @ 1 adds up what comes *into* each unit, a row.",
        ),
        Wrong(
            edited(
                sigmoid_twin,
                "2 * W_ih, 4 * W_hh, 2 * b - 2 * W_hh.sum(axis=1)",
                "W_ih / 2, W_hh / 4, b / 2 + W_hh.sum(axis=1) / 4",
            ),
            "the other way round: this is (6.9), the tanh network that a σ network is. Asked for is the σ network that a tanh network is.",
        ),
    ),
)
