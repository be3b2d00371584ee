"""Chapter 1's questions: what their trials measure, and that a claim falls when what it rests on is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnlab.layers import count_parameters
from rnnlab.scratch import Elman
from rnnlab.studies import Records, Study, day_ahead, elman_gradient, parity_length, read, surname_direction
from rnnlab.studies.day_ahead import AUTUMN, DAY_AHEAD, SUMMER
from rnnlab.studies.elman_gradient import ELMAN_GRADIENT
from rnnlab.studies.parameter_count import LENGTHS, PARAMETER_COUNT, count
from rnnlab.studies.parity_length import PARITY_LENGTH
from rnnlab.studies.surname_direction import SURNAME_DIRECTION
from rnnlab.studies.weather_forecast import weather_task

Change = Callable[[Any], dict[str, Any]]


def decisions(records: Records) -> dict[str, str]:
    return {verdict.claim: verdict.decision for verdict in records.study.verdicts(records)}


def changed(study: Study, change: Change) -> dict[str, str]:
    """The verdicts on the full records if `change` had been measured in a record's place."""
    records = read(study)
    planted = [replace(each, measurements={**each.measurements, **change(each)}) for each in records]
    return decisions(Records(study, "full", planted, records.choices))


def test_the_counts_are_those_of_the_equation() -> None:
    T, I, H, O = 7, 3, 4, 2
    sizes = {"length": T, "input_size": I, "hidden_size": H, "output_size": O, "seed": 0}
    assert count(cell="rnn", **sizes) == {"parameters": H * (I + H + 2) + O * (H + 1)}  # (1.3)
    assert count(cell="mlp", **sizes) == {"parameters": H * (T * I + 1) + H * (H + 1) + O * (H + 1)}


def test_a_recurrent_network_that_grew_would_be_noticed() -> None:
    def grows(record: Any) -> dict[str, Any]:
        one_more = record.settings["cell"] == "rnn" and record.settings["length"] == LENGTHS[-1]
        return {"parameters": record.measurements["parameters"] + one_more}

    assert decisions(read(PARAMETER_COUNT))["1.1"] == "holds"
    assert changed(PARAMETER_COUNT, grows)["1.1"] == "does not hold"
    assert changed(PARAMETER_COUNT, lambda record: {"parameters": 1_281})["1.1"] == "does not hold"


def test_all_three_readers_of_names_have_nearly_the_same_size() -> None:
    sizes = [count_parameters(surname_direction.build(model, 5_000)) for model in ("bag", "mlp", "rnn")]
    assert all(abs(size - 5_000) < 250 for size in sizes), sizes


def test_a_short_training_already_tells_names_from_their_reverse_and_the_same_seed_gives_the_same() -> None:
    short = {"learning_rate": 1e-2, "parameters": 500, "updates": 60, "batch_size": 32, "evaluate_every": 60, "seed": 3}
    found = surname_direction.tell_direction(model="rnn", **short)
    assert 0.6 < found["accuracy"] < 1
    assert found == surname_direction.tell_direction(model="rnn", **short)
    assert surname_direction.tell_direction(model="bag", **short)["accuracy"] == pytest.approx(0.5, abs=1e-12)


def test_the_claims_on_names_fall_when_the_networks_are_exchanged() -> None:
    names = read(SURNAME_DIRECTION)
    by_model = {model: names.where(model=model).values() for model in ("bag", "mlp", "rnn")}

    def bag_and_rnn_exchanged(record: Any) -> dict[str, Any]:
        other = {"bag": "rnn", "rnn": "bag", "mlp": "mlp"}[record.settings["model"]]
        return {"accuracy": by_model[other][record.seed]}

    assert decisions(names) == {"1.2a": "holds", "1.2b": "holds", "1.2c": "cannot tell"}
    assert changed(SURNAME_DIRECTION, bag_and_rnn_exchanged) == dict.fromkeys(("1.2a", "1.2b", "1.2c"), "does not hold")


def test_one_seed_of_the_bag_beside_one_half_is_enough() -> None:
    def once(record: Any) -> dict[str, Any]:
        lucky = record.settings["model"] == "bag" and record.seed == 4
        return {"accuracy": 0.5004 if lucky else record.measurements["accuracy"]}

    assert changed(SURNAME_DIRECTION, once)["1.2a"] == "does not hold"


def test_a_parity_trial_measures_the_last_bits_of_sequences_longer_than_training() -> None:
    short = {
        "length": 3, "long": 30, "longest": 60, "parameters": 120, "updates": 40, "batch_size": 32,
        "evaluate_every": 40, "learning_rate": 1e-2, "seed": 2,
    }  # fmt: skip
    found = parity_length.count_beyond(cell="mlp", **short)
    assert len(found["by_bit"]) == 30
    assert found["beyond"] == pytest.approx(np.mean(found["by_bit"][-3:]), abs=1e-3)
    assert found["learned"] == pytest.approx(np.mean(found["by_bit"][:3]), abs=1e-3)
    assert found["beyond"] == pytest.approx(0.5, abs=0.1)
    assert found["faultless"] is False
    assert found == parity_length.count_beyond(cell="mlp", **short)


