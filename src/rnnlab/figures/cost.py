"""What a model errs against what it cost: is the dearer one the better one?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from rnnlab.figures.style import MARKS, cell_of, colour, label


def error_by_cost(
    costs: Mapping[str, float], errors: Mapping[str, ArrayLike], *, ax: Axes, xlabel: str, ylabel: str, title: str
) -> Axes:  # fmt: skip
    """costs[model] is a number above 0, errors[model] is (seeds,), or one number for a model without randomness.

    A large mark at the mean, a line from the least to the greatest seed, each seed a small mark; cheaper is left,
    better is down.
    """
    for model, cost in costs.items():
        seeds = np.atleast_1d(np.asarray(errors[model], dtype=float))
        shade, mark = colour(cell_of(model)), MARKS.get(cell_of(model), "o")
        if len(seeds) > 1:
            ax.plot([cost] * 2, [seeds.min(), seeds.max()], color=shade, linewidth=1.2)
            ax.plot([cost] * len(seeds), seeds, linestyle="", marker=mark, markersize=3, color=shade, alpha=0.45)
        ax.plot(cost, seeds.mean(), mark, color=shade, markersize=10, markeredgewidth=2, label=label(model))
    ax.set_xscale("log")
    low, high = min(costs.values()), max(costs.values())
    ax.set_xlim(low / 1.35, high * 1.35)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.legend(handletextpad=0.3)
    return ax
