"""The price of a reset, on readers whose memory is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnlab.errors import InputError
from rnnlab.layers import Reader
from rnnlab.probes import reset_price
from rnnlab.studies.memory_capacity import delay_line
from rnnlab.training import initialise

LAG = 3


def recaller(symbols: int) -> Reader:
    """Predicts with confidence the token of LAG − 1 steps ago: a delay line for each symbol, and a head to match."""
    reader = Reader("rnn", symbols, symbols * LAG, symbols, tokens=True, every_step=True)
    line = delay_line(torch.nn.RNN(1, LAG))
    with torch.no_grad():
        for weight in reader.parameters():
            weight.zero_()
        reader.core.weight_hh_l0.copy_(torch.kron(torch.eye(symbols), line.weight_hh_l0))
        reader.core.weight_ih_l0.copy_(torch.kron(torch.eye(symbols), line.weight_ih_l0))
        reader.head.weight[:, LAG - 1 :: LAG] = 30 * torch.eye(symbols)
    return reader


def test_a_reader_that_recalls_three_steps_pays_for_exactly_those_that_came_before_the_reset() -> None:
    tokens = np.random.default_rng(0).integers(0, 4, (8, 400))
    inputs, targets = tokens[:, :-1], np.roll(tokens, LAG - 1, axis=1)[:, :-1]
    price = reset_price(recaller(4), inputs, targets, after=10, rng=np.random.default_rng(1))
    np.testing.assert_allclose(price.emptied[: LAG - 1], 2, atol=0.01)  # four symbols, none preferred: two bits
    np.testing.assert_allclose(price.emptied[LAG - 1 :], 0, atol=1e-4)
    assert (price.swapped[: LAG - 1] > 5).all()  # a false memory is believed, and is wrong three times of four
    np.testing.assert_allclose(price.swapped[LAG - 1 :], 0, atol=1e-4)


def test_a_reader_without_memory_pays_nothing() -> None:
    reader = initialise(lambda: Reader("gru", 5, 6, 5, tokens=True, every_step=True), 0)
    with torch.no_grad():
        reader.head.weight.zero_()
    tokens = np.random.default_rng(2).integers(0, 5, (3, 61))
    price = reset_price(reader, tokens[:, :-1], tokens[:, 1:], after=12, rng=np.random.default_rng(3))
    assert price.emptied.shape == (12,)
    np.testing.assert_array_equal(price.emptied, 0)
    np.testing.assert_array_equal(price.swapped, 0)


def test_rows_too_short_for_two_places_are_refused() -> None:
    reader = Reader("rnn", 3, 2, 3, tokens=True, every_step=True)
    with pytest.raises(InputError, match="give rows of 20 or more"):
        reset_price(reader, np.zeros((1, 15), int), np.zeros((1, 15), int), after=10, rng=np.random.default_rng(0))
