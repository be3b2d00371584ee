"""Loss while a network learns, every seed drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import NAMES, colour


def learning_curves(
    curves: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike]]], *, ax: Axes, ylabel: str, title: str, log: bool = True
) -> Axes:
    """curves[model] holds one (updates, validation loss) pair a seed; each is a thin line, none is averaged away."""
    for model, runs in curves.items():
        for i, (updates, loss) in enumerate(runs):
            name = NAMES.get(model, model) if i == 0 else None
            ax.plot(np.asarray(updates), np.asarray(loss), color=colour(model), linewidth=1.0, alpha=0.75, label=name)
    if log:
        ax.set_yscale("log")
    ax.set(xlabel="updates", ylabel=ylabel, title=title)
    legend = ax.legend()
    for line in legend.get_lines():
        line.set_linewidth(2.5)
        line.set_alpha(1)
    return ax
