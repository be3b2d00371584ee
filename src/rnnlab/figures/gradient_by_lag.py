"""Gradient flow: what is left of a gradient so many steps before the one where it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from rnnlab.figures.style import COLOURS, LINES, NAMES, colour

OTHERS = ("accent", "mlp", "tcn", "ridge")  # for curves that are no cell of the palette


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
    dashed lines (lags,), also log10. limits are of the vertical axis, in powers of ten: the same in every chapter.
    """
    for place, (model, values) in enumerate(log10_norms.items()):
        table = np.atleast_2d(np.asarray(values, dtype=float))
        lag = np.arange(table.shape[1])
        shade = colour(model if model in COLOURS else OTHERS[place % len(OTHERS)])
        low = np.maximum(table, limits[0] - 10.0)  # drawn out of sight, not left out
        for row in low if len(low) > 1 else ():
            ax.plot(lag, row, color=shade, linewidth=0.6, alpha=0.45)
        ax.plot(lag, np.median(low, axis=0), color=shade, linewidth=2.4, label=NAMES.get(model, model),
                linestyle=LINES.get(model, "-"))  # fmt: skip
    for name, guide in (guides or {}).items():
        line = np.asarray(guide, dtype=float)
        ax.plot(np.arange(len(line)), line, color=colour("guide"), linestyle="--", linewidth=1.6, label=name)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda power, _: f"$10^{{{power:.0f}}}$"))
    ax.set(
        title=title,
        xlabel="lag k (steps back)",
        ylabel=rf"$\Vert \partial {of}_T / \partial {of}_{{T-k}} \Vert$",
        ylim=limits,
    )
    ax.set_xlim(0, None)
    ax.legend(loc="lower left", fontsize="small")
    return ax
