"""A kept forecaster asks of new data what it was made from, in the same columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_series import TINY, pure_season

from rnnlab import forecasting
from rnnlab.forecasting.model_folder import predict

HOURS = pd.date_range("2021-03-01", periods=260, freq="h")
SALES = pure_season(5, T=260).values

AS_WRITTEN = {
    "date and clock": {"date": HOURS.strftime("%Y-%m-%d"), "clock": HOURS.strftime("%H:%M")},
    "year, month, day and hour": {"year": HOURS.year, "month": HOURS.month, "day": HOURS.day, "hour": HOURS.hour},
    "one column": {"when": HOURS.strftime("%Y-%m-%d %H:%M")},
}


@pytest.mark.parametrize("given", [False, True], ids=["found", "named"])
@pytest.mark.parametrize("columns", AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_times_are_read_from_the_columns_that_the_forecaster_was_made_with(
    columns: dict[str, Any], given: bool, tmp_path: Path
) -> None:
    path = tmp_path / "old.csv"
    pd.DataFrame({**columns, "sales": SALES}).to_csv(path, index=False)
    reading: dict[str, Any] = {"target": "sales"} | ({"time": list(columns)} if given else {})
    options = TINY | {"views": ("level",)}
    result = forecasting.compare(path, horizon=4, season=7, nets=("rnn",), **reading | options)
    result.save(tmp_path / "model")
    ahead = predict(tmp_path / "model", path)
    pd.testing.assert_frame_equal(ahead, result.forecast())
    assert ahead["ds"].tolist() == pd.date_range("2021-03-11 20:00", periods=4, freq="h").tolist()


def test_series_with_different_winners_have_their_forecasts_in_one_column(tmp_path: Path) -> None:
    days = pd.date_range("2021-01-01", periods=200, name="day")
    rng = np.random.default_rng(1)
    parts = {"walk": np.cumsum(rng.normal(size=200)), "season": np.resize(rng.normal(size=7), 200)}
    table = pd.concat([pd.DataFrame({"y": y, "shop": name}, index=days) for name, y in parts.items()])
    options = TINY | {"views": ("level",)}
    result = forecasting.compare(table, target="y", id="shop", horizon=4, season=7, nets=("rnn",), **options)
    assert {each.id: each.best for each in result.series} == {"walk": "persistence", "season": "seasonal_naive"}
    ahead = result.forecast()
    assert list(ahead.columns) == ["unique_id", "ds", "model", "forecast", "lo-80", "hi-80", "lo-95", "hi-95"]
    assert ahead["model"].tolist() == ["persistence"] * 4 + ["seasonal_naive"] * 4
    assert ahead["forecast"].iloc[:4].tolist() == [parts["walk"][-1]] * 4
    assert ahead["forecast"].iloc[4:].tolist() == parts["season"][-7:-3].tolist()
    assert (ahead["lo-95"] <= ahead["forecast"]).all() and (ahead["forecast"] <= ahead["hi-95"]).all()
    result.save(tmp_path)
    pd.testing.assert_frame_equal(predict(tmp_path, table.reset_index()), ahead)
