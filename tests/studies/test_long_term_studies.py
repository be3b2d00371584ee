"""Chapter 8's questions: how a model is started, what a trial counts, and what a run that got nowhere says."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rnnlab.layers import count_parameters
from rnnlab.probes import gate_traces
from rnnlab.studies import copy_memory, gate_ablation, run, sequences_to_criterion, state_growth
from rnnlab.tasks import Adding
from rnnlab.training import initialise

TASK = Adding(20)
SHORT = {"learning_rate": 1e-2, "clip_norm": 1.0, "batch_size": 8, "parameters": 150}
ADD = {**SHORT, "length": 20, "updates": 6, "evaluate_every": 2, "goal": 0.05}


def started(model: str) -> torch.nn.RNNBase:
    return gate_ablation.recurrent(initialise(lambda: gate_ablation.build(model, TASK, 1_000), 5))


def at_rest(model: str) -> dict[str, np.ndarray]:
    """The gates (H,) for an input and a state of zeros: what the biases alone say."""
    layer = started(model)
    return {name: gate[0, 0] for name, gate in gate_traces(layer, np.zeros((1, 1, 2))).items()}


def sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


@pytest.mark.parametrize("bias", [0, 1, 2])
def test_a_forget_bias_is_where_the_forget_gate_starts_and_leaves_the_input_gate(bias: int) -> None:
    gates = at_rest(f"lstm, forget bias {bias}")
    np.testing.assert_allclose(gates["f"], sigmoid(bias), rtol=1e-6)
    np.testing.assert_allclose(gates["i"], at_rest("lstm, forget bias 1")["i"])
    assert len(set(gates["i"])) > 1


@pytest.mark.parametrize("model", ["lstm, input gate closed", "lstm, no forget gate, input gate closed"])
def test_a_closed_input_gate_starts_at_minus_three_and_nothing_else_is_closed(model: str) -> None:
    gates = at_rest(model)
    np.testing.assert_allclose(gates["i"], sigmoid(-3), rtol=1e-6)
    assert (gates["o"] > 0.2).all()
    assert len(set(gates["o"])) > 1
    np.testing.assert_allclose(gates["f"], 1 if "no forget" in model else 0.5, rtol=1e-6)


def test_the_chrono_start_shuts_the_entrance_as_far_as_it_opens_the_memory() -> None:
    gates = at_rest("lstm, chrono start")
    np.testing.assert_allclose(gates["i"], 1 - gates["f"], atol=1e-6)
    assert gates["f"].max() < 19 / 20
    assert gates["f"].max() > 0.8


def test_every_model_has_the_same_number_of_parameters_within_five_per_cent() -> None:
    sizes = [count_parameters(gate_ablation.build(model, TASK, 1_000)) for model in gate_ablation.MODELS]
    assert all(abs(size - 1_000) < 50 for size in sizes), sizes


def test_the_same_seed_gives_the_same_trial_and_another_seed_another() -> None:
    first, again, other = (gate_ablation.learn_to_add(model="gru", **ADD, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first["loss"] != other["loss"]
    assert not first["solved"]
    assert first["sequences"] == 6 * 8
    assert [sequences for sequences, _ in first["curve"]] == [16, 32, 48]
    assert first["effort"] == 1 + first["loss"]
    assert first["loss"] == pytest.approx(min(loss for _, loss in first["curve"]), abs=1e-4)


def test_marked_and_unmarked_steps_are_told_apart() -> None:
    gate = np.array([0.9, 0.1, 0.3])[:, None, None] * np.ones((3, 2, 4))
    marked = np.array([[True, False], [False, False], [False, True]])
    assert gate_ablation._at(gate, marked) == [pytest.approx(0.6), pytest.approx((0.9 + 0.1 + 0.1 + 0.3) / 4)]


def records(study, mode="full", **by_model):
    """Stands in for records of one varied setting: values by its name and by the measurement."""

    def where(**setting):
        (value,) = setting.values()
        return SimpleNamespace(values=lambda name=None: np.asarray(by_model[name][value], dtype=float))

    names = next(iter(by_model.values()))
    setting = next(iter(study.vary))
    return SimpleNamespace(
        study=SimpleNamespace(settings=lambda mode: study.settings(mode), varied=lambda mode: {setting: tuple(names)}),
        mode=mode,
        seeds=tuple(range(10)),
        where=where,
    )


def test_a_seed_on_which_neither_got_there_says_nothing_and_one_that_failed_counts_with_all_it_read() -> None:
    solved = {"gru": [1] * 6 + [0] * 4, "rnn": [0] * 10}
    read = {"gru": [16_000] * 6 + [48_000] * 4, "rnn": [48_000] * 10}
    found = records(gate_ablation.GATE_ABLATION, solved=solved, sequences=read)
    verdict = gate_ablation.sooner("gru", "rnn")(found)
    assert verdict.estimate == pytest.approx(32)
    assert verdict.seeds == 6
    assert verdict.decision == "holds"
    assert "Solved: 6 of 10 seeds against 0 of 10." in verdict.detail
    neither = records(gate_ablation.GATE_ABLATION, solved={"gru": [0] * 10, "rnn": [0] * 10}, sequences=read)
    assert gate_ablation.sooner("gru", "rnn")(neither).decision == "cannot tell"


def test_a_model_that_a_quick_run_leaves_out_cannot_be_judged_by_it() -> None:
    found = records(gate_ablation.GATE_ABLATION, "quick", solved={"gru": [1] * 10}, sequences={"gru": [1] * 10})
    verdict = gate_ablation.sooner("gru", "lstm, forget bias 2")(found)
    assert verdict.decision == "cannot tell"
    assert verdict.detail == "Its quick run leaves out: lstm, forget bias 2."


def test_a_run_that_never_met_the_criterion_is_no_run_that_met_it_early() -> None:
    read = {100: [30_000] * 10, 500: [60_000] * 10, 1_000: [40_000] * 10}
    all_met = records(sequences_to_criterion.SEQUENCES_TO_CRITERION, sequences=read, solved={n: [1] * 10 for n in read})
    assert sequences_to_criterion.fewer_than_published(all_met).estimate == 1
    assert sequences_to_criterion.steeper_in_1997(all_met).estimate == 1
    some_failed = records(
        sequences_to_criterion.SEQUENCES_TO_CRITERION,
        sequences=read,
        solved={100: [1] * 10, 500: [0] * 3 + [1] * 7, 1_000: [0] * 4 + [1] * 6},
    )
    assert sequences_to_criterion.fewer_than_published(some_failed).estimate == 0.6
    assert sequences_to_criterion.steeper_in_1997(some_failed).estimate == 0.6


def test_the_criterion_needs_two_thousand_sequences_however_good_the_network(monkeypatch) -> None:
    monkeypatch.setattr(Adding, "tolerance", 10.0)
    monkeypatch.setattr(sequences_to_criterion, "ENOUGH", 10.0)
    found = sequences_to_criterion.learn_until_right(
        length=20, learning_rate=1e-3, parameters=100, batch_size=100, clip_norm=1.0, most=10_000, seed=1
    )
    assert found["solved"]
    assert found["sequences"] == 2_000


def test_a_criterion_that_is_not_met_ends_with_all_sequences_read() -> None:
    found = sequences_to_criterion.learn_until_right(
        length=20, learning_rate=1e-3, parameters=100, batch_size=16, clip_norm=1.0, most=320, seed=1
    )
    assert not found["solved"]
    assert found["sequences"] == 320
    assert found["effort"] == 1 + found["error"]


def test_a_state_that_only_adds_grows_along_the_stream() -> None:
    settings = {**SHORT, "length": 10, "stream": 100, "updates": 4, "evaluate_every": 2, "goal": 0.01, "seed": 2}
    adds = state_growth.learn_parity(model="lstm, no forget gate", **settings)
    forgets = state_growth.learn_parity(model="lstm, coupled gates", **settings)
    assert adds["growth"] == pytest.approx(adds["state"][1] / adds["state"][0], rel=1e-3)
    assert adds["growth"] > 5
    assert forgets["growth"] < 1.5
    assert 0 <= adds["right"] <= 1


def test_with_a_forget_gate_put_in_its_place_nothing_runs_away_and_nothing_is_saved(monkeypatch) -> None:
    monkeypatch.setitem(state_growth.MODELS, "lstm, no forget gate", "lstm")
    found = run(state_growth.STATE_GROWTH, "quick")
    verdicts = {claim.number: claim.judge(found).decision for claim in state_growth.STATE_GROWTH.claims}
    assert (verdicts["8.4f"], verdicts["8.4g"]) == ("does not hold", "does not hold")


def test_an_untrained_network_sits_on_the_floor_of_the_copying_problem_or_above() -> None:
    found = copy_memory.learn_to_copy(model="lstm, chrono start", delay=5, updates=2, evaluate_every=1, seed=0, **SHORT)
    assert found["loss"] > 1
    assert found["symbols"] == pytest.approx(10 * (1 - found["loss"]))
    assert len(found["curve"]) == 2
    assert found["score"] < 0.4


def test_the_longest_delay_is_the_one_that_is_judged() -> None:
    losses = {("rnn", 1): [0.5] * 10, ("rnn", 100): [1.0, 1.01] * 5}

    def where(model, delay):
        return SimpleNamespace(values=lambda name: np.array(losses[model, delay]))

    found = SimpleNamespace(
        study=SimpleNamespace(varied=lambda mode: {"delay": (1, 100), "model": ("rnn",)}), mode="full", where=where
    )
    assert copy_memory.sits("rnn")(found).decision == "holds"
    losses["rnn", 100] = [0.9, 0.91] * 5
    assert copy_memory.sits("rnn")(found).decision == "does not hold"
