from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from utilsforecast.evaluation import evaluate
from utilsforecast.losses import mae

from rnnlab.data import stocks, weather
from rnnlab.errors import InputError
from rnnlab.forecasting import Forecast, backtest, persistence, ridge, seasonal_naive
from rnnlab.tasks import ForecastingTask, folds

METHODS = {"persistence": persistence, "seasonal naive": seasonal_naive, "ridge": ridge}


@pytest.fixture(scope="module")
def rolled() -> tuple[ForecastingTask, ...]:
    return folds(
        weather("LGA"), cutoffs=["2013-10-01", "2013-11-01", "2013-12-01"], validation="21D",
        target="temp", inputs=["temp", "dewp"], window=24, horizon=6, stride=6,
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows(rolled: tuple[ForecastingTask, ...]) -> pd.DataFrame:
    return backtest(rolled, METHODS)


def test_every_fold_gives_its_rows_and_no_target_comes_twice(
    rows: pd.DataFrame, rolled: tuple[ForecastingTask, ...]
) -> None:
    assert rows.columns.tolist() == ["unique_id", "ds", "cutoff", "y", *METHODS]
    assert len(rows) == sum(task.test.truth.size for task in rolled)
    assert not rows.duplicated(["unique_id", "ds"]).any()
    assert (rows["ds"] > rows["cutoff"]).all()
    assert rows["ds"].min() >= pd.Timestamp("2013-10-01")
    truth = weather("LGA")["temp"].tz_convert(None)
    np.testing.assert_array_equal(rows["y"], truth.loc[rows["ds"]])
    assert np.isfinite(rows[list(METHODS)]).all(axis=None)


def test_every_method_is_fitted_anew_for_every_fold(rolled: tuple[ForecastingTask, ...]) -> None:
    seen: list[pd.Timestamp] = []

    def method(task: ForecastingTask) -> Forecast:
        seen.append(task.parts["test"][0])
        return persistence(task)

    backtest(rolled, {"counted": method})
    assert seen == [pd.Timestamp(day, tz="UTC") for day in ("2013-10-01", "2013-11-01", "2013-12-01")]


def test_utilsforecast_reads_the_rows(rows: pd.DataFrame) -> None:
    table = evaluate(rows.drop(columns="cutoff"), metrics=[mae])  # every further column is a model
    assert table["unique_id"].tolist() == ["LGA"]
    for name in METHODS:
        assert table[name].item() == pytest.approx((rows["y"] - rows[name]).abs().mean())


def test_ridge_beats_the_naive_methods_on_weather_in_every_fold(rows: pd.DataFrame) -> None:
    error = rows[list(METHODS)].sub(rows["y"], axis=0).abs().groupby(rows["ds"].dt.month).mean()
    assert (error["ridge"] < error[["persistence", "seasonal naive"]].min(axis=1)).all()


def test_trading_days_roll_as_well() -> None:
    rolled = folds(
        stocks("IBM"), cutoffs=["2011-01-01", "2012-01-01"], validation="365D", target="price", window=20, horizon=1
    )
    rows = backtest(rolled, {"persistence": persistence})
    assert rows["ds"].iloc[0] == pd.Timestamp("2011-01-03")
    assert len(rows) == (stocks("IBM").index >= "2011-01-01").sum()


def test_no_fold_ends_in_a_sentence() -> None:
    with pytest.raises(InputError, match="no fold to test on"):
        backtest([], METHODS)
