"""Chapter 6's questions: what is built, what a trial counts, and when a claim turns over."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from rnnlab import studies
from rnnlab.layers import count_parameters
from rnnlab.probes import Saturation, saturation
from rnnlab.studies import activation_choice, activation_cost, activation_gradient, identity_start
from rnnlab.studies import saturation as saturation_study
from rnnlab.studies.stopwatch import Race
from rnnlab.tasks import Adding
from rnnlab.training import initialise


def test_a_logistic_network_started_as_tanh_says_what_the_tanh_network_says() -> None:
    made = {
        model: initialise(lambda name=model: activation_choice.build(name, "digits", 1_000).double(), 3)
        for model in ("rnn", "sigmoid", "sigmoid, started as tanh")
    }
    x = torch.rand(4, 28, 28, dtype=torch.float64)
    half = torch.full((1, 4, activation_choice.recurrent(made["rnn"]).hidden_size), 0.5, dtype=torch.float64)
    plain, _ = made["rnn"].carry(x)
    torch.testing.assert_close(made["sigmoid, started as tanh"].carry(x, half)[0], plain)
    assert (made["sigmoid"].carry(x, half)[0] - plain).abs().max() > 0.01


@pytest.mark.parametrize("task", activation_choice.TASKS)
def test_every_model_of_a_task_has_the_same_number_of_parameters_within_five_per_cent(task: str) -> None:
    wanted = activation_choice.TRAINING[task][0]
    sizes = [count_parameters(activation_choice.build(m, task, wanted)) for m in activation_choice.MODELS]
    assert all(abs(size / wanted - 1) < 0.05 for size in sizes), sizes


def test_a_trial_is_repeated_by_its_seed_and_an_untrained_network_adds_no_better_than_the_mean() -> None:
    settings = {"task": "adding", "model": "relu", "learning_rate": 1e-3, "effort": 0.002}
    first, again, other = (activation_choice.compare(**settings, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first["error"] != other["error"]
    assert first["error"] > 0.9
    before, after = first["log10_h"]
    assert len(before) == len(after) == activation_choice.LENGTH + 1
    assert (before[0], after[0]) == (0, 0)
    assert first["kept_before"] == pytest.approx(before[-1], abs=1e-3)
    assert before != after


def test_a_network_whose_weights_are_not_finite_keeps_nothing_that_could_be_measured() -> None:
    net = activation_choice.build("rnn", "digits", 500)
    with torch.no_grad():
        net.head.bias[0] = math.inf
    assert np.isnan(activation_choice.along(net, np.ones((2, 28, 28)))).all()


def test_the_formula_guesses_the_factor_of_each_function_and_the_quarter_is_the_starts() -> None:
    found = {
        name: activation_gradient.follow(activation=name, input_size=4, hidden_size=32, lags=40, seed=1)
        for name in activation_gradient.ACTIVATIONS
    }
    assert found["sigmoid, started as tanh"]["largest_slope"] <= 0.25
    assert found["sigmoid, started as tanh"]["rate"] == pytest.approx(found["rnn"]["rate"], rel=1e-6)
    assert found["sigmoid, started as tanh"]["guess"] == pytest.approx(found["rnn"]["guess"], rel=1e-6)
    assert found["relu"]["rms_slope"] ** 2 == pytest.approx(found["relu"]["mean_slope"])
    for each in found.values():
        assert each["guess"] == pytest.approx(each["rate"], rel=0.25)


def test_a_histogram_counts_every_value_once_and_what_lies_beyond_in_the_outermost_bin() -> None:
    value = np.array([-0.1, 0.0, 0.05, 0.15, 3.99, 7.0, 9.0, 2.0]).reshape(2, 2, 2)
    shares = saturation_study.histogram(Saturation("relu", value, np.zeros(2), np.zeros(2)), (0.0, 4.0))
    assert len(shares) == saturation_study.BINS
    assert sum(shares) == pytest.approx(1)
    assert (shares[0], shares[1], shares[-1]) == (3 / 8, 1 / 8, 3 / 8)


def test_the_looks_of_a_training_begin_before_the_first_update_and_end_after_the_last() -> None:
    settings = {"activation": "relu", "learning_rate": 0.05, "parameters": 800, "sequences": 20}
    found = saturation_study.watch(**settings, updates=12, looks=[0, 6], seed=2)
    assert [len(found[name]) for name in ("saturated", "dead", "histogram")] == [3, 3, 3]
    net = initialise(lambda: activation_choice.build("relu", "digits", 800), 2)
    start = saturation(activation_choice.recurrent(net), activation_choice.digit_task().validation.inputs[:20])["h"]
    assert found["saturated"][0] == pytest.approx(start.saturated.mean(), abs=1e-5)
    assert found["dead"][0] == pytest.approx(start.dead.mean(), abs=1e-5)
    assert found["dead"][-1] == pytest.approx(found["dead_last"], abs=1e-5)


def test_the_identity_start_keeps_every_gradient_and_the_goal_ends_a_training() -> None:
    settings = {
        "length": 12, "learning_rate": 1e-2, "parameters": 150, "updates": 6, "batch_size": 8, "evaluate_every": 2,
        "clip_norm": 1.0, "seed": 1,
    }  # fmt: skip
    found = identity_start.learn(start="identity", goal=0.05, **settings)
    assert found["kept_before"] == pytest.approx(0, abs=1e-6)
    assert found["effort"] == 1 + found["loss"]
    assert [sequences for sequences, _ in found["curve"]] == [16, 32, 48]
    easy = identity_start.learn(start="default", goal=100.0, **settings)
    assert easy["solved"]
    assert (easy["sequences"], easy["effort"]) == (16, 2 / 6)
    assert easy["kept_before"] < -1
    core = identity_start.recurrent(identity_start.build("identity", Adding(12), 150))
    assert torch.equal(core.weight_hh_l0, torch.eye(core.hidden_size))


def test_a_ratio_of_times_is_the_median_of_ratios_within_one_round() -> None:
    race = Race({"a": np.array([2.0, 30.0, 3.0]), "b": np.array([1.0, 10.0, 2.0])})
    assert activation_cost.over(race, "a", "b") == 2.0


def timed(mode: str, ratio: float) -> SimpleNamespace:
    table = pd.DataFrame(
        {"seed": [*range(10)] * 2, "engine_tanh_over_relu": np.linspace(ratio - 0.01, ratio + 0.01, 20)}
    )
    return SimpleNamespace(mode=mode, table=table)


def test_a_small_difference_in_time_is_judged_by_the_full_study_alone() -> None:
    judge = activation_cost.ACTIVATION_COST.claims[0].judge
    assert judge(timed("full", 1.02)).decision == "does not hold"
    assert judge(timed("full", 1.3)).decision == "holds"
    assert judge(timed("quick", 1.3)).decision == "cannot tell"


CLAIMED = {  # study, claim: two settings whose records, exchanged, must turn the verdict over
    ("activation_gradient", "6.1a"): ({"activation": "rnn"}, {"activation": "sigmoid"}),
    ("activation_choice", "6.3a"): ({"task": "adding", "model": "relu"}, {"task": "adding", "model": "rnn"}),
    ("activation_choice", "6.3d"): ({"task": "digits", "model": "rnn"}, {"task": "digits", "model": "sigmoid"}),
    ("activation_choice", "6.3g"): ({"task": "digits", "model": "lstm"}, {"task": "digits", "model": "rnn"}),
    ("identity_start", "6.5a"): ({"start": "identity", "clip_norm": 1.0}, {"start": "default", "clip_norm": 1.0}),
    ("identity_start", "6.5b"): ({"start": "identity", "clip_norm": 1.0}, {"start": "identity", "clip_norm": None}),
    ("saturation", "6.2c"): (
        {"activation": "relu", "learning_rate": 0.01},
        {"activation": "rnn", "learning_rate": 0.01},
    ),
}


@pytest.mark.parametrize(("study", "claim"), CLAIMED, ids=lambda part: str(part))
def test_a_claim_turns_over_when_two_models_are_exchanged(study: str, claim: str) -> None:
    module = {
        "activation_gradient": activation_gradient,
        "activation_choice": activation_choice,
        "identity_start": identity_start,
        "saturation": saturation_study,
    }[study]
    definition = getattr(module, study.upper())
    records = studies.read(definition)
    judge = next(each.judge for each in definition.claims if each.number == claim)
    assert judge(records).decision == "holds"
    one, other = CLAIMED[study, claim]

    class Exchanged:
        study, mode, seeds, choices = records.study, records.mode, records.seeds, records.choices

        def where(self, **settings: object) -> studies.Records:
            swapped = other if settings == one else one if settings == other else settings
            return records.where(**swapped)

    assert judge(Exchanged()).decision == "does not hold"
