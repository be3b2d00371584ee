"""Predict: how much of a gradient a leaky network keeps."""

from __future__ import annotations

from functools import cache
from typing import Any

from rnnlab.exercises.exercise import Prediction, Wrong

EXPERIMENT = """
import numpy as np


def log10_left(alpha, seed, H=64, I=8, lags=50):
    rng = np.random.default_rng(seed)
    W_hh = rng.normal(size=(H, H))
    W_hh *= 0.9 / np.abs(np.linalg.eigvals(W_hh)).max()  # spectral radius 0.9
    W_ih = rng.normal(size=(H, I)) / np.sqrt(I)
    h, product = np.zeros(H), np.eye(H)
    for t in range(150 + lags):  # the first 150 only fill the state
        n = np.tanh(W_ih @ rng.normal(size=I) + W_hh @ h)
        h = (1 - alpha) * h + alpha * n
        if t >= 150:
            J = (1 - alpha) * np.eye(H) + alpha * (1 - n**2)[:, None] * W_hh
            product = J @ product
    return np.log10(np.linalg.norm(product, 2))


for alpha in (1.0, 0.2, 0.05):
    print(alpha, np.median([log10_left(alpha, seed) for seed in range(10)]))
guess_3_2 = np.median([log10_left(0.2, seed) for seed in range(10)])
"""


def _truth() -> float:
    """log10 of what is left after 50 steps at α = 0.2: median of ten networks."""
    return _left(0.2)


@cache
def _left(alpha: float) -> float:
    import numpy as np

    names: dict[str, Any] = {}
    exec(EXPERIMENT.partition("\n\n\nfor alpha")[0], names)
    return float(np.median([names["log10_left"](alpha, seed) for seed in range(10)]))


EXERCISE = Prediction(
    id="3.2",
    title="Fifty steps on the straight road",
    section="3.6",
    label="gates",
    points=2,
    statement="""
Take the network of section 3.1, 64 tanh units with a matrix of spectral radius 0.9 on noise of variance 1, and let it leak as in exercise 3.1, with $\\alpha = 0.2$: at each
step every unit keeps four fifths of what it was. What is left of a gradient after 50 steps without the leak, you saw in section 3.1.

**With it, which power of ten is left?** Give the exponent, such as −7 (norm of $\\partial h_T / \\partial h_{T-50}$, median of ten networks).
""",
    hints=(
        "Two simple answers bracket it. If the straight road were the only one, what would be left after 50 steps? And if tanh never bent anything, and the matrix kept 0.9 a step beside it?",
        "The straight road alone leaves $0.8^{50}$. The second road adds to it, α times a matrix whose eigenvalues fill a disc of radius 0.9 times the slope; the norm takes the *best* "
        "direction, in which the matrix adds to the straight road.",
        "On inputs of variance 1 tanh works, and its slope is nearer 0.6 than 1. So the best direction keeps about 0.8 + 0.2 · 0.9 · 0.6 a step. Take 50 times its "
        "decimal logarithm.",
    ),
    why="""
Per step, $J_t = 0.8\\, I + 0.2 \\operatorname{diag}(1 - n_t^2)\\, W_{hh}$. The straight road alone would leave $0.8^{50}$, nearly five powers of ten down. The other road is no rival but an addition: in the
direction in which $W_{hh}$ stretches most, its 0.9 times the slope comes on top. With a slope of 1 it would be $0.98$, and nearly nothing would be lost: again the slope is what the naive
answer forgets. Run the experiment with $\\alpha = 1$ beside it: a fixed, dumb share of what was there makes the difference between nothing and something. What it costs is in the
equation too: a unit that moves by a fifth a step cannot follow anything fast. Gates are the way out of that bargain.
""",
    truth=_truth,
    unit="powers of ten",
    scale="absolute",
    close=0.4,
    far=4.0,
    experiment=EXPERIMENT,
    wrong=(
        Wrong(
            -4.85,
            "the straight road alone. $0.8^{50}$ leaves out what goes through the matrix, and that adds to it in its best direction.",
        ),
        Wrong(
            -0.44,
            "the slope of tanh is forgotten. $(0.8 + 0.2 \\cdot 0.9)^{50}$ takes tanh as a straight line; on inputs of variance 1 its slope is little more than a half.",
        ),
        Wrong(
            -2.29,
            "the leak is forgotten, and the slope too. $0.9^{50}$ is the usual story of section 3.1.",
        ),
        Wrong(
            lambda: _left(1.0),
            "that is the network without leak. A share of 0.8 now goes straight back at every step, whatever the matrix does.",
        ),
    ),
)
