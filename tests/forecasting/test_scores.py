from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.forecasting import long_format, persistence, scores, scores_by_horizon, seasonal_naive
from rnnlab.tasks import ForecastingTask, forecasting


def example(seed: int = 0, gaps: float = 0.0, horizon: int = 4) -> ForecastingTask:
    rng = np.random.default_rng(seed)
    y = rng.standard_normal(200).cumsum()
    table = pd.DataFrame({"y": y}, index=pd.date_range("2020-01-01", periods=200, freq="h", tz="UTC"))
    table = table.mask(rng.random((200, 1)) < gaps)
    table.attrs["name"] = "walk"
    return forecasting(table, target="y", window=6, horizon=horizon, train_until=0.6, validation_until=0.8)


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.05]), st.integers(1, 6), st.integers(1, 4))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_scores_follow_their_equations(seed: int, gaps: float, season: int, horizon: int) -> None:
    task = example(seed, gaps, horizon)
    y = task.test.truth
    forecasts = {"a": persistence(task)(task.test), "b": np.random.default_rng(seed).standard_normal(y.shape)}
    overall = scores(task, task.test, forecasts, season=season)
    by_step = scores_by_horizon(task, task.test, forecasts, season=season)
    history = task.history.to_numpy()
    scale = np.nanmean(np.abs(history[season:] - history[:-season]))
    for name, forecast in forecasts.items():
        error = y - forecast
        wanted = [np.abs(error).mean(), np.sqrt((error**2).mean()), np.abs(error).mean() / scale]
        np.testing.assert_allclose(overall.loc[name, ["MAE", "RMSE", "MASE"]], wanted)
        assert by_step.loc[name].index.tolist() == list(range(1, horizon + 1))
        np.testing.assert_allclose(by_step.loc[name, "MAE"], np.abs(error).mean(axis=0))
        np.testing.assert_allclose(by_step.loc[name, "RMSE"], np.sqrt((error**2).mean(axis=0)))
        np.testing.assert_allclose(by_step.loc[name, "MASE"], np.abs(error).mean(axis=0) / scale)


def test_the_seasonal_naive_method_scores_one_on_the_data_that_scales_it() -> None:
    task = example(horizon=1)
    score = scores(task, task.train, {"naive": seasonal_naive(task, season=6)(task.train)}, season=6)
    assert score.loc["naive", "MASE"] == pytest.approx(1, abs=0.02)


def test_the_long_format_has_one_row_a_target_with_its_time_and_its_origin() -> None:
    task = example(gaps=0.02)
    rows = long_format(task, task.test, {"p": persistence(task)(task.test)})
    assert rows.columns.tolist() == ["unique_id", "ds", "cutoff", "y", "p"]
    assert len(rows) == task.test.truth.size
    assert (rows["unique_id"] == "walk").all()
    ahead = (rows["ds"] - rows["cutoff"]) / pd.Timedelta("1h")
    assert ahead.tolist() == [1, 2, 3, 4] * len(task.test)
    np.testing.assert_array_equal(rows["y"].to_numpy().reshape(-1, 4), task.test.truth)
    np.testing.assert_array_equal(rows["p"].to_numpy().reshape(-1, 4), persistence(task)(task.test))


def test_a_forecast_that_is_not_finite_is_refused_and_not_averaged_away() -> None:
    task = example()
    bad = persistence(task)(task.test)
    bad[3, 1], bad[5, 0] = np.nan, np.inf
    for score in (scores, scores_by_horizon):
        with pytest.raises(InputError, match="'net' has 2 values that are not finite; count it as diverged"):
            score(task, task.test, {"net": bad})


def test_a_forecast_of_another_shape_is_refused() -> None:
    task = example()
    with pytest.raises(InputError, match=r"'net' has shape \(37,\); these windows ask for \(37, 4\)"):
        scores(task, task.test, {"net": np.zeros(len(task.test))})


@pytest.mark.parametrize("season", [0, 120, 500])
def test_a_season_that_gives_no_scale_is_refused(season: int) -> None:
    task = example()
    with pytest.raises(InputError, match=f"MASE with season={season} has no scale"):
        scores(task, task.test, {"p": persistence(task)(task.test)}, season=season)
