from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnlab.data import weather
from rnnlab.data.weather import SOURCE, STATIONS
from rnnlab.errors import InputError


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    """The file as it is."""
    return pd.read_csv(SOURCE.path())


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {station: weather(station) for station in STATIONS}


def test_the_file_has_the_rows_that_its_description_states(records: pd.DataFrame) -> None:
    assert len(records) == 26_115
    assert records["origin"].value_counts().to_dict() == {"EWR": 8_703, "JFK": 8_706, "LGA": 8_706}
    assert records["time_hour"].agg(["min", "max"]).tolist() == ["2013-01-01T06:00:00Z", "2013-12-30T23:00:00Z"]
    assert records["wind_gust"].isna().mean() == pytest.approx(0.80, abs=0.005)
    assert records["pressure"].isna().mean() == pytest.approx(0.10, abs=0.005)


def test_local_clocks_repeat_an_hour_and_utc_does_not(records: pd.DataFrame) -> None:
    repeated = records[records.duplicated(["origin", "year", "month", "day", "hour"])]
    assert repeated[["origin", "month", "day", "hour"]].to_numpy().tolist() == [[s, 11, 3, 1] for s in STATIONS]
    assert not records.duplicated(["origin", "time_hour"]).any()


@pytest.mark.parametrize(("station", "missing"), [("EWR", 27), ("JFK", 24), ("LGA", 24)])
def test_every_hour_has_a_row_and_a_missing_hour_is_a_gap(
    station: str, missing: int, tables: dict[str, pd.DataFrame], records: pd.DataFrame
) -> None:
    table = tables[station]
    assert len(table) == 8_730
    assert str(table.index.tz) == "UTC"
    assert (np.diff(table.index.asi8) == np.diff(table.index.asi8)[0]).all()
    assert table.index[1] - table.index[0] == pd.Timedelta("1h")
    assert table.isna().all(axis=1).sum() == missing
    recorded = pd.to_datetime(records.loc[records["origin"] == station, "time_hour"], utc=True)
    assert table.index[table.isna().all(axis=1)].intersection(pd.DatetimeIndex(recorded)).empty


def test_units_are_converted_from_the_source_and_named(tables: dict[str, pd.DataFrame], records: pd.DataFrame) -> None:
    table = tables["LGA"]
    raw = records[records["origin"] == "LGA"].set_index("time_hour").loc["2013-07-18T19:00:00Z"]
    here = table.loc[pd.Timestamp("2013-07-18 19:00Z")]
    assert raw["temp"] == 98.96
    assert here["temp"] == pytest.approx(37.2)
    assert here["dewp"] == pytest.approx((raw["dewp"] - 32) / 1.8)
    assert here["wind_speed"] == pytest.approx(raw["wind_speed"] * 1609.344 / 3600)
    assert here["visib"] == pytest.approx(raw["visib"] * 1.609344)
    assert table["precip"].max() == pytest.approx(0.82 * 25.4)
    assert table["pressure"].max() == 1041.9
    assert set(table.attrs["units"]) == set(table.columns)
    assert (table.attrs["units"]["temp"], table.attrs["units"]["wind_gust"]) == ("°C", "m/s")
    assert table.attrs["name"] == "LGA"
    assert "CC0" in table.attrs["origin"]
    assert (table.dtypes == np.float64).all()


def test_a_wind_of_1048_mph_becomes_a_gap(tables: dict[str, pd.DataFrame], records: pd.DataFrame) -> None:
    assert records["wind_speed"].gt(100).sum() == 1
    assert records["wind_speed"].max() == pytest.approx(1048.36, abs=0.01)
    hour = pd.Timestamp("2013-02-12 08:00Z")
    assert np.isnan(tables["EWR"].loc[hour, "wind_speed"])
    assert tables["EWR"].loc[hour, "temp"] == pytest.approx(3.9)
    assert all(table["wind_speed"].max() < 25 for table in tables.values())


def test_one_frosty_hour_in_a_mild_night_becomes_a_gap(tables: dict[str, pd.DataFrame], records: pd.DataFrame) -> None:
    raw = records[records["origin"] == "JFK"].set_index("time_hour")["temp"]
    assert raw["2013-05-09T01:00:00Z":"2013-05-09T03:00:00Z"].tolist() == [57.02, 13.10, 57.20]
    row = tables["JFK"].loc[pd.Timestamp("2013-05-09 02:00Z")]
    assert row[["temp", "dewp", "humid"]].isna().all()
    assert row[["wind_speed", "precip", "pressure"]].notna().all()
    assert all(table["temp"].diff().abs().max() < 8 for table in tables.values())


def test_what_is_missing_is_what_the_description_says(tables: dict[str, pd.DataFrame]) -> None:
    for table in tables.values():
        lost = table.isna().mean()
        assert 0.76 < lost["wind_gust"] < 0.83
        assert 0.097 < lost["pressure"] < 0.114
        assert lost["wind_dir"] < 0.033
        assert lost[["temp", "dewp", "humid", "wind_speed", "precip", "visib"]].max() < 0.004
        rain = table["precip"] > 0
        assert table["pressure"][rain].isna().mean() > 5 * table["pressure"][~rain].isna().mean()
        gap = table["pressure"].isna()
        assert gap.groupby((~gap).cumsum()).sum().max() <= 11
        assert (table["wind_dir"].eq(0) == table["wind_speed"].eq(0)).all()


def test_an_unknown_station_ends_in_the_list_of_the_three() -> None:
    with pytest.raises(InputError, match=r"no station 'LHR'.*EWR \(Newark\), JFK \(Kennedy\), LGA \(LaGuardia\)"):
        weather("LHR")
