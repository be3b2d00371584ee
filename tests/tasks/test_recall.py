"""Associative recall: what is asked has one answer, a lookup and a hand-set state find it, and the floors are exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.tasks import AssociativeRecall


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.data())
def test_the_answer_is_the_value_that_stands_beside_the_key_that_is_asked(data: st.DataObject) -> None:
    keys, values = data.draw(st.integers(1, 9)), data.draw(st.integers(2, 6))
    task = AssociativeRecall(data.draw(st.integers(1, keys)), keys, values)
    inputs, targets = task.batch(7, np.random.default_rng(data.draw(st.integers(0, 99))))
    assert inputs.shape == (7, task.pairs + 1, keys + values)
    for sequence, target in zip(inputs, targets, strict=True):
        shown = {row[:keys].argmax(): row[keys:].argmax() for row in sequence[:-1]}
        assert len(shown) == task.pairs  # no key twice
        assert (sequence[:-1].sum(axis=1) == 2).all()
        assert sequence[-1].sum() == sequence[-1, :keys].sum() == 1  # a key and no value
        assert shown[sequence[-1, :keys].argmax()] == target


@pytest.mark.parametrize("pairs", [1, 8, 32])
def test_a_lookup_and_a_hand_set_state_are_right_for_every_number_of_pairs(pairs: int) -> None:
    task = AssociativeRecall(pairs, 32, 8)
    inputs, targets = task.batch(200, np.random.default_rng(pairs))
    assert task.score(task.lookup(inputs), targets) == 1
    outputs = task.solution().outputs(inputs)[:, -1]
    ranked = np.sort(outputs, axis=1)
    assert task.score(outputs, targets) == 1
    assert (ranked[:, -1] - ranked[:, -2] >= 1).all()


def test_every_place_is_asked_for_and_every_value_told_as_often() -> None:
    task = AssociativeRecall(4, 10, 3)
    inputs, targets = task.batch(6_000, np.random.default_rng(0))
    asked = np.einsum("btk,bk->bt", inputs[:, :-1, :10], inputs[:, -1, :10]).argmax(axis=1)
    np.testing.assert_allclose(np.bincount(asked) / 6_000, 1 / 4, atol=0.02)
    np.testing.assert_allclose(np.bincount(targets) / 6_000, 1 / 3, atol=0.02)
    np.testing.assert_allclose(inputs[:, -1, :10].mean(axis=0), 1 / 10, atol=0.02)


@pytest.mark.parametrize(("pairs", "values"), [(1, 2), (2, 8), (4, 3), (5, 2)])
def test_the_score_without_keys_is_that_of_the_commonest_value(pairs: int, values: int) -> None:
    every = itertools.product(range(values), repeat=pairs)
    expected = np.mean([max(np.bincount(one)) / pairs for one in every])
    assert AssociativeRecall(pairs, 8, values).keyless == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wrong", "says"), [((0, 4, 2), "pairs is 0"), ((5, 4, 2), "with 4 keys"), ((2, 4, 1), "values is 1")]
)
def test_what_cannot_be_asked_is_refused(wrong: tuple[int, int, int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        AssociativeRecall(*wrong)
