"""Memorising: labels that nothing predicts, and how many bits of them a network knows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnlab.errors import InputError
from rnnlab.layers import Reader
from rnnlab.tasks import memorising
from rnnlab.training import Settings, fit, generator, initialise, predict


def test_inputs_and_labels_are_fair_coins_that_know_nothing_of_each_other() -> None:
    task = memorising(4_000, generator(1), length=3, input_size=9)
    assert task.inputs.shape == (4_000, 3, 9)
    assert task.inputs.dtype == task.targets.dtype == np.float32
    assert set(np.unique(task.inputs)) == {-1.0, 1.0}
    assert set(np.unique(task.targets)) == {0.0, 1.0}
    assert abs(task.inputs.mean()) < 0.01
    assert abs(task.targets.mean() - 0.5) < 0.03
    flat = task.inputs.reshape(4_000, -1)
    assert np.abs(flat.T @ (task.targets - 0.5)).max() / 4_000 < 0.04  # no coin tells the label: 5 standard errors
    again = memorising(4_000, generator(1), length=3, input_size=9)
    assert np.array_equal(again.inputs, task.inputs)
    assert np.array_equal(again.targets, task.targets)


def test_a_network_that_has_all_labels_knows_a_bit_of_each_and_one_that_guesses_knows_none() -> None:
    task = memorising(1_000, generator(2))
    right = task.targets - 0.5
    assert task.bits(right) == pytest.approx(1_000)
    assert task.score(right, task.targets) == 1
    wrong = np.arange(1_000)[:, None] % 10 == 0  # 110 and 890 for a share of 0.89
    wrong[5] = True
    expected = 1_000 * (1 + 0.899 * np.log2(0.899) + 0.101 * np.log2(0.101))
    assert task.bits(np.where(wrong, -right, right)) == pytest.approx(expected)
    assert task.bits(-right) == 0  # an anti-network is not paid for what nobody told it
    assert task.bits(np.random.default_rng(0).normal(size=(1_000, 1))) < 3


def test_the_loss_of_a_coin_is_the_floor() -> None:
    task = memorising(50, generator(3))
    loss = task.loss(torch.zeros(50, 1), torch.as_tensor(task.targets))
    assert float(loss) == pytest.approx(task.floor)


def test_a_network_with_more_parameters_than_labels_learns_them_by_heart() -> None:
    task = memorising(60, generator(4), length=4)
    model = initialise(lambda: Reader("gru", task.input_size, 8, task.output_size), 0)
    fit(model, task, loss=task.loss, settings=Settings(updates=200, batch_size=60, learning_rate=3e-2))
    assert task.bits(predict(model, task.inputs)) == pytest.approx(len(task))


@pytest.mark.parametrize(
    ("sequences", "options", "sentence"),
    [
        (0, {}, "sequences is 0; give at least 1."),
        (5, {"length": 0}, "length is 0; give at least 1."),
        (9, {"length": 2, "input_size": 3}, "9 sequences of 6 coins each: two of them are likely to be the same"),
    ],
)
def test_sizes_that_cannot_be_meant_get_a_sentence(sequences: int, options: dict[str, int], sentence: str) -> None:
    with pytest.raises(InputError) as error:
        memorising(sequences, generator(0), **options)
    assert sentence in str(error.value)
    assert len(memorising(8, generator(0), length=2, input_size=3)) == 8
