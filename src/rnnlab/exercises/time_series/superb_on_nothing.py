"""Exercise 10.3: the R² of a forecast that knows nothing, on prices that have nothing to know."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Prediction, Wrong

DAYS, PATHS = 750, 400


def r_squared():
    """The median over coin-toss paths of the R² of tomorrow = today."""
    steps = np.random.default_rng(10).choice([-1.0, 1.0], size=(PATHS, DAYS))
    prices = steps.cumsum(axis=1)
    truth, said = prices[:, 1:], prices[:, :-1]
    level = truth - truth.mean(axis=1, keepdims=True)
    return float(np.median(1 - ((truth - said) ** 2).sum(axis=1) / (level**2).sum(axis=1)))


EXPERIMENT = """
import numpy as np

steps = np.random.default_rng(10).choice([-1.0, 1.0], size=(400, 750))
prices = steps.cumsum(axis=1)
truth, said = prices[:, 1:], prices[:, :-1]  # tomorrow, and the forecast: today
level = truth - truth.mean(axis=1, keepdims=True)
r2 = 1 - ((truth - said) ** 2).sum(axis=1) / (level**2).sum(axis=1)
print(f"R² of tomorrow = today: median {np.median(r2):.3f}, lowest {r2.min():.3f}")
changes = np.sign(said[:, 1:] - said[:, :-1]) == np.sign(truth[:, 1:] - said[:, 1:])
print(f"tomorrow goes the way today went on {changes.mean():.1%} of the days")
guess_10_3 = np.median(r2)
"""

EXERCISE = Prediction(
    id="10.3",
    title="Superb on nothing",
    section="10.4",
    label="stocks",
    points=1,
    statement=r"""
A price that is nothing but coins: every day it goes up or down by one, whatever it did before. Nobody can forecast it, by construction. Somebody does, by saying *tomorrow = today*, for three years of 250 days, and reports $R^2$ as in section 10.4:

$$
R^2 = 1 - \frac{\sum_t (y_t - \hat y_t)^2}{\sum_t (y_t - \bar y)^2}
$$

**What is it?** The median over many such prices.
""",
    truth=r_squared,
    scale="absolute",
    close=0.01,
    far=0.3,
    experiment=EXPERIMENT,
    hints=(
        "Take numerator and denominator one by one. Every error of *tomorrow = today* is exactly one, so the numerator is easy: one a day.",
        "The denominator is how far the price wanders from its own mean. After t tosses a price is typically √t away from where it began. Over 750 days that comes to some ten or fifteen on most days. Square it.",
        "The errors are 1 a day. The squared distance from the mean is of the order of n/6 a day, 125 for 750 days, and the median is somewhat below. So R² is about 1 − 1/100.",
    ),
    why=r"""
$R^2$ compares with somebody who always says the mean of the whole period, whom no one would listen to and who would have to know that mean beforehand. A series that wanders makes him look as bad as one likes: his error grows with the length of the
series and that of *tomorrow = today* does not. So $R^2$ of a level measures how far the series wanders and tells nothing about the forecast. Ask for the error beside that of *tomorrow = today*, or for $R^2$ of the changes, which is
zero here, as it must be.
""",
    wrong=(
        Wrong(
            0.0,
            "what cannot be forecast has R² zero. That holds for the changes. A level is predictable to within one step, and R² divides by how far it wanders.",
        ),
        Wrong(
            0.5,
            "half of the days are guessed right. R² is no share of right directions: it holds the size of the errors, one, to the wandering of the price, ten or more.",
        ),
    ),
)
