"""What is left of the past, step by step back: a memory curve for each model, its seeds around it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import cell_of, colour, label

STYLES = ("-", "--", ":", "-.")  # of series that share a colour


def by_lag(
    values: Mapping[str, ArrayLike],
    *,
    ax: Axes,
    ylabel: str,
    title: str,
    xlabel: str = "lag k (steps back)",
    first: int = 0,
    edges: Mapping[str, float] | None = None,
) -> Axes:
    """values[name] is (seeds, lags), or (lags,), from lag `first` on: the median, and a band from least to greatest.

    A name is one of the palette, with words after a comma or without: "rnn" and "rnn, before training" share a colour.
    edges are vertical lines with a name each: where a window ends, what was asked for.
    """
    drawn: dict[str, int] = {}
    for name, given in values.items():
        table = np.atleast_2d(np.asarray(given, dtype=float))
        lags = np.arange(first, first + table.shape[1])
        cell = cell_of(name)
        style = STYLES[drawn.setdefault(cell, 0) % len(STYLES)]
        drawn[cell] += 1
        ax.plot(lags, np.nanmedian(table, axis=0), color=colour(cell), linestyle=style, label=label(name))
        if len(table) > 1:
            low, high = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
            ax.fill_between(lags, low, high, color=colour(cell), alpha=0.2, linewidth=0)
    for words, place in (edges or {}).items():
        ax.axvline(place, color=colour("guide"), linestyle="--", linewidth=1.2)
        ax.annotate(
            words, (place, 0.0), xycoords=("data", "axes fraction"), xytext=(-4, 16), textcoords="offset points",
            ha="right", va="bottom", rotation=90, fontsize=8.5,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.set_xlim(first, None)
    ax.legend()
    return ax
