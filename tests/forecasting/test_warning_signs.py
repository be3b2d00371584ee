from __future__ import annotations

import numpy as np
import pytest
from made_series import autoregression, options, pure_season, random_walk, series, white_noise
from scipy.signal import lfilter

from rnnlab.forecasting import Series, persistence
from rnnlab.forecasting.split import split
from rnnlab.forecasting.warning_signs import lags, leaks, regimes, thin


def found(sign: object, made: Series, **given: object) -> list[tuple[str, str]]:
    laid_out = split(made, options(**given), target="y", frequency="D")
    return [(each.code, each.place) for each in sign(laid_out)]  # type: ignore[operator]


def with_inputs(seed: int, **inputs: np.ndarray) -> Series:
    return series(autoregression(seed).values, **inputs)


@pytest.mark.parametrize(
    "copy", [lambda y: y, lambda y: np.exp(y / 2), lambda y: -(y**3), lambda y: 1 / (50 + y), lambda y: 9 / 5 * y + 32]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_copy_or_a_transform_of_the_target_is_a_leak(copy: object, seed: int) -> None:
    y = autoregression(seed).values
    assert found(leaks, with_inputs(seed, other=y, copy=copy(y)))[-1:] == [("leak", "copy")]  # type: ignore[operator]


@pytest.mark.parametrize("lead", [1, 3, 7])
def test_a_column_that_holds_the_targets_future_is_a_leak_and_how_far_ahead_is_said(lead: int) -> None:
    y = autoregression(4).values
    ahead = np.r_[y[lead:], np.zeros(lead)] + 0.05 * np.random.default_rng(0).normal(size=len(y))
    laid_out = split(with_inputs(4, ahead=ahead), options(), target="y", frequency="D")
    (sign,) = leaks(laid_out)
    assert f"knows the target {lead} step" in sign.sentence


@pytest.mark.parametrize("seed", range(5))
def test_a_cause_a_noisy_relative_and_a_stranger_are_no_leaks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cause, noise = rng.normal(size=(2, 600))
    y = np.zeros(600)
    for t in range(1, 600):
        y[t] = 0.7 * y[t - 1] + 0.8 * cause[t - 1] + 0.3 * noise[t]
    relative = y + 0.5 * y.std() * rng.normal(size=600)
    wanderers = np.cumsum(rng.normal(size=(2, 600)), axis=1)
    assert found(leaks, series(y, cause=cause, relative=relative, stranger=rng.normal(size=600))) == []
    assert found(leaks, series(wanderers[0], other=wanderers[1])) == []


@pytest.mark.parametrize("made", [white_noise, autoregression, pure_season])
def test_a_world_that_stays_the_same_is_hardly_ever_called_another(made: object) -> None:
    called = sum(bool(found(regimes, made(seed), season=1)) for seed in range(40))  # type: ignore[operator]
    assert called <= 1


def test_a_slow_series_is_not_called_another_world_for_its_memory() -> None:
    called = 0
    for seed in range(40):
        e = np.random.default_rng(seed).normal(size=600)
        y = lfilter([1.0], [1.0, -0.95], e)
        signs = regimes(split(series(y), options(season=1), target="y", frequency="D"))
        called += any("distributed otherwise" in each.sentence for each in signs)
    assert called <= 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda y: y + np.where(np.arange(600) > 450, 8.0, 0.0), "level"),
        (lambda y: y * np.where(np.arange(600) > 450, 6.0, 1.0), "steps"),
    ],
)
def test_another_level_or_another_restlessness_in_the_test_part_is_seen(change: object, place: str, seed: int) -> None:
    made = series(change(autoregression(seed).values))  # type: ignore[operator]
    assert ("regime", place) in found(regimes, made)


def test_a_forecast_of_the_last_value_lags_and_one_of_the_truth_does_not() -> None:
    laid_out = split(random_walk(0), options(), target="y", frequency="D")
    windows = laid_out.task.test
    said = {"late": persistence(laid_out.task)(windows), "early": windows.truth + 0.1}
    shown, late = lags(said, windows.truth, every=1)
    assert late == ["late"]
    assert np.argmax(shown["early"]) == 0
    assert lags(said, windows.truth, every=2) == ({}, [])


def test_gaps_shortness_divergence_and_thinning_are_said_with_their_place() -> None:
    y = random_walk(1, T=150).values.copy()
    y[20:25] = np.nan
    laid_out = split(series(y), options(season=1, window=10), target="y", frequency="D")
    signs = {(each.code, each.place): each.sentence for each in thin(laid_out, {"rnn": 2, "gru": 0}, 5)}
    assert set(signs) == {("short", "training"), ("short", "test"), ("gaps", "train"), ("diverged", "rnn")}
    assert "2 of 5 trainings of rnn diverged" in signs["diverged", "rnn"]
    assert "for a missing target" in signs["gaps", "train"]
