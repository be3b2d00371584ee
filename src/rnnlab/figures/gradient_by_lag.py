"""Gradient flow: what is left of a gradient so many steps before the one where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from rnnlab.figures.style import cell_of, colour, label

STYLES = ("-", "--", ":", "-.")  # of the series that share a colour, in their order


def gradient_by_lag(
    log10_norms: Mapping[str, ArrayLike],
    *,
    ax: Axes,
    title: str,
    guides: Mapping[str, ArrayLike] | None = None,
    of: Literal["h", "c"] = "h",
    limits: tuple[float, float] = (-20, 5),
) -> Axes:
    """log10_norms[model] is (seeds, lags), or (lags,), from lag 0: log10 of ‖∂h_T/∂h_{T-k}‖, or of the cell state's.

    A thin line a seed and a thick one at their median; -inf, a gradient of zero, falls below the axis. guides are
    dashed lines (lags,), also log10. A model is a name of the palette, with words after a comma or without. limits are
    of the vertical axis, in powers of ten; the default serves every chapter, so that their figures can be compared.
    """
    _curves(log10_norms, ax, limits)
    for name, guide in (guides or {}).items():
        line = np.asarray(guide, dtype=float)
        ax.plot(np.arange(len(line)), line, color=colour("guide"), linestyle=(0, (4, 3)), linewidth=1.6, label=name)
    ax.set(ylabel=rf"$\Vert \partial {of}_T / \partial {of}_{{T-k}} \Vert$", title=title)
    ax.legend(loc="lower left", fontsize="small")
    return ax


def weight_gradient_by_lag(
    log10_share: ArrayLike, log10_total: ArrayLike, *, ax: Axes, title: str, limits: tuple[float, float] = (-20, 5)
) -> Axes:
    """log10 of the norms (seeds, lags) of what each step adds to dL/dW_hh, and of the sum up to that lag."""
    named = {"rnn, one step's share": log10_share, "truth, all steps up to here": log10_total}
    _curves(named, ax, limits)
    ax.set(ylabel=r"share of $\mathrm{d}W_{hh}$ (norm)", title=title)
    labels = [name.partition(", ")[2] for name in named]
    ax.legend(ax.get_legend_handles_labels()[0], labels, loc="lower left", fontsize="small")
    return ax


def _curves(log10_norms: Mapping[str, ArrayLike], ax: Axes, limits: tuple[float, float]) -> None:
    drawn: dict[str, int] = {}
    for model, values in log10_norms.items():
        table = np.atleast_2d(np.asarray(values, dtype=float))
        table = np.maximum(table, limits[0] - 10.0)  # a zero is drawn out of sight, not left out
        lag, cell = np.arange(table.shape[1]), cell_of(model)
        style = STYLES[drawn.setdefault(cell, 0) % len(STYLES)]
        drawn[cell] += 1
        for row in table if len(table) > 1 else ():
            ax.plot(lag, row, color=colour(cell), linewidth=0.5, alpha=0.4)
        middle = np.asarray(np.median(table, axis=0))
        ax.plot(lag, middle, color=colour(cell), linestyle=style, linewidth=2.4, label=label(model))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    ax.yaxis.set_major_formatter(FuncFormatter(power_of_ten))
    ax.set(xlabel="lag k (steps back)", ylim=limits)
    ax.set_xlim(0, None)


def power_of_ten(power: float, _: object = None) -> str:
    """10 to a power, as a label of a logarithmic axis."""
    return "1" if power == 0 else f"$10^{{{power:.0f}}}$"
