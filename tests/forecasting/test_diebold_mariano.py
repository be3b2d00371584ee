from __future__ import annotations

import numpy as np
import pytest
from dieboldmariano import NegativeVarianceException, dm_test
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.forecasting import diebold_mariano


def losses(n: int, memory: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two non-negative loss series whose difference remembers its past (or, with memory < 0, contradicts it)."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, n))
    noise[:, 1:] += memory * noise[:, :-1]
    return np.abs(noise[0]) * rng.uniform(0.5, 2), np.abs(noise[1])


def by_the_other(first: np.ndarray, second: np.ndarray, horizon: int, weights: str) -> tuple[float, float]:
    return dm_test(
        np.zeros(len(first)), first, second, loss=lambda _, p: p, h=horizon,
        variance_estimator="acf" if weights == "rectangular" else "bartlett",
    )  # fmt: skip


@given(st.integers(5, 200), st.integers(1, 24), st.floats(-1, 1), st.integers(0, 10**6))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_it_agrees_with_an_independent_implementation(n: int, horizon: int, memory: float, seed: int) -> None:
    assume(horizon < n)
    first, second = losses(n, memory, seed)
    ours = diebold_mariano(first, second, horizon=horizon)
    statistic, p_value = by_the_other(first, second, horizon, ours.weights)
    assert ours.statistic == pytest.approx(statistic, rel=1e-6, abs=1e-9)
    assert ours.p_value == pytest.approx(p_value, rel=1e-5, abs=1e-9)
    assert ours.mean_difference == pytest.approx(first.mean() - second.mean())


def test_bartlett_weights_take_over_exactly_where_the_variance_is_not_positive() -> None:
    taken = {"rectangular": 0, "Bartlett": 0}
    for seed in range(200):
        first, second = losses(14, -0.9, seed)
        result = diebold_mariano(first, second, horizon=5)
        taken[result.weights] += 1
        assert np.isfinite(result.statistic)
        if result.weights == "Bartlett":
            with pytest.raises(NegativeVarianceException):
                by_the_other(first, second, 5, "rectangular")
        else:
            by_the_other(first, second, 5, "rectangular")
    assert min(taken.values()) > 20


@given(st.integers(8, 100), st.integers(1, 6), st.integers(0, 10**6), st.sampled_from([0.8, 0.95, 0.99]))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_the_interval_holds_what_the_test_does_not_reject(n: int, horizon: int, seed: int, level: float) -> None:
    first, second = losses(n, 0.5, seed)
    result = diebold_mariano(first, second, horizon=horizon, level=level)
    low, high = result.interval
    assert low < result.mean_difference < high
    assert (low <= 0 <= high) == (result.p_value >= 1 - level)
    at_the_edge = diebold_mariano(first - low, second, horizon=horizon)
    assert at_the_edge.p_value == pytest.approx(1 - level, rel=1e-6)


def test_swapping_the_two_turns_the_sign_and_a_negative_difference_favours_the_first() -> None:
    first, second = losses(60, 0.3, 1)
    better = first * 0.1
    ours, swapped = (diebold_mariano(*pair, horizon=3) for pair in ((better, second), (second, better)))
    assert ours.statistic == -swapped.statistic < 0
    assert ours.p_value == swapped.p_value
    assert ours.interval == pytest.approx([-swapped.interval[1], -swapped.interval[0]])
    assert ours.mean_difference < 0


def test_forecasts_of_equal_skill_are_rejected_about_as_often_as_promised() -> None:
    rejected = 0
    for seed in range(1000):
        noise = np.random.default_rng(seed).standard_normal((2, 62))
        smooth = noise[:, 2:] + noise[:, 1:-1] + noise[:, :-2]  # errors three steps ahead overlap
        rejected += diebold_mariano(smooth[0] ** 2, smooth[1] ** 2, horizon=3).p_value < 0.05
    assert 0.03 < rejected / 1000 < 0.09


@pytest.mark.parametrize(
    ("first", "second", "horizon", "sentence"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], 1, r"shapes \(2,\) and \(3,\)"),
        ([[1.0, 2.0]], [[2.0, 1.0]], 1, r"takes two \(n,\) arrays"),
        ([1.0, 2.0, 3.0], [0.0, 0.0, 1.0], 3, "horizon=3 with 3 origins"),
        ([1.0, 2.0, 3.0], [0.0, 0.0, 1.0], 0, "horizon=0 with 3 origins"),
        ([], [], 1, "horizon=1 with 0 origins"),
        ([1.0, np.nan, 3.0], [0.0, 0.0, 1.0], 1, "not finite: a forecast that diverged cannot be tested"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 1, "differ by the same amount at every origin"),
        ([1.1, 2.1, 3.1], [1.0, 2.0, 3.0], 1, "differ by the same amount at every origin"),
    ],
)
def test_what_cannot_be_tested_ends_in_a_sentence(
    first: list[float], second: list[float], horizon: int, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        diebold_mariano(first, second, horizon=horizon)
