"""A share over two things that were varied, with the counts that it stands on."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from rnnlab.figures.style import colour, label


def share_map(
    successes: ArrayLike, runs: ArrayLike, *, rows: Sequence[str], columns: Sequence[object], ax: Axes, xlabel: str,
    title: str,
) -> Axes:  # fmt: skip
    """successes and runs are (rows, columns), runs may be one number for all. "7/10" has its count and its shade.

    The counts say what the shade cannot: three of five and thirty of fifty are the same share. A field without runs
    stays empty. rows are models of the palette or any other words.
    """
    count = np.asarray(successes)
    total = np.broadcast_to(np.asarray(runs), count.shape)
    if count.shape != (len(rows), len(columns)):
        raise ValueError(f"successes has shape {count.shape}; with these names it is ({len(rows)}, {len(columns)}).")
    if (count < 0).any() or (count > total).any():
        raise ValueError("successes must lie between 0 and runs in every field: a share is a part of its runs.")
    full = colour("share")
    on_empty, on_full = mpl.rcParams["text.color"], "#FFFFFF" if _is_dark(full) else "#15181A"
    for (row, column), successful in np.ndenumerate(count):
        of = int(total[row, column])
        if not of:
            continue
        share = successful / of
        ax.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, color=full, alpha=0.05 + 0.95 * share, lw=0))
        ink = on_full if share > 0.5 else on_empty
        ax.text(column, row, f"{int(successful)}/{of}", ha="center", va="center", fontsize=9.5, color=ink)
    ax.set_xticks(range(len(columns)), [f"{each:,}" if isinstance(each, int) else str(each) for each in columns])
    ax.set_yticks(range(len(rows)), [label(row) for row in rows])
    ax.set(xlabel=xlabel, title=title, xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.grid(visible=False)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _is_dark(shade: str) -> bool:
    return float(np.dot((0.3, 0.59, 0.11), to_rgb(shade))) < 0.5
