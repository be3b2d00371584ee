"""The report: one page that is whole, needs nothing else, tells what was found and runs nothing that a file holds."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnlab.forecasting import Result, compare
from rnnlab.report import pictures, write

HOSTILE = '<script>alert("x")</script>'
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
def several() -> Result:
    data = pd.concat([frame(id, seed) for seed, id in enumerate([HOSTILE, "b & c", "=1+1", "d"])])
    return compare(data, target="sold", time="date", id="shop", **QUICK)


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
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attrs}
        self.refers += [given[name] for name in ("src", "srcset", "href") if name in given]
        if tag == "img":
            self.alts.append(given["alt"])

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_a_page_refers_to_nothing_outside_itself_and_runs_no_script(folder: Path) -> None:
    page = page_of(folder)
    assert page.refers
    assert all(each.startswith("data:image/svg+xml;base64,") for each in page.refers)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "url(" not in (folder / "report.html").read_text(encoding="utf-8")


def test_markup_in_a_series_name_is_shown_as_text(folder: Path) -> None:
    assert HOSTILE in "".join(page_of(folder).texts)
    assert "b & c" in "".join(page_of(folder).texts)


def test_every_picture_has_words_and_four_forms(folder: Path) -> None:
    page = page_of(folder)
    assert len(page.alts) >= 3 * 5
    assert all(len(alt) > 30 for alt in page.alts)
    assert page.tags.count("source") == 3 * page.tags.count("img")
    assert len(set(page.refers)) == len(page.refers)


def test_the_verdict_the_table_and_the_warnings_stand_on_the_page(folder: Path, several: Result) -> None:
    text = re.sub(r"\s+", " ", "".join(page_of(folder).texts))
    assert several.judgement.sentence in text
    for warning in several.warnings[:12]:
        assert re.sub(r"\s+", " ", warning.sentence) in text
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


def test_a_report_that_cannot_be_finished_leaves_the_old_one(
    one: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(one, tmp_path)
    before = path.read_bytes()

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", broken)
    with pytest.raises(KeyboardInterrupt):
        write(one, tmp_path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "forecast.csv",
        "report.html",
        "result.json",
        "rows.csv",
    ]


def test_of_many_series_the_largest_the_median_and_the_smallest_gain_are_shown(several: Result) -> None:
    from rnnlab.report.page import chosen

    gains = [one.judgement.gain for one in chosen(several.series)]
    everyone = sorted((one.judgement.gain for one in several.series), reverse=True)
    assert gains == [everyone[0], everyone[2], everyone[-1]]
