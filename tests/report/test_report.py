"""The report: one page that is whole, needs nothing else, tells what was found and runs nothing that a file holds."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from rnnlab.figures import error_by_horizon
from rnnlab.figures.style import label
from rnnlab.forecasting import Result, compare
from rnnlab.forecasting.result import Coverage
from rnnlab.forecasting.words import covered, percent
from rnnlab.report import page as page_module
from rnnlab.report import pictures, write

HOSTILE = '<script>alert("x")</script>'
TARGET, INPUT, TIME = '<i>"sold $', '"><img src=x onerror=alert(1)>', "<em>when"
FILE = "<u>shops & sons.csv"
TAGS = """html head meta title style body main header h1 h2 h3 h4 p section strong span ul li div figure picture source
img figcaption details summary table thead tbody tr th td dl dt dd"""
QUICK = {"mode": "quick", "horizon": 3, "season": 7, "seeds": 2, "updates": 20, "statistical": False, "nets": ("rnn",)}


def frame(id: str, seed: int, *, dated: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = np.arange(260)
    values = 20 + 5 * np.sin(2 * np.pi * steps / 7) + rng.normal(size=260)
    values[40:43] = np.nan
    days = pd.date_range("2024-01-01", periods=260, freq="D")
    return pd.DataFrame({"shop": id, "date": days if dated else steps, "sold": values})


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return compare(frame("a", 0).drop(columns="shop"), target="sold", time="date", **QUICK)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Four series from a file of which every name is markup, with an input that is a copy of the target."""
    data = pd.concat([frame(id, seed) for seed, id in enumerate([HOSTILE, "<s>b & c", "=1+1", "<b>d"])])
    data = data.rename(columns={"sold": TARGET, "date": TIME}).assign(**{INPUT: data["sold"] * 2})
    path = tmp_path_factory.mktemp("shops") / FILE
    data.to_csv(path, index=False)
    return compare(path, target=TARGET, id="shop", inputs=(INPUT,), **QUICK)


