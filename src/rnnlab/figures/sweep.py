"""A measure against a number that was varied: a length, a size, a rate. One line a model, its seeds around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from rnnlab.figures.style import MARKS, cell_of, colour, label

STYLES = ("-", "--", ":", "-.")  # of the series that share a colour, in their order
FEW = 8  # places, up to which each is ticked


def sweep(
    x: ArrayLike, values: Mapping[str, ArrayLike], *, ax: Axes, xlabel: str, ylabel: str, title: str,
    log: Literal["", "x", "y", "xy"] = "", guides: Mapping[str, float] | None = None,
) -> Axes:  # fmt: skip
    """values[model] is (seeds, len(x)), or (len(x),) for a model without randomness.

    The line is the median over the seeds, the band reaches from the least to the greatest, and each seed is a mark.
    A model is a name of the palette, or one with words after a comma: "gru" and "gru, clipped" share the GRU's colour
    and differ in their lines. A seed that is not finite (it diverged) enters no median: how many there are stands at
    the upper edge, above their place. guides are horizontal lines with a name each. Few places are ticked one by one.
    """
    places = np.asarray(x, dtype=float)
    _scales(ax, places, log)
    drawn: dict[str, int] = {}
    lines = 0
    for model, given in values.items():
        table = np.atleast_2d(np.asarray(given, dtype=float))
        if table.shape[1] != len(places):
            raise ValueError(
                f"{model} has shape {np.shape(given)} and x has {len(places)} places; give (seeds, {len(places)})."
            )
        cell = cell_of(model)
        style = STYLES[drawn.setdefault(cell, 0) % len(STYLES)]
        drawn[cell] += 1
        _seeds(ax, places, table, colour(cell), style, MARKS.get(cell, "o"), label(model))
        lost = (~np.isfinite(table)).sum(axis=0)
        for place, count in zip(places[lost > 0], lost[lost > 0], strict=True):
            _count(ax, place, f"{count} of {len(table)} diverged", lines, colour(cell))
        lines += bool(lost.any())
    for name, value in (guides or {}).items():
        ax.axhline(value, color=colour("guide"), linestyle="--", linewidth=1.2)
        ax.annotate(
            name, (1.0, value), xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
            ha="right", fontsize=9,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if "y" in log:
        _plain_numbers(ax.yaxis, *ax.get_ylim())
    if "x" in log and len(places) > FEW:
        _plain_numbers(ax.xaxis, *ax.get_xlim())
    ax.legend(handlelength=3.2)  # a dash shows on both sides of its mark
    return ax


def _seeds(
    ax: Axes, x: NDArray[np.float64], table: NDArray[np.float64], shade: str, style: str, mark: str, name: str
) -> None:
    """Marks, band and median of one model, over the seeds that are finite."""
    finite = np.ma.masked_invalid(table)
    middle = np.ma.median(finite, axis=0).filled(np.nan)  # type: ignore[no-untyped-call]  # NumPy left it without types
    ax.plot(x, middle, color=shade, linestyle=style, marker=mark, label=name)
    if len(table) == 1:
        return
    low, high = finite.min(axis=0).filled(np.nan), finite.max(axis=0).filled(np.nan)
    ax.fill_between(x, low, high, color=shade, alpha=0.14, linewidth=0)
    ax.plot(
        np.tile(x, len(table)), table.ravel(), linestyle="", marker=mark, markersize=3, color=shade, alpha=0.45,
        markeredgewidth=0,
    )  # fmt: skip


def _count(ax: Axes, place: float, words: str, line: int, shade: str) -> None:
    ax.annotate(
        words, (place, 1.0), xycoords=("data", "axes fraction"), xytext=(0, -10 * line), textcoords="offset points",
        ha="center", va="top", fontsize=7.5, color=shade,
    )  # fmt: skip


def _scales(ax: Axes, places: NDArray[np.float64], log: str) -> None:
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    if len(places) <= FEW:
        ax.set_xticks(places, [f"{place:,.10g}" for place in places])
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.tick_params(axis="x", which="minor", length=0)


def _plain_numbers(axis: Axis, low: float, high: float) -> None:
    """1, 10, 100 instead of powers of ten, up to a million; 1, 2, 5 where the axis spans less than two powers."""
    if low < 1e-3 or high > 1e6:
        return
    if high < 100 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())
