"""A wrong call is answered with what came, what was wanted, what to do, in the class of exception that torch raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from against_torch import CELLS, OURS, THEIRS
from torch.nn.utils.rnn import PackedSequence

from rnnlab import layers

Z = torch.zeros

WRONG: dict[str, tuple[Any, ...]] = {
    "four dimensions": (
        Z(1, 2, 3, 4),
        None,
        ValueError,
        r"x has shape \(1, 2, 3, 4\); .*takes \(T, B, 4\), or \(B, T, 4\)",
    ),
    "one dimension": (Z(9), None, ValueError, r"single series of length T is x\[:, None, None\]"),
    "width": (Z(5, 2, 3), None, RuntimeError, r"x has shape \(5, 2, 3\); .*\(input_size=4\) takes"),
    "dtype": (
        Z(5, 2, 4, dtype=torch.float64),
        None,
        ValueError,
        r"x is torch.float64 and the weights .* x\.to\(torch.float32\)",
    ),
    "integers": (Z(5, 2, 4, dtype=torch.int64), None, ValueError, r"x is torch.int64"),
    "no steps": (Z(0, 2, 4), None, RuntimeError, r"x has no time steps"),
    "an array": (np.zeros((5, 2, 4)), None, TypeError, r"x is a numpy.ndarray; .*torch.as_tensor\(x\)"),
    "state of another batch": (Z(5, 2, 4), Z(1, 3, 6), RuntimeError, r"h_0 has shape \(1, 3, 6\); .*takes \(1, 2, 6\)"),
    "state without layers": (Z(5, 2, 4), Z(2, 6), RuntimeError, r"h_0 has shape \(2, 6\)"),
    "state of one sequence": (Z(5, 4), Z(1, 1, 6), RuntimeError, r"takes \(1, 6\), which is .* for a single sequence"),
    "state of another dtype": (Z(5, 2, 4), Z(1, 2, 6, dtype=torch.float64), ValueError, r"h_0 is torch.float64"),
    "packed width": (PackedSequence(Z(3, 3), torch.tensor([2, 1])), None, RuntimeError, r"x has shape \(3, 3\)"),
    "packed growing": (PackedSequence(Z(3, 4), torch.tensor([1, 2])), None, RuntimeError, r"never grow"),
    "packed nought": (PackedSequence(Z(3, 4), torch.tensor([3, 0])), None, RuntimeError, r"are positive"),
    "packed below nought": (PackedSequence(Z(3, 4), torch.tensor([4, -1])), None, RuntimeError, r"are positive"),
    "packed sum": (
        PackedSequence(Z(3, 4), torch.tensor([2, 2])),
        None,
        RuntimeError,
        r"sums to 4 and x.data has 3 rows",
    ),
    "packed thrice": (PackedSequence(Z(3, 1, 4), torch.tensor([2, 1])), None, RuntimeError, r"x.data has shape"),
}


def given_to(cell: str, hx: Any) -> Any:
    return (hx, hx) if cell == "LSTM" and hx is not None else hx


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_is_answered_with_a_sentence(cell: str, case: str) -> None:
    x, hx, kind, sentence = WRONG[case]
    with pytest.raises(kind, match=sentence) as caught:
        OURS[cell](4, 6)(x, given_to(cell, hx))
    assert cell in str(caught.value) or "PackedSequence" in str(caught.value)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "case", ["four dimensions", "one dimension", "width", "dtype", "integers", "state of another batch"]
)
def test_the_exception_is_of_the_class_that_torch_raises(cell: str, case: str) -> None:
    x, hx, kind, _ = WRONG[case]
    with pytest.raises(kind):
        THEIRS[cell](4, 6)(x, given_to(cell, hx))


def test_a_pair_is_asked_for_by_an_lstm_and_refused_by_the_others() -> None:
    state = Z(1, 2, 6)
    with pytest.raises(TypeError, match=r"hx is a Tensor; LSTM takes a pair of tensors, \(h_0, c_0\)"):
        layers.LSTM(4, 6)(Z(5, 2, 4), state)
    with pytest.raises(TypeError, match=r"hx is a tuple; GRU takes one tensor, h_0"):
        layers.GRU(4, 6)(Z(5, 2, 4), (state, state))
    with pytest.raises(RuntimeError, match=r"c_0 has shape \(1, 2, 5\)"):
        layers.LSTM(4, 6)(Z(5, 2, 4), (state, Z(1, 2, 5)))


def test_with_batch_first_the_sentence_speaks_of_batch_first() -> None:
    layer = layers.GRU(1, 6, batch_first=True)
    with pytest.raises(ValueError, match=r"takes \(B, T, 1\), .* length T is x\[None, :, None\]"):
        layer(Z(9))
    with pytest.raises(RuntimeError, match=r"takes \(1, 2, 6\), .*also with batch_first=True"):
        layer(Z(2, 5, 1), Z(2, 1, 6))
    assert layer(Z(9)[None, :, None])[0].shape == (1, 9, 6)


def test_a_state_on_another_device_is_refused_by_torch() -> None:
    with pytest.raises((RuntimeError, NotImplementedError)):
        layers.GRU(4, 6)(Z(5, 2, 4), Z(1, 2, 6, device="meta"))
