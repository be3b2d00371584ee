"""Chapter 3's questions: what their trials measure, against what is known, and what makes their claims fall."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rnnlab.layers import LSTM, RNN, starts
from rnnlab.studies import Study, cliff, clipping, gated_gradient_flow, gradient_flow, gradient_regimes, run
from rnnlab.training.clipping import clip_by_value

FLOW = {"spectral_radius": 0.9, "input_size": 3, "hidden_size": 16, "lags": 60}


def test_a_tanh_network_has_the_spectral_radius_that_was_asked_for() -> None:
    layer = gradient_flow.tanh_network(3, 16, 1.7, np.random.default_rng(1))
    radius = np.max(np.abs(np.linalg.eigvals(layer.state_dict()["weight_hh_l0"].numpy())))
    assert radius == pytest.approx(1.7)


def test_without_input_the_rate_is_the_spectral_radius_and_every_slope_is_one() -> None:
    found = gradient_flow.follow_gradient(input_scale=1e-6, seed=3, **FLOW)
    assert found["mean_slope"] == pytest.approx(1.0)
    assert found["radius_mean"] == pytest.approx(0.9)
    assert found["rate"] == pytest.approx(0.9, rel=0.02)
    assert found["log10_h"][0] == 0
    assert found["left_50"] == pytest.approx(found["log10_h"][50], abs=1e-4)


def test_the_shares_of_a_weights_gradient_add_up_to_what_autograd_finds() -> None:
    found = gradient_flow.follow_gradient(input_scale=1.0, seed=4, **FLOW)
    rng = np.random.default_rng(4)
    layer = gradient_flow.tanh_network(3, 16, 0.9, rng)
    x = torch.as_tensor(rng.standard_normal((120, 1, 3)))
    with torch.no_grad():
        _, start = layer(x[:60])
    d_last = torch.as_tensor(rng.standard_normal((1, 16)))
    _, last = layer(x[60:], start)
    (last[0] * d_last / torch.linalg.norm(d_last)).sum().backward()
    total = float(torch.linalg.norm(layer.weight_hh_l0.grad))
    assert 10 ** found["total"][-1] == pytest.approx(total, rel=1e-3)


def test_a_network_below_the_bound_vanishes_and_a_chaotic_one_explodes() -> None:
    settings = {"input_size": 3, "hidden_size": 32, "lags": 60, "steps": 200, "seed": 5}
    small = gradient_regimes.vanish_or_explode(spectral_radius=0.4, input_scale=1.0, **settings)
    assert small["sigma_max"] < 1
    assert small["left"] < 60 * math.log10(small["sigma_max"])
    assert small["exponent"] < 0
    chaotic = gradient_regimes.vanish_or_explode(spectral_radius=3.0, input_scale=0.0, **settings)
    assert chaotic["left"] > 0
    assert chaotic["exponent"] > 0


@pytest.mark.parametrize("start", gated_gradient_flow.STARTS)
def test_every_start_is_followed_and_measured_where_its_memory_is(start: str) -> None:
    found = gated_gradient_flow.follow_started(start=start, input_size=3, hidden_size=8, lags=55, seed=6)
    lstm = start.startswith("lstm")
    assert (found["log10_h"] != found["log10_memory"]) == lstm
    assert len(found["directions"]) == (16 if lstm else 8)
    assert found["memory_50"] == pytest.approx(found["log10_memory"][50], abs=1e-4)
    if start == "relu, identity":
        assert set(np.round(10.0 ** np.array(found["directions"]), 6)) <= {0.0, 1.0}


def test_a_forget_bias_is_the_one_that_its_name_says() -> None:
    for bias in gated_gradient_flow.BIASES:
        layer = gated_gradient_flow.STARTS[f"lstm, forget bias {bias:g}"](3, 4)
        weights = layer.state_dict()
        np.testing.assert_allclose((weights["bias_ih_l0"] + weights["bias_hh_l0"])[4:8].numpy(), bias)


def test_the_cliffs_gradient_is_that_of_central_differences() -> None:
    w, b, step = 1.3, -0.1, 1e-6
    _, dw, db = cliff.loss_and_gradient(w, b)
    by_w = (cliff.loss_and_gradient(w + step, b)[0] - cliff.loss_and_gradient(w - step, b)[0]) / (2 * step)
    by_b = (cliff.loss_and_gradient(w, b + step)[0] - cliff.loss_and_gradient(w, b - step)[0]) / (2 * step)
    assert float(dw) == pytest.approx(float(by_w), rel=1e-4)
    assert float(db) == pytest.approx(float(by_b), rel=1e-4)


def test_a_clipped_step_from_the_cliff_has_the_length_of_the_threshold_and_the_same_direction() -> None:
    start = cliff.start_on_the_cliff(np.random.default_rng(7))
    _, dw, db = cliff.loss_and_gradient(*start)
    assert math.hypot(dw, db) > cliff.ON_THE_CLIFF
    free, cut = (np.subtract(cliff.step_from(*start, 0.1, c), start) for c in (None, 1.0))
    assert np.linalg.norm(cut) == pytest.approx(0.1)
    np.testing.assert_allclose(free / np.linalg.norm(free), cut / np.linalg.norm(cut))


def test_a_gradient_cut_by_value_has_the_length_asked_for_and_is_what_training_cuts() -> None:
    gradient = np.random.default_rng(8).standard_normal(50)
    cut = clipping.clipped_by_value(gradient, 1.0)
    assert np.linalg.norm(cut) == pytest.approx(1.0)
    weight = torch.nn.Parameter(torch.zeros(50, dtype=torch.float64))
    weight.grad = torch.as_tensor(gradient).clone()
    clip_by_value([weight], float(np.max(np.abs(cut))))
    np.testing.assert_allclose(cut, weight.grad.numpy())


def test_angles_are_in_degrees() -> None:
    assert clipping.angle(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(45)
    assert clipping.angle(np.array([3.0, 4.0]), np.array([0.3, 0.4])) == pytest.approx(0, abs=1e-5)


def test_a_training_whose_loss_overflows_has_diverged_and_not_survived() -> None:
    found = clipping.descend(clip_norm=None, learning_rate=1e20, hidden_size=8, updates=30, batch_size=8, seed=9)
    assert found["ended"] == "diverged"
    assert found["survived"] == 0
    assert math.isnan(found["test"])
    assert found["ended_after"] < 30


def test_a_clipped_training_measures_both_angles_and_says_the_same_twice() -> None:
    settings = {"clip_norm": 1.0, "learning_rate": 0.03, "hidden_size": 8, "updates": 30, "batch_size": 8, "seed": 10}
    found = clipping.descend(**settings)
    assert found == clipping.descend(**settings)
    assert found["by_norm"] < 0.01 < 10 < found["by_value"]
    assert 0 < found["validation"] < 1


@pytest.fixture(scope="module")
def small_clipping():
    """The quick study with few updates: enough for its judges."""
    quick = {**clipping.CLIPPING.quick, "hold": {"updates": 2, "batch_size": 4, "hidden_size": 4}}
    return run(replace(clipping.CLIPPING, quick=quick), "quick", workers=1)


def test_a_seed_that_survives_nothing_stands_below_the_grid(small_clipping) -> None:
    assert clipping.survivors(small_clipping).sum() == 0  # two updates teach nothing
    np.testing.assert_allclose(clipping.largest_survived(small_clipping, None), math.log10(0.003) - 1)
    assert clipping.survives_larger_rates(small_clipping).decision == "does not hold"


def test_the_best_rate_is_chosen_on_validation_and_scored_on_the_test_part(small_clipping) -> None:
    rates = small_clipping.study.varied("quick")["learning_rate"]
    parts = {rate: small_clipping.where(clip_norm=1.0, learning_rate=rate) for rate in rates}
    best = max(rates, key=lambda rate: np.nan_to_num(parts[rate].values("validation")).mean())
    np.testing.assert_allclose(clipping.at_best_rate(small_clipping, 1.0), 100 * parts[best].values("test"))


def judged(study: Study, *numbers: str, **changes: Any) -> list[str]:
    """What a quick run of the study says of these claims, on fewer values where asked for."""
    claims = tuple(claim for claim in study.claims if claim.number in numbers)
    quick = replace(study, claims=claims, quick={**study.quick, **changes})
    return [verdict.decision for verdict in quick.verdicts(run(quick, "quick", workers=1))]


def test_the_claim_on_the_cliff_falls_when_clipping_is_off(monkeypatch) -> None:
    assert judged(cliff.CLIFF, "3.4") == ["holds"]
    step_from = cliff.step_from
    monkeypatch.setattr(cliff, "step_from", lambda w, b, rate, clip_norm: step_from(w, b, rate, None))
    assert judged(cliff.CLIFF, "3.4") == ["does not hold"]


def test_the_claim_on_directions_falls_when_a_network_is_clipped_by_value(monkeypatch) -> None:
    few = {"vary": {"clip_norm": (1.0,), "learning_rate": (0.03,)}, "hold": {"updates": 30}}
    assert judged(clipping.CLIPPING, "3.5a", **few) == ["holds"]

    def by_value(parameters, largest):
        return clip_by_value(parameters, largest / 10)

    monkeypatch.setattr(clipping, "clip_by_norm", by_value)
    assert judged(clipping.CLIPPING, "3.5a", **few) == ["does not hold"]


def test_the_claims_on_starts_fall_when_the_gate_starts_closed_and_the_weights_as_torch_has_them(monkeypatch) -> None:
    study, few = gated_gradient_flow.GATED_GRADIENT_FLOW, {"start": ("lstm, forget bias 3", "relu, identity")}
    assert judged(study, "3.6e", "3.6f", vary=few) == ["holds", "holds"]
    planted = {
        "lstm, forget bias 3": lambda I, H: starts.forget_bias(LSTM(I, H), -3.0),
        "relu, identity": lambda I, H: RNN(I, H, nonlinearity="relu"),
    }
    for name, start in planted.items():
        monkeypatch.setitem(gated_gradient_flow.STARTS, name, start)
    assert judged(study, "3.6e", "3.6f", vary=few) == ["does not hold", "does not hold"]
