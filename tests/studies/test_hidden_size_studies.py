"""Chapter 9's questions: what their trials measure, the rule that chooses a size, and verdicts that can turn."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnnlab.layers import Forecaster, Reader, count_parameters
from rnnlab.studies import Records, Study, bits_per_parameter, equal_size, hidden_size, unit_cost
from rnnlab.studies.store import Record

Measured = Callable[..., dict[str, Any]]


def decisions(study: Study, measured: Measured, seeds: int = 8) -> dict[str, str]:
    """Claim → decision, when every trial of the full study measured what `measured(noise, **settings)` says."""
    names, values = zip(*study.varied("full").items(), strict=True)
    chosen_by_tuning = study.tune.points[0] if study.tune else {}
    rng = np.random.default_rng(0)
    found = []
    for seed in range(seeds):
        for chosen in product(*values):
            settings = dict(zip(names, chosen, strict=True))
            found.append(
                Record(
                    study=study.name,
                    fingerprint="",
                    mode="full",
                    settings=settings | chosen_by_tuning,
                    seed=seed,
                    status="done",
                    measurements=measured(0.01 * rng.normal(), **settings),
                    error=None,
                    seconds=0.0,
                    when="",
                    version="",
                    machine={},
                )
            )
    records = Records(study, "full", found)
    return {verdict.claim: verdict.decision for verdict in study.verdicts(records)}


def test_a_phone_book_has_as_many_entries_as_were_asked_for_and_its_bits_are_counted() -> None:
    settings = {"cell": "gru", "parameters": 120, "load": 2.0, "learning_rate": 3e-2, "length": 3, "input_size": 9}
    found = bits_per_parameter.store_labels(**settings, updates=60, seed=3)
    assert abs(found["size"] - 120) < 30
    assert found["labels"] == 2 * found["size"]
    assert found["bits_per_parameter"] == pytest.approx(found["bits"] / found["size"])
    p = found["right"]
    assert found["bits"] == pytest.approx(found["labels"] * (1 + p * np.log2(p) + (1 - p) * np.log2(1 - p)))
    assert 0 < found["bits_per_parameter"] <= 2
    assert bits_per_parameter.store_labels(**settings, updates=60, seed=3) == found
    assert bits_per_parameter.store_labels(**settings, updates=60, seed=4) != found


def test_more_labels_than_a_network_can_hold_are_not_all_known() -> None:
    settings = {"cell": "rnn", "parameters": 60, "learning_rate": 3e-2, "length": 3, "input_size": 9, "updates": 100}
    few = bits_per_parameter.store_labels(**settings, load=0.3, seed=3)
    many = bits_per_parameter.store_labels(**settings, load=30.0, seed=3)
    assert few["right"] > 0.9
    assert many["right"] < 0.75


def stored(noise: float, *, cell: str, parameters: int, exponent: float = 1.0, rnn: float = 1.0) -> dict[str, Any]:
    each = (5 + noise) * (parameters / 250) ** (exponent - 1) * (rnn if cell == "rnn" else 1)
    return {"size": parameters, "bits": each * parameters, "bits_per_parameter": each}


def test_the_verdicts_on_bits_turn_with_the_bits() -> None:
    study = bits_per_parameter.BITS_PER_PARAMETER
    as_published = decisions(study, lambda noise, **s: stored(noise, rnn=1.1, **s))
    assert as_published == dict.fromkeys(("9.1a", "9.1b", "9.1c", "9.1d"), "holds")
    faster = decisions(study, lambda noise, **s: stored(noise, exponent=1.3, rnn=0.5, **s))
    assert faster["9.1a"] == faster["9.1b"] == faster["9.1c"] == "does not hold"
    assert decisions(study, lambda noise, **s: stored(noise, rnn=2.0, **s))["9.1d"] == "does not hold"
    assert decisions(study, lambda noise, **s: stored(100 * noise, rnn=1.15, **s))["9.1d"] == "cannot tell"


def test_a_sixteenth_keeps_every_sixteenth_window_and_all_of_the_other_parts() -> None:
    whole, little = hidden_size.job("weather"), hidden_size.job("weather, 1/16")
    np.testing.assert_array_equal(little.train.inputs, whole.train.inputs[::16])
    np.testing.assert_array_equal(little.train.targets, whole.train.targets[::16])
    assert len(little.validation.inputs) == len(whole.validation.inputs)
    assert len(little.test.inputs) == len(whole.test.inputs)
    assert isinstance(whole.build("gru", 3), Forecaster)
    assert whole.error(4.0) == pytest.approx(2 * whole.error(1.0))  # a root, in °C
    names = hidden_size.job("surnames")
    assert isinstance(names.build("gru", 3), Reader)
    assert names.error(np.log(14)) == pytest.approx(np.log2(14))


@pytest.mark.parametrize("data", ["weather, 1/16", "surnames"])
def test_a_trial_says_the_errors_of_its_best_weights_and_of_its_last(data: Any) -> None:
    settings = {"data": data, "cell": "gru", "hidden_size": 4, "learning_rate": 2e-2, "evaluate_every": 10, "seed": 1}
    found = hidden_size.train_one(**settings, updates=40)
    curve = np.array(found["curve"])
    error = hidden_size.job(data).error
    assert found["validation"] == pytest.approx(error(curve[:, 2].min()))
    assert found["last_validation"] == pytest.approx(error(curve[-1, 2]))
    assert found["validation"] <= found["last_validation"]
    assert found["best_update"] == curve[curve[:, 2].argmin(), 0]
    assert found["test"] > 0
    assert hidden_size.train_one(**settings, updates=40) == found


def test_the_rule_takes_the_smallest_size_within_one_standard_error_of_the_least_mean() -> None:
    rule = hidden_size.smallest_within_one_standard_error
    spread = np.array([[-1.0], [0.0], [1.0]])  # standard error 1/√3 = 0.577
    assert rule(np.add(spread, [9.0, 2.5, 2.0, 3.0])) == 1
    assert rule(np.add(spread, [9.0, 2.6, 2.0, 2.1])) == 2
    assert rule(np.add(spread, [2.0, 2.5, 2.1, 2.5])) == 0
    assert rule(np.hstack([0 * spread + 2.1, 0.1 * spread + 2.0])) == 1  # the spread that counts is the best one's
    assert hidden_size.least(np.add(spread, [9.0, 2.5, 2.0, 3.0])) == 2


def size_record(noise: float, *, data: str, hidden_size: int, **errors: float) -> dict[str, Any]:
    large = hidden_size > 32
    validation = 2 + 4 / hidden_size + large * errors.get("large", 0.0) + noise
    return {
        "validation": validation,
        "last_validation": validation + (hidden_size > 8) * errors.get("going_on", 0.0),
        "test": 2 + 4 / hidden_size + large * errors.get("large", 0.0),
    }


def test_the_verdicts_on_sizes_turn_with_the_errors() -> None:
    study = hidden_size.HIDDEN_SIZE
    valley = decisions(study, lambda noise, **s: size_record(noise, large=0.5, going_on=1.0, **s))
    assert valley["9.2a"] == valley["9.2b"] == valley["9.2c"] == valley["9.2d"] == "holds"
    slope = decisions(study, lambda noise, **s: size_record(noise, large=-0.5, going_on=-1.0, **s))
    assert slope["9.2a"] == slope["9.2b"] == slope["9.2c"] == slope["9.2d"] == "does not hold"
    assert slope["9.5a"] == "holds"


def test_regret_is_measured_on_the_seed_that_had_no_say() -> None:
    """Validation favours 2 units, the test part 256: whoever follows validation pays the difference."""
    study = hidden_size.HIDDEN_SIZE

    def misled(noise: float, *, data: str, hidden_size: int) -> dict[str, Any]:
        return {
            "validation": 1 + np.log2(hidden_size) + noise,
            "last_validation": 1.0 + noise,
            "test": 1 + 1 / hidden_size,
        }

    found = decisions(study, misled)
    assert found["9.5a"] == "does not hold"

    class Table:
        """Validation favours 2 units by what seed 0 says alone, 4 units by all the others; the test part 256."""

        study, mode = hidden_size.HIDDEN_SIZE, "full"

        def where(self, hidden_size: int) -> Table:
            self.size = hidden_size
            return self

        def values(self, name: str) -> np.ndarray:
            place = hidden_size.SIZES.index(self.size)
            if name == "test":
                return np.full(8, 10.0 - place)
            return np.array([-100.0] + [2.0] * 7) if place == 0 else np.full(8, 0.0 + place)

    regret = hidden_size.regrets(Table(), hidden_size.least)  # type: ignore[arg-type]
    np.testing.assert_allclose(regret, np.array([9.0] + [10.0] * 7) / 3 - 1)


def test_times_are_taken_at_every_size_and_a_doubling_is_a_geometric_mean() -> None:
    assert unit_cost.per_doubling((2, 4, 8, 16), (1, 1, 2, 8)) == pytest.approx(2)
    assert unit_cost.per_doubling((2, 8, 128, 512), (1, 9, 4, 64), from_=128) == pytest.approx(4)
    assert unit_cost.per_doubling((2, 8, 128), (1, 9, 99), up_to=8) == pytest.approx(3)
    sizes = (2, 16, 128, 256)
    found = unit_cost.time_sizes(cell="rnn", sizes=sizes, length=10, batch_size=8, rounds=2, seed=0)
    assert len(found["milliseconds"]) == len(sizes)
    assert min(found["milliseconds"]) > 0
    cheap = decisions(
        unit_cost.UNIT_COST, lambda noise, cell: {"per_doubling_small": 1.1 + noise, "per_doubling_large": 3.6 + noise}
    )
    assert cheap == {"9.3a": "holds", "9.3b": "holds"}
    dear = decisions(
        unit_cost.UNIT_COST, lambda noise, cell: {"per_doubling_small": 1.6 + noise, "per_doubling_large": 2.4 + noise}
    )
    assert dear == {"9.3a": "does not hold", "9.3b": "does not hold"}


def test_equal_units_are_three_and_four_times_the_parameters_and_equal_parameters_are_equal() -> None:
    cores = {cell: count_parameters(equal_size.build(cell, "units", 32, 6_000).core) for cell in ("rnn", "gru", "lstm")}
    assert cores["gru"] == 3 * cores["rnn"]
    assert cores["lstm"] == 4 * cores["rnn"]
    matched = [count_parameters(equal_size.build(cell, "parameters", 32, 6_000)) for cell in ("rnn", "gru", "lstm")]
    assert all(abs(size - 6_000) < 300 for size in matched), matched


def test_a_trial_on_surnames_counts_what_it_misses_in_percent() -> None:
    settings = {"cell": "lstm", "equal": "parameters", "units": 8, "parameters": 900, "learning_rate": 2e-2}
    found = equal_size.tell_languages(**settings, updates=30, batch_size=32, evaluate_every=15, seed=2)
    assert 20 < found["missed"] < 100 * (1 - 1 / 14) + 1
    assert abs(found["size"] - 900) < 200


def missed(noise: float, *, cell: str, equal: str, **lead: float) -> dict[str, Any]:
    return {"missed": 40 + noise - (cell != "rnn") * lead[equal]}


def test_the_verdicts_on_equal_sizes_turn_with_the_leads() -> None:
    study = equal_size.EQUAL_SIZE
    smaller = decisions(study, lambda noise, **s: missed(noise, units=5.0, parameters=2.0, **s))
    assert set(smaller.values()) == {"holds"}
    behind = decisions(study, lambda noise, **s: missed(noise, units=-1.0, parameters=2.0, **s))
    assert [behind[claim] for claim in ("9.4a", "9.4b", "9.4e")] == ["does not hold", "holds", "does not hold"]
