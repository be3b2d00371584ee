"""Chapter 4's questions: what their trials measure, and how their judges count."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from rnnlab.data import weather
from rnnlab.layers import count_parameters
from rnnlab.studies import Records, Study
from rnnlab.studies import hand_set_solution as hand_set
from rnnlab.studies import length_curriculum as curriculum
from rnnlab.studies import sequence_length as lengths
from rnnlab.studies import update_cost as cost
from rnnlab.studies import window_length as windows
from rnnlab.studies.store import Record
from rnnlab.tasks import Adding, TemporalOrder
from rnnlab.training import generator, predict

SHORT = {
    "task": "adding", "cell": "gru", "length": 10, "schedule": "fixed", "shortest": 5, "learning_rate": 0.03,
    "parameters": 100, "updates": 6, "batch_size": 4, "clip_norm": 1.0, "evaluate_every": 2, "goal": 0.05,
    "tested_at": (), "seed": 3,
}  # fmt: skip


def made_up(study: Study, mode: Any, measurements: Any) -> Records:
    """Records of every trial, with measurements(settings, seed)."""
    from rnnlab.studies.tuning import Choice

    tune = study.tuned(mode)
    choices = [Choice(group, tune.points[0], (1.0,)) for group in study.groups(mode)] if tune else []
    records = [
        Record(
            study=study.name,
            fingerprint="",
            mode=mode,
            settings=trial.settings,
            seed=trial.seed,
            status="done",
            measurements=measurements(trial.settings, trial.seed),
            error=None,
            seconds=0.0,
            when="2026-11-22",
            version="",
            machine={},
        )
        for trial in study.trials(mode, choices)
    ]
    return Records(study, mode, records, choices)


def verdict(records: Records, claim: str) -> Any:
    return next(found for found in records.study.verdicts(records) if found.claim == claim)


# 4.1


def test_what_is_kept_grows_by_one_state_a_step_and_frees_nothing_twice() -> None:
    model = cost.Reader("rnn", 2, 8, 1)
    kept = [cost.bytes_kept(model, torch.zeros(3, T, 2)) for T in (5, 6, 105)]
    assert kept[0] == (5 + 1) * 3 * 8 * 4
    assert kept[1] - kept[0] == 3 * 8 * 4
    assert kept[2] - kept[0] == 100 * 3 * 8 * 4
    with torch.no_grad():
        assert cost.bytes_kept(model, torch.zeros(3, 5, 2)) == 0


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
def test_the_exponent_of_a_power_is_its_power(power: float) -> None:
    T = np.array([10, 20, 70, 300])
    assert cost.growth_exponent(T, 7.0 * T**power) == pytest.approx(power)


def test_a_cost_that_is_not_above_zero_has_no_exponent() -> None:
    assert math.isnan(cost.growth_exponent([1, 2], [0.0, 1.0]))


def test_an_update_is_timed_at_every_length() -> None:
    found = cost.cost_of_updates(
        cell="lstm", lengths=(5, 10, 200, 4_000), fitted_from=200, hidden_size=16, batch_size=8, repeats=1, seed=0
    )
    assert len(found["milliseconds"]) == len(found["bytes"]) == 4
    assert min(found["milliseconds"]) > 0
    assert found["memory_exponent"] == pytest.approx(1, abs=0.01)
    assert found["milliseconds"][3] > found["milliseconds"][0]


@pytest.mark.parametrize(
    ("exponents", "decision"),
    [((0.9, 1.1), "holds"), ((0.6, 0.7), "does not hold"), ((1.3, 1.4), "does not hold"), ((0.7, 1.0), "cannot tell")],
)
def test_linear_is_an_exponent_near_one_with_its_whole_interval(exponents: tuple[float, float], decision: str) -> None:
    records = made_up(
        cost.UPDATE_COST,
        "quick",
        lambda _, seed: {
            "time_exponent": exponents[seed % 2],
            "memory_exponent": 0.95,
            "milliseconds": [1.0, 2.0, (2.5, 4.0)[decision == "holds"], 4.0, 8.0, 16.0, 32.0],
        },
    )
    assert verdict(records, "4.1a").decision == decision
    assert verdict(records, "4.1b").decision == ("does not hold" if decision == "holds" else "holds")
    assert verdict(records, "4.1c").decision == "does not hold"


# 4.2


def test_a_trial_gives_the_same_bits_for_the_same_seed_and_others_for_another() -> None:
    found = lengths.learn(**SHORT)
    assert found == lengths.learn(**SHORT)
    assert found["loss"] != lengths.learn(**{**SHORT, "seed": 4})["loss"]


def test_a_run_that_reaches_the_goal_stops_there_and_counts_what_it_read() -> None:
    easy = {**SHORT, "goal": 50.0}
    found = lengths.learn(**easy)
    assert (found["solved"], found["sequences"], found["steps"]) == (True, 8, 80)
    assert found["effort"] == pytest.approx(2 / 6)
    assert found["curve"][0][0] == 8 and len(found["curve"]) == 1
    never = lengths.learn(**{**SHORT, "goal": 1e-9})
    assert (never["solved"], never["sequences"]) == (False, 24)
    assert never["effort"] == 1 + never["loss"] > 1
    assert [read for read, _ in never["curve"]] == [8, 16, 24]


def test_the_loss_is_a_share_of_the_floor() -> None:
    untrained = lengths.learn(**{**SHORT, "learning_rate": 1e-9, "task": "temporal_order", "updates": 2})
    assert untrained["loss"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("schedule", "steps"), [("growing", 4 * (5 + 7 + 8 + 10 + 10 + 10)), ("mixed", 4 * 6 * 7.5)])
def test_a_schedule_reads_shorter_sequences_and_is_scored_where_it_is_asked(schedule: str, steps: float) -> None:
    found = lengths.learn(**{**SHORT, "schedule": schedule, "goal": 1e-9, "tested_at": (4, 30)})
    assert found["steps"] == steps
    assert len(found["scores"]) == 2 and all(0 <= score <= 1 for score in found["scores"])


def test_the_cells_have_as_many_parameters_within_five_per_cent() -> None:
    for task in (Adding(10), TemporalOrder(10)):
        sizes = [count_parameters(lengths.build(cell, task, 1_000)) for cell in lengths.CELLS]
        assert all(abs(size - 1_000) < 50 for size in sizes), sizes


def measured(solved_by: Any) -> Any:
    return lambda settings, seed: {"solved": solved_by(settings, seed), "loss": 0.1, "scores": [1.0] * 6}


def test_a_cell_solves_more_often_by_a_margin_of_half_of_the_seeds() -> None:
    study = lengths.ADDING_LENGTH
    records = made_up(study, "full", measured(lambda s, seed: s["cell"] == "gru" or (s["cell"] == "lstm" and seed < 4)))
    assert verdict(records, "4.2a").decision == "holds"
    assert verdict(records, "4.2b").decision != "holds"
    assert "LSTM 4, RNN 0 of 10 seeds" in verdict(records, "4.2b").detail
    swapped = made_up(study, "full", measured(lambda s, seed: s["cell"] == "rnn"))
    assert verdict(swapped, "4.2a").decision == "does not hold"


def test_a_quick_run_without_a_cell_cannot_tell_about_it() -> None:
    records = made_up(lengths.ADDING_LENGTH, "quick", measured(lambda s, seed: s["cell"] == "gru"))
    assert verdict(records, "4.2a").decision == "holds"
    assert verdict(records, "4.2b").decision == "cannot tell"
    assert "leaves the LSTM out" in verdict(records, "4.2b").detail


def test_a_run_that_diverged_is_one_that_did_not_solve() -> None:
    records = made_up(
        lengths.ADDING_LENGTH, "full", lambda s, seed: {"solved": False, "loss": math.nan if seed else 1.0}
    )
    np.testing.assert_array_equal(lengths.solved(records, cell="gru", length=10), np.zeros(10))
    assert len(records.diverged) == len(records) * 9 // 10


# 4.3


def test_all_windows_are_asked_the_same_hours_and_see_the_same_past() -> None:
    short, long = (windows.task_of(W, "JFK") for W in (6, 336))
    for part in ("train", "validation", "test"):
        a, b = getattr(short, part), getattr(long, part)
        assert len(a) == len(b) > 500
        np.testing.assert_array_equal(a.origins, b.origins)
        np.testing.assert_array_equal(a.truth[:3], b.truth[:3])
        np.testing.assert_array_equal(a.inputs[:5], b.inputs[:5, -6:])
    assert long.test.origins.min() >= np.datetime64(weather("JFK").index[0].tz_localize(None)) + np.timedelta64(
        336, "h"
    )


WINDOW = {
    "cell": "gru", "station": "JFK", "learning_rate": 1e-2, "parameters": 200, "updates": 8, "reference": 24,
    "overhead": 100, "batch_size": 8, "evaluations": 2, "seed": 0,
}  # fmt: skip


def test_equal_time_gives_a_longer_window_fewer_updates() -> None:
    made = {
        (W, budget): windows.forecast_from(window=W, budget=budget, **WINDOW)["made"]
        for W in (6, 24)
        for budget in ("updates", "time")
    }
    assert made[6, "updates"] == made[24, "updates"] == made[24, "time"] == 8
    assert made[6, "time"] == round(8 * 124 / 106)
    assert windows.forecast_from(window=148, budget="time", **WINDOW)["made"] == 4


def test_a_forecast_is_scored_in_degrees() -> None:
    found = windows.forecast_from(window=12, budget="updates", **WINDOW)
    assert found["mae"] == pytest.approx(np.mean(found["mae_by_step"]), abs=1e-4)
    assert 1 < windows.ridge_error(12, "JFK") < found["mae"] < 10


# 4.4


def test_the_judges_of_lengths_look_at_the_length_that_they_name() -> None:
    def scored(settings: dict[str, Any], seed: int) -> dict[str, Any]:
        beyond = {"fixed": 0.5, "growing": 0.6, "mixed": 0.95}[settings["schedule"]]
        scores = [1.0, 1.0, 1.0, 1.0, beyond, 0.3]
        return {"solved": settings["schedule"] == "growing" or settings["cell"] == "gru", "loss": 0.1, "scores": scores}

    assert curriculum.TESTED.index(200) == 4
    records = made_up(curriculum.LENGTH_CURRICULUM, "full", scored)
    assert [found.decision for found in records.study.verdicts(records)] == ["does not hold", "holds", "holds"]
    assert curriculum.keeps("gru", "mixed", 200)(records).decision == "holds"
    assert curriculum.keeps("gru", "mixed", 400)(records).decision == "does not hold"
    assert curriculum.solves_more_often("fixed", "growing")(records).decision == "does not hold"


# 4.5


@pytest.mark.parametrize("name", list(lengths.TASKS))
def test_the_written_down_network_answers_like_the_solution_at_a_thousand_steps(name: str) -> None:
    task = lengths.TASKS[name](1_000)
    inputs, targets = task.batch(30, generator(0, 1))
    said = predict(hand_set.written_down(task), inputs)
    np.testing.assert_allclose(said, task.solution().outputs(inputs)[:, -1], atol=1e-4)
    assert task.score(said, targets) == 1


def test_a_nudge_moves_every_weight_by_its_distance_and_by_its_seed() -> None:
    task = TemporalOrder(20)

    def weights(model: torch.nn.Module) -> torch.Tensor:
        return torch.nn.utils.parameters_to_vector(model.parameters()).detach()

    moved = [
        weights(hand_set.nudged(hand_set.written_down(task), distance, seed)) - weights(hand_set.written_down(task))
        for distance, seed in ((0.1, 1), (0.1, 1), (0.1, 2), (0.0, 1))
    ]
    assert torch.equal(moved[0], moved[1]) and not torch.equal(moved[0], moved[2])
    assert 0.07 < float(moved[0].std()) < 0.13 and float(moved[0].abs().min()) > 0
    assert not moved[3].any()


def test_a_start_at_the_solution_is_right_before_training_and_a_random_one_is_not() -> None:
    short = {
        "task": "temporal_order", "length": 20, "learning_rate": 1e-3, "updates": 2, "batch_size": 4, "clip_norm": 1.0,
        "evaluate_every": 1, "goal": 0.05, "seed": 0,
    }  # fmt: skip
    at, random = (hand_set.learn_from(distance=distance, **short) for distance in (0.0, None))
    assert at["score_before"] == 1 and at["hidden_size"] == random["hidden_size"] == 5
    assert random["score_before"] < 0.6 and not random["solved"]


def test_runs_are_counted_over_all_tasks_and_a_diverged_one_counts_as_unsolved() -> None:
    def found(settings: dict[str, Any], seed: int) -> dict[str, Any]:
        d = settings["distance"]
        near = d is not None and d < 0.05
        return {"solved": near and settings["task"] == "adding", "loss": 0.1, "score_before": float(d == 0.0)}

    records = made_up(hand_set.HAND_SET_SOLUTION, "full", found)
    assert [each.decision for each in records.study.verdicts(records)] == ["holds", "holds", "cannot tell"]
    assert "20 of 20 runs" in verdict(records, "4.5b").detail
    assert "10 of 20 runs" in verdict(records, "4.5c").detail
