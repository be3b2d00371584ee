from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from made_series import options, series
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from rnnlab.errors import InputError
from rnnlab.forecasting import statistical
from rnnlab.forecasting.split import Split, split


def laid_out(kind: str, seed: int = 0, T: int = 400) -> Split:
    rng, t = np.random.default_rng(seed), np.arange(T)
    values = {
        "season": 3 * np.sin(2 * np.pi * t / 7) + 0.05 * t + 0.3 * rng.normal(size=T),
        "level": np.cumsum(0.2 * rng.normal(size=T)) + rng.normal(size=T),
    }[kind]
    return split(series(values), options(season=7 if kind == "season" else 1, horizon=10), target="y", frequency="D")


@pytest.mark.parametrize("kind", ["season", "level"])
def test_every_origins_forecast_is_statsmodels_own(kind: str) -> None:
    made = laid_out(kind)
    fitted = statistical.fit(made, "auto_ets")
    said = statistical.forecast(made, made.task.test, fitted)
    shape, place = fitted["shape"], 40
    until = made.series.values[: made.task.test.rows[place] + 1]
    seasonal = {"seasonal": "add", "seasonal_periods": 7} if shape["season"] > 1 else {}
    model = ETSModel(
        until, error="add", trend=shape["trend"], damped_trend=shape["damped"], initialization_method="heuristic",
        **seasonal,
    )  # fmt: skip
    np.testing.assert_allclose(said[place], model.smooth(np.array(fitted["numbers"])).forecast(10), rtol=1e-9)


@pytest.mark.parametrize("trend", [None, "add"])
@pytest.mark.parametrize("damped", [False, True])
@pytest.mark.parametrize("season", [1, 7])
def test_every_shape_is_forecast_from_its_states(trend: str | None, damped: bool, season: int) -> None:
    made = laid_out("season", seed=1)
    shape = {"trend": trend, "damped": damped and trend is not None, "season": season}
    count = 1 + (trend is not None) + (season > 1) + shape["damped"]
    fitted = {"shape": shape, "numbers": [0.3, 0.1, 0.2][: count - shape["damped"]] + [0.9] * shape["damped"]}
    model = statistical._model(made.series.values, shape)
    states = statistical.states_of(made.series.values, fitted)
    ours = statistical.from_states(states, np.array([len(states) - 1]), 10, fitted)[0]
    np.testing.assert_allclose(ours, model.smooth(np.array(fitted["numbers"])).forecast(10), rtol=1e-9)


def test_a_season_is_taken_up_where_there_is_one() -> None:
    assert statistical.fit(laid_out("season"), "auto_ets")["shape"]["season"] == 7


def test_it_takes_part_by_itself_where_it_is_installed_and_is_refused_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert statistical.takes_part(None)
    assert not statistical.takes_part(False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not statistical.takes_part(None)
    with pytest.raises(InputError, match=r"pip install 'rnnlab\[forecast\]'"):
        statistical.takes_part(True)