@pytest.fixture(scope="module")
def folder(several: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(several, tmp_path_factory.mktemp("report")).parent


class Page(HTMLParser):
    """What a page holds: tags in order, what they refer to, and their text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.refers: list[str] = []
        self.texts: list[str] = []
        self.alts: list[str] = []
        self.media: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attrs}
        self.refers += [given[name] for name in ("src", "srcset", "href") if name in given]
        if tag == "source":
            self.media.append(given["media"])
        if tag == "img":
            self.alts.append(given["alt"])

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def words_of(page: Page) -> str:
    return re.sub(r"\s+", " ", "".join(page.texts))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without its pictures takes no time."""
    monkeypatch.setattr(page_module, "pictures", lambda one: [])


def test_a_page_refers_to_nothing_outside_itself_and_runs_no_script(folder: Path) -> None:
    page = page_of(folder)
    assert page.refers
    assert all(each.startswith("data:image/svg+xml;base64,") for each in page.refers)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "url(" not in (folder / "report.html").read_text(encoding="utf-8")


def test_markup_from_a_file_is_shown_as_text_wherever_it_stands(folder: Path, several: Result) -> None:
    page = page_of(folder)
    assert set(page.tags) <= set(TAGS.split())
    for text in (HOSTILE, "<s>b & c", "<b>d", TARGET, INPUT, TIME, FILE):
        assert text in "".join(page.texts)
    assert any(TARGET in alt for alt in page.alts)
    assert any(INPUT in each.sentence for each in several.warnings)


def test_every_picture_has_words_and_four_forms(folder: Path) -> None:
    page = page_of(folder)
    assert len(page.alts) >= 3 * 5
    assert all(len(alt) > 30 for alt in page.alts)
    assert page.tags.count("source") == 3 * page.tags.count("img")
    assert len(set(page.refers)) == len(page.refers)
    assert all(each.startswith("screen and") for each in page.media if "dark" in each)  # paper is white


def test_the_verdict_the_table_and_the_warnings_stand_on_the_page(folder: Path, several: Result) -> None:
    text = words_of(page_of(folder))
    assert several.judgement.sentence in text
    assert any(each.code == "leak" for each in several.warnings)
    for code in {each.code for each in several.warnings}:  # each once, with the series that it concerns
        told = [(each.place.split(": ")[0], each.sentence) for each in several.warnings if each.code == code]
        concerned = list(dict.fromkeys(id for id, _ in told))
        assert f"{code} (on {len(concerned)} of 4 series: {', '.join(concerned)})" in text
        assert told[0][1] in text
    for name in ("RNN", "ridge autoregression", "seasonal naive", "persistence", "drift", "mean of the past"):
        assert name in text
    assert "4 series" in text


def test_the_files_beside_the_page_hold_the_same_numbers(folder: Path, several: Result) -> None:
    plain = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert plain["decision"] == several.judgement.decision
    rows = pd.read_csv(folder / "rows.csv", parse_dates=["ds", "cutoff"])
    assert list(rows.columns[:4]) == ["unique_id", "ds", "cutoff", "y"]
    again = (rows["rnn"] - rows["y"]).abs().groupby(rows["unique_id"]).mean()
    for one in several.series:
        assert again[one.id] == pytest.approx(one.score("rnn").mae)
    with (folder / "forecast.csv").open(encoding="utf-8", newline="") as file:
        ahead = list(csv.DictReader(file))
    assert len(ahead) == 4 * 3
    assert {row["unique_id"] for row in ahead} == {one.id for one in several.series}


def test_the_same_result_gives_the_same_bytes(one: Result, tmp_path: Path) -> None:
    first, second = (write(one, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_series_without_times_has_its_pictures_too() -> None:
    data = frame("a", 3, dated=False)
    result = compare(data["sold"].interpolate(), **QUICK)
    titles = [each.title for each in pictures.pictures(result.series[0])]
    assert "What comes next" in " ".join(titles)
    assert pictures.step_of(result.series[0]) == "steps"


@pytest.mark.parametrize("written", range(4))
def test_a_report_that_is_stopped_half_way_leaves_whole_files_and_the_page_comes_last(
    written: int, one: Result, undrawn: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(one, tmp_path / "old")
    before = {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()}
    calls = iter(range(4))
    whole = Path.write_text

    def torn(path: Path, text: str, **how: str) -> int:
        if next(calls) == written:
            whole(path, text[: len(text) // 2], **how)  # type: ignore[arg-type]  # the encoding alone
            raise KeyboardInterrupt
        return whole(path, text, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", torn)
    with pytest.raises(KeyboardInterrupt):
        write(one, tmp_path / "old")
    assert {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before
    calls = iter(range(4))
    with pytest.raises(KeyboardInterrupt):
        write(one, tmp_path / "new")
    left = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert left == sorted(["result.json", "rows.csv", "forecast.csv"][:written])


def test_what_a_run_left_that_was_killed_while_it_wrote_is_cleared_away(
    one: Result, undrawn: None, tmp_path: Path
) -> None:
    for name in ("report.html", "rows.csv"):
        (tmp_path / f".{name}.x1y2z3.part").write_text("torn")
    (tmp_path / ".mine.part").write_text("kept")
    write(one, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html", "result.json", "rows.csv", "forecast.csv", ".mine.part",
    }  # fmt: skip


def test_the_page_marks_the_model_to_use_and_heads_the_verdict_by_the_decision(one: Result, undrawn: None) -> None:
    for decision, heading in (
        ("better", "A recurrent network forecasts better."),
        ("worse", "The recurrent networks forecast worse."),
        ("cannot tell", "A recurrent network does no better, as far as these data can tell."),
    ):
        judgement = replace(one.judgement, decision=decision)  # type: ignore[arg-type]
        html = page_module.page(replace(one, judgement=judgement, best="drift"))
        assert f"<strong>{heading}</strong>" in html
        assert f'class="verdict {decision.replace(" ", "-")}"' in html
        assert re.findall(r'<tr class="best"><td>(.*?)</td>', html) == ["drift – use this"]
        assert html.count("use this") == 1


def test_the_tables_of_a_page_hold_what_the_result_holds(several: Result, undrawn: None) -> None:
    html = page_module.page(several)
    text = words_of(Page(html))
    assert several.table["mase"].is_monotonic_increasing
    order = [label(name) + " – use this" * (name == several.best) for name in several.table["name"]]
    assert re.findall(r"<tr[^>]*><td>(.*?)</td>\n", html)[: len(order)] == order
    for one in several.series:
        low, high = one.judgement.interval
        assert f"{percent(one.judgement.gain)} {percent(low)} to {percent(high)}" in text
    for one in page_module.chosen(several.series):
        for name, (first, last) in one.parts.items():
            assert f"{name}{pd.Timestamp(first):%Y-%m-%d} to {pd.Timestamp(last):%Y-%m-%d}" in text
        for row in one.winner.ahead().to_dict("records"):
            shown = [row[one.best], *(row[name] for name in ("lo-80", "hi-80", "lo-95", "hi-95"))]
            cells = "".join(f"{each:#.4g}".rstrip(".").replace("-", "−") for each in shown)
            assert f"{row['ds']:%Y-%m-%d}{cells}" in text
        assert f"steps of {TARGET}, {INPUT}, the calendar (day of week)" in text


def test_each_series_has_the_forecast_of_its_own_best_model(several: Result, undrawn: None, tmp_path: Path) -> None:
    write(replace(several, best="mean"), tmp_path)
    ahead = pd.read_csv(tmp_path / "forecast.csv")
    assert list(ahead["model"]) == [one.best for one in several.series for _ in range(3)]
    np.testing.assert_allclose(
        ahead["forecast"], np.concatenate([one.winner.ahead()[one.best] for one in several.series])
    )


@pytest.mark.parametrize(("high", "said"), [(0.79, True), (0.81, False)])
def test_intervals_that_held_too_little_are_named_before_the_reader_relies_on_them(
    high: float, said: bool, one: Result, undrawn: None
) -> None:
    coverage = (Coverage(0.8, 0.7, 0.6, high, 300), Coverage(0.95, 0.95, 0.9, 0.99, 300))
    (series,) = one.series
    series = replace(series, coverage=coverage)
    text = words_of(Page(page_module.page(replace(one, series=(series,)))))
    assert (f"The intervals were too narrow. {covered(series)}" in text) is said
    pair = replace(one, series=(series, replace(series, id=HOSTILE)))
    text = words_of(Page(page_module.page(pair)))
    assert (f"The intervals were too narrow on 2 of 2 series: {series.id}, {HOSTILE}." in text) is said


def test_what_cannot_be_measured_is_a_dash(one: Result, undrawn: None) -> None:
    nothing = replace(one.judgement, gain=float("nan"), interval=(float("nan"), float("nan")))
    pair = (replace(one.series[0], judgement=nothing), one.series[0])
    text = words_of(Page(page_module.page(replace(one, series=pair))))
    assert "– – to –" in text
    assert "nan" not in text


def test_a_picture_draws_what_the_result_holds(one: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_picture", lambda draw, *data, heading, **_: (heading, data))
    (series,) = one.series
    drawn = {heading.split(",")[0].split(":")[0]: data for heading, data in pictures.pictures(series)}
    rows, best = series.rows, series.best
    cutoffs = rows["cutoff"].unique()
    for cutoff, (times, said, bands) in zip(
        cutoffs[-10::3], drawn["The last forecasts of the test part"][3], strict=True
    ):
        own = rows[rows["cutoff"] == cutoff]
        assert list(times) == list(own["ds"].to_numpy())
        np.testing.assert_array_equal(said, own[best])
        for level, (low, high) in zip((0.95, 0.8), bands, strict=True):
            np.testing.assert_allclose((high - low) / 2, series.winner.arrays[f"radius {level}"])
    ahead = series.winner.ahead()
    ((times, said, bands),) = drawn["What comes next"][3]
    np.testing.assert_array_equal(said, ahead[best])
    for level, (low, high) in zip((95, 80), bands, strict=True):
        np.testing.assert_array_equal(low, ahead[f"lo-{level}"])
        np.testing.assert_array_equal(high, ahead[f"hi-{level}"])
    first = rows.drop_duplicates("cutoff")
    np.testing.assert_array_equal(drawn[f"What {label(best)} leaves over"][1], first["y"] - first[best])
    curves = [(run.updates, run.validation) for run in series.curves["rnn"]]
    assert drawn["How the networks learnt"][0] == {"rnn": curves}
    assert drawn["Error against how far ahead"][0]["rnn"] == series.score("rnn").by_step
    assert drawn["The series"][2] == series.parts


@pytest.mark.parametrize("horizon", [2, 3, 7])
def test_no_tick_lies_between_two_steps_ahead(horizon: int) -> None:
    figure = Figure(figsize=pictures.WIDE)
    ax = figure.subplots()
    drawn = pictures._whole_steps(error_by_horizon)
    drawn({"rnn": np.arange(1.0, horizon + 1)}, ax=ax, unit="sold", title="")
    figure.draw_without_rendering()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("sold", "sold"),
        ("price $ or $m", r"price \$ or \$m"),
        ("two\nlines", "two lines"),
        ("売上", "value"),
        (" ", "value"),
        ("x" * 5000, "x" * 35 + "…"),
    ],
)
def test_an_axis_carries_a_columns_name_in_one_short_line_that_is_no_formula(name: str, shown: str) -> None:
    assert pictures.drawable(name) == shown


def test_of_many_series_the_largest_the_median_and_the_smallest_gain_are_shown(several: Result) -> None:
    from rnnlab.report.page import chosen

    gains = [one.judgement.gain for one in chosen(several.series)]
    everyone = sorted((one.judgement.gain for one in several.series), reverse=True)
    assert gains == [everyone[0], everyone[2], everyone[-1]]
