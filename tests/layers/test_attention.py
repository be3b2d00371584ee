"""Attention answers by content: its equation, its indifference to order, its refusals."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rnnlab.layers import Attention


def reader(seed: int = 0) -> Attention:
    torch.manual_seed(seed)
    return Attention(5, 4, 3).double()


def test_it_is_torchs_scaled_dot_product_over_the_steps_before_the_question() -> None:
    net, x = reader(), torch.randn(6, 9, 5, dtype=torch.float64)
    found = nn.functional.scaled_dot_product_attention(
        net.query(x[:, -1:]), net.key(x[:, :-1]), net.value(x[:, :-1]), scale=1 / math.sqrt(4)
    )
    torch.testing.assert_close(net(x), net.head(found[:, 0]))
    torch.testing.assert_close(net.weights(x).sum(1), torch.ones(6, dtype=torch.float64))


def test_the_order_of_what_is_searched_does_not_matter_and_the_question_does() -> None:
    net, x = reader(), torch.randn(6, 9, 5, dtype=torch.float64)
    shuffled = torch.cat([x[:, torch.randperm(8)], x[:, -1:]], 1)
    torch.testing.assert_close(net(shuffled), net(x))
    other = torch.cat([x[:, :-1], torch.randn(6, 1, 5, dtype=torch.float64)], 1)
    assert (net(other) - net(x)).abs().max() > 1e-3


@pytest.mark.parametrize("shape", [(2, 5), (2, 1, 5), (2, 7, 4)])
def test_an_input_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes \(B, T, 5\) with T of 2 or more"):
        reader()(torch.zeros(shape, dtype=torch.float64))
