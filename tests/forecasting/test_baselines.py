from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.linear_model import Ridge as Regression

from rnnlab.errors import InputError
from rnnlab.forecasting import Method, baselines, drift, persistence, ridge, seasonal_naive, zero
from rnnlab.forecasting.baselines import ALPHAS
from rnnlab.tasks import ForecastingTask, forecasting


def task_of(y: Any, **changes: Any) -> ForecastingTask:
    table = pd.DataFrame({"y": np.asarray(y, dtype=float)}, index=pd.date_range("2020-01-01", periods=len(y), freq="h"))
    asked = {"target": "y", "window": 8, "horizon": 5, "train_until": 0.6, "validation_until": 0.8}
    return forecasting(table, **{**asked, **changes})


def noise(T: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(T)


def error(method: Method, task: ForecastingTask) -> float:
    return float(np.abs(method(task)(task.test) - task.test.truth).max())


def test_each_baseline_is_exact_on_the_series_that_it_assumes() -> None:
    t = np.arange(300)
    season = np.tile([3.0, 1.0, 4.0, 1.0], 75)
    assert error(drift, task_of(3.0 * t + 7)) < 1e-9
    assert error(lambda task: seasonal_naive(task, season=4), task_of(season)) == 0
    steps = np.repeat([1.0, 2.0, 3.0], [150, 10, 140])
    assert error(persistence, task_of(steps)) == 0
    returns = np.where(t < 180, noise(), 0.0)
    assert error(zero, task_of(returns)) == 0


def test_baselines_follow_their_equations_on_noise() -> None:
    y = noise()
    task = task_of(y)
    forecasts = {m: m(task)(task.test) for m in (persistence, drift)}
    seasonal = seasonal_naive(task, season=3)(task.test)
    for i, r in enumerate(task.test.rows):
        for k in range(1, 6):
            assert forecasts[persistence][i, k - 1] == y[r]
            assert forecasts[drift][i, k - 1] == pytest.approx(y[r] + k * (y[r] - y[r - 7]) / 7)
            assert seasonal[i, k - 1] == y[r + k - 3 * -(-k // 3)]


def test_every_baseline_answers_in_the_targets_own_unit_for_every_part_and_every_horizon() -> None:
    for horizon in (1, 5):
        task = task_of(1000 + 5 * noise(), horizon=horizon)
        for method in (persistence, drift, ridge, lambda t: seasonal_naive(t, season=8)):
            forecast = method(task)
            for part in (task.train, task.validation, task.test):
                assert forecast(part).shape == (len(part), horizon)
                assert np.abs(forecast(part) - 1000).max() < 100


def test_ridge_learns_a_linear_recurrence_that_persistence_cannot() -> None:
    t = np.arange(400)
    task = task_of(10 + 3 * np.sin(2 * np.pi * t / 7.3))  # y_t = 2 cos(ω) y_{t−1} − y_{t−2} + c
    assert error(ridge, task) < 0.02
    assert error(persistence, task) > 3


def test_ridge_with_the_least_shrinkage_is_least_squares() -> None:
    task = task_of(np.cumsum(noise(600)) * 0.1 + np.sin(np.arange(600)))
    fitted = ridge(task)
    assert fitted.alpha < 0.1
    x = task.train.inputs.reshape(len(task.train), -1).astype(float)
    wanted = LinearRegression().fit(x, task.train.targets.astype(float))
    unseen = task.test.inputs.reshape(len(task.test), -1).astype(float)
    by_hand = task.unscale(wanted.predict(unseen))
    assert np.abs(fitted(task.test) - by_hand).mean() < 0.1 * np.abs(by_hand - task.test.truth).mean()


def test_ridge_chooses_on_the_validation_part_and_shrinks_noise_to_its_mean() -> None:
    task = task_of(noise(400) + 5, window=60)
    fitted = ridge(task)
    assert fitted.alpha >= 1
    assert np.abs(fitted(task.test) - task.scaler.mean).max() < 0.5
    wanted = task.validation.truth
    chosen = np.mean((fitted(task.validation) - wanted) ** 2)
    for alpha in ALPHAS:
        n = len(task.train)
        other = type(fitted.regression)(alpha=alpha * n)
        other.fit(task.train.inputs.reshape(n, -1).astype(float), task.train.targets.astype(float))
        prediction = task.unscale(other.predict(task.validation.inputs.reshape(len(wanted), -1).astype(float)))
        assert chosen <= np.mean((prediction - wanted) ** 2) + 1e-9


def test_no_baseline_learns_from_the_test_part() -> None:
    y = np.cumsum(noise())
    changed = y.copy()
    changed[-40:] += 1e3
    for method in (persistence, drift, ridge, lambda t: seasonal_naive(t, season=8), zero):
        task, other = task_of(y), task_of(changed)
        early = task.test.rows < 300 - 40
        np.testing.assert_array_equal(
            method(task)(task.test)[early], method(other)(other.test)[other.test.rows < 300 - 40]
        )


def test_a_gap_before_an_origin_is_bridged_by_the_last_value() -> None:
    y = noise()
    y[250] = np.nan
    task = task_of(y)
    [i] = np.flatnonzero(task.test.rows == 250)
    np.testing.assert_array_equal(persistence(task)(task.test)[i], np.full(5, y[249]))


def test_a_season_longer_than_the_window_and_a_slope_of_one_point_end_in_a_sentence() -> None:
    for season in (0, 9):
        with pytest.raises(InputError, match=f"A season of {season} rows does not fit into a window of 8"):
            seasonal_naive(task_of(noise()), season=season)
    with pytest.raises(InputError, match="Drift needs a window of at least 2 rows"):
        drift(task_of(noise(), window=1))


def test_ridge_of_a_long_series_which_it_reads_in_parts_is_that_of_all_rows_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = task_of(np.cumsum(noise(700)))
    whole = ridge(task)
    x = task.train.inputs.reshape(len(task.train), -1).astype(float)
    at_once = Regression(alpha=whole.alpha * len(x)).fit(x, task.train.targets.astype(float))
    for rows in (1, 64, 10_000):
        monkeypatch.setattr(baselines, "ROWS", rows)
        parts = ridge(task)
        assert parts.alpha == whole.alpha
        np.testing.assert_allclose(parts.regression.coef_, at_once.coef_, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(parts.regression.intercept_, at_once.intercept_, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(parts(task.test), whole(task.test), rtol=1e-9, atol=1e-9)
