from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.data import stocks
from rnnlab.errors import InputError
from rnnlab.forecasting import agreement, lag_of, persistence, ridge
from rnnlab.tasks import forecasting


def walk(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).cumsum()


@given(st.integers(0, 8), st.integers(0, 10**6), st.floats(-5, 5), st.floats(0.2, 5))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_a_delayed_series_is_found_at_its_delay_whatever_its_bias_and_scale(
    delay: int, seed: int, bias: float, scale: float
) -> None:
    y = walk(300, seed)
    prediction = bias + scale * np.roll(y, delay)
    prediction[:delay] = np.nan
    noisy = prediction + 0.1 * scale * np.random.default_rng(seed + 1).standard_normal(300)
    assert lag_of(noisy[delay:], y[delay:], longest=8) == delay
    assert agreement(prediction[delay:], y[delay:], longest=8)[delay] == pytest.approx(1)


def test_every_shift_is_judged_on_the_same_moments() -> None:
    y = walk(50, 0)
    p = walk(50, 1)
    wanted = [np.corrcoef(p[4:], y[4 - s : 50 - s])[0, 1] for s in range(5)]
    np.testing.assert_allclose(agreement(p, y, longest=4), wanted)


def test_one_step_ahead_forecasts_of_stock_levels_only_lag() -> None:
    for ticker in ("AAPL", "IBM", "MSFT", "GOOG"):
        task = forecasting(stocks(ticker), target="price", window=20, horizon=3, train_until=0.6, validation_until=0.8)
        for method in (persistence, ridge):
            forecast = method(task)(task.test)
            assert [lag_of(forecast[:, k], task.test.truth[:, k]) for k in range(3)] == [1, 2, 3]
            assert agreement(forecast[:, 0], task.test.truth[:, 0])[1] > 0.998


def test_a_forecast_that_knows_has_no_lag() -> None:
    y = np.sin(np.arange(400) / 6)
    assert lag_of(y + 0.1 * np.random.default_rng(0).standard_normal(400), y) == 0


@pytest.mark.parametrize("constant", ["prediction", "truth"])
def test_a_series_that_does_not_vary_has_no_lag(constant: str) -> None:
    pair = {"prediction": walk(50, 0), "truth": walk(50, 1), constant: np.full(50, 0.1)}
    assert np.isnan(agreement(pair["prediction"], pair["truth"])).all()
    with pytest.raises(InputError, match="does not vary"):
        lag_of(pair["prediction"], pair["truth"])


def test_too_few_moments_or_two_shapes_end_in_a_sentence() -> None:
    with pytest.raises(InputError, match="12 moments cannot be shifted by up to 10"):
        lag_of(walk(12, 0), walk(12, 1))
    with pytest.raises(InputError, match=r"shapes \(12,\) and \(11,\)"):
        lag_of(walk(12, 0), walk(11, 1))
    with pytest.raises(InputError, match="shifted by up to -1"):
        lag_of(walk(12, 0), walk(12, 1), longest=-1)
