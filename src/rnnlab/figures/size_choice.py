"""A size chosen by a rule: errors against sizes, the least of them, and the smallest that is as good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from rnnlab.figures.style import MARKS, colour


def size_choice(
    sizes: Sequence[int], errors: ArrayLike, *, chosen: int, ax: Axes, model: str, ylabel: str, title: str
) -> Axes:
    """errors is (seeds, sizes). Means with one standard error; the band reaches one above the least mean.

    `chosen` is the position of the size that the rule takes: a ring is drawn around it.
    """
    table = np.asarray(errors, dtype=float)
    means, deviations = table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table))
    best = int(means.argmin())
    ax.axhspan(means[best], means[best] + deviations[best], color=colour("guide"), alpha=0.3, linewidth=0)
    ax.errorbar(sizes, means, deviations, color=colour(model), marker=MARKS.get(model, "o"), capsize=3)
    ax.plot(
        sizes[chosen], means[chosen], "o", color=colour("accent"), markersize=13, fillstyle="none", markeredgewidth=2
    )
    for place, words, lift in ((best, "least", -18), (chosen, "chosen", 14)):
        ax.annotate(
            words, (sizes[place], means[place]), xytext=(0, lift), textcoords="offset points", ha="center", fontsize=9
        )
    ax.margins(y=0.15)  # room for the words
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(sizes), [str(size) for size in sizes])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="hidden units", ylabel=ylabel, title=title)
    return ax
