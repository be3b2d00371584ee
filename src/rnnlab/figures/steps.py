"""A score at every step of a sequence, every seed a line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from rnnlab.figures.style import LINES, NAMES, colour


def share_by_step(
    steps: ArrayLike, shares: Mapping[str, ArrayLike], *, ax: Axes, xlabel: str, title: str, trained: int, chance: float
) -> Axes:
    """shares[model] is (seeds, len(steps)), of right answers after each step: one line a seed, none averaged away.

    A vertical line stands where the sequences of training ended, a horizontal one at what a guess would score. Panels
    of one figure share one legend, below them.
    """
    for model, table in shares.items():
        for i, line in enumerate(np.atleast_2d(np.asarray(table, dtype=float))):
            name = NAMES.get(model, model) if i == 0 else None
            style = LINES.get(model, "-")
            ax.plot(np.asarray(steps), line, style, color=colour(model), linewidth=1.1, alpha=0.75, label=name)
    ax.axvline(trained, color=colour("guide"), linestyle="--", linewidth=1.2, label="trained up to here")
    ax.axhline(chance, color=colour("guide"), linestyle=":", linewidth=1.2, label="a guess")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set(xlabel=xlabel, ylabel="right answers", title=title)
    figure = ax.figure
    if not figure.legends:
        legend = figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        for handle in legend.get_lines():
            handle.set_linewidth(2.0)
            handle.set_alpha(1)
    return ax
