"""Times of the same work done in several ways, one below the other, and what each gained on the one above."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from rnnlab.figures.style import colour


def ladder(milliseconds: Mapping[str, ArrayLike], *, ax: Axes, title: str) -> Axes:
    """milliseconds[rung] is (repetitions,), the first rung on top: a mark each, a bar to their median.

    At the right edge stand the medians, and how many times faster each is than the one above it.
    """
    times = {name: np.atleast_1d(np.asarray(values, dtype=float)) for name, values in milliseconds.items()}
    middles = [float(np.median(values)) for values in times.values()]
    left = min(values.min() for values in times.values()) / 2
    for row, values in enumerate(times.values()):
        shade = colour("share")
        ax.barh(row, middles[row] - left, left=left, height=0.55, color=shade, alpha=0.35, linewidth=0)
        offsets = np.linspace(-0.17, 0.17, len(values)) if len(values) > 1 else np.zeros(1)
        ax.plot(values, row + offsets, "o", color=shade, markersize=3.5, markeredgewidth=0, alpha=0.8)
    gains = ["", *(f",  {before / after:.3g} ×" for before, after in pairwise(middles))]
    said = ax.secondary_yaxis("right")
    said.set_yticks(range(len(times)), [f"{middle:.3g} ms{gain}" for middle, gain in zip(middles, gains, strict=True)])
    said.tick_params(length=0)
    said.spines["right"].set_visible(False)
    ax.set_xscale("log")
    right = 1.2 * max(values.max() for values in times.values())
    ax.set_xlim(left, right)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if right / left < 50 else (1,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(range(len(times)), list(times))
    ax.set(xlabel="milliseconds of one training pass", title=title, ylim=(len(times) - 0.4, -0.6))
    ax.grid(axis="y", visible=False)
    return ax
