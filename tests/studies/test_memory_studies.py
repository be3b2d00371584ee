"""Chapter 2's questions: trials where the answer is known, and verdicts that turn with their records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rnnlab import layers
from rnnlab.layers import count_parameters
from rnnlab.studies import Records, Study, read, recall
from rnnlab.studies import memory_capacity as capacity
from rnnlab.studies import speech_memory as speech
from rnnlab.training import generator, initialise

SMALL = {
    "parameters": 120,
    "longest": 4,
    "window": 2,
    "length": 8,
    "updates": 40,
    "batch_size": 8,
    "learning_rate": 0.01,
}


def decisions(study: Study, records: Records) -> dict[str, str]:
    return {verdict.claim: verdict.decision for verdict in study.verdicts(records)}


def planted(study: Study, change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> dict[str, str]:
    """The decisions on the full records after `change(settings, measurements)` to each."""
    records = read(study)
    changed = [
        replace(record, measurements=dict(record.measurements) | change(record.settings, record.measurements))
        for record in records
    ]
    return decisions(study, Records(study, "full", changed, records.choices))


def test_the_delay_line_shows_the_last_inputs_as_they_are() -> None:
    layer = capacity.delay_line(layers.RNN(1, 4))
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]).view(-1, 1, 1) * 1e-3
    states, _ = layer(x)
    np.testing.assert_allclose(states[-1, 0].detach().numpy(), [5e-3, 4e-3, 3e-3, 2e-3], rtol=1e-4)


def test_starts_differ_in_the_recurrent_matrix_alone() -> None:
    default, orthogonal = (capacity.started(start, 6, 3) for start in ("default", "orthogonal"))
    expected = initialise(lambda: torch.nn.RNN(1, 6), 3)
    assert all(torch.equal(a, b) for a, b in zip(default.parameters(), expected.parameters(), strict=True))
    for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
        assert torch.equal(getattr(default, name), getattr(orthogonal, name))
    matrix = orthogonal.weight_hh_l0.detach().double()
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(6, dtype=torch.float64), atol=1e-6, rtol=0)


def test_what_is_to_be_recalled_is_the_last_input_first() -> None:
    x, wanted = recall.Recall(longest=2, length=5).batch(3, np.random.default_rng(0))
    assert x.shape == (3, 5, 1)
    np.testing.assert_array_equal(wanted, np.stack([x[:, -1, 0], x[:, -2, 0], x[:, -3, 0]], axis=1))
    many, _ = recall.Recall(2, 5).batch(20_000, np.random.default_rng(1))
    assert many.mean() == pytest.approx(0, abs=0.01)
    assert many.var() == pytest.approx(1, abs=0.01)


def test_all_that_recall_have_the_same_number_of_parameters_within_five_per_cent() -> None:
    hold = recall.RECALL.hold
    models = [recall.build(m, hold["parameters"], hold["longest"], hold["window"]) for m in recall.MODELS]
    sizes = [count_parameters(model) for model in models]
    assert all(abs(size - hold["parameters"]) < 0.05 * hold["parameters"] for size in sizes), sizes


def test_a_recall_is_the_same_for_the_same_seed_and_an_mlp_has_no_state_to_measure() -> None:
    found = recall.recall_past(model="rnn", seed=5, **SMALL)
    assert found == recall.recall_past(model="rnn", seed=5, **SMALL)
    assert found["recalled"] == pytest.approx(sum(found["r2"]), abs=1e-3)
    assert found["capacity_before"] != found["capacity_after"]
    mlp = recall.recall_past(model="mlp", seed=5, **SMALL)
    assert "capacity_after" not in mlp
    assert max(mlp["r2"][2:]) < 0.05 < mlp["r2"][0]


def test_features_of_a_text_say_what_their_names_say() -> None:
    text = "We, the people\nof us."
    task = SimpleNamespace(alphabet=tuple(sorted(set(text))))
    places = {character: i for i, character in enumerate(task.alphabet)}
    task.encode = lambda part: np.array([places[c] for c in part])
    tokens = task.encode(text)
    assert speech.since_space(task, tokens).tolist() == [float(c) for c in "012" + "0123" + "0123456" + "012" + "0123"]
    assert speech.inside_word(task, tokens).tolist() == [float(c.isalpha()) for c in text]


def test_shuffled_text_has_the_same_characters() -> None:
    text = speech.speech_task().validation
    other = speech.shuffled(text, generator(0, speech.SHUFFLE))
    assert not np.array_equal(other.tokens, text.tokens)
    np.testing.assert_array_equal(np.bincount(other.tokens), np.bincount(text.tokens))


def test_by_hand_and_by_the_engine_the_losses_are_the_same() -> None:
    assert speech.disagreement(speech.speech_task(), 8, 5, seed=2) < 1e-12


@pytest.mark.parametrize(("extra", "characters"), [([1, 0.5, 0.01], 2), ([0.1, 0, 0.06, 0], 3), ([0.01], 0)])
def test_a_reset_is_over_when_its_price_stays_low(extra: list[float], characters: int) -> None:
    assert speech.recovered(np.array(extra)) == characters


def test_the_claims_on_capacity_turn_with_their_records() -> None:
    found = decisions(capacity.MEMORY_CAPACITY, read(capacity.MEMORY_CAPACITY))
    above = planted(capacity.MEMORY_CAPACITY, lambda _, found: {"of_bound": 1.03 * found["of_bound"]})
    below = planted(capacity.MEMORY_CAPACITY, lambda _, found: {"of_bound": 0.95 * found["of_bound"]})
    assert (found["2.2a"], above["2.2a"]) == ("holds", "does not hold")
    assert (found["2.2b"], below["2.2b"]) == ("holds", "does not hold")
    with_units = planted(capacity.MEMORY_CAPACITY, lambda s, _: {"capacity": s["hidden_size"] / 3 + s["scale"]})
    assert (found["2.2c"], with_units["2.2c"]) == ("does not hold", "holds")
    assert (found["2.2d"], with_units["2.2d"]) == ("holds", "does not hold")
    assert (found["2.2e"], with_units["2.2e"]) == ("holds", "does not hold")


def test_the_claims_on_recall_turn_with_their_records() -> None:
    found = decisions(recall.RECALL, read(recall.RECALL))
    fading = [0.9**k for k in range(33)]

    def other_way_round(settings: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
        if settings["model"] == "rnn":
            kept = {"capacity_before": measured["capacity_after"], "capacity_after": measured["capacity_before"]}
            return {"r2": fading, "recalled": sum(fading), **kept, "units_after": 5}
        return {"r2": [0.5] * 33, "recalled": 16.5}

    turned = planted(recall.RECALL, other_way_round)
    assert found == {"2.3a": "holds", "2.3b": "holds", "2.3c": "does not hold"} | {f"2.3{k}": "holds" for k in "defg"}
    assert turned["2.3c"] == "holds"
    assert {turned[claim] for claim in found if claim != "2.3c"} == {"does not hold"}


def test_the_claims_on_speeches_turn_with_their_records() -> None:
    found = decisions(speech.SPEECH_MEMORY, read(speech.SPEECH_MEMORY))

    def other_way_round(settings: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
        return {
            "bits": 5.0, "bits_before": 5.0, "disagreement": 1e-3, "swapped": [0.1] * speech.AFTER,
            "worth_swapped": 5.0, "named": measured["named_before"], "named_before": measured["named"],
            "since_space_r2": measured["since_space_r2_before"], "since_space_r2_before": measured["since_space_r2"],
            "inside_word_r2": measured["inside_word_r2_before"] + 0.2,
            "since_space_on_nonsense": measured["since_space_r2_before"],
        }  # fmt: skip

    turned = planted(speech.SPEECH_MEMORY, other_way_round)
    before = ("2.1a", "2.1b", "2.1c", "2.4b", "2.4d", "2.5a")
    assert [found[claim] for claim in before] == ["holds"] * 6
    assert [turned[claim] for claim in before] == ["does not hold"] * 6
    assert [found[claim] for claim in ("2.4a", "2.4c", "2.5b", "2.5c")] == [
        "does not hold", "does not hold", "cannot tell", "does not hold",
    ]  # fmt: skip
    assert [turned[claim] for claim in ("2.4a", "2.4c", "2.5b", "2.5c")] == ["holds"] * 4
