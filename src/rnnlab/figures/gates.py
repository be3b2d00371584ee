"""A gate over a sequence: one row a unit, one column a step, dark where the gate is open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from numpy.typing import ArrayLike

from rnnlab.figures.style import cell_of, colour


def gate_map(gate: ArrayLike, *, ax: Axes, model: str, marks: Sequence[int], title: str) -> Axes:
    """gate (T, H) between 0 and 1 of one sequence; `model` gives the colour, `marks` are steps from 0 to point at.

    The units stand in the order of their means, the most open at the top, so that nothing depends on their numbers.
    ValueError: a gate with more or fewer than two axes, or a mark that is no step of it.
    """
    values = np.asarray(gate, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"gate has shape {values.shape}; give one sequence, (T, H): gate_traces(…)['z'][:, 0].")
    if any(not 0 <= mark < len(values) for mark in marks):
        raise ValueError(f"marks are {list(marks)}; the gate has the steps 0 … {len(values) - 1}.")
    order = np.argsort(values.mean(axis=0), kind="stable")[::-1]
    full = to_rgba(colour(cell_of(model)))
    shades = LinearSegmentedColormap.from_list(model, [(*full[:3], 0.03), full])
    image = ax.pcolormesh(
        np.arange(len(values) + 1) + 0.5, np.arange(values.shape[1] + 1), values[:, order].T, cmap=shades,
        vmin=0, vmax=1, linewidth=0, rasterized=True,
    )  # fmt: skip
    for mark in marks:
        ax.annotate(
            "", (mark + 1, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 9), textcoords="offset points",
            arrowprops={"arrowstyle": "-|>", "color": colour("accent"), "linewidth": 1.4},
        )  # fmt: skip
    bar = ax.figure.colorbar(image, ax=ax, pad=0.01, aspect=14, ticks=(0, 0.5, 1))
    bar.outline.set_visible(False)
    ax.set(xlabel="step", ylabel="units", yticks=(), ylim=(values.shape[1], 0), xlim=(0.5, len(values) + 0.5))
    ax.set_title(title, pad=14)
    ax.grid(visible=False)
    return ax
