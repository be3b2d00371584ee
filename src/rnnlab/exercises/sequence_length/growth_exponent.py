"""The exponent with which a cost grows, fitted to measurements."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    n = draw.size(6, smallest=2)
    lengths = 10.0 * 2.0 ** np.cumsum(1 + draw.integers(n, below=2))
    noise = 0.2 * draw.array(n)
    return {"lengths": lengths, "costs": 3.0 * (lengths / 10) ** draw.number(0.5, 2) * np.exp(noise)}


def growth_exponent(lengths, costs):
    """ζ of cost ∝ T^ζ by least squares; lengths (n,), costs (n,)."""
    T, cost = np.log(lengths), np.log(costs)
    return np.polyfit(T, cost, 1)[0]  # the slope; the line's height is ln κ


def by_covariance(lengths, costs):
    T, cost = np.log2(lengths), np.log2(costs)
    T = T - T.mean()
    return T @ cost / (T @ T)


def through_the_origin(lengths, costs):
    T, cost = np.log(lengths), np.log(costs)
    return T @ cost / (T @ T)


def between_the_ends(lengths, costs):
    return np.log(costs[-1] / costs[0]) / np.log(lengths[-1] / lengths[0])


def normal_equations(lengths: Any, costs: Any) -> float:
    """ln cost = ln κ + ζ ln T in least squares, solved for both."""
    design = np.stack([np.ones_like(lengths), np.log(lengths)], axis=1)
    return float(np.linalg.lstsq(design, np.log(costs), rcond=None)[0][1])


EXERCISE = Code(
    id="4.1",
    title="How fast does a cost grow?",
    section="4.1",
    label="cost",
    points=1,
    statement=r"""
You have timed an update at 10, 20, 40 and 80 steps. Is the cost linear in the length, or worse? Write
`growth_exponent(lengths, costs)`: the exponent $\zeta$ of $\text{cost} \propto T^\zeta$, equation (4.2), fitted by least
squares to all measurements at once. Both are arrays `(n,)` of positive numbers, `n` is at least 2; return one number.
""",
    hints=(
        "Write the cost as $\\kappa T^\\zeta$ and take the logarithm of both sides. Which curve is left, and what is "
        "$\\zeta$ of that curve?",
        "$\\ln \\text{cost} = \\ln \\kappa + \\zeta \\ln T$ is a straight line over $\\ln T$. You want its slope. Its height "
        "$\\ln \\kappa$ is unknown too and has to be fitted with it.",
        "`np.polyfit(x, y, 1)` fits `y = slope * x + height` to all points and returns `slope, height`. Give it "
        "`np.log(lengths)` and `np.log(costs)`, and return the slope.",
    ),
    why=r"""
On two logarithmic axes a power law is a straight line, and its exponent is the slope. The constant $\kappa$, which carries the unit
of your clock, has become the line's height and no longer touches the slope: seconds and milliseconds give the same
$\zeta$. Doubling $T$ multiplies the cost by $2^\zeta$, which is how to read it. And least squares on logarithms counts an error of
one per cent alike at 10 steps and at 1,000, as clocks err; on the times themselves it would listen to the longest alone.
""",
    cases=cases,
    solution=growth_exponent,
    reference=normal_equations,
    also_right=(by_covariance,),
    wrong=(
        Wrong(
            edited(growth_exponent, "np.log(lengths), np.log(costs)", "lengths, costs"),
            "slope without logarithms: seconds a step change with the unit of the clock, and an exponent has no unit. "
            "Take the logarithm of both before you fit.",
        ),
        Wrong(
            edited(growth_exponent, "np.log(lengths)", "lengths"),
            "only the cost is in logarithms: the slope over T itself is the rate of an exponential. For a power of T the "
            "lengths need their logarithm too.",
        ),
        Wrong(
            edited(growth_exponent, "np.polyfit(T, cost, 1)", "np.polyfit(cost, T, 1)"),
            "the axes are exchanged: this is the exponent of T as a power of the cost, near 1/ζ.",
        ),
        Wrong(
            through_the_origin,
            "the line is forced through the origin: cost = κ T^ζ has a constant κ, and ln κ is where the line stands at "
            "ln T = 0. Fit it as well, or subtract the mean of ln T first.",
        ),
        Wrong(
            between_the_ends,
            "only the first and the last measurement count: noise in either goes into ζ undiminished, and all that lies "
            "between is thrown away. Fit a line to all of them.",
        ),
    ),
)
