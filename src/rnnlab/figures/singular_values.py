"""What a whole sequence does to a gradient, direction by direction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from rnnlab.figures.gradient_by_lag import STYLES, power_of_ten
from rnnlab.figures.style import cell_of, colour, label


def singular_values(
    log10_values: Mapping[str, ArrayLike], *, ax: Axes, title: str, limits: tuple[float, float] = (-20, 5)
) -> Axes:
    """log10_values[model] is (seeds, S), largest first: a thin line a seed, a thick one at the median; -inf falls off.

    The horizontal axis is the share of all directions that keep at least so much.
    """
    drawn: dict[str, int] = {}
    for model, values in log10_values.items():
        table = np.maximum(np.atleast_2d(np.asarray(values, dtype=float)), limits[0] - 10.0)
        share, cell = 100 * np.arange(1, table.shape[1] + 1) / table.shape[1], cell_of(model)
        style = STYLES[drawn.setdefault(cell, 0) % len(STYLES)]
        drawn[cell] += 1
        for row in table if len(table) > 1 else ():
            ax.plot(share, row, color=colour(cell), linewidth=0.5, alpha=0.4)
        middle = np.asarray(np.median(table, axis=0))
        ax.plot(share, middle, color=colour(cell), linestyle=style, linewidth=2.4, label=label(model))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    ax.yaxis.set_major_formatter(FuncFormatter(power_of_ten))
    ax.set(xlabel="share of the directions (%)", ylabel="kept by the whole product (singular value)", title=title)
    ax.set(ylim=limits, xlim=(0, 100))
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize="small")
    return ax
