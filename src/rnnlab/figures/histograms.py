"""Histograms one above the other: what the values of a network's units looked like while it was trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import cell_of, colour


def histograms_by_update(
    shares: ArrayLike, updates: Sequence[int], *, edges: tuple[float, float], ax: Axes, model: str, xlabel: str,
    title: str,
) -> Axes:  # fmt: skip
    """shares (seeds, looks, bins) of values in bins of equal width between the edges; a row a look, the first on top.

    The filled shape is the median over the seeds, a thin line each of them. Heights are square roots of shares, so that
    a bin with a hundredth of the values is still seen beside one with half of them. `model` gives the colour.
    ValueError: shares that are not of three axes, or not of as many looks as there are updates.
    """
    table = np.asarray(shares, dtype=float)
    if table.ndim != 3 or table.shape[1] != len(updates):
        looks = len(updates)
        raise ValueError(f"shares has shape {table.shape}; for {looks} looks give (seeds, {looks}, bins).")
    shade = colour(cell_of(model))
    borders = np.linspace(*edges, table.shape[2] + 1)
    heights = 0.9 * np.sqrt(table / table.max())
    for row in range(len(updates)):
        base = -float(row)
        middle = base + np.median(heights[:, row], axis=0)
        ax.stairs(middle, borders, baseline=base, fill=True, color=shade, alpha=0.35, linewidth=0)
        for seed in heights[:, row]:
            ax.stairs(base + seed, borders, baseline=None, color=shade, alpha=0.35, linewidth=0.5)
        ax.axhline(base, color=colour("guide"), linewidth=0.6)
    ax.set_yticks([-float(row) for row in range(len(updates))], [f"{update:,}" for update in updates])
    ax.set(xlabel=xlabel, ylabel="after so many updates", xlim=edges, ylim=(0.95 - len(updates), 1.0))
    ax.set_title(title)
    ax.grid(visible=False)
    return ax
