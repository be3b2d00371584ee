"""A loss over two weights, and the way that training takes on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from numpy.typing import ArrayLike

from rnnlab.figures.style import colour

WAYS = (("rnn", "o-"), ("gru", "s-"), ("lstm", "^-"))


def loss_surface(
    x: ArrayLike, y: ArrayLike, loss: ArrayLike, *, ax: Axes, xlabel: str, ylabel: str, title: str,
    paths: Mapping[str, ArrayLike] | None = None,
) -> Axes:  # fmt: skip
    """loss is (len(y), len(x)) over evenly spaced x and y, shown as a shade. paths[name] is (points, 2), from a star.

    A path that leaves the plane is drawn up to its edge, where an arrow says that it goes on.
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    shade = colour("share")
    ramp = LinearSegmentedColormap.from_list("loss", [to_rgba(shade, 0.02), to_rgba(shade, 0.75)])
    extent = (across[0], across[-1], up[0], up[-1])
    image = ax.imshow(np.asarray(loss, dtype=float), cmap=ramp, origin="lower", extent=extent, aspect="auto")
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, pad=0.02)
    bar.set_label("loss")
    bar.outline.set_visible(False)
    for (name, points), (hue, form) in zip((paths or {}).items(), WAYS, strict=False):
        way = np.asarray(points, dtype=float)
        ax.plot(*way.T, form, color=colour(hue), markersize=3.5, linewidth=1.4, label=name)
        outside = (way[:, 0] < across[0]) | (way[:, 0] > across[-1]) | (way[:, 1] < up[0]) | (way[:, 1] > up[-1])
        if outside.any():
            first = int(np.argmax(outside))
            edge = _at_the_edge(way[first - 1], way[first], across, up)
            arrow = {"arrowstyle": "-|>", "color": colour(hue), "lw": 1.6, "mutation_scale": 16}
            tail = way[first - 1] + 0.8 * (edge - way[first - 1])
            ax.annotate("", (edge[0], edge[1]), (tail[0], tail[1]), arrowprops=arrow)
    if paths:
        start = np.asarray(next(iter(paths.values())), dtype=float)[0]
        ax.plot(*start, "*", color=colour("truth"), markersize=13, label="start", linestyle="none")
        ax.legend(loc="best")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    ax.grid(visible=False)
    return ax


def _at_the_edge(inside: np.ndarray, outside: np.ndarray, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Where the straight way from one point to the other crosses the edge of the plane."""
    way = outside - inside
    shares = [
        (edge - inside[axis]) / way[axis]
        for axis, edges in ((0, (across[0], across[-1])), (1, (up[0], up[-1])))
        for edge in edges
        if way[axis] != 0
    ]
    return np.asarray(inside + min(share for share in shares if share >= 0) * way)
