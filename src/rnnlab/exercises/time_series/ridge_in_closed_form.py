"""Exercise 10.2: the baseline that the networks did not beat, in a few lines."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def ridge(X, Y, alpha):
    """A (O, K) and b (O,) with the least mean ‖y − A x − b‖² + alpha ‖A‖²."""
    N, K = X.shape
    x, y = X - X.mean(axis=0), Y - Y.mean(axis=0)  # so the errors have mean zero
    A = np.linalg.solve(x.T @ x / N + alpha * np.eye(K), x.T @ y / N).T
    return A, Y.mean(axis=0) - A @ X.mean(axis=0)


def by_augmented_least_squares(X, Y, alpha):
    """The penalty as further rows of an ordinary least-squares problem: √(αN)·𝟙, whose target is zero."""
    N, K = X.shape
    rows = np.vstack([np.hstack([X, np.ones((N, 1))]), np.hstack([np.sqrt(alpha * N) * np.eye(K), np.zeros((K, 1))])])
    found = np.linalg.lstsq(rows, np.vstack([Y, np.zeros((K, Y.shape[1]))]), rcond=None)[0]
    return found[:K].T, found[K]


def by_the_normal_equations(X, Y, alpha):
    """Both unknowns at once, with a penalty on A alone."""
    N, K = X.shape
    Z = np.hstack([X, np.ones((N, 1))])
    penalty = np.diag([alpha] * K + [0.0])
    found = np.linalg.solve(Z.T @ Z / N + penalty, Z.T @ Y / N)
    return found[:K].T, found[K]


def cases(draw):
    N, K, H = draw.size(6, smallest=3), draw.size(3), draw.size(3)
    noise = np.random.default_rng(draw.seed())
    return {
        "X": draw.array(N, K) + noise.normal(size=(N, K)),
        "Y": draw.array(N, H) + noise.normal(size=(N, H)) + 1.0,
        "alpha": draw.number(0.1, 2.0),
    }


EXERCISE = Code(
    id="10.2",
    title="The matrix that was not beaten",
    section="10.2",
    label="baselines",
    points=3,
    statement=r"""
Section 10.3 ended with a matrix that was not beaten, and no training loop had found it: the minimum of (10.4) can be written down. Write it down.

`ridge(X, Y, alpha)` gets one window a row, flattened, in `X` (N, K), and what followed it in `Y` (N, O). Return `A` (O, K) and `b` (O,) that minimise

$$
\frac1N \sum_{j=1}^N \lVert y_j - A x_j - b \rVert^2 + \alpha \lVert A \rVert^2
$$

with $\alpha > 0$. The penalty is on $A$ and not on $b$; the windows are not centred.
""",
    cases=cases,
    solution=ridge,
    reference=by_augmented_least_squares,
    returns=("A", "b"),
    also_right=(by_augmented_least_squares, by_the_normal_equations),
    hints=(
        "Set the derivative with respect to b to zero first. What does it say about the mean of the errors, and what is b, given A?",
        "b = mean(y) − A·mean(x). Put it in, and only centred x and y are left: a problem without b. Its derivative with respect to A is zero where A·(xᵀx/N + α on the diagonal) = yᵀx/N.",
        "`x = X - X.mean(0)` and `y = Y - Y.mean(0)`; then `A = np.linalg.solve(x.T @ x / N + alpha * np.eye(K), x.T @ y / N).T` and `b = Y.mean(0) - A @ X.mean(0)`.",
    ),
    why=r"""
The loss is a quadratic, so its minimum is where a linear system has its solution, and $\alpha$ on the diagonal makes sure that it has one: neighbouring hours are nearly copies of each other, $x^\top x$ is nearly singular, and without a penalty the
matrix would balance enormous weights against each other. The intercept is left alone since the level of the temperature is nothing to be ashamed of; a penalty on it would pull every forecast towards zero degrees. And mind the $N$:
with a mean in front, $\alpha$ keeps its meaning when there are more windows. With a sum it loses it, and other libraries take the sum.
""",
    wrong=(
        Wrong(
            edited(ridge, "x.T @ x / N +", "x.T @ x +", "x.T @ y / N).T", "x.T @ y).T"),
            "the mean is taken for a sum. (10.4) divides the squared errors by N before it adds the penalty; without it α is N times too weak.",
        ),
        Wrong(
            edited(ridge, "x, y = X - X.mean(axis=0), Y - Y.mean(axis=0)", "x, y = X, Y"),
            "A is computed from data that are not centred. Then the weights must make up for the level as well; take the means off, and let b put them back.",
        ),
        Wrong(
            edited(ridge, "return A, Y.mean(axis=0) - A @ X.mean(axis=0)", "return A, Y.mean(axis=0)"),
            "b forgets the level of the windows. It is mean(y) − A·mean(x), or the forecast is right only where the windows have mean zero.",
        ),
        Wrong(
            edited(ridge, " + alpha * np.eye(K)", ""),
            "the penalty is missing. That is ordinary least squares, α = 0.",
        ),
        Wrong(
            edited(ridge, "alpha * np.eye(K)", "alpha"),
            "α is added to every element. It belongs on the diagonal, α times the identity: the penalty has no products of two different weights in it.",
        ),
        Wrong(
            edited(ridge, "alpha * np.eye(K)", "2 * alpha * np.eye(K)"),
            "a factor 2 in one of two places. Both derivatives have it, that of the squares and that of the penalty, and it drops out.",
        ),
    ),
)
