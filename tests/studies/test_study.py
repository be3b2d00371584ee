"""A study is a frozen value: what can be meant is enumerated in a fixed order, what cannot is refused by a sentence."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sample_trials import quick_trial, sample, tuned

from rnnlab.errors import InputError
from rnnlab.studies import Study, Tuning
from rnnlab.studies.tuning import Choice


def test_trials_come_seed_after_seed_with_every_setting_in_each() -> None:
    study = sample(seeds=(3, 1), hold={"learning_rate": 0.5})
    trials = study.trials("full")
    assert [trial.seed for trial in trials] == [3, 3, 3, 3, 1, 1, 1, 1]
    assert [(trial.settings["cell"], trial.settings["hidden_size"]) for trial in trials[:4]] == [
        ("rnn", 4), ("rnn", 8), ("lstm", 4), ("lstm", 8)
    ]  # fmt: skip
    assert all(trial.settings["learning_rate"] == 0.5 for trial in trials)
    assert [trial.settings for trial in trials[:4]] == list(study.settings("full"))


def test_the_quick_mode_changes_what_it_names_and_keeps_the_rest() -> None:
    study = sample(hold={"learning_rate": 0.5}, quick={"vary": {"hidden_size": (4,)}, "seeds": range(2)})
    assert len(study.trials("full")) == 32
    quick = study.trials("quick")
    assert len(quick) == 4
    assert {trial.settings["hidden_size"] for trial in quick} == {4}
    assert {trial.settings["learning_rate"] for trial in quick} == {0.5}


def test_tuning_gives_every_combination_the_same_grid_on_seeds_of_its_own() -> None:
    study = tuned(seeds=range(2))
    trials = study.tuning_trials("full")
    assert len(trials) == 2 * 4 * 3  # seeds, combinations, points
    assert {trial.seed for trial in trials} == {1000, 1001}
    by_group: dict[tuple[str, int], list[float]] = {}
    for trial in trials:
        key = trial.settings["cell"], trial.settings["hidden_size"]
        by_group.setdefault(key, []).append(trial.settings["learning_rate"])
    assert all(rates == [0.01, 0.03, 0.04] * 2 for rates in by_group.values())


def test_a_setting_that_is_fixed_while_tuning_shares_the_choice() -> None:
    study = sample(tune=Tuning(grid={"learning_rate": (0.1, 0.2)}, on="validation", at={"hidden_size": 4}))
    assert [dict(group) for group in study.groups("full")] == [{"cell": "rnn"}, {"cell": "lstm"}]
    assert {trial.settings["hidden_size"] for trial in study.tuning_trials("full")} == {4}
    choices = [
        Choice({"cell": "rnn"}, {"learning_rate": 0.1}, (0.0, 0.0)),
        Choice({"cell": "lstm"}, {"learning_rate": 0.2}, (0.0, 0.0)),
    ]
    for trial in study.trials("full", choices):
        assert trial.settings["learning_rate"] == (0.1 if trial.settings["cell"] == "rnn" else 0.2)


def test_a_grid_of_one_point_is_no_choice_and_runs_nothing() -> None:
    study = tuned(quick={"tune": Tuning(grid={"learning_rate": (0.03,)}, on="validation")})
    assert study.tuning_trials("quick") == ()
    assert len(study.tuning_trials("full")) > 0


def test_a_study_cannot_be_changed() -> None:
    study = sample()
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.measure = "rmse"  # type: ignore[misc]
    with pytest.raises(TypeError):
        study.vary["cell"] = ("gru",)  # type: ignore[index]


def nested() -> Any:
    def inner(*, seed: int, cell: str, hidden_size: int) -> dict[str, Any]:
        return {}

    return inner


def seedless(*, cell: str, hidden_size: int) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sead": 1}, "no field 'sead' (did you mean 'seeds'?)"),
        ({"name": "My Study"}, "lower case with underscores"),
        ({"seeds": ()}, "has no seeds; give at least one"),
        ({"seeds": 10}, "give a range or a tuple, range(10)"),
        ({"seeds": (1, 1)}, "a seed twice"),
        ({"seeds": (1, -1)}, "whole numbers from 0"),
        (
            {"vary": {"cel": ("rnn",), "hidden_size": (4,)}},
            "varies 'cel' (did you mean 'cell'?), which quick_trial does",
        ),
        ({"vary": {"cell": "rnn", "hidden_size": (4,)}}, "give a tuple of its values, ('rnn',)"),
        ({"vary": {"cell": (), "hidden_size": (4,)}}, "gives cell no value"),
        ({"vary": {"cell": ("rnn", "rnn"), "hidden_size": (4,)}}, "a value twice"),
        ({"vary": {"cell": (object(),), "hidden_size": (4,)}}, "cannot be recorded"),
        ({"vary": {"cell": ("rnn",)}}, "needs 'hidden_size', which sample neither varies nor holds"),
        ({"vary": {"cell": ("rnn",), "hidden_size": (4,), "seed": (1,)}}, "seeds have their own field"),
        ({"hold": {"cell": "rnn"}}, "both varies and holds cell"),
        ({"hold": {"learning_rate": object()}}, "holds what cannot be recorded"),
        ({"hold": {"learning_rat": 1.0}}, "did you mean 'learning_rate'?"),
        ({"quick": {"sed": range(2)}}, "quick has 'sed' (did you mean 'seeds'?)"),
        ({"quick": {"vary": {"cll": ("rnn",)}}}, "quick changes vary['cll'] (did you mean 'cell'?)"),
        ({"quick": {"seeds": ()}}, "in quick mode has no seeds"),
        ({"trial": nested()}, "a function at the top of a file"),
        ({"trial": lambda *, seed, cell, hidden_size: {}}, "a function at the top of a file"),
        ({"trial": seedless}, "takes no seed"),
        ({"tune": {"learning_rate": (1, 2)}}, "write Tuning(grid="),
        (
            {"quick": {"tune": Tuning(grid={"learning_rate": (1,)}, on="validation")}},
            "tunes other settings in quick mode",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        sample(**change)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("tune", "sentence"),
    [
        ({"grid": {}}, "grid is empty"),
        ({"grid": {"learning_rate": (0.1, 0.2)}, "pick": "best"}, "the lowest or the highest"),
        ({"grid": {"learning_rate": (0.1, 0.2)}, "seeds": range(3)}, "tunes on the seeds 0, 1, 2"),
        ({"grid": {"cell": ("rnn", "lstm")}}, "tunes cell and also varies"),
        ({"grid": {"rate": (0.1, 0.2)}}, "tunes 'rate'"),
        (
            {"grid": {"learning_rate": (0.1, 0.2)}, "at": {"station": "JFK"}},
            "tunes at station='JFK', which it does not",
        ),
    ],
)
def test_tuning_that_would_not_be_fair_is_refused_by_a_sentence(tune: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        sample(tune=Tuning(on="validation", **tune))
    assert sentence in str(refusal.value)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InputError, match="runs in quick or in full mode"):
        sample().trials("fast")  # type: ignore[arg-type]


def test_replacing_a_field_checks_the_study_anew() -> None:
    study = sample()
    assert dataclasses.replace(study, seeds=range(3)).seeds == (0, 1, 2)
    with pytest.raises(InputError):
        dataclasses.replace(study, seeds=())
    assert isinstance(study, Study)
    assert study.trial is quick_trial
