"""How large the recurrent weights must be for a gradient to keep its length on average."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    slopes = np.abs(draw.array(draw.size(6))) / 2
    slopes[0] += 0.1  # not all of them zero
    return {"slopes": slopes}


def gain(slopes):
    """The g that keeps a gradient's length on average; slopes (N,) of units."""
    return 1 / np.sqrt(np.mean(slopes**2))


def by_length(slopes):
    return np.sqrt(len(slopes)) / np.linalg.norm(slopes)


def by_bisection(slopes: Any) -> float:
    """The g at which the expected squared length of W^T (slopes * v), for v of ones, is that of v."""

    def kept(g: float) -> float:
        H = len(slopes)
        expected = sum(g**2 / H * slope**2 for slope in slopes) * H  # of the H entries of W^T u, each Σ variance u²
        return float(expected / H)

    low, high = 0.0, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if kept(middle) < 1 else (low, middle)
    return low


EXERCISE = Code(
    id="6.2",
    title="A gain for every activation",
    section="6.1",
    label="the-factor-per-step",
    points=2,
    statement=r"""
The formula (6.7) multiplies the spread of the weights with the root mean square of the slopes. Where does it come from, and how large should the weights of a given activation be? One step back is

$$\mathrm{d}h_{t-1} = W_{hh}^\top\, (s \odot \mathrm{d}h_t),$$

with the slopes $s$ of the units. Let the $H^2$ weights be drawn independently with mean 0 and variance $g^2 / H$, and let all entries of
$\mathrm{d}h_t$ be of one size. Which $g$ keeps the mean of $\lVert \mathrm{d}h_{t-1} \rVert^2$ over the draws at $\lVert \mathrm{d}h_t \rVert^2$?

You have measured slopes of units, an array `slopes (N,)`. Write `gain(slopes)`: the number $g$.
""",
    hints=(
        "Call $u = s \\odot \\mathrm{d}h_t$. An entry of $W^\\top u$ is a sum of $H$ independent terms with mean 0. What is the mean of its square?",
        "It is $\\frac{g^2}{H} \\sum_i u_i^2$. There are $H$ such entries, so the mean of $\\lVert W^\\top u \\rVert^2$ is $g^2 \\lVert u \\rVert^2$. "
        "And $\\lVert u \\rVert^2$ is $\\lVert \\mathrm{d}h_t \\rVert^2$ times the mean of the *squared* slopes.",
        "So $g^2 \\cdot \\operatorname{mean}(s^2) = 1$: return `1 / np.sqrt(np.mean(slopes**2))`. For ReLU with half of its units active it "
        "is $\\sqrt 2$.",
    ),
    why=r"""
Lengths add in squares, so what counts is the mean square of the slopes, not their mean and not the largest: this is (6.7), with a factor of 1. Put in the slopes and known starts come out: tanh near zero has $s = 1$
and $g = 1$; ReLU with half of its units active has $g = \sqrt 2$; a sigmoid near zero has $s = \tfrac14$ and $g = 4$. But it is an average over draws of *one*
product. Over fifty steps the same matrix is multiplied again and again, a large $g$ drives the units away from where the slopes were measured, and single directions grow while
others die: chapter 3 measures it. The gain is where to start a search, not where to end it.
""",
    cases=cases,
    solution=gain,
    reference=by_bisection,
    also_right=(by_length,),
    wrong=(
        Wrong(
            edited(gain, "np.sqrt(np.mean(slopes**2))", "np.mean(slopes)"),
            "the mean of the slopes, where lengths add in squares: take the root of the mean of the squared slopes.",
        ),
        Wrong(
            edited(gain, "np.sqrt(np.mean(slopes**2))", "np.mean(slopes**2)"),
            "the root is missing: that is g², the variance of the weights times H, not g.",
        ),
        Wrong(
            edited(gain, "1 / np.sqrt(np.mean(slopes**2))", "np.sqrt(np.mean(slopes**2))"),
            "upside down: small slopes shrink the gradient, and the weights have to make up for it.",
        ),
        Wrong(
            edited(gain, "np.sqrt(np.mean(slopes**2))", "np.max(slopes)"),
            "the steepest unit decides here, as in a bound. Asked for is the average, to which every unit contributes.",
        ),
        Wrong(
            edited(gain, "np.mean(slopes**2)", "np.sum(slopes**2)"),
            "a sum instead of a mean: the variance g²/H has taken the number of units into account already.",
        ),
    ),
)
