"""What course/forecast.md says of the comparison on known series is what the record holds, and chapter 10 agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import known
from course import ROOT
from rnnlab.chapters.benchmarks import benchmark
from rnnlab.errors import InputError
from rnnlab.studies import read
from rnnlab.studies.stock_forecast import STOCK_FORECAST
from rnnlab.studies.weather_forecast import CUTOFFS, WEATHER_FORECAST

RECORD = benchmark("forecasting")
CASES = known.rows(RECORD)
EVERY = [pytest.param(case, id=f"{case['series']}, {case['mode']}") for case in RECORD["cases"]]
SIMPLE = {"white noise": "mean", "random walk": "persistence", "pure season": "seasonal_naive", "AR(2)": "ridge"}


def test_the_committed_section_is_the_one_that_the_record_gives() -> None:
    page = (ROOT / "course" / "forecast.md").read_text("utf-8")
    assert page == known.written(page), "run `make readme`"
    assert known.with_section(f"# Page\n\n{known.HEADING}\n\nold\n\n## Next\n", "new\n") == "# Page\n\nnew\n\n## Next\n"
    with pytest.raises(InputError, match="lacks the heading"):
        known.with_section("# Page\n", "new")


def test_every_series_was_measured_and_those_of_chapter_10_in_full() -> None:
    stations = {f"{station}, {season}" for station in ("JFK", "LGA", "EWR") for season in ("summer", "autumn")}
    real = stations | {"AAPL", "IBM", "MSFT", "five shares", "sea", "sunspots", "El Niño"}
    assert set(CASES) == real | set(known.MADE)
    assert {case["count"] for name, case in CASES.items() if name in known.MADE} == {5}
    assert {CASES[name]["mode"] for name in ("JFK, autumn", "AAPL", "five shares")} == {"full"}


@pytest.mark.parametrize("case", EVERY)
def test_each_row_is_of_one_mind_with_itself(case: Mapping[str, Any]) -> None:
    assert case["best"] == (case["best_network"] if case["decision"] == "better" else case["best_baseline"])
    low, high = case["interval"]
    if low is not None and high is not None:
        decision = "better" if low > 0 else "worse" if high < 0 else "cannot tell"
        assert case["decision"] == decision and low <= case["gain"] <= high


@pytest.mark.parametrize("case", EVERY)
def test_on_series_with_a_known_answer_it_gives_that_answer(case: Mapping[str, Any]) -> None:
    name, mae = case["series"], case["mae"]
    if name in SIMPLE:
        assert case["decision"] != "better" and case["best"] == SIMPLE[name]
    if name == "switching":
        assert case["decision"] == "better" and known.saved(case) > 0.5
        assert case["optimum"] < mae[case["best"]] < mae["ridge"]
    if name == "leaked column":
        assert case["warnings"]["leak"] == case["count"]
    elif name in known.MADE:
        assert "leak" not in case["warnings"]


@pytest.mark.parametrize("case", EVERY)
def test_on_chapter_10s_splits_it_recommends_what_chapter_10_does(case: Mapping[str, Any]) -> None:
    if case["chapter"] or case["series"] == "five shares":
        assert case["decision"] != "better"
        assert case["best"] == ("ridge" if "station" in case["chapter"] else "persistence")
    if "ticker" in case["chapter"] or case["series"] == "five shares":
        assert case["warnings"]["lagged"] == case["count"]
    if case["chapter"].get("cutoff") == CUTOFFS[1]:
        _, gain, _, high = known.chapter_10(case["chapter"])
        assert case["decision"] in ("worse", "cannot tell") and case["gain"] < 0 and gain < 0 and high < 0
    if case["chapter"].get("cutoff") == CUTOFFS[0]:
        _, gain, low, high = known.chapter_10(case["chapter"])
        assert case["decision"] == "cannot tell" and low < 0 < high


def test_chapter_10_finds_no_network_better_than_the_best_baseline() -> None:
    for study, claim in ((WEATHER_FORECAST, "10.3e"), (STOCK_FORECAST, "10.4b")):
        (verdict,) = (each for each in study.verdicts(read(study)) if each.claim == claim)
        assert verdict.decision == "does not hold"


def test_its_intervals_count_more_chance_than_chapter_10s() -> None:
    shared = [case for case in CASES.values() if case["chapter"]]
    assert len(shared) == 9
    assert all(known.wider([case]) > 1 for case in shared)
    told, not_here = known.untold(shared)
    assert len(told) > len(not_here) > 0
    here = {case["series"] for case in shared if case["decision"] != "cannot tell"}
    assert here <= set(told), "what the comparison tells, chapter 10 tells as well"


def test_the_intervals_hold_what_they_promise_on_made_series_and_not_on_every_real_one() -> None:
    found = known.checked(CASES)
    assert sum(known.kept(level, each) for level, each in found) >= 0.9 * len(found)
    name = known.least_kept(CASES)
    assert known.share_held(CASES[name], "80%") < 0.7
    assert "regime" in CASES[name]["warnings"]
