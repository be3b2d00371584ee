from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sequences import Fresh

from rnnlab.errors import InputError
from rnnlab.training import Batches, Fixed, generator, predict

CPU = torch.device("cpu")


def batches(data: object, size: int, seed: int = 0) -> Batches:
    return Batches(data, size, seed, device=CPU, dtype=torch.float32)  # type: ignore[arg-type]  # tests give bad data


@settings(max_examples=40, deadline=None, derandomize=True)
@given(count=st.integers(1, 40), size=st.integers(1, 45), seed=st.integers(0, 99))
def test_an_epoch_deals_out_every_example_once_in_a_new_order(count: int, size: int, seed: int) -> None:
    data = Fixed(np.arange(count), np.arange(count) * 10.0)
    dealt = batches(data, size, seed)
    in_epoch = -(-count // size)
    orders = []
    for epoch in range(3):
        pairs = [dealt[epoch * in_epoch + place] for place in range(in_epoch)]
        inputs = torch.cat([x for x, _ in pairs])
        assert torch.equal(torch.cat([y for _, y in pairs]), inputs * 10.0), "an input keeps its target"
        assert sorted(inputs.tolist()) == list(range(count))
        assert all(len(x) == size for x, _ in pairs[:-1])
        orders.append(inputs.tolist())
    if count >= 20:
        assert orders[0] != orders[1] != orders[2]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(updates=st.lists(st.integers(0, 30), min_size=2, max_size=8), fresh=st.booleans())
def test_the_batch_of_an_update_does_not_depend_on_what_was_asked_before(updates: list[int], fresh: bool) -> None:
    data = Fresh() if fresh else Fixed(np.arange(23.0), np.arange(23.0))
    asked = batches(data, 5)
    for update in updates:
        one, other = asked[update], batches(data, 5)[update]
        assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])


def test_no_generated_batch_comes_twice() -> None:
    made = batches(Fresh(), 3)
    assert len({made[u][0].numpy().tobytes() for u in range(50)}) == 50


def test_streams_and_seeds_are_independent() -> None:
    drawn = {
        tuple(generator(seed, *stream).integers(2**62, size=3)) for seed in (0, 1) for stream in ((0,), (1,), (1, 0))
    }
    assert len(drawn) == 6


def test_a_read_only_view_of_windows_is_batched_without_a_warning_and_stays_as_it_is() -> None:
    series = np.arange(20, dtype=np.float32).reshape(10, 2)
    windows = np.lib.stride_tricks.sliding_window_view(series, 3, axis=0).transpose(0, 2, 1)
    inputs, targets = batches(Fixed(windows, windows[:, 0]), 4)[0]
    inputs.zero_()
    assert targets.dtype == torch.float32 and series.sum() == 190.0
    model = torch.nn.Flatten()
    assert predict(model, windows).shape == (8, 6)


def test_a_model_that_works_in_place_does_not_change_the_data() -> None:
    inputs = -np.ones((4, 3), dtype=np.float32)
    assert predict(torch.nn.ReLU(inplace=True), inputs).sum() == 0
    assert inputs.sum() == -12


class Frozen:
    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        made = np.broadcast_to(rng.standard_normal(2).astype(np.float32), (size, 2))
        return made, made[::-1]


def test_a_task_may_give_views() -> None:
    inputs, targets = batches(Frozen(), 3)[0]
    inputs += 1
    assert torch.equal(inputs, targets + 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros(3), "the training data is a ndarray; give examples with .inputs and .targets"),
        (
            Fixed(np.zeros((3, 2)), np.zeros(4)),
            r"inputs of shape \(3, 2\) and targets of shape \(4,\); both need the same",
        ),
        (Fixed(np.zeros((0, 2)), np.zeros(0)), "one or more"),
        (Fixed(np.float64(1), np.float64(1)), "along their first axis"),
        (Fixed(np.array(["a"]), np.zeros(1)), "inputs of the training data have dtype <U1; give floats"),
    ],
)
def test_data_that_cannot_be_batched_are_refused_in_a_sentence(data: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        batches(data, 4)
