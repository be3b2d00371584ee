"""Forecasts with the intervals around them, and what they left over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from rnnlab.figures.series import _dates
from rnnlab.figures.style import LINES, NAMES, cell_of, colour, label

GREYS = ("ridge", "seasonal_naive", "persistence", "drift", "mean")
Path = tuple[ArrayLike, ArrayLike, Sequence[tuple[ArrayLike, ArrayLike]]]  # times, forecast, (low, high) widest first


def intervals(
    times: ArrayLike, truth: ArrayLike, model: str, paths: Sequence[Path], *, ax: Axes, ylabel: str, title: str,
    levels: Sequence[str] = ("95 %", "80 %"),
) -> Axes:  # fmt: skip
    """The measured series, and one model's forecasts from several origins, each with its intervals, widest first.

    The grey of a simple method would be lost beside the black of what was measured: its forecast is drawn in red.
    """
    stamps = np.asarray(times)
    ax.plot(
        stamps, np.asarray(truth), color=colour("truth"), linewidth=1.2, marker=".", markersize=3, label=NAMES["truth"]
    )
    shade = colour("accent" if model in GREYS else cell_of(model))
    for i, (when, values, bands) in enumerate(paths):
        for level, (low, high), alpha in zip(levels, bands, (0.14, 0.22), strict=True):
            ax.fill_between(
                np.asarray(when), np.asarray(low), np.asarray(high), color=shade, alpha=alpha, linewidth=0,
                label=f"{level} interval" if i == 0 else None,
            )  # fmt: skip
        ax.plot(
            np.asarray(when), np.asarray(values), color=shade, linestyle=LINES.get(model, "-"), marker="o",
            markersize=2.5, label=label(model) if i == 0 else None,
        )  # fmt: skip
    if np.issubdtype(stamps.dtype, np.datetime64):
        _dates(ax)
    ax.set(ylabel=ylabel, title=title)
    ax.figure.legend(*ax.get_legend_handles_labels(), ncols=2, loc="outside lower center")
    return ax


def residuals(times: ArrayLike, left_over: ArrayLike, *, ax: NDArray[Any], unit: str, title: str) -> NDArray[Any]:
    """What was measured less what was forecast, (N,): over time in the first panel, how often each in the second."""
    values, stamps = np.asarray(left_over, dtype=float), np.asarray(times)
    along, counted = ax.ravel()
    along.axhline(0, color=colour("guide"), linewidth=1.2)
    along.plot(stamps, values, ".", color=colour("accent"), markersize=3 if len(values) < 2000 else 1)
    if np.issubdtype(stamps.dtype, np.datetime64):
        _dates(along)
    along.set(ylabel=f"measured − forecast ({unit})", title=title)
    counted.hist(
        values[np.isfinite(values)], bins=min(40, max(8, len(values) // 20)), color=colour("accent"), alpha=0.75
    )
    counted.axvline(0, color=colour("guide"), linewidth=1.2)
    counted.set(xlabel=f"measured − forecast ({unit})", ylabel="forecasts")
    return ax
