"""A bag of inputs: the order of its tokens is nothing to it."""

from __future__ import annotations

import pytest
import torch

from rnnlab.layers import Bag

PADDING = 0


@pytest.fixture
def bag() -> Bag:
    torch.manual_seed(3)
    return Bag(7, 5, 2, padding=PADDING)


def test_every_arrangement_of_the_same_tokens_has_the_same_prediction_to_the_last_bit(bag: Bag) -> None:
    x = torch.randint(1, 7, (4, 9))
    for _ in range(5):
        assert torch.equal(bag(x[:, torch.randperm(9)]), bag(x))
    assert torch.equal(bag(x.flip(1)), bag(x))


def test_how_often_a_token_comes_is_seen(bag: Bag) -> None:
    assert not torch.equal(bag(torch.tensor([[1, 2, 2]])), bag(torch.tensor([[1, 1, 2]])))


def test_padding_is_not_counted(bag: Bag) -> None:
    short = torch.tensor([[3, 1, 4]])
    longer = torch.tensor([[3, 1, 4, PADDING, PADDING]])
    assert torch.equal(bag(longer), bag(short))


def test_what_is_no_token_is_refused(bag: Bag) -> None:
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\) and dtype torch.float32; a Bag takes whole numbers"):
        bag(torch.zeros(2, 3))
