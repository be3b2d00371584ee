"""How many times faster: a mark a cell and size, on a scale where twice and half as fast lie equally far from 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from rnnlab.figures.style import MARKS, NAMES, colour


def speed_up(ratios: Mapping[str, ArrayLike], sizes: Sequence[tuple[int, ...]], *, ax: Axes, title: str) -> Axes:
    """ratios[cell] is (sizes,): the peer's time over ours; sizes are (B, T, I, H), named at the left of the ticks.

    A missing ratio is NaN.
    """
    places = np.arange(len(sizes))
    width = 0.8 / max(len(ratios), 1)
    for k, (cell, values) in enumerate(ratios.items()):
        shifted = places + (k - (len(ratios) - 1) / 2) * width
        ax.vlines(shifted, 1, np.asarray(values, dtype=float), color=colour(cell), linewidth=3)
        ax.plot(shifted, values, MARKS.get(cell, "o"), color=colour(cell), label=NAMES.get(cell, cell))
    ax.axhline(1, color=colour("guide"), linewidth=1.2)
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}×"))
    ax.set_xticks(places, ["\n".join(f"{number:,}" for number in size) for size in sizes])
    below = ax.xaxis.get_tick_padding() + mpl.rcParams["xtick.major.size"]
    ax.annotate(
        "batch\nsteps\ninputs\nunits", (0, 0), xycoords="axes fraction", xytext=(-4, -below),
        textcoords="offset points", ha="right", va="top", fontsize=mpl.rcParams["xtick.labelsize"],
    )  # fmt: skip
    ax.set(title=title, ylabel="times faster (above 1) or slower")
    ax.grid(axis="x", visible=False)
    ax.legend()
    return ax
