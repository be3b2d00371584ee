from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from rnnlab.forecasting.judging import best_baseline, best_network, hardest, judged, judged_together
from rnnlab.forecasting.result import Judgement, ModelScore


def score(name: str, validation: float) -> ModelScore:
    return ModelScore(name, 1.0, 1.0, 1.0, validation, 0, 0.0)


def forecasts(seed: int, gain: float, origins: int = 200, steps: int = 5, seeds: int = 5) -> tuple[np.ndarray, ...]:
    """Networks whose error has a fraction 1 − gain of the baseline's spread, the seeds sharing most of it."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(origins, steps))
    shared = (1 - gain) * rng.normal(size=(origins, steps))
    own = 0.05 * rng.normal(size=(seeds, origins, steps))
    return truth + shared + own, truth + rng.normal(size=(origins, steps)), truth


def test_a_clear_gain_is_called_better_and_a_clear_loss_worse() -> None:
    seeds, said, truth = forecasts(0, 0.3)
    found = judged("gru", "ridge", seeds, said, truth, every=5)
    assert found.decision == "better"
    assert found.interval[0] < 0.3 < found.interval[1]
    assert found.gain == pytest.approx(1 - np.abs(seeds.mean(0) - truth).mean() / np.abs(said - truth).mean())
    assert "Use the GRU" in found.sentence
    seeds, said, truth = forecasts(1, -0.3)
    found = judged("gru", "ridge", seeds, said, truth, every=5)
    assert found.decision == "worse"
    assert "Use ridge autoregression: no recurrent network is worth its training here" in found.sentence


def test_an_error_many_times_as_large_is_said_in_times() -> None:
    seeds, said, truth = forecasts(8, -2.0)
    assert "times that of ridge autoregression" in judged("gru", "ridge", seeds, said, truth, every=5).sentence


def test_equal_skill_is_called_a_difference_about_as_rarely_as_promised() -> None:
    called = [
        judged("gru", "ridge", *forecasts(seed, 1 - math.sqrt(1 - 0.05**2 / 5)), every=5).decision
        for seed in range(400)
    ]
    share = 1 - called.count("cannot tell") / 400
    assert share < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_seeds_that_disagree_widen_the_interval() -> None:
    seeds, said, truth = forecasts(2, 0.2)
    far = seeds + np.array([3.0, 0, 0, 0, 0])[:, None, None] * np.sign(truth)
    agreeing, split = (judged("rnn", "drift", each, said, truth, every=5) for each in (seeds, far))
    assert np.ptp(split.interval) > 2 * np.ptp(agreeing.interval)


def test_origins_that_overlap_widen_the_interval() -> None:
    seeds, said, truth = forecasts(3, 0.2, origins=60, steps=20)
    apart, overlapping = (judged("rnn", "persistence", seeds, said, truth, every=every) for every in (20, 1))
    assert np.ptp(overlapping.interval) > 1.3 * np.ptp(apart.interval)


def test_a_baseline_that_makes_no_error_leaves_nothing_to_win() -> None:
    truth = np.random.default_rng(4).normal(size=(50, 3))
    offsets = np.array([0.4, -0.4, 0.3, -0.3, 0.02])  # seeds that disagree, and whose mean is nearly right
    seeds = truth + offsets[:, None, None] + 1e-3 * np.random.default_rng(5).normal(size=(5, 50, 3))
    found = judged("rnn", "seasonal_naive", seeds, truth, truth, every=1)
    assert found.decision == "worse"
    assert "The seasonal naive method makes no error to speak of" in found.sentence


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        (np.empty((0, 9, 2)), "Every training of the RNN diverged"),
        (np.ones((2, 9, 2)), "forecast the same at every origin"),
    ],
)
def test_what_cannot_be_compared_is_said_and_the_baseline_recommended(seeds: np.ndarray, sentence: str) -> None:
    found = judged("rnn", "mean", seeds, np.ones((9, 2)), np.zeros((9, 2)), every=1)
    assert found.decision == "cannot tell"
    assert sentence in found.sentence
    assert "use the mean of the past" in found.sentence


def test_three_origins_are_too_few() -> None:
    seeds, said, truth = forecasts(6, 0.5, origins=3)
    found = judged("lstm", "mean", seeds, said, truth, every=1)
    assert found.decision == "cannot tell"
    assert math.isnan(found.interval[0])
    assert "too few origins" in found.sentence


def test_a_simpler_baseline_is_taken_when_it_is_as_good_within_one_in_a_hundred() -> None:
    scores = [score("ridge", 1.0), score("persistence", 1.0099), score("mean", 1.011), score("rnn", 0.1)]
    assert best_baseline(scores) == "persistence"
    assert best_baseline([score("ridge", 1.0), score("mean", math.nan), score("drift", 1.02)]) == "ridge"


def test_the_best_network_is_chosen_on_the_validation_part() -> None:
    assert best_network([score("rnn", 0.5), score("gru", 0.4), score("ridge", 0.1)], ("rnn", "gru")) == "gru"
    assert best_network([score("rnn", math.nan), score("gru", math.nan)], ("rnn", "gru")) == "rnn"


def test_many_series_are_a_sample_and_few_are_not() -> None:
    one = Judgement("cannot tell", "gru", "ridge", 0.1, (-0.1, 0.3), 0.3, "")
    few = judged_together("gru", "ridge", [one, replace(one, gain=0.2, interval=(0.1, 0.3))])
    assert few.gain == pytest.approx(0.15)
    assert few.interval == pytest.approx((0.0, 0.3))
    many = judged_together("gru", "ridge", [replace(one, gain=gain) for gain in (0.09, 0.1, 0.11, 0.1, 0.12, 0.1)])
    assert many.decision == "better"
    assert 0.08 < many.interval[0] < 0.1 < many.interval[1] < 0.12
    assert "over 6 series" in many.sentence


def test_a_series_without_a_finite_gain_is_passed_over() -> None:
    lost = Judgement("cannot tell", "gru", "ridge", math.nan, (math.nan, math.nan), math.nan, "")
    kept = Judgement("worse", "gru", "ridge", -0.2, (-0.3, -0.1), 0.01, "")
    assert judged_together("gru", "ridge", [lost, kept]).gain == -0.2
    assert judged_together("gru", "ridge", [lost]).decision == "cannot tell"


def test_better_means_better_than_every_baseline() -> None:
    def against(baseline: str, decision: str, gain: float) -> Judgement:
        return Judgement(decision, "gru", baseline, gain, (gain - 0.1, gain + 0.1), 0.1, "")  # type: ignore[arg-type]

    mean, drift = against("mean", "better", 0.2), against("drift", "better", 0.4)
    ridge, naive = against("ridge", "cannot tell", 0.01), against("persistence", "worse", -0.2)
    every = {each.baseline: each for each in (mean, drift, ridge, naive)}
    assert hardest("mean", {"mean": mean, "drift": drift}) is mean
    assert hardest("mean", every) is naive
    assert hardest("mean", {"mean": mean, "ridge": ridge}) is ridge
    assert hardest("ridge", every) is ridge


def test_where_the_baseline_makes_no_error_on_any_series_it_is_the_better_one() -> None:
    said = np.zeros((40, 3))
    seeds = np.random.default_rng(9).normal(size=(3, 40, 3))
    perfect = judged("gru", "seasonal_naive", seeds, said, said + np.arange(40)[:, None] * 0, every=3)
    assert perfect.decision != "better"
    flawless = Judgement("worse", "gru", "seasonal_naive", -math.inf, (-math.inf, -math.inf), math.nan, "")
    both = judged_together("gru", "seasonal_naive", [flawless, flawless])
    assert (both.decision, both.gain) == ("worse", -math.inf)
    assert "makes no error to speak of" in both.sentence and "Use the seasonal naive method" in both.sentence
    unknown = replace(flawless, decision="cannot tell")  # too few origins
    assert judged_together("gru", "seasonal_naive", [flawless, unknown]).decision == "cannot tell"
