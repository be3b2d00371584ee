from __future__ import annotations

import pandas as pd
import pytest

from rnnlab.data import sea_temperature
from rnnlab.data.sea_temperature import SOURCE


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sea_temperature()


def test_the_source_has_the_records_and_the_one_repeat_that_the_description_states() -> None:
    records = pd.read_csv(SOURCE.path())
    assert len(records) == 19_226
    repeats = records[records.duplicated("time (UTC)", keep=False)]
    assert repeats.to_numpy().tolist() == [["2017-03-21T16:30:00Z", 4.276], ["2017-03-21T16:30:00Z", 4.289]]


def test_every_half_hour_has_one_row_and_the_first_of_two_records_is_kept(table: pd.DataFrame) -> None:
    assert len(table) == 19_249
    assert (table.index.to_series().diff().dropna() == pd.Timedelta("30min")).all()
    assert (table.index[0], table.index[-1]) == (
        pd.Timestamp("2016-02-15", tz="UTC"),
        pd.Timestamp("2017-03-22", tz="UTC"),
    )
    assert table.loc["2017-03-21 16:30Z", "temperature"] == 4.276


def test_the_gaps_are_explicit_and_where_the_description_puts_them(table: pd.DataFrame) -> None:
    gaps = table.index[table["temperature"].isna()]
    assert gaps.strftime("%Y-%m-%d").value_counts().to_dict() == {"2016-06-14": 1, "2016-07-08": 23}
    assert gaps[-1] == pd.Timestamp("2016-07-08 13:00", tz="UTC")


def test_the_sea_is_as_slow_as_the_description_states(table: pd.DataFrame) -> None:
    temperature = table["temperature"]
    assert temperature.autocorr(1) == pytest.approx(0.9998, abs=0.00006)
    assert temperature.diff().abs().mean() == pytest.approx(0.05, abs=0.002)
    assert table.attrs["units"] == {"temperature": "°C"}
