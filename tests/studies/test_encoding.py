"""Measurements survive the way through JSON bit for bit, NaN and infinities included."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.studies.encoding import canonical, decode, encode

NAMES = st.text(max_size=5).filter(lambda name: name != "float")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    """Equal, of equal types, with NaN equal to itself and 0.0 unequal to -0.0."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return type(a) is type(b) and bool(a == b)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(VALUES)
def test_what_was_measured_comes_back_bit_for_bit(value: Any) -> None:
    line = json.dumps(encode(value), allow_nan=False)
    assert same(decode(json.loads(line)), value)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_the_order_of_names_does_not_change_the_text_that_records_are_found_by(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_numbers_of_numpy_and_torch_are_recorded_as_numbers() -> None:
    measured = {
        "a": np.float32(0.1),
        "b": np.arange(3),
        "c": torch.tensor([1.0, math.inf]),
        "d": np.bool_(True),
        "e": (1, 2),
    }
    assert decode(encode(measured)) == {
        "a": float(np.float32(0.1)),
        "b": [0, 1, 2],
        "c": [1.0, math.inf],
        "d": True,
        "e": [1, 2],
    }
    assert json.dumps(encode({"x": np.float64("nan")}), allow_nan=False) == '{"x": {"float": "nan"}}'


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"x": object()}, "recorded values are numbers, text, lists and dicts"),
        ({1: 0.5}, "names are text: write '1'"),
        ({"x": {"float": "nan"}}, "stands for NaN and infinity; choose another name"),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(TypeError) as refusal:
        encode(value)
    assert sentence in str(refusal.value)
