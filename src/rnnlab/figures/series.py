"""A series in time: how it is split, what was forecast, and how far a forecast trails behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import LINES, NAMES, colour


def splits(
    times: ArrayLike,
    values: ArrayLike,
    parts: Mapping[str, tuple[Any, Any]],
    *,
    ax: Axes,
    ylabel: str,
    title: str,
    gaps: bool = False,
) -> Axes:
    """The whole series with its training, validation and test parts named above it: parts[name] = (from, until).

    `times` are dates or numbers. A series of more than a few thousand values is drawn by the least and the greatest of
    each stretch. With `gaps` every time without a value gets a tick at the foot.
    """
    stamps, measured = np.asarray(times), np.asarray(values, dtype=float)
    ax.plot(*_thinned(stamps, measured), color=colour("truth"), linewidth=0.6)
    for i, (name, span) in enumerate(parts.items()):
        left, right = (_place(when) for when in span)
        ax.axvspan(left, right, color=colour("guide"), alpha=(0.06, 0.18, 0.32)[i % 3], linewidth=0)
        ax.text(
            (left + right) / 2, 1.0, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=9.5
        )
    if gaps and (missing := np.isnan(measured)).any():
        ax.plot(
            stamps[missing], np.full(missing.sum(), 0.02), "|", transform=ax.get_xaxis_transform(),
            color=colour("accent"), markersize=9, label="no value",
        )  # fmt: skip
        ax.legend(loc="upper left")
    if np.issubdtype(stamps.dtype, np.datetime64):
        _dates(ax)
    ax.set(ylabel=ylabel, xlim=(stamps[0], stamps[-1]))
    ax.set_title(title, pad=24)
    return ax


def forecasts(
    times: ArrayLike, truth: ArrayLike, predicted: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike]]], *, ax: Axes,
    ylabel: str, title: str, xlabel: str = "date",
) -> Axes:  # fmt: skip
    """The measured series and, for each model, its forecasts from several origins: (times, values) pairs."""
    ax.plot(np.asarray(times), np.asarray(truth), color=colour("truth"), linewidth=1.2, label=NAMES["truth"])
    for model, paths in predicted.items():
        for i, (when, values) in enumerate(paths):
            shade, name = colour(model), NAMES.get(model, model) if i == 0 else None
            ax.plot(np.asarray(when), np.asarray(values), color=shade, linestyle=LINES.get(model, "-"), label=name)
            ax.plot(np.asarray(when)[:1], np.asarray(values)[:1], "o", color=shade, markersize=3.5)
    _dates(ax)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.17))
    return ax


def lag_plot(
    shifts: ArrayLike, agreement: Mapping[str, ArrayLike], *, ax: Axes, ylabel: str, title: str, step: str = "days"
) -> Axes:
    """How well each forecast agrees with the truth of so many steps before; its peak says where the forecast looks."""
    for model, values in agreement.items():
        series = np.asarray(values, dtype=float)
        best = int(np.nanargmax(series))
        ax.plot(np.asarray(shifts), series, color=colour(model), marker=".", label=NAMES.get(model, model))
        ax.plot(np.asarray(shifts)[best], series[best], "o", color=colour(model), markersize=9, fillstyle="none")
    ax.axvline(0, color=colour("guide"), linestyle="--", linewidth=1.2)
    ax.set(xlabel=f"shift of the truth ({step} back)", ylabel=ylabel, title=title)
    ax.legend()
    return ax


def _place(when: Any) -> float:
    """Where on the axis a time or a number stands."""
    if isinstance(when, int | float | np.integer | np.floating):
        return float(when)
    return float(mdates.date2num(pd.Timestamp(when).to_datetime64()))


MANY = 4000  # values, beyond which a line is drawn by its envelope


def _thinned(times: Any, values: Any) -> tuple[Any, Any]:
    """The least and the greatest value of each of MANY/2 stretches, at its first time; a gap stays a gap."""
    if len(values) <= MANY:
        return times, values
    firsts = np.linspace(0, len(values), MANY // 2, endpoint=False).astype(int)
    low, high = (np.minimum, np.maximum)
    ends = np.column_stack([low.reduceat(values, firsts), high.reduceat(values, firsts)])
    return np.repeat(times[firsts], 2), ends.ravel()


def _dates(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)  # any span has an interval between these two
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
