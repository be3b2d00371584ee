"""Figures of chapter 3: what they draw of gradients that vanish, explode or are cut."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rnnlab import figures


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_every_seed_has_a_thin_line_and_the_thick_one_is_their_median(axis) -> None:
    seeds = np.array([[0.0, -1.0], [0.0, -2.0], [0.0, -9.0]])
    figures.gradient_by_lag({"rnn": seeds}, ax=axis, title="", guides={"$0.9^k$": [0.0, -0.05]})
    assert len(axis.lines) == 5
    np.testing.assert_array_equal(axis.lines[3].get_ydata(), [0, -2])
    assert axis.lines[3].get_linewidth() > 2 * axis.lines[0].get_linewidth()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["RNN", "$0.9^k$"]


def test_series_of_one_cell_share_its_colour_and_differ_in_their_lines(axis) -> None:
    curves = {"lstm, forget bias 0": [0.0, -1.0], "lstm, forget bias 3": [0.0, 0.0], "relu, identity": [0.0, 0.0]}
    figures.gradient_by_lag(curves, ax=axis, title="", of="c")
    first, second, relu = axis.lines
    assert first.get_color() == second.get_color() == figures.colour("lstm")
    assert first.get_linestyle() != second.get_linestyle()
    assert to_rgb(relu.get_color()) == to_rgb(figures.colour("relu"))
    assert "partial c_T" in axis.get_ylabel()
    assert axis.get_legend().get_texts()[2].get_text() == "RNN with ReLU, identity"


def test_a_gradient_of_zero_falls_below_the_axis_and_axes_are_the_same_everywhere(axis) -> None:
    figures.gradient_by_lag({"rnn": [0.0, -np.inf]}, ax=axis, title="")
    assert axis.lines[0].get_ydata()[1] < axis.get_ylim()[0] == -20
    assert axis.get_xlabel() == "lag k (steps back)"
    assert axis.yaxis.get_major_formatter()(-8, None) == "$10^{-8}$"


def test_shares_of_the_weights_gradient_are_told_apart_by_their_names(axis) -> None:
    figures.weight_gradient_by_lag(np.zeros((2, 5)), np.ones((2, 5)), ax=axis, title="")
    assert len(axis.lines) == 6
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["one step's share", "all steps up to here"]


def test_a_map_tells_vanished_from_exploded_by_colour_and_number(axis) -> None:
    left, zero = [[-30.2, 4.0], [0.1, -1.0]], [[-1.0, 1.0], [-1.0, 1.0]]
    figures.regime_map(
        left, rows=(0.5, 1.5), columns=(0.0, 1.0), lines={"exponent 0": zero}, ax=axis, xlabel="i", ylabel="r", title=""
    )
    assert [text.get_text() for text in axis.texts] == ["−30", "+4", "0", "−1"]
    shades = [patch.get_facecolor()[:3] for patch in axis.patches]
    assert shades[0] == shades[3] == to_rgb(figures.colour("share"))
    assert shades[1] == to_rgb(figures.colour("rnn"))
    assert axis.patches[0].get_alpha() > axis.patches[3].get_alpha()
    (line,) = axis.collections[0].get_paths()
    np.testing.assert_allclose(line.vertices[:, 0], 0.5)  # half-way between the two columns
    assert axis.get_legend().get_texts()[0].get_text() == "exponent 0"


def test_a_number_of_a_map_keeps_away_from_the_line_that_passes_its_field(axis) -> None:
    line = np.add.outer(np.arange(3) - 0.76, np.zeros(3))  # zero along y = 0.76, where row 1's numbers would stand
    figures.regime_map(
        np.ones((3, 3)),
        rows=(1, 2, 3),
        columns=(1, 2, 3),
        lines={"zero": line},
        ax=axis,
        xlabel="",
        ylabel="",
        title="",
    )
    heights = np.array([text.get_position()[1] for text in axis.texts]).reshape(3, 3)
    assert (abs(heights - 0.76) >= 0.2).all()
    assert (abs(heights - np.arange(3)[:, None]) < 0.46).all(), "each stays in its field"


def test_a_path_that_leaves_the_plane_ends_in_an_arrow_at_its_edge(axis) -> None:
    x, y = np.linspace(0, 1, 5), np.linspace(0, 2, 9)
    paths = {"out": [[0.5, 1.0], [0.75, 5.0], [9.0, 9.0]], "in": [[0.5, 1.0], [0.6, 1.1]]}
    figures.loss_surface(x, y, np.zeros((9, 5)), ax=axis, xlabel="w", ylabel="b", title="", paths=paths)
    (arrow,) = axis.texts
    assert arrow.xy == pytest.approx((0.5625, 2.0))  # not where it would meet the right edge, above the plane
    assert {text.get_text() for text in axis.get_legend().get_texts()} == {"out", "in", "start"}
    assert axis.get_xlim() == (0, 1)
    assert axis.get_ylim() == (0, 2)


def test_singular_values_are_drawn_over_the_share_of_directions(axis) -> None:
    figures.singular_values({"gru": [[0.0, -1.0, -2.0, -np.inf]], "lstm": np.zeros((3, 8))}, ax=axis, title="")
    np.testing.assert_array_equal(axis.lines[0].get_xdata(), [25, 50, 75, 100])
    assert axis.lines[0].get_ydata()[3] < axis.get_ylim()[0]
    assert len(axis.lines) == 1 + 4
