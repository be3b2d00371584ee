"""A unit's values over a text, character by character."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from numpy.typing import ArrayLike

from rnnlab.figures.style import colour

SIGNS = {"\n": "¶", "\N{SYMBOL FOR END OF TEXT}": "∎", " ": "·"}  # what would leave no mark


def text_heat(text: str, rows: Mapping[str, ArrayLike], *, ax: Axes, title: str, width: int = 64) -> Axes:
    """rows[name] holds a value in −1 … 1 for each character of `text`, the colour of its field: one strip a name.

    The text runs on over several lines of `width` characters, under each of them the strips. Blue is −1, orange +1, the
    ground 0. A space is drawn as · and a line break as ¶.
    """
    values = {name: np.asarray(each, dtype=float) for name, each in rows.items()}
    for name, each in values.items():
        if each.shape != (len(text),):
            raise ValueError(
                f"{name} has shape {each.shape}; the text has {len(text)} characters, give one value each."
            )
    ends = [to_rgba(colour("gru")), to_rgba(colour("guide"), 0.0), to_rgba(colour("rnn"))]
    shades = LinearSegmentedColormap.from_list("around 0", ends)
    lines = -(-len(text) // width)
    height = len(values) + 1.6  # of a line with its strips and the gap below
    ink = mpl.rcParams["text.color"]
    for line in range(lines):
        part = slice(line * width, (line + 1) * width)
        for column, character in enumerate(text[part]):
            ax.text(
                column + 0.5, line * height + 0.5, SIGNS.get(character, character), ha="center", va="center",
                family="DejaVu Sans Mono", fontsize=8.5, color=ink,
            )  # fmt: skip
        for place, (name, each) in enumerate(values.items()):
            shown = each[part][None]
            top = line * height + 1 + place
            ax.imshow(
                shown, cmap=shades, vmin=-1, vmax=1, aspect="auto", interpolation="nearest",
                extent=(0, shown.shape[1], top + 0.94, top),
            )  # fmt: skip
            ax.text(-0.6, top + 0.5, name, ha="right", va="center", fontsize=8.5, color=ink)
    ax.set(xlim=(0, width), ylim=(lines * height - 0.6, 0), title=title)
    ax.axis("off")
    bar = ax.figure.colorbar(
        mpl.cm.ScalarMappable(mpl.colors.Normalize(-1, 1), shades), ax=ax, orientation="horizontal", fraction=0.05,
        pad=0.02, aspect=40, ticks=(-1, 0, 1),
    )  # fmt: skip
    bar.set_label("value of the unit (a tanh lies between −1 and 1)", fontsize=8.5)
    return ax
