"""Which steps each update of truncated backpropagation through time reads, and which it scores."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rnnlab.figures.style import colour


def truncation_segments(segments: Sequence[tuple[int, int, int, int]], *, ax: Axes, title: str) -> Axes:
    """segments are (start, done, end, following), as `training.truncation.segments` gives them: a row an update.

    A row reaches from the carried state, a mark, over the steps that are only read to those that are scored.
    """
    for row, (start, done, end, _) in enumerate(segments):
        named = row == len(segments) - 1
        if start < done:
            ax.barh(
                row, done - start, left=start, height=0.6, color=colour("share"), alpha=0.35, linewidth=0,
                label="read again, for the reach" if named else None,
            )  # fmt: skip
        ax.barh(
            row, end - done, left=done, height=0.6, color=colour("share"), linewidth=0,
            label="scored" if named else None,
        )  # fmt: skip
        ax.plot(
            start, row, marker="D", color=colour("accent"), linestyle="", markersize=6, clip_on=False,
            label="state, given" if named else None,
        )  # fmt: skip
    ax.set(xlabel="step of the series", ylabel="update", title=title, ylim=(len(segments) - 0.4, -0.6))
    ax.set_xlim(0, max(end for _, _, end, _ in segments))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_yticks(range(len(segments)), [str(row + 1) for row in range(len(segments))])
    ax.grid(axis="y", visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
    return ax
