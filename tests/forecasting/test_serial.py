from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from rnnlab.forecasting.serial import variance_of_mean


def test_of_independent_values_it_is_their_variance_over_their_number() -> None:
    found = [variance_of_mean(np.random.default_rng(seed).normal(size=200), 1)[0] for seed in range(300)]
    assert np.mean(found) == pytest.approx(1 / 200, rel=0.06)


@pytest.mark.parametrize(("n", "horizon"), [(30, 7), (60, 24), (144, 24), (400, 7)])
def test_the_interval_of_a_mean_of_overlapping_errors_misses_about_as_rarely_as_promised(n: int, horizon: int) -> None:
    missed = 0
    for seed in range(600):
        steps = np.random.default_rng(seed).choice([-1.0, 1.0], size=n + horizon)
        d = np.convolve(steps, np.ones(horizon) / horizon, "valid")[:n]
        variance, freedom = variance_of_mean(d, horizon)
        missed += abs(d.mean()) > student.ppf(0.975, freedom) * math.sqrt(variance)
    assert missed / 600 < 0.10


def test_a_few_origins_of_a_long_horizon_leave_one_degree_of_freedom() -> None:
    assert variance_of_mean(np.arange(30.0), 24)[1] == 1
    assert variance_of_mean(np.arange(1000.0), 1)[1] == 40
