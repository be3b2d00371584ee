"""Figures of chapter 7: times as a ladder, batches with their padding, segments of a truncation."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rnnlab import figures
from rnnlab.training.truncation import segments


@pytest.fixture
def axis() -> Iterator[Axes]:
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def bars(ax: Axes) -> list[tuple[float, float, float]]:
    """From, to and middle of every bar."""
    drawn = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height() / 2) for bar in drawn]


def test_a_ladder_says_the_gain_of_each_rung_on_the_one_above_and_draws_every_repetition(axis: Axes) -> None:
    figures.ladder({"loops": [90.0, 100, 300], "arrays": [2.0, 2, 4], "torch": [4.0]}, ax=axis, title="Why?")
    (right,) = axis.child_axes
    assert [label.get_text() for label in right.get_yticklabels()] == ["100 ms", "2 ms,  50 ×", "4 ms,  0.5 ×"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["loops", "arrays", "torch"]
    assert [round(end) for _, end, _ in bars(axis)] == [100, 2, 4]
    assert sorted(np.asarray(axis.lines[0].get_xdata())) == [90, 100, 300]
    assert axis.get_xscale() == "log" and "milliseconds" in axis.get_xlabel()
    assert axis.get_ylim()[0] > axis.get_ylim()[1], "the first rung stands on top"
    assert axis.get_xlim()[1] > 300


def test_a_padding_map_has_a_row_a_sequence_filled_up_to_the_longest_of_its_batch(axis: Axes) -> None:
    figures.padding_map([[3, 5], [2, 2, 9]], ax=axis, title="", unit="letters")
    lengths = [3, 5, 2, 2, 9]
    real = {middle: end for start, end, middle in bars(axis) if start == 0}
    filled = {middle: end for start, end, middle in bars(axis) if start > 0}
    assert [real[row] for row in range(5)] == lengths
    assert [filled[row] for row in range(5)] == [5, 5, 9, 9, 9]
    assert axis.get_xlabel() == "letters"
    legend = axis.get_legend()
    assert legend is not None and sorted(text.get_text() for text in legend.get_texts()) == ["padding", "sequence"]


def test_segments_show_what_is_scored_what_is_read_again_and_where_the_state_is_given(axis: Axes) -> None:
    figures.truncation_segments(list(segments(10, 4, 6)), ax=axis, title="")
    assert [(start, end) for start, end, row in bars(axis) if row == 0] == [(0, 4)]
    assert sorted((start, end) for start, end, row in bars(axis) if row == 1) == [(2, 4), (4, 8)]
    assert sorted((start, end) for start, end, row in bars(axis) if row == 2) == [(4, 8), (8, 10)]
    assert [np.asarray(line.get_xdata())[0] for line in axis.lines] == [0, 2, 4]
    legend = axis.get_legend()
    assert legend is not None and len(legend.get_texts()) == 3


def test_a_speed_chart_puts_twice_and_half_as_fast_equally_far_from_one(axis: Axes) -> None:
    sizes = [(32, 100, 1, 32), (1, 1000, 32, 64)]
    figures.speed_up({"gru": [2.0, np.nan], "lstm": [0.5, 1.0]}, sizes, ax=axis, title="How much?")
    ends = axis.transData.transform([(0, 2.0), (0, 1.0), (0, 0.5)])[:, 1]
    assert ends[0] - ends[1] == pytest.approx(ends[1] - ends[2])
    legend = axis.get_legend()
    assert legend is not None and [text.get_text() for text in legend.get_texts()] == ["GRU", "LSTM"]
