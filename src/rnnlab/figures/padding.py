"""Batches as they lie in memory: the steps of each sequence, and the padding behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import colour


def padding_map(batches: Sequence[ArrayLike], *, ax: Axes, title: str, unit: str = "steps") -> Axes:
    """batches are the lengths (B,) of the sequences of each batch: a row a sequence, batches from the top."""
    first = 0
    for number, given in enumerate(batches):
        lengths = np.asarray(given)
        rows = first + np.arange(len(lengths))
        ax.barh(
            rows, lengths.max() - lengths, left=lengths, height=1.0, color=colour("accent"), alpha=0.45, linewidth=0,
            label="padding" if number == 0 else None,
        )  # fmt: skip
        ax.barh(
            rows, lengths, height=1.0, color=colour("share"), linewidth=0, label="sequence" if number == 0 else None
        )
        if number:
            ax.axhline(first - 0.5, color=colour("guide"), linewidth=0.8)
        first += len(lengths)
    ax.set(xlabel=unit, ylabel="sequences, batch by batch", title=title, ylim=(first - 0.5, -0.5))
    ax.set_xlim(0, None)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    return ax
