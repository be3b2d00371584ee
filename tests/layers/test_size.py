from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.layers import GRU, LSTM, RNN, Forecaster, count_parameters, matched_size
from rnnlab.layers.core import Cell


def test_an_rnn_a_gru_and_an_lstm_of_one_size_are_as_one_to_three_to_four() -> None:
    one = 3 * 8 + 8 * 8 + 2 * 8
    assert [count_parameters(cell(3, 8)) for cell in (RNN, GRU, LSTM)] == [one, 3 * one, 4 * one]


def test_a_shared_tensor_counts_once_and_a_frozen_one_not_at_all() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    assert count_parameters(model) == 24
    model[1].weight = model[0].weight
    assert count_parameters(model) == 15
    model[0].bias.requires_grad_(False)
    assert count_parameters(model) == 12


@settings(deadline=None, max_examples=15, derandomize=True)
@given(cell=st.sampled_from(get_args(Cell)), target=st.integers(300, 8_000), window=st.integers(1, 20))
def test_no_hidden_size_has_a_count_nearer_to_the_target(cell: Cell, target: int, window: int) -> None:
    def build(hidden_size: int) -> nn.Module:
        return Forecaster(cell, 2, hidden_size, 3, window=window)

    with torch.device("meta"):
        off = [abs(count_parameters(build(size)) - target) for size in range(1, 65)]
    if min(off) < off[-1]:  # the nearest is in the range that was searched by hand
        assert matched_size(build, target) == 1 + off.index(min(off))


def test_of_two_sizes_that_are_as_near_the_smaller_is_taken() -> None:
    def build(hidden_size: int) -> nn.Module:
        return nn.Linear(2, hidden_size, bias=False)

    assert matched_size(build, 11) == 5
    assert [matched_size(build, target) for target in (2, 3, 4, 10)] == [1, 1, 2, 5]


def test_searching_draws_no_random_number_and_can_ask_for_more_than_fits_in_memory() -> None:
    def build(hidden_size: int) -> nn.Module:
        return nn.Linear(hidden_size, hidden_size, bias=False)

    before = torch.get_rng_state()
    assert matched_size(build, 100) == 10
    assert torch.equal(torch.get_rng_state(), before)
    assert matched_size(build, 10**14) == 10**7


def test_an_impossible_target_or_a_model_that_does_not_grow_gets_a_sentence() -> None:
    with pytest.raises(
        ValueError, match="10 parameters were asked for, but the smallest model, of hidden size 1, has 40"
    ):
        matched_size(lambda size: Forecaster("rnn", 3, size, 17), 10)
    with pytest.raises(ValueError, match=r"build\(1\) and build\(2\) have 6 and 6 parameters; matched_size takes a"):
        matched_size(lambda size: nn.Linear(2, 2), 100)
