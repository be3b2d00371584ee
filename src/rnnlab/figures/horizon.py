"""Error against how far ahead the forecast looks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import LINES, MARKS, NAMES, colour


def error_by_horizon(errors: Mapping[str, ArrayLike], *, ax: Axes, unit: str, title: str, step: str = "hours") -> Axes:
    """errors[model] is (seeds, horizon), or (horizon,) for a model without randomness, in `unit`.

    The line is the median over seeds; the band reaches from the least to the greatest seed.
    """
    for model, values in errors.items():
        table = np.atleast_2d(np.asarray(values, dtype=float))
        ahead = np.arange(1, table.shape[1] + 1)
        shade = colour(model)
        ax.plot(
            ahead,
            np.median(table, axis=0),
            color=shade,
            linestyle=LINES.get(model, "-"),
            marker=MARKS.get(model),
            markevery=max(1, len(ahead) // 6),
            label=NAMES.get(model, model),
        )
        if len(table) > 1:
            ax.fill_between(ahead, table.min(axis=0), table.max(axis=0), color=shade, alpha=0.18, linewidth=0)
    ax.set(xlabel=f"{step} ahead", ylabel=f"mean absolute error ({unit})", title=title)
    ax.set_ylim(0, None)
    ax.set_xlim(1, None)
    ax.legend(ncols=2, loc="lower right", fontsize="small")
    return ax
