from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_series import autoregression, options, random_walk, tent, white_noise

from rnnlab.forecasting import Method, Series, persistence, ridge
from rnnlab.forecasting.baselines import mean
from rnnlab.forecasting.conformal import FEW, LEVELS, Radii, coverage, enough, halves
from rnnlab.forecasting.split import split


def test_a_radius_is_the_smallest_residual_that_as_many_as_promised_lie_within() -> None:
    residuals = np.arange(1.0, 100.0)[:, None] * np.array([[1.0, -2.0]])  # 99 of each step
    radii = Radii.of(np.random.default_rng(0).permutation(residuals))
    assert radii.by_level[0.8].tolist() == [80.0, 160.0]
    assert radii.by_level[0.95].tolist() == [95.0, 190.0]


def test_with_too_few_residuals_for_a_level_the_largest_is_taken() -> None:
    assert Radii.of(np.array([[1.0], [-3.0], [2.0]])).by_level[0.95].tolist() == [3.0]


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "exponential"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_truth_lies_within_as_often_as_promised_whatever_the_distribution(draw: str, level: float) -> None:
    held = trials = 0
    for seed in range(400):
        residuals = getattr(np.random.default_rng(seed), draw)(size=(60, 5))
        radii = Radii.of(residuals[:50]).by_level[level]
        held, trials = held + int(np.sum(np.abs(residuals[50:]) <= radii)), trials + 50
    # of each calibration the coverage is itself random: Beta, with the variance of which its binomial error grows
    share, spread = held / trials, np.sqrt(level * (1 - level) * (1 / trials + 1 / (52 * 400 * 5)))
    assert level - 4 * spread < share < level + 1 / 51 + 4 * spread


def test_the_interval_of_a_measured_coverage_counts_origins_that_do_not_overlap() -> None:
    rng = np.random.default_rng(1)
    wide, narrow = (
        coverage(rng.normal(size=(400, 10)), rng.normal(size=(400, 10)), every=every)[0] for every in (1, 10)
    )
    assert wide.low < narrow.low < 0.8 < narrow.high < wide.high
    assert wide.forecasts == narrow.forecasts == 4_000


def test_a_measured_coverage_that_misses_its_level_is_seen() -> None:
    rng = np.random.default_rng(2)
    found = coverage(rng.normal(size=(200, 3)), 3 * rng.normal(size=(200, 3)), every=3)
    assert all(each.high < each.level for each in found)


def test_what_is_checked_begins_a_horizon_after_what_calibrates() -> None:
    residuals = np.arange(100.0)[:, None] * np.ones((1, 6))
    first, later = halves(residuals, np.full((7, 6), -1.0), horizon=6, every=2)
    assert first[:, 0].tolist() == list(range(50))
    assert later[:, 0].tolist() == list(range(53, 100))  # three origins, six steps


def test_few_residuals_are_helped_by_those_of_the_validation_part() -> None:
    before = np.zeros((11, 2))
    assert len(enough(np.ones((FEW, 2)), before)) == FEW
    assert len(enough(np.ones((FEW - 1, 2)), before)) == FEW - 1 + 11


MADE: dict[str, tuple[Callable[[int], Series], Method]] = {
    "white noise": (white_noise, mean),
    "random walk": (random_walk, persistence),
    "autoregression": (autoregression, ridge),
    "tent": (tent, ridge),
}


@pytest.mark.parametrize("name", MADE)
def test_on_made_series_the_coverage_is_within_its_binomial_error(name: str) -> None:
    """Forecasts seven steps ahead overlap, so their number says less than it seems to: the stated interval of each
    measured coverage knows, and over the series the mean coverage is the promised one.
    """
    make, method = MADE[name]
    found = []
    for seed in range(30):
        task = split(make(seed), options(season=1, calendar=()), target="y", frequency="D").task
        say = method(task)
        residuals, before = (part.truth - say(part) for part in (task.test, task.validation))
        found.append(coverage(*halves(residuals, before, horizon=7, every=1), every=1))
    for place, level in enumerate(LEVELS):
        shares = np.array([each[place].share for each in found])
        assert abs(shares.mean() - level) < 3 * shares.std() / np.sqrt(30) + 0.01
        missed = sum(not each[place].low <= level <= each[place].high for each in found)
        assert missed <= 6  # of 30, where 5 % of binomial intervals and the calibration's own chance miss
