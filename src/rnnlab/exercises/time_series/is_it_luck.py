"""Exercise 10.1: the statistic of Diebold and Mariano, with what overlapping forecasts do to it."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def diebold_mariano(first, second, horizon):
    """DM of equation (10.5) for two forecasters' losses (n,) at the same origins."""
    d = np.asarray(first) - np.asarray(second)
    n = len(d)
    centred = d - d.mean()
    gamma = [centred[k:] @ centred[: n - k] / n for k in range(horizon)]
    V = (gamma[0] + 2 * sum(gamma[1:])) / n
    return d.mean() / np.sqrt(V)


def by_definition(first, second, horizon):
    """n² V is the sum of all products of two centred differences whose origins are less than `horizon` apart."""
    d = first - second
    n, mean = len(d), d.mean()
    pairs = [(s, t) for s in range(n) for t in range(n) if abs(s - t) < horizon]
    return mean / np.sqrt(sum((d[s] - mean) * (d[t] - mean) for s, t in pairs) / n**2)


def by_the_laboratory(first, second, horizon):
    """rnnlab.forecasting's test without the correction of Harvey, Leybourne and Newbold."""
    from rnnlab import forecasting

    n = len(first)
    correction = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    return forecasting.diebold_mariano(first, second, horizon=horizon).statistic / correction


def by_correlating(first, second, horizon):
    """All autocovariances at once, as numpy.correlate gives them, both signs of k."""
    d = np.subtract(first, second)
    n, mean = len(d), d.mean()
    both = np.correlate(d - mean, d - mean, mode="full") / n  # lags −(n−1) … n−1
    return mean / np.sqrt(both[n - horizon : n + horizon - 1].sum() / n)


def cases(draw):
    """One model is better in the first half and the other in the second, with noise: neighbours are alike, and V is positive."""
    horizon, n = draw.size(4, smallest=2), draw.size(16, smallest=8)
    noise = np.random.default_rng(draw.seed())
    second = 2 + noise.random(n)
    halves = np.where(np.arange(n) < n // 2, 1.0, -1.0)
    return {
        "first": second + halves + draw.number(-0.9, 0.9) + 0.4 * noise.random(n),
        "second": second,
        "horizon": horizon,
    }


EXERCISE = Code(
    id="10.1",
    title="Better, or lucky?",
    section="10.2",
    label="baselines",
    points=3,
    statement=r"""
Model A has a smaller error than model B at 70 % of a thousand origins. Each forecast reaches 24 hours ahead, and origins are an hour apart, so neighbours share 23 of their hours: if A is better at noon, it is nearly certain to be
better at one. How much evidence is that, a thousand times or forty? Equation (10.5) weighs it.

Write `diebold_mariano(first, second, horizon)`, which returns $\mathrm{DM}$. `first` and `second` are the losses $(n,)$ of the two models at the same origins in the order of time, $d_t = $ first − second, $C_k = \frac1n \sum_{t>k} (d_t - \bar d)(d_{t-k} - \bar d)$, and
$\tau_{\max}$ is `horizon`. Leave the small-sample correction out.
""",
    cases=cases,
    solution=diebold_mariano,
    reference=by_definition,
    also_right=(by_the_laboratory, by_correlating),
    hints=(
        "Four lines: the differences, their mean, the autocovariances for k = 0 … horizon − 1, and the quotient. Begin with a horizon of 1, where only C₀ counts.",
        "Each autocovariance is a sum of products of the centred differences with themselves k origins earlier, `centred[k:] @ centred[: n - k]`. Divide by n for every k, though the sum has only n − k terms.",
        "V = (C₀ + 2·(C₁ + C₂ + …))/n, the sum up to k = horizon − 1, and DM = mean(d)/√V. There are `horizon` autocovariances in it, from k = 0 to k = horizon − 1, and all but the first count twice.",
    ),
    why=r"""
The variance of a mean of $n$ numbers is the sum of all their covariances over $n^2$. Where they are independent only the $n$ variances are left, and that is $C_0/n$. Forecasts $\tau_{\max}$ steps ahead overlap with their $\tau_{\max}-1$ neighbours on either side, hence the
terms up to $k = \tau_{\max}-1$, and the 2. Overlap makes neighbours alike, the $C_k$ positive and $V$ many times larger: a thousand hourly origins with a horizon of a day hold hardly more evidence than some dozens of days. Whoever leaves it out finds significance
everywhere. The sum could be divided by $n-k$, but then $V$ may more easily be negative; the authors divide by $n$.
""",
    wrong=(
        Wrong(
            edited(diebold_mariano, "(gamma[0] + 2 * sum(gamma[1:])) / n", "gamma[0] / n"),
            "the overlap is left out. With C₀ alone the origins count as independent, so DM is too large: neighbouring forecasts share all but one of their steps.",
        ),
        Wrong(
            edited(diebold_mariano, "2 * sum(gamma[1:])", "sum(gamma[1:])"),
            "each neighbour counts once. An origin has one neighbour k steps before and one k steps after, so every C_k with k > 0 counts twice.",
        ),
        Wrong(
            edited(diebold_mariano, "range(horizon)", "range(horizon + 1)"),
            "one autocovariance too many. Forecasts `horizon` steps ahead share a step with their horizon − 1 neighbours; the autocovariance at lag `horizon` is none of theirs.",
        ),
        Wrong(
            edited(diebold_mariano, "(gamma[0] + 2 * sum(gamma[1:])) / n", "(gamma[0] + 2 * sum(gamma[1:]))"),
            "it is the variance of one difference. The mean of n has a variance n times smaller.",
        ),
        Wrong(
            edited(diebold_mariano, "d.mean() / np.sqrt(V)", "d.mean() / V"),
            "the root is missing. DM is measured in standard deviations, and V is a variance.",
        ),
        Wrong(
            edited(diebold_mariano, "centred = d - d.mean()", "centred = d"),
            "the differences are not centred. C_k is taken around their mean, or a better model would look noisier the better it is.",
        ),
        Wrong(
            edited(diebold_mariano, "@ centred[: n - k] / n", "@ centred[: n - k] / (n - k)"),
            "C_k is divided by the number of its terms, n − k. Equation (10.5) divides every one of them by n.",
        ),
    ),
)
