"""Measurements as JSON that every reader of JSON accepts, NaN and infinities included."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def encode(value: Any) -> Any:
    """What JSON can hold: a tuple becomes a list, an array its list, and a float that is not finite {"float": "nan"}.

    JSON has no NaN and no infinity (RFC 8259); null would forget which of them it was, and a bare string could not be
    told from text. TypeError for anything else that JSON cannot hold.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is the name of a recorded value; names are text: write {str(key)!r}")
        if value.keys() == {"float"}:
            raise TypeError('a dict with the one name "float" stands for NaN and infinity; choose another name')
        return {key: encode(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | range):
        return [encode(inner) for inner in value]
    if hasattr(value, "tolist"):  # NumPy's and torch's numbers and arrays
        return encode(value.tolist())
    raise TypeError(
        f"{value!r} is a {type(value).__name__}; recorded values are numbers, text, lists and dicts of them"
    )


def decode(value: Any) -> Any:
    """The inverse of encode, with lists for tuples and arrays."""
    if isinstance(value, dict):
        if value.keys() == {"float"}:
            return float(value["float"])
        return {key: decode(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [decode(inner) for inner in value]
    return value


def canonical(value: Any) -> str:
    """One text for one value, whatever the order of its names: what records are found by."""
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
