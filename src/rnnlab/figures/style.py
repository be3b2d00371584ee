"""One palette and one look for every figure, on light and on dark pages.

A cell has the same colour in every chapter. The hues are Okabe and Ito's (2008), which readers with any common colour
vision tell apart; on dark ground each is lightened so that it keeps its contrast.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

import matplotlib as mpl
from cycler import cycler

Theme = Literal["light", "dark"]

# name: (on light ground, on dark ground)
COLOURS: dict[str, tuple[str, str]] = {
    "rnn": ("#C24E00", "#FF8B4D"),
    "relu": ("#6F4BB2", "#B9A0F0"),
    "sigmoid": ("#B5176B", "#FF8AC4"),
    "gru": ("#0069A6", "#5CB8F2"),
    "lstm": ("#00805E", "#3FCFA3"),
    "mlp": ("#A8569B", "#E39BD6"),
    "tcn": ("#8A6A00", "#E8C24A"),
    "bag": ("#5F5F5F", "#B4B4B4"),
    "attention": ("#A51C45", "#FF7D9C"),
    "ridge": ("#3D3D3D", "#E4E4E4"),
    "seasonal_naive": ("#7A7A7A", "#A8A8A8"),
    "persistence": ("#7A7A7A", "#A8A8A8"),
    "drift": ("#7A7A7A", "#A8A8A8"),
    "mean": ("#7A7A7A", "#A8A8A8"),
    "auto_ets": ("#8A6A00", "#E8C24A"),
    "truth": ("#1C1C1C", "#F2F2F2"),
    "guide": ("#8C8C8C", "#8F8F8F"),
    "accent": ("#A51C45", "#FF7D9C"),
    "share": ("#2B4C8C", "#A9C1F5"),
}

# What tells two models apart without colour: each has its own line and its own mark.
LINES = {
    "ridge": "--",
    "auto_ets": (0, (5, 1, 1, 1, 1, 1)),
    "seasonal_naive": ":",
    "persistence": "-.",
    "drift": (0, (1, 3)),
    "mean": (0, (8, 3)),
}
MARKS = {
    "rnn": "o",
    "relu": "p",
    "sigmoid": "X",
    "gru": "s",
    "lstm": "^",
    "mlp": "D",
    "tcn": "v",
    "bag": "p",
    "attention": "P",
    "ridge": "x",
    "seasonal_naive": "+",
    "auto_ets": "d",
    "drift": "2",
    "mean": "_",
    "persistence": "1",
}

# How a model is called on an axis.
NAMES = {
    "rnn": "RNN",
    "relu": "RNN with ReLU",
    "sigmoid": "RNN with σ",
    "gru": "GRU",
    "lstm": "LSTM",
    "mlp": "MLP",
    "tcn": "TCN",
    "bag": "bag of inputs",
    "attention": "attention",
    "ridge": "ridge autoregression",
    "seasonal_naive": "seasonal naive",
    "persistence": "persistence",
    "drift": "drift",
    "mean": "mean of the past",
    "auto_ets": "exponential smoothing",
    "truth": "measured",
}

_theme: ContextVar[Theme] = ContextVar("theme", default="light")


def colour(name: str) -> str:
    """The colour of a cell, a baseline or a role under the theme that is in force."""
    try:
        light, dark = COLOURS[name]
    except KeyError:
        raise KeyError(f"No colour is set for {name!r}; the palette knows {', '.join(sorted(COLOURS))}.") from None
    return dark if _theme.get() == "dark" else light


def cell_of(series: str) -> str:
    """The name in the palette: of "gru, clipped" it is "gru"."""
    return series.split(",")[0]


def label(series: str) -> str:
    """How a series is called in a legend: "gru, clipped" is "GRU, clipped"; words that name no model stay."""
    cell, comma, rest = series.partition(",")
    return NAMES.get(cell, cell) + comma + rest


@contextmanager
def theme(name: Theme) -> Iterator[None]:
    """Draws everything inside the block in one theme: ink, grid, palette, on a transparent ground."""
    ink, quiet, faint = ("#1C1C1C", "#5F5F5F", "#E3E1DC") if name == "light" else ("#EDEDED", "#B4B4B4", "#3A3D42")
    token = _theme.set(name)
    settings: dict[Any, Any] = {
        "figure.facecolor": "none",
        "figure.dpi": 100,
        "savefig.facecolor": "none",
        "axes.facecolor": "none",
        "axes.edgecolor": quiet,
        "axes.labelcolor": ink,
        "axes.titlecolor": ink,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelsize": 10.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=[colour(cell) for cell in ("rnn", "gru", "lstm", "mlp", "tcn")]),
        "grid.color": faint,
        "grid.linewidth": 0.8,
        "xtick.color": quiet,
        "ytick.color": quiet,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "xtick.labelsize": 9.5,
        "ytick.labelsize": 9.5,
        "text.color": ink,
        "legend.frameon": False,
        "legend.fontsize": 9.5,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "font.family": "DejaVu Sans",
        "svg.fonttype": "path",
        "svg.hashsalt": "rnnlab",
    }
    try:
        with mpl.rc_context(settings):
            yield
    finally:
        _theme.reset(token)
