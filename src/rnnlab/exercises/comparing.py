"""Holds a result to the one that is wanted: the first thing that differs, as a kind and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Difference:
    """kind: none, structure, type, shape, dtype, value; where: the part of the result, "" when it has one part."""

    kind: str
    where: str
    sentence: str
    wanted: Any
    got: Any


def parts(value: Any, names: Sequence[str] = ()) -> dict[str, Any]:
    """A result as named parts: of a tuple by `names`, of a dict by its keys, anything else as the one part ""."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if isinstance(value, tuple):
        names = names if len(names) == len(value) else [f"part {i + 1}" for i in range(len(value))]
        return dict(zip(names, value, strict=True))
    return {"": value}


def as_array(value: Any) -> npt.NDArray[Any] | None:
    """Numbers as an array, from NumPy, torch, a number or lists of them; None for what is not numbers."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, str | bytes | Mapping | set) or value is None or callable(value):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def difference(wanted: Any, got: Any, names: Sequence[str], rtol: float, atol: float) -> Difference | None:
    """The first difference, or None. Lists stand for arrays and tuples; the dtype asked for is float64."""
    if got is None:
        return Difference("none", "", "It returns None. Is a `return` missing at its end?", wanted, got)
    ours = parts(wanted, names)
    if isinstance(wanted, tuple) and isinstance(got, list):
        got = tuple(got)
    theirs = parts(got, names)
    if isinstance(wanted, tuple | Mapping) and ours.keys() != theirs.keys():
        return Difference("structure", "", _structure(wanted, got, ours, theirs), wanted, got)
    if not isinstance(wanted, tuple | Mapping) and isinstance(got, tuple | Mapping) and as_array(got) is None:
        sentence = f"It returns {_kind(got)}; wanted is {_kind(wanted)}."
        return Difference("structure", "", sentence, wanted, got)
    if not isinstance(wanted, tuple | Mapping):
        theirs = {"": got}
    for name, one in ours.items():
        found = _part(name, one, theirs[name], rtol, atol)
        if found:
            return found
    return None


def _structure(wanted: Any, got: Any, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    if isinstance(wanted, tuple):
        return f"It returns {_kind(got)}; wanted is a tuple of {len(ours)}: {', '.join(ours)}, in this order."
    return f"It returns {_kind(got)}; wanted is a dict with the keys {', '.join(ours)}."


def _kind(value: Any) -> str:
    """What a value is, in words: an array of shape (2, 3), a tuple of 2, the text 'x'."""
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, Mapping):
        return f"a dict with the keys {', '.join(map(str, value)) or 'none'}"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    array = as_array(value)
    if array is None:
        return f"something of type {type(value).__name__}"
    return f"an array of shape {array.shape}" if array.ndim else "one number"


def _part(where: str, wanted: Any, got: Any, rtol: float, atol: float) -> Difference | None:
    which = f"`{where}`" if where else "The result"

    def differs(kind: str, sentence: str) -> Difference:
        return Difference(kind, where, sentence, wanted, got)

    if got is None:
        return differs("none", f"{which} is None.")
    ours = as_array(wanted)
    if ours is None:
        fine = bool(wanted == got)
        return None if fine else differs("value", f"{which} is {_kind(got)}; wanted is {_kind(wanted)}.")
    theirs = as_array(got)
    if theirs is None:
        return differs("type", f"{which} is {_kind(got)}; wanted is {_kind(wanted)}.")
    if theirs.shape != ours.shape:
        return differs("shape", f"{which} has shape {theirs.shape}; wanted is {ours.shape}.")
    if theirs.dtype.kind == "c":
        return differs("dtype", f"{which} holds complex numbers; wanted are real ones, float64.")
    if not close(ours, theirs, rtol, atol):
        if theirs.dtype.itemsize < 8 and theirs.dtype.kind == "f" and close(ours, theirs, 1e-2, 1e-2):
            return differs("dtype", _narrow(which, theirs))
        return differs("value", _amount(which, ours, theirs))
    if ours.dtype.kind == "f" and theirs.dtype.kind == "f" and theirs.dtype.itemsize < 8:
        return differs("dtype", _narrow(which, theirs))
    return None


def _narrow(which: str, theirs: npt.NDArray[Any]) -> str:
    return (
        f"{which} is {theirs.dtype}, whose rounding hides small mistakes; compute in float64 "
        "(NumPy's default; in torch `dtype=torch.float64`, or start from `torch.as_tensor(x)`)."
    )


def _amount(which: str, ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> str:
    if ours.dtype.kind == "b":
        return f"{which} is not what is wanted in {int((ours != theirs.astype(bool)).sum())} of {ours.size} places."
    bad = ~np.isfinite(theirs.astype(float))
    if bad.any() and np.isfinite(ours.astype(float)).all():
        return f"{which} holds {'nan' if np.isnan(theirs.astype(float)).any() else 'inf'}."
    apart = np.abs(ours.astype(float) - theirs.astype(float))
    if ours.size == 1:
        return f"{which} differs from the wanted one by {float(apart.max()):.3g}."
    at = np.unravel_index(int(np.nanargmax(apart)), apart.shape)
    wrong = int((~np.isclose(ours, theirs, rtol=1e-6, atol=1e-8)).sum())
    place = ", ".join(str(int(i)) for i in at)
    return f"{which} differs in {wrong} of {ours.size} numbers, most at [{place}]: by {float(apart[at]):.3g}."


def close(ours: npt.NDArray[Any], theirs: npt.NDArray[Any], rtol: float, atol: float) -> bool:
    """Equal within the tolerances; NaN where NaN is wanted."""
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True))


def agree(one: Any, other: Any, rtol: float, atol: float) -> bool:
    """Two results are the same in structure, shape and values, whatever their dtype."""
    if isinstance(one, Mapping | tuple) or isinstance(other, Mapping | tuple):
        ours, theirs = parts(one), parts(tuple(other) if isinstance(other, list) else other)
        return ours.keys() == theirs.keys() and all(agree(ours[name], theirs[name], rtol, atol) for name in ours)
    ours_array, theirs_array = as_array(one), as_array(other)
    if ours_array is None or theirs_array is None:
        return ours_array is None and theirs_array is None and type(one) is type(other) and bool(one == other)
    return close(ours_array, theirs_array, rtol, atol)