def test_the_claims_on_parity_fall_when_the_cells_are_exchanged() -> None:
    parity = read(PARITY_LENGTH)
    beyond = {cell: parity.where(cell=cell).values() for cell in ("rnn", "mlp")}

    def exchanged(record: Any) -> dict[str, Any]:
        return {"beyond": beyond["mlp" if record.settings["cell"] == "rnn" else "rnn"][record.seed]}

    assert decisions(parity) == {"1.3a": "holds", "1.3b": "holds", "1.3c": "does not hold", "1.3d": "does not hold"}
    found = changed(PARITY_LENGTH, exchanged)
    assert (found["1.3a"], found["1.3b"]) == ("does not hold", "does not hold")


def test_what_was_never_learned_is_no_evidence_on_going_on() -> None:
    assert changed(PARITY_LENGTH, lambda record: {"learned": 0.999})["1.3c"] == "cannot tell"
    perfect = changed(PARITY_LENGTH, lambda record: {"faultless": True, "faultless_longest": True})
    assert "does not hold" not in (perfect["1.3c"], perfect["1.3d"])


@pytest.mark.parametrize("check", list(elman_gradient.LIMITS))
def test_each_check_finds_a_state_that_is_taken_one_step_too_late(check: Any, monkeypatch) -> None:
    hold = dict(ELMAN_GRADIENT.hold)
    assert elman_gradient.check_gradient(check=check, seed=5, **hold)["error"] < elman_gradient.LIMITS[check]
    right = Elman.backward

    def late(self: Elman, x: Any, states: Any, dstates: Any) -> Any:
        dx, dh, gradients = right(self, x, states, dstates)
        shifted = np.concatenate([states[1:], states[-1:]])
        gradients["weight_hh_l0"] = right(self, x, shifted, dstates)[2]["weight_hh_l0"]
        return dx, dh, gradients

    monkeypatch.setattr(Elman, "backward", late)
    assert elman_gradient.check_gradient(check=check, seed=5, **hold)["error"] > 1e-3


def test_an_error_above_its_limit_on_one_seed_refutes_the_gradient() -> None:
    def once(record: Any) -> dict[str, Any]:
        wrong = record.settings["check"] == "autograd" and record.seed == 7
        return {"error": 1e-4 if wrong else record.measurements["error"]}

    assert decisions(read(ELMAN_GRADIENT))["1.4"] == "holds"
    assert changed(ELMAN_GRADIENT, once)["1.4"] == "does not hold"


def test_the_day_ahead_is_the_last_hour_of_the_horizon_in_degrees(monkeypatch) -> None:
    test = weather_task("JFK", SUMMER, 24, 3).test
    drifting = np.arange(3) + test.past[:, -1:]  # persistence in the first hour, two degrees too warm in the third

    def said(model: Any, inputs: Any) -> Any:
        return test.series.scaler.scale(drifting)

    monkeypatch.setattr(day_ahead, "predict", said)
    short = {"updates": 2, "evaluate_every": 2, "patience": 2, "batch_size": 32, "learning_rate": 3e-3, "seed": 3}
    found = day_ahead.forecast_tomorrow(station="JFK", cutoff=SUMMER, parameters=200, window=24, horizon=3, **short)
    last = test.past[:, -1] - test.truth[:, 2]
    assert found["persistence"] == pytest.approx(np.abs(last).mean())
    assert found["mae"] == pytest.approx(np.abs(last + 2).mean())
    assert found["dm_difference"] == pytest.approx(found["mae"] - found["persistence"])


def test_the_claims_on_tomorrow_fall_when_the_seasons_are_exchanged() -> None:
    day = read(DAY_AHEAD)
    gain = {
        cutoff: day.where(cutoff=cutoff).values("persistence") - day.where(cutoff=cutoff).values()
        for cutoff in (AUTUMN, SUMMER)
    }

    def exchanged(record: Any) -> dict[str, Any]:
        other = SUMMER if record.settings["cutoff"] == AUTUMN else AUTUMN
        return {"mae": record.measurements["persistence"] - gain[other][record.seed]}

    assert decisions(day) == {"1.5a": "holds", "1.5b": "does not hold", "1.5c": "does not hold"}
    found = changed(DAY_AHEAD, exchanged)
    assert (found["1.5a"], found["1.5b"]) == ("does not hold", "holds")
    assert changed(DAY_AHEAD, lambda record: {"ridge": 9.0})["1.5c"] == "holds"
