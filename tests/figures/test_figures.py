"""Figures: what they label, what they draw for every seed, what they hand to a page."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.colors import to_rgb

from rnnlab import figures
from rnnlab.figures.show import FIGURE_MIME
from rnnlab.figures.style import COLOURS, theme

GROUNDS = {"light": "#fefdfb", "dark": "#15181a"}
DAYS = np.arange("2013-01-01", "2013-03-01", dtype="datetime64[D]")


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def luminance(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot((0.2126, 0.7152, 0.0722), parts))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", sorted(COLOURS))
@pytest.mark.parametrize("ground", ["light", "dark"])
def test_every_colour_stands_out_from_its_ground(name: str, ground: str) -> None:
    with theme(ground):
        assert contrast(figures.colour(name), GROUNDS[ground]) >= 3  # what WCAG 2.1 asks of graphics


def test_a_colour_that_is_not_set_is_refused_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="No colour is set for 'transformer'; the palette knows"):
        figures.colour("transformer")


def test_a_theme_ends_with_its_block() -> None:
    before = figures.colour("rnn")
    with theme("dark"):
        assert figures.colour("rnn") != before
    assert figures.colour("rnn") == before


def test_error_by_horizon_starts_at_zero_and_names_every_model_and_unit(axis) -> None:
    figures.error_by_horizon({"gru": np.ones((10, 24)), "ridge": np.full(24, 3.0)}, ax=axis, unit="°C", title="Why?")
    assert axis.get_xlabel() == "hours ahead"
    assert "°C" in axis.get_ylabel()
    assert axis.get_ylim()[0] == 0
    assert axis.get_ylim()[1] > 3
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["GRU", "ridge autoregression"]


def test_a_later_panel_is_not_cut_off_by_an_earlier_one() -> None:
    figure, axes = plt.subplots(1, 2)
    for ax, height in zip(axes, (1.0, 5.0), strict=True):
        figures.error_by_horizon({"gru": np.full(24, height)}, ax=ax, unit="°C", title="")
        assert ax.get_ylim()[1] > height
    plt.close(figure)


def test_every_seed_has_its_own_mark_and_the_bar_is_the_median(axis) -> None:
    seeds = np.array([1.0, 2.0, 10.0, 3.0])
    figures.seeds_by_model({"rnn": seeds}, ax=axis, xlabel="MAE (°C)", title="", guides={"ridge": 1.5})
    marks, bar = axis.lines[:2]
    assert sorted(marks.get_xdata()) == sorted(seeds)
    assert set(bar.get_xdata()) == {2.5}
    assert axis.texts[0].get_text() == "ridge"


def test_no_learning_curve_is_averaged_away(axis) -> None:
    curves = {"lstm": [([1, 2], [1.0, 0.5]), ([1, 2], [1.0, 0.9])], "gru": [([1, 2], [1.0, 0.1])]}
    figures.learning_curves(curves, ax=axis, ylabel="loss", title="")
    assert len(axis.lines) == 3
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["LSTM", "GRU"]


def test_splits_take_times_with_and_without_a_zone(axis) -> None:
    for zone in (None, "UTC"):
        part = (pd.Timestamp("2013-01-05", tz=zone), pd.Timestamp("2013-02-01", tz=zone))
        figures.splits(DAYS, np.arange(len(DAYS)), {"test": part}, ax=axis, ylabel="°C", title="")
    assert {text.get_text() for text in axis.texts} == {"test"}


def test_a_forecast_is_drawn_from_its_origin(axis) -> None:
    path = (DAYS[3:5], np.array([7.0, 8.0]))
    figures.forecasts(DAYS, np.zeros(len(DAYS)), {"gru": [path, path]}, ax=axis, ylabel="°C", title="")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["measured", "GRU"]
    assert len(axis.lines) == 5


def test_the_peak_of_a_lag_plot_is_marked(axis) -> None:
    figures.lag_plot(range(3), {"rnn": [0.2, 0.9, 0.4]}, ax=axis, ylabel="correlation", title="")
    assert [float(value) for value in axis.lines[1].get_xdata()] == [1.0]


def shown(**options):
    main = sys.modules["__main__"]  # a shell puts a module of its own there
    shell = InteractiveShell.instance()
    shell.display_pub = CapturingDisplayPublisher()
    try:
        figures.show(lambda ax: ax.plot([1, 2], color=figures.colour("gru")), **options)
        return shell.display_pub.outputs
    finally:
        InteractiveShell.clear_instance()
        sys.modules["__main__"] = main


def test_a_figure_comes_as_png_for_notebooks_and_as_a_pair_of_svgs_for_the_book() -> None:
    (output,) = shown(alt="A line that rises.")
    data = output["data"]
    assert data["text/plain"] == "A line that rises."
    assert output["metadata"]["image/png"]["alt"] == "A line that rises."
    light, dark = data[FIGURE_MIME]["light"], data[FIGURE_MIME]["dark"]
    assert light.startswith("<svg")
    assert COLOURS["gru"][0].lower() in light
    assert COLOURS["gru"][1].lower() in dark


def test_the_same_figure_has_the_same_bytes() -> None:
    assert shown(alt="A line.")[0]["data"] == shown(alt="A line.")[0]["data"]


def test_a_figure_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="alt is empty; say in one sentence what the figure shows"):
        figures.show(lambda ax: None, alt=" ")


def test_a_figure_leaves_nothing_open() -> None:
    before = plt.get_fignums()
    shown(alt="A line.")
    assert plt.get_fignums() == before


def test_a_speed_up_starts_at_one_and_a_size_that_was_not_timed_has_no_mark(axis) -> None:
    figures.speed_up(
        {"rnn": [2.0, np.nan], "gru": [4.0, 0.5]}, [(32, 100, 1, 32), (1, 9, 1, 64)], ax=axis, title="How much?"
    )
    bars = [segment for group in axis.collections for segment in group.get_segments()]
    assert [bar[0][1] for bar in bars if len(bar)] == [1, 1, 1]
    marks = {line.get_label(): line.get_ydata() for line in axis.get_lines() if not line.get_label().startswith("_")}
    assert np.isfinite(marks["RNN"]).tolist() == [True, False]
    assert marks["GRU"].tolist() == [4.0, 0.5]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["32\n100\n1\n32", "1\n9\n1\n64"]
    assert [note.get_text() for note in axis.texts] == ["batch\nsteps\ninputs\nunits"]


@pytest.mark.parametrize("unit", ["s", "m", "h", "D", "W", "M", "Y"])
def test_an_axis_of_dates_finds_its_ticks_for_any_span(unit: str) -> None:
    for length in (*range(2, 60, 3), 100, 130, 160):
        figure, axis = plt.subplots()
        times = (np.datetime64("2001-01-31", unit) + np.arange(length)).astype("datetime64[s]")
        figures.splits(times, np.arange(length), {}, ax=axis, ylabel="", title="")
        assert 2 <= len(axis.get_xticks()) <= 10  # a span without an interval would warn, and warnings are errors
        plt.close(figure)
