"""Padding, bucketing and packing: no sequence lost, the waste counted, the gradient that of the sequences alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnnlab.errors import InputError
from rnnlab.layers import GRU, LSTM, RNN, Reader
from rnnlab.training import Batches, Bucketed, Settings, fit, initialise, pad, padding_waste

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=60)


def tokens(lengths: list[int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return pad([rng.integers(1, 6, length) for length in lengths])[0]


@given(lengths=LENGTHS)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_padding_keeps_every_sequence_and_fills_the_rest(lengths: list[int]) -> None:
    sequences = [np.random.default_rng(i).standard_normal((length, 2)) for i, length in enumerate(lengths)]
    padded, found = pad(sequences, value=-7)
    assert found.tolist() == lengths and padded.shape == (len(lengths), max(lengths), 2)
    for row, sequence in zip(padded, sequences, strict=True):
        assert np.array_equal(row[: len(sequence)], sequence) and np.all(row[len(sequence) :] == -7)


def test_waste_is_the_share_of_steps_that_nobody_asked_for() -> None:
    assert padding_waste([4, 4, 4]) == 0
    assert padding_waste([1, 3]) == pytest.approx(2 / 6)
    assert padding_waste([1, 3, 3, 1], [[0, 3], [1, 2]]) == 0
    assert padding_waste([1, 3, 3, 1], [[0, 1], [2, 3]]) == pytest.approx(4 / 12)


@given(lengths=LENGTHS, size=st.integers(1, 20), pool=st.integers(1, 5), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_every_example_is_dealt_once_in_as_many_batches_as_without_buckets(
    lengths: list[int], size: int, pool: int, seed: int
) -> None:
    inputs = tokens(lengths)
    data = Bucketed(inputs, np.arange(len(lengths)), lengths, pool=pool)
    dealt = data.deal(size, np.random.default_rng(seed))
    assert sorted(np.concatenate(dealt).tolist()) == list(range(len(lengths)))
    assert len(dealt) == -(-len(lengths) // size) and max(map(len, dealt)) <= size

    batches = Batches(data, size, seed, device=torch.device("cpu"), dtype=torch.float32)
    seen = []
    for update in range(len(dealt)):
        x, y = batches[update]
        assert x.shape[1] == max(lengths[i] for i in y.tolist()), "cut off after the longest of its own"
        assert all(np.array_equal(row[: lengths[i]], inputs[i, : lengths[i]]) for row, i in zip(x, y, strict=True))
        seen += y.tolist()
    assert sorted(seen) == list(range(len(lengths)))


def test_a_larger_pool_wastes_less_and_every_epoch_is_another() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 100, 2_000)
    waste = [
        padding_waste(lengths, Bucketed(np.zeros((2_000, 99)), lengths, lengths, pool=pool).deal(20, rng))
        for pool in (1, 5, 100)
    ]
    assert padding_waste(lengths) > waste[0] > 2 * waste[1] > 4 * waste[2]
    data = Bucketed(np.zeros((2_000, 99)), lengths, lengths)
    first, second = (data.deal(20, np.random.default_rng(seed)) for seed in (0, 1))
    assert any(not np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    maxima = [
        lengths[batch].max() for batch in Bucketed(np.zeros((2_000, 99)), lengths, lengths, pool=100).deal(20, rng)
    ]
    assert maxima != sorted(maxima), "short and long batches come mixed"


def gradients(model: nn.Module, loss: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, list(model.parameters())))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("pool", [1, 3])
def test_a_bucketed_batch_has_the_gradient_of_its_sequences_one_by_one(cell: str, pool: int) -> None:
    lengths = [1, 9, 4, 4, 7, 2, 12, 3]
    model = initialise(lambda: Reader(cell, 6, 5, 3, tokens=True, padding=0), 1).double()  # type: ignore[arg-type]
    targets = np.random.default_rng(1).standard_normal((8, 3))  # a random cotangent
    batches = Batches(
        Bucketed(tokens(lengths), targets, lengths, pool=pool), 4, 0, device=torch.device("cpu"), dtype=torch.float64
    )
    together = [torch.zeros_like(p) for p in model.parameters()]
    for update in range(2):
        x, cotangent = batches[update]
        for total, gradient in zip(together, gradients(model, (model(x) * cotangent).sum()), strict=True):
            total += gradient
    alone = [torch.zeros_like(p) for p in model.parameters()]
    for row, length, cotangent in zip(tokens(lengths), lengths, torch.tensor(targets), strict=True):
        loss = (model(torch.tensor(row[None, :length])) * cotangent).sum()
        for total, gradient in zip(alone, gradients(model, loss), strict=True):
            total += gradient
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", [RNN, GRU, LSTM])
def test_a_packed_batch_has_the_values_and_the_gradient_of_its_sequences_one_by_one(cell: Any) -> None:
    rng = np.random.default_rng(3)
    layer = initialise(lambda: cell(3, 5), 2).double()
    sequences = [rng.standard_normal((length, 3)) for length in (4, 9, 1, 6)]
    x, lengths = pad(sequences)
    cotangent = torch.tensor(rng.standard_normal((4, 5)))
    _, last = layer(
        pack_padded_sequence(torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    )
    packed = (last[0] if isinstance(last, tuple) else last)[0]
    single = []
    for sequence in sequences:
        outputs, _ = layer(torch.tensor(sequence)[:, None])
        single.append(outputs[-1, 0])
    alone = torch.stack(single)
    torch.testing.assert_close(packed, alone, rtol=1e-10, atol=1e-12)
    for one, other in zip(
        gradients(layer, (packed * cotangent).sum()), gradients(layer, (alone * cotangent).sum()), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_fit_trains_on_buckets() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 12, 200)
    inputs = tokens(lengths.tolist())
    data = Bucketed(inputs, (inputs == 1).any(axis=1).astype(np.float32)[:, None], lengths, pool=4)
    model = initialise(lambda: Reader("gru", 6, 12, 1, tokens=True, padding=0), 0)
    run = fit(model, data, settings=Settings(updates=300, learning_rate=0.01, evaluate_every=100))
    assert run.history[-1].loss < 0.05 < run.history[0].loss


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pad([]), "The sequences have shapes none; give one or more"),
        (lambda: pad([np.zeros((3, 2)), np.zeros((3, 1))]), r"shapes \(3, 2\), \(3, 1\); give one or more, equal but"),
        (lambda: padding_waste([0, 3]), "give a whole number of steps for each sequence, 1 or more"),
        (lambda: padding_waste([1.5]), "give a whole number of steps"),
        (lambda: padding_waste([]), "give a whole number of steps"),
        (lambda: Bucketed(np.zeros((2, 3)), np.zeros(2), [1, 4]), r"up to 4; give inputs \(N, T, …\) and N lengths"),
        (lambda: Bucketed(np.zeros((2, 3)), np.zeros(2), [1]), "and N lengths of at most T"),
        (lambda: Bucketed(np.zeros((2, 3)), np.zeros(2), [1, 2], pool=0), "pool is 0; give the batches that are"),
    ],
)
def test_lengths_that_do_not_fit_are_refused_in_a_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
