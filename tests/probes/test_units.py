"""Unit probes: what they find where the answer is known, and that chance does not fool them."""

from __future__ import annotations

import numpy as np
import pytest

from rnnlab.errors import InputError
from rnnlab.probes import squared_correlation, unit_probe


def slow(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Series that wander slowly: two of them seem related more often than two noises do."""
    return np.cumsum(rng.normal(size=shape), axis=0) + rng.normal(size=shape)


def test_the_unit_that_follows_a_feature_is_found_with_its_share_of_variance() -> None:
    rng = np.random.default_rng(0)
    feature, states = rng.normal(size=20_000), rng.normal(size=(20_000, 30))
    states[:, 17] += -2 * feature  # the sign is of no interest
    found = unit_probe(states, feature, controls=50, rng=rng)
    assert found.best == 17
    assert found.best_r2 == pytest.approx(0.8, abs=0.02)
    assert found.together == pytest.approx(0.8, abs=0.02)
    assert found.by_chance.shape == (50,)
    assert found.by_chance.max() < 0.01


def test_units_that_share_a_feature_say_together_what_none_says_alone() -> None:
    rng = np.random.default_rng(1)
    noise, feature = rng.normal(size=10_000), rng.normal(size=10_000)
    found = unit_probe(np.stack([feature + 3 * noise, noise], axis=1), feature, controls=5, rng=rng)
    assert found.best_r2 == pytest.approx(0.1, abs=0.02)
    assert found.together == pytest.approx(1, abs=1e-6)


def test_slow_units_that_follow_nothing_are_within_what_chance_finds() -> None:
    """A permuted control would make the same units look like a discovery: it destroys the feature's slowness."""
    rng = np.random.default_rng(2)
    within, beyond_permuted = 0, 0
    for _ in range(20):
        states, feature = slow(rng, 400, 40), slow(rng, 400)
        found = unit_probe(states, feature, controls=20, rng=rng)
        within += found.best_r2 <= found.by_chance.max()
        permuted = [squared_correlation(states[200:, :1], rng.permutation(feature)[200:])[0] for _ in range(20)]
        beyond_permuted += found.best_r2 > max(permuted)
    assert within >= 16
    assert beyond_permuted >= 10


def test_the_best_unit_is_not_chosen_on_the_steps_that_score_it() -> None:
    rng = np.random.default_rng(3)
    states, feature = rng.normal(size=(2_000, 2)), rng.normal(size=2_000)
    states[:1_000, 0] += feature[:1_000]  # follows in the first half alone
    states[1_000:, 1] += feature[1_000:]  # and this one in the second
    found = unit_probe(states, feature, controls=2, rng=rng)
    assert found.best == 0
    assert found.best_r2 < 0.05
    assert found.r2[1] > 0.4


def test_what_does_not_move_follows_nothing() -> None:
    states = np.random.default_rng(4).normal(size=(50, 2))
    states[:, 1] = 0.1  # its mean is not quite itself
    np.testing.assert_array_equal(squared_correlation(states, np.full(50, 0.7)), [0, 0])
    assert squared_correlation(states, states[:, 0])[1] == 0


def test_lengths_that_do_not_agree_are_refused() -> None:
    with pytest.raises(InputError, match=r"a probe takes \(N, H\) and \(N,\)"):
        unit_probe(np.ones((30, 2)), np.ones(29), controls=1, rng=np.random.default_rng(0))
