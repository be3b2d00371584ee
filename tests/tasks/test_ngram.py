from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.tasks import NGram


def by_definition(train: list[int], size: int, order: int, context: list[int], character: int) -> float:
    """The equation of NGram's docstring, letter by letter."""
    p = 1 / size
    for length in range(min(order - 1, len(context)) + 1):
        h = context[len(context) - length :]
        followed: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for t in range(length, len(train)):
            followed[tuple(train[t - length : t])][train[t]] += 1
        seen = followed.get(tuple(h), Counter())
        C_h, N_h = sum(seen.values()), len(seen)
        if C_h:
            p = (seen[character] + N_h * p) / (C_h + N_h)
    return p


tokens = st.lists(st.integers(0, 3), max_size=25)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tokens, tokens.filter(bool), st.integers(1, 4))
def test_probabilities_are_those_of_the_definition(train: list[int], text: list[int], order: int) -> None:
    model = NGram(train, 4, order)
    exact = [by_definition(train, 4, order, text[:t], text[t]) for t in range(len(text))]
    assert np.allclose(model.probabilities(text), exact, rtol=1e-12)
    assert model.bits_per_character(text) == pytest.approx(-np.log2(exact).mean())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tokens, tokens, st.integers(1, 4))
def test_a_distribution_is_positive_and_sums_to_one(train: list[int], context: list[int], order: int) -> None:
    model = NGram(train, 4, order)
    p = model.distribution(context)
    assert p.sum() == pytest.approx(1)
    assert (p > 0).all()
    for character in range(4):
        assert p[character] == pytest.approx(model.probabilities([*context, character])[-1])


def test_a_model_learns_the_entropy_of_a_markov_chain() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]])
    chain = [0]
    for u in rng.random(20_000):
        chain.append(int(np.searchsorted(rows[chain[-1]].cumsum(), u)))
    stationary = np.linalg.matrix_power(rows, 100)[0]
    entropy = -(stationary @ (rows * np.log2(rows)).sum(axis=1))
    bits = {order: NGram(chain[:10_000], 3, order).bits_per_character(chain[10_000:]) for order in (1, 2)}
    assert bits[2] == pytest.approx(entropy, abs=0.02)
    assert bits[1] == pytest.approx(-(stationary @ np.log2(stationary)), abs=0.02)


@pytest.mark.parametrize("order", [0, 40])
def test_an_order_that_cannot_be_counted_is_refused(order: int) -> None:
    with pytest.raises(InputError, match=rf"order is {order}; with 75 characters give 1 to 10\."):
        NGram([0, 1], 75, order)
