"""Where gradients vanish and where they explode, over two settings of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from rnnlab.figures.style import colour

# Of a number, from the middle of its field, where most lines pass; and how far a line has to stay away. In fields.
PLACES, CLEAR = ((0.0, -0.24), (0.0, 0.24), (-0.24, -0.24), (0.24, -0.24)), 0.2


def regime_map(
    left: ArrayLike, *, rows: Sequence[float], columns: Sequence[float], lines: Mapping[str, ArrayLike], ax: Axes,
    xlabel: str, ylabel: str, title: str,
) -> Axes:  # fmt: skip
    """left is (rows, columns): the power of ten that is left of a gradient. Vanished and exploded have a colour each.

    lines[name] is (rows, columns): a line is drawn where it crosses zero, as if it were linear between the fields. The
    shade is full at twelve powers of ten and more; the number in each field says how many.
    """
    handles, passing = [], [np.empty((0, 2))]
    styles: tuple[Literal["-", "--", ":"], ...] = ("-", "--", ":")
    for style, (name, values) in zip(styles, lines.items(), strict=False):
        ink = colour("truth")
        drawn = ax.contour(
            np.asarray(values, dtype=float), levels=[0.0], colors=[ink], linestyles=[style], linewidths=2.2
        )
        passing += [np.asarray(path.interpolated(20).vertices) for path in drawn.get_paths() if len(path)]
        handles.append(Line2D([], [], color=ink, linestyle=style, linewidth=2.2, label=name))
    crossed = np.concatenate(passing)
    table = np.asarray(left, dtype=float)
    for (row, column), power in np.ndenumerate(table):
        shade = colour("share" if power < 0 else "rnn")
        depth = 0.06 + 0.5 * min(1.0, abs(power) / 12)
        ax.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, color=shade, alpha=depth, lw=0))
        ink = mpl.rcParams["text.color"]
        words = f"{round(power):+d}".replace("-", "−") if round(power) else "0"
        x, y = _clear_place(column, row, crossed)
        said = ax.text(x, y, words, ha="center", va="center", fontsize=9, color=ink, zorder=3)
        said.set_path_effects([withStroke(linewidth=3, foreground=_blend(shade, depth))])
    ax.set_xticks(range(len(columns)), [f"{each:g}" for each in columns])
    ax.set_yticks(range(len(rows)), [f"{each:g}" for each in rows])
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(rows) - 0.5))
    ax.set_title(title, pad=12)
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.legend(handles=handles, ncols=len(handles), loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return ax


def _clear_place(column: int, row: int, crossed: NDArray[np.float64]) -> tuple[float, float]:
    """Where a field's number stands: the first of PLACES that is CLEAR of all lines, or the one that is clearest."""
    places = [(column + right, row + up) for right, up in PLACES]
    room = [np.hypot(*(crossed - place).T).min(initial=np.inf) for place in places]
    return places[next((each for each, free in enumerate(room) if free >= CLEAR), int(np.argmax(room)))]


def _blend(shade: str, depth: float) -> tuple[float, ...]:
    """What the field looks like on the page: the ground that the ink is read on, with so much of the shade."""
    ground = (1.0, 1.0, 1.0) if sum(to_rgb(mpl.rcParams["text.color"])) < 1.5 else to_rgb("#16191C")
    return tuple(depth * over + (1 - depth) * under for over, under in zip(to_rgb(shade), ground, strict=True))
