"""A kept forecaster asks of new data what it was made from, in the same columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
