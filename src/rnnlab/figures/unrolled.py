"""A recurrent network as a drawing: folded, and unrolled with a copy for every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from rnnlab.figures.style import colour

Point = tuple[float, float]

ROW = {"x": 0.0, "h": 1.7, "y": 3.4}  # heights of input, state and output
STEP = 2.2  # from one step to the next
RADIUS = 0.5


def unrolled(
    steps: int,
    *,
    ax: Axes,
    title: str,
    values: Mapping[str, Sequence[str]] | None = None,
    gradients: Mapping[str, Sequence[str]] | None = None,
    folded: bool = False,
) -> Axes:
    """Inputs x_t below, states h_0 … h_T in the middle, outputs y_t above; each weight stands at all of its arrows.

    values["x"], ["h"] and ["y"] are one text a step, written into the nodes; h begins with h_0. gradients["y"][t-1] is
    written beside an arrow back from y_t to h_t, gradients["h"][t] beside one from h_t to h_{t-1}; an empty text draws
    none, and gradients["h"][0], which would leave h_0, is empty. With `folded`, the network with its loop stands on the
    left and an arrow leads to the unrolled one.
    """
    left = 3.1 if folded else 0.0
    if folded:
        _loop(ax, 0.0)
        _arrow(ax, (1.35, ROW["h"]), (2.25, ROW["h"]), "guide", width=2.6)
    for t in range(steps + 1):
        column = left + t * STEP
        _node(ax, (column, ROW["h"]), f"$h_{{{t}}}$", _text(values, "h", t), "rnn")
        if t == 0:
            continue
        for name in ("x", "y"):
            _node(ax, (column, ROW[name]), f"${name}_{{{t}}}$", _text(values, name, t - 1), "guide")
        _edge(ax, (column, ROW["x"]), (column, ROW["h"]), "$W_{ih}$", "guide")
        _edge(ax, (column - STEP, ROW["h"]), (column, ROW["h"]), "$W_{hh}$", "rnn")
        _edge(ax, (column, ROW["h"]), (column, ROW["y"]), "$W_{hy}$", "guide")
        _back(ax, (column, ROW["y"]), (column, ROW["h"]), _text(gradients, "y", t - 1))
        _back(ax, (column, ROW["h"]), (column - STEP, ROW["h"]), _text(gradients, "h", t))
    ax.set(xlim=(-0.9, left + steps * STEP + 0.9), ylim=(-0.8, ROW["y"] + 0.8), aspect="equal")
    ax.set_title(title)
    ax.set_axis_off()
    return ax


def _text(texts: Mapping[str, Sequence[str]] | None, row: str, place: int) -> str:
    return texts[row][place] if texts and row in texts else ""


def _node(ax: Axes, centre: Point, name: str, value: str, shade: str) -> None:
    ax.add_patch(Circle(centre, RADIUS, fill=False, edgecolor=colour(shade), linewidth=1.8))
    ax.text(*centre, f"{name}\n{value}" if value else name, ha="center", va="center", fontsize=10 if value else 12)


def _loop(ax: Axes, column: float) -> None:
    """The network as it is written: one state that feeds itself."""
    for name, shade in (("x", "guide"), ("h", "rnn"), ("y", "guide")):
        _node(ax, (column, ROW[name]), f"${name}_t$", "", shade)
    _edge(ax, (column, ROW["x"]), (column, ROW["h"]), "$W_{ih}$", "guide")
    _edge(ax, (column, ROW["h"]), (column, ROW["y"]), "$W_{hy}$", "guide")
    start, end = (column + 0.46, ROW["h"] + 0.28), (column + 0.47, ROW["h"] - 0.28)
    _arrow(ax, start, end, "rnn", bend=-2.4)
    ax.text(column + 0.78, ROW["h"] + 0.62, "$W_{hh}$", ha="left", va="center", fontsize=10)


def _edge(ax: Axes, start: Point, end: Point, label: str, shade: str) -> None:
    """An arrow from rim to rim with the weight that acts on it."""
    across = end[0] - start[0], end[1] - start[1]
    length = (across[0] ** 2 + across[1] ** 2) ** 0.5
    gap = across[0] / length * (RADIUS + 0.06), across[1] / length * (RADIUS + 0.06)
    _arrow(ax, (start[0] + gap[0], start[1] + gap[1]), (end[0] - gap[0], end[1] - gap[1]), shade)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if across[0]:
        ax.text(middle[0], middle[1] + 0.12, label, ha="center", va="bottom", fontsize=9.5)
    else:
        ax.text(middle[0] - 0.1, middle[1], label, ha="right", va="center", fontsize=9.5)


def _back(ax: Axes, start: Point, end: Point, label: str) -> None:
    """A dashed arrow against the forward one, beside it, with the gradient that travels on it."""
    if not label:
        return
    if start[0] == end[0]:
        x = start[0] + 0.2
        _arrow(ax, (x, start[1] - RADIUS), (x, end[1] + RADIUS), "accent", style="--")
        ax.text(x + 0.1, (start[1] + end[1]) / 2, label, ha="left", va="center", fontsize=9.5, color=colour("accent"))
    else:
        y = start[1] - 0.2
        _arrow(ax, (start[0] - RADIUS, y), (end[0] + RADIUS, y), "accent", style="--")
        ax.text((start[0] + end[0]) / 2, y - 0.1, label, ha="center", va="top", fontsize=9.5, color=colour("accent"))


def _arrow(
    ax: Axes, start: Point, end: Point, shade: str, *, style: str = "-", width: float = 1.6, bend: float = 0.0
) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=13, linestyle=style, linewidth=width, color=colour(shade),
            shrinkA=0, shrinkB=0, connectionstyle=f"arc3,rad={bend}",
        )
    )  # fmt: skip
