"""A search finds what a grid would miss, proposes the same points for the same seed, and refuses what it cannot use."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from sample_trials import sample, tuned

from rnnlab.errors import InputError
from rnnlab.studies.search import search

LSTM = {"cell": "lstm", "hidden_size": 8}  # quick_trial's validation is (learning_rate - 0.04)² for it


def test_the_best_learning_rate_is_found_within_its_range() -> None:
    found = search(tuned(), {"learning_rate": (1e-4, 1.0)}, at=LSTM, on="validation", points=40)
    assert found.settings["learning_rate"] == pytest.approx(0.04, rel=0.1)
    assert found.score == min(score for _, score in found.tried)
    assert len(found.tried) == 40


def test_highest_is_found_when_it_is_asked_for() -> None:
    found = search(tuned(), {"learning_rate": (0.01, 0.09)}, at=LSTM, on="validation", points=15, pick="highest")
    assert found.score == max(score for _, score in found.tried)


def test_the_same_seed_proposes_the_same_points_and_another_seed_others() -> None:
    def tried(seed: int) -> Any:
        return search(tuned(), {"learning_rate": (1e-4, 1.0)}, at=LSTM, on="validation", points=5, seed=seed).tried

    assert tried(0) == tried(0) != tried(1)


def test_whole_numbers_stay_whole() -> None:
    study = sample(vary={"cell": ("rnn", "lstm")}, hold={"hidden_size": 8}, claims=())
    found = search(study, {"hidden_size": (2, 9)}, at={"cell": "rnn"}, on="mae", points=4)
    assert {type(point["hidden_size"]) for point, _ in found.tried} == {int}


def test_what_cannot_be_searched_is_refused_by_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="takes at= a value for each of cell, hidden_size"):
        search(tuned(), {"learning_rate": (0.1, 1.0)}, at={"cell": "rnn"}, on="validation")
    with pytest.raises(InputError, match="has no 'rate'"):
        search(tuned(), {"rate": (0.1, 1.0)}, at=LSTM, on="validation")
    with pytest.raises(InputError, match="Every point that was tried diverged or failed"):
        search(tuned(), {"learning_rate": (0.1, 1.0)}, at=LSTM, on="never", points=2)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match="needs Optuna"):
        search(tuned(), {"learning_rate": (0.1, 1.0)}, at=LSTM, on="validation")
