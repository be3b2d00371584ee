"""A series in time: how it is split, what was forecast, and how far a forecast trails behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rnnlab.figures.style import LINES, NAMES, colour


def splits(
    times: ArrayLike,
    values: ArrayLike,
    parts: Mapping[str, tuple[pd.Timestamp, pd.Timestamp]],
    *,
    ax: Axes,
    ylabel: str,
    title: str,
) -> Axes:
    """The whole series with its training, validation and test parts named above it: parts[name] = (from, until)."""
    stamps = np.asarray(times)
    ax.plot(stamps, np.asarray(values), color=colour("truth"), linewidth=0.6)
    for i, (name, (begin, end)) in enumerate(parts.items()):
        left, right = (mdates.date2num(pd.Timestamp(when).to_datetime64()) for when in (begin, end))
        ax.axvspan(left, right, color=colour("guide"), alpha=(0.06, 0.18, 0.32)[i % 3], linewidth=0)
        ax.text(
            (left + right) / 2, 1.0, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=9.5
        )
    _dates(ax)
    ax.set(ylabel=ylabel, xlim=(stamps[0], stamps[-1]))
    ax.set_title(title, pad=24)
    return ax


def forecasts(
    times: ArrayLike, truth: ArrayLike, predicted: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike]]], *, ax: Axes,
    ylabel: str, title: str,
) -> Axes:  # fmt: skip
    """The measured series and, for each model, its forecasts from several origins: (times, values) pairs."""
    ax.plot(np.asarray(times), np.asarray(truth), color=colour("truth"), linewidth=1.2, label=NAMES["truth"])
    for model, paths in predicted.items():
        for i, (when, values) in enumerate(paths):
            shade, name = colour(model), NAMES.get(model, model) if i == 0 else None
            ax.plot(np.asarray(when), np.asarray(values), color=shade, linestyle=LINES.get(model, "-"), label=name)
            ax.plot(np.asarray(when)[:1], np.asarray(values)[:1], "o", color=shade, markersize=3.5)
    _dates(ax)
    ax.set(ylabel=ylabel, title=title)
    ax.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.12))
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


def _dates(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
