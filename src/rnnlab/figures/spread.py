"""One measure, every seed of every model: what a mean and a standard deviation would hide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import MARKS, cell_of, colour, label


def seeds_by_model(
    values: Mapping[str, ArrayLike], *, ax: Axes, xlabel: str, title: str, guides: Mapping[str, float] | None = None
) -> Axes:
    """values[model] is (seeds,): one mark a seed, a bar at the median. guides are vertical lines with a name each.

    A model is a name of the palette, with words after a comma or without: "gru" and "gru, clipped" share a colour.
    """
    names = list(values)
    for row, model in enumerate(names):
        seeds = np.asarray(values[model], dtype=float)
        offsets = np.linspace(-0.18, 0.18, len(seeds)) if len(seeds) > 1 else np.zeros(1)
        shade, mark = colour(cell_of(model)), MARKS.get(cell_of(model), "o")
        ax.plot(seeds, row + offsets, mark, color=shade, alpha=0.75, markeredgewidth=0)
        ax.plot([np.median(seeds)] * 2, [row - 0.32, row + 0.32], color=shade, linewidth=2.5)
    for name, value in (guides or {}).items():
        ax.axvline(value, color=colour("guide"), linestyle="--", linewidth=1.2)
        ax.annotate(
            name,
            (value, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            fontsize=9,
        )
    ax.set_yticks(range(len(names)), [label(model) for model in names])
    ax.set(xlabel=xlabel, title=title, ylim=(len(names) - 0.4, -0.75))
    ax.grid(axis="y", visible=False)
    return ax
