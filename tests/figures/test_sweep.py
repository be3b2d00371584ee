"""Figures of what was varied: the line is the median, no seed is hidden, a share has its counts."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from rnnlab import figures
from rnnlab.figures.style import COLOURS, theme

LENGTHS = (10, 20, 100)
WORDS = {"xlabel": "length (steps)", "ylabel": "loss", "title": ""}


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def legend(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_sweep_draws_the_median_every_seed_and_a_band_from_least_to_greatest(axis) -> None:
    table = np.array([[1.0, 2.0, 3.0], [2.0, 9.0, 4.0], [10.0, 4.0, 8.0]])
    figures.sweep(LENGTHS, {"gru": table}, ax=axis, **WORDS)
    middle, seeds = axis.lines
    np.testing.assert_array_equal(middle.get_ydata(), [2, 4, 4])
    np.testing.assert_array_equal(middle.get_xdata(), LENGTHS)
    assert sorted(zip(seeds.get_xdata(), seeds.get_ydata(), strict=True)) == sorted(
        (x, y) for row in table for x, y in zip(LENGTHS, row, strict=True)
    )
    band = axis.collections[0].get_paths()[0].vertices
    assert {(x, y) for x, y in band} >= {(10, 1), (10, 10), (100, 3), (100, 8)}
    assert legend(axis) == ["GRU"]


def test_series_of_one_cell_share_its_colour_and_differ_in_their_lines(axis) -> None:
    figures.sweep(LENGTHS, {name: np.ones(3) for name in ("gru", "gru, clipped", "rnn")}, ax=axis, **WORDS)
    plain, clipped, other = axis.lines
    assert plain.get_color() == clipped.get_color() != other.get_color()
    assert plain.get_linestyle() == other.get_linestyle() != clipped.get_linestyle()
    assert legend(axis) == ["GRU", "GRU, clipped", "RNN"]


def test_a_seed_that_diverged_enters_no_median_and_is_counted(axis) -> None:
    table = np.array([[1.0, 1.0, np.nan], [2.0, np.inf, np.nan], [3.0, 5.0, np.nan]])
    figures.sweep(LENGTHS, {"rnn": table}, ax=axis, **WORDS)
    np.testing.assert_array_equal(axis.lines[0].get_ydata(), [2, 3, np.nan])
    assert [text.get_text() for text in axis.texts] == ["1 of 3 diverged", "3 of 3 diverged"]


def test_few_places_are_ticked_one_by_one_on_a_logarithmic_axis_too(axis) -> None:
    figures.sweep(LENGTHS, {"rnn": np.ones(3)}, ax=axis, log="xy", guides={"chance": 0.5}, **WORDS)
    axis.figure.canvas.draw()
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in axis.get_xticklabels()] == ["10", "20", "100"]
    assert axis.texts[0].get_text() == "chance"
    assert {float(y) for y in axis.lines[-1].get_ydata()} == {0.5}


@pytest.mark.parametrize(
    ("highest", "shown"),
    [
        (30.0, ["1", "2", "5", "10", "20"]),
        (3e5, ["1", "10", "100", "1,000", "100,000"]),
        (3e7, ["$\\mathdefault{10^{0}}$"]),
    ],
)
def test_a_logarithmic_axis_has_plain_numbers_up_to_a_million(axis, highest: float, shown: list[str]) -> None:
    figures.sweep(LENGTHS, {"rnn": [1.0, 3.0, highest]}, ax=axis, log="y", **WORDS)
    axis.figure.canvas.draw()
    assert set(shown) <= {text.get_text() for text in axis.get_yticklabels()}


def test_values_of_other_places_are_refused(axis) -> None:
    with pytest.raises(ValueError, match=r"rnn has shape \(5, 2\) and x has 3 places; give \(seeds, 3\)"):
        figures.sweep(LENGTHS, {"rnn": np.ones((5, 2))}, ax=axis, **WORDS)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_a_map_writes_its_counts_in_ink_that_can_be_read_and_darkens_with_the_share(ground: str) -> None:
    with theme(ground):
        figure, ax = plt.subplots()
        figures.share_map(
            [[10, 5, 0], [3, 0, 0]], [[10, 10, 10], [5, 0, 10]], rows=("lstm", "rnn"), columns=(10, 20, 1000),
            ax=ax, xlabel="length", title="",
        )  # fmt: skip
        fields = {(p.get_x() + 0.48, p.get_y() + 0.46): p.get_facecolor() for p in ax.patches}
        written = {text.get_position(): (text.get_text(), text.get_color()) for text in ax.texts}
        ink = mpl.rcParams["text.color"]
        plt.close(figure)
    assert {place: words for place, (words, _) in written.items()} == {
        (0, 0): "10/10", (1, 0): "5/10", (2, 0): "0/10", (0, 1): "3/5", (2, 1): "0/10",
    }  # fmt: skip
    alphas = [fields[place][3] for place in ((2, 0), (1, 0), (0, 1), (0, 0))]
    assert alphas == sorted(alphas) and len(set(alphas)) == 4
    assert fields[0, 0][:3] == to_rgba(COLOURS["share"][ground == "dark"])[:3]
    assert written[2, 0][1] == ink != written[0, 0][1]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["LSTM", "RNN"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["10", "20", "1,000"]


@pytest.mark.parametrize(
    ("successes", "runs", "words"),
    [
        ([[1, 2]], 5, r"successes has shape \(1, 2\); with these names it is \(1, 3\)"),
        ([[1, 2, 6]], 5, "between 0 and runs"),
        ([[1, -2, 4]], 5, "between 0 and runs"),
    ],
)
def test_a_map_of_what_is_no_share_is_refused(axis, successes, runs, words) -> None:
    with pytest.raises(ValueError, match=words):
        figures.share_map(successes, runs, rows=("rnn",), columns=LENGTHS, ax=axis, xlabel="", title="")
