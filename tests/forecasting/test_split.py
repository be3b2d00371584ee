from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_series import options, random_walk, series

from rnnlab.data import weather
from rnnlab.errors import InputError
from rnnlab.forecasting import Series
from rnnlab.forecasting import split as module
from rnnlab.forecasting.split import Split, split
from rnnlab.studies.weather_forecast import CUTOFFS, INPUTS, weather_task


def laid_out(made: Series, frequency: str | None = "D", **given: Any) -> Split:
    return split(made, options(**given), target="y", frequency=frequency)


def test_on_the_chapters_split_the_windows_are_the_chapters() -> None:
    table = weather("JFK")
    table["precip"] = np.log1p(table["precip"])
    time = table.index.tz_convert(None)
    columns = {name: table[name].to_numpy() for name in INPUTS[1:]}
    made = Series("JFK", time, table["temp"].to_numpy(), columns)
    cuts = {"train_until": "2013-08-31", "validation_until": CUTOFFS[1]}
    found = split(
        made, options(horizon=24, season=24, window=48, calendar=("hour_of_day",), **cuts), target="temp", frequency="h"
    )
    chapters = weather_task("JFK", CUTOFFS[1])
    assert found.task.channels == chapters.channels
    for part in ("train", "validation", "test"):
        ours, theirs = getattr(found.task, part), getattr(chapters, part)
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        np.testing.assert_array_equal(ours.targets, theirs.targets)
    assert found.every == 1
    assert {found.task.channels[place] for place in found.drifting} >= {"temp", "dewp", "pressure"}
    assert "precip" not in {found.task.channels[place] for place in found.drifting}


def test_nothing_of_validation_and_test_changes_what_is_learnt_from() -> None:
    rng, walk = np.random.default_rng(2), random_walk(2).values
    made = series(random_walk(1).values, other=walk)
    weekly = np.resize(1e6 * rng.normal(size=7), 240)
    changed = series(np.r_[made.values[:360], weekly], other=np.r_[walk[:360], 1e6 * rng.normal(size=240)])
    ours, theirs = laid_out(made), laid_out(changed)
    assert (ours.season, ours.task.window, ours.drifting) == (theirs.season, theirs.task.window, theirs.drifting)
    assert ours.task.scaler == theirs.task.scaler
    np.testing.assert_array_equal(ours.task.train.inputs, theirs.task.train.inputs)


def test_the_season_is_found_in_the_training_part_and_a_window_reads_two() -> None:
    rng = np.random.default_rng(3)
    weekly = series(np.resize(rng.normal(size=7), 400) + 0.1 * rng.normal(size=400))
    found = laid_out(weekly, horizon=5)
    assert (found.season, found.task.window) == (7, 14)
    assert laid_out(random_walk(4)).season == 1
    assert laid_out(weekly, season=1).season == 1


def test_open_cuts_leave_two_horizons_to_validate_and_to_test_on() -> None:
    found = laid_out(random_walk(5, T=100), horizon=12, season=1)
    first, last = found.task.parts["test"]
    assert (last - first).days + 1 == 25
    assert len(found.task.validation) == 24 - 12 + 1
    assert len(laid_out(random_walk(5, T=600)).task.history) == 360


def test_calendar_cycles_are_read_once_training_has_met_them_twice() -> None:
    assert laid_out(random_walk(6, T=700)).calendar == ("day_of_week",)
    assert laid_out(random_walk(6, T=1300)).calendar == ("day_of_week", "day_of_year")
    hourly = series(random_walk(6).values, freq="h")
    assert laid_out(hourly, "h").calendar == ("hour_of_day", "day_of_week")
    assert laid_out(hourly, "h", calendar=()).calendar == ()


def test_series_without_times_are_forecast_by_their_steps() -> None:
    made = Series("made", pd.RangeIndex(300), random_walk(7, T=300).values)
    found = laid_out(made, None)
    assert found.calendar == ()
    assert found.times(found.task.test.rows[:2]).tolist() == [224, 225]
    with pytest.raises(InputError, match="no time column, so no calendar"):
        laid_out(made, None, calendar=("day_of_week",))
    with pytest.raises(InputError, match="is a time, but the data have no time column"):
        laid_out(made, None, train_until="2020-03-01", validation_until=0.8)


def test_a_part_that_memory_should_not_hold_is_thinned_past_every_phase_of_the_season(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TRAINING_BYTES", 4 * 14 * 3 * 100)
    monkeypatch.setattr(module, "FORECASTS", 140)
    found = laid_out(random_walk(8), season=7, window=14, calendar=("day_of_week",))
    assert len(found.task.train) <= 100
    assert len(found.task.test) * 7 <= 140
    assert np.gcd(found.every, 7) == 1
    assert set(np.diff(found.task.test.rows)) == {found.every}
    assert len(set(found.task.train.rows % 7)) == 7


@pytest.mark.parametrize(
    ("T", "given", "sentence"),
    [
        (30, {"horizon": 14}, "too few for a horizon of 14"),
        (100, {"horizon": 7, "season": 60}, "A season of 60 steps does not fit"),
        (100, {"horizon": 7, "window": 50}, "training part of 'made' has 60 steps; with window=50"),
        (100, {"horizon": 7, "window": 5, "season": 7}, "does not fit into a window of 5"),
    ],
)
def test_a_series_that_is_too_short_is_refused_with_what_it_lacks(T: int, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        laid_out(random_walk(9, T=T), **given)


@pytest.mark.parametrize("cut", ["2023-03-26 02:30", "2023-10-29 02:30"])
def test_a_cut_at_an_hour_that_the_clocks_leave_out_or_have_twice_is_refused(cut: str) -> None:
    hours = pd.date_range("2023-03-01", "2023-11-20", freq="h")
    made = Series("load", hours, np.random.default_rng(0).normal(size=len(hours)), zone="Europe/Berlin")
    with pytest.raises(InputError, match=f"train_until='{cut}' is a time that the clocks of Europe/Berlin leave out"):
        laid_out(made, "h", season=1, train_until=cut, validation_until="2023-11-01")
    assert laid_out(made, "h", season=1, train_until=f"{cut[:-5]}05:30", validation_until="2023-11-01").season == 1


def test_windows_of_a_long_series_look_into_it_and_copy_nothing() -> None:
    whole, torn = random_walk(8, T=5_000), random_walk(8, T=5_000)
    torn.values[[700, 3400, 4300]] = np.nan
    for made, views in ((whole, True), (torn, False)):
        task = laid_out(made, window=30, carry=0).task
        for part in (task.train, task.validation, task.test):
            inputs = part.inputs
            assert (inputs.base is not None and np.shares_memory(inputs, part.series.channels)) == views
            plain = np.stack([part.series.channels[row - 29 : row + 1] for row in part.rows])
            np.testing.assert_array_equal(inputs, plain)


def test_no_part_is_chosen_or_scored_on_more_forecasts_than_there_is_memory_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FORECASTS", 1_000)
    monkeypatch.setattr(module, "TRAINING_BYTES", 40_000)
    task = laid_out(random_walk(9, T=3_000), horizon=20, season=7, window=14).task
    for part in (task.validation, task.test):
        assert len(part) * 20 <= 1_000
    reads = 4 * (14 * len(task.channels) + 20)
    assert len(task.train) * reads <= 40_000
    for part in (task.train, task.validation, task.test):
        assert len({int(row) % 7 for row in part.rows}) == 7, "thinning must meet every day of the week"
