"""Figures of memory: what they draw for every seed and character, and what they refuse."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlab import figures


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_a_memory_curve_is_the_median_within_a_band_of_all_seeds(axis) -> None:
    seeds = np.array([[1.0, 0.0], [0.8, 0.1], [0.2, 0.9]])
    figures.by_lag({"rnn": seeds}, ax=axis, ylabel="R²", title="How far?", first=1)
    line, band = axis.lines[0], axis.collections[0]
    np.testing.assert_array_equal(line.get_xdata(), [1, 2])
    np.testing.assert_array_equal(line.get_ydata(), [0.8, 0.1])
    corners = band.get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (0.0, 1.0)


def test_series_of_one_model_differ_in_their_lines_and_edges_are_named(axis) -> None:
    curves = {"rnn, before": [1, 0.5], "rnn, after": [1, 0.9], "mlp": [1, 0]}
    figures.by_lag(curves, ax=axis, ylabel="R²", title="", edges={"edge of the window": 0.5})
    before, after, mlp, edge = axis.lines
    assert before.get_color() == after.get_color() != mlp.get_color()
    assert before.get_linestyle() != after.get_linestyle()
    assert list(edge.get_xdata()) == [0.5, 0.5]
    assert [text.get_text() for text in axis.texts] == ["edge of the window"]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["RNN, before", "RNN, after", "MLP"]


def test_every_character_has_its_value_below_it_and_blanks_leave_a_mark(axis) -> None:
    text = "We, the\npeople"
    values = np.linspace(-1, 1, len(text))
    figures.text_heat(text, {"unit 3": values, "unit 5": -values}, ax=axis, title="What is it?", width=8)
    marks = [each.get_text() for each in axis.texts]
    assert marks.count("unit 3") == marks.count("unit 5") == 2
    assert "".join(each for each in marks if len(each) == 1) == "We,·the¶people"
    strips = [np.asarray(image.get_array()).ravel() for image in axis.images]
    np.testing.assert_allclose(np.concatenate([strips[0], strips[2]]), values)
    np.testing.assert_allclose(strips[1], -values[:8])
    assert axis.images[2].get_extent()[1] == 6  # the second line is six characters long


def test_a_strip_that_does_not_fit_the_text_is_refused(axis) -> None:
    with pytest.raises(ValueError, match=r"unit 3 has shape \(2,\); the text has 3 characters"):
        figures.text_heat("abc", {"unit 3": [0, 1]}, ax=axis, title="")
