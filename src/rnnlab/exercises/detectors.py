"""Mistakes that any exercise knows: a sign, a factor, a transposition, a step too early, only one step right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.comparing import as_array, parts
from rnnlab.exercises.exercise import Code

Pair = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def detected(
    exercise: Code, cases: Sequence[Mapping[str, Any]], wanted: Sequence[Any], got: Sequence[Any], where: str
) -> str | None:
    """A sentence when one explanation fits every input on which the part `where` is wrong; two such inputs at least."""
    which = f"`{where}`" if where else "the result"
    pairs, lengths = [], []
    for case, ours, theirs in zip(cases, wanted, got, strict=True):
        pair = _arrays(exercise, ours, theirs, where)
        if pair is None:
            return None
        if pair[0].shape != pair[1].shape or not _same(*pair):
            pairs.append(pair)
            lengths.append(_lengths(case))
    if len(pairs) < 2:
        return None
    for fits, sentence in PATTERNS:
        if all(fits(*pair) for pair in pairs):
            return sentence.format(which=which)
    return _factor(pairs, lengths, which) or _by_length(exercise, cases, wanted, got, where, which)


def _arrays(exercise: Code, ours: Any, theirs: Any, where: str) -> Pair | None:
    if isinstance(theirs, list) and isinstance(ours, tuple):
        theirs = tuple(theirs)
    found = as_array(parts(ours, exercise.returns).get(where)), as_array(parts(theirs, exercise.returns).get(where))
    if found[0] is None or found[1] is None or "c" in (found[0].dtype.kind, found[1].dtype.kind):
        return None
    return found[0].astype(float), found[1].astype(float)


def _same(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> bool:
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=1e-6, atol=1e-8, equal_nan=True))


def _steps(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> bool:
    return ours.ndim > 0 and ours.shape == theirs.shape and len(ours) > 1


def _either(ours: npt.NDArray[Any], theirs: npt.NDArray[Any], early: bool) -> bool:
    """One step late or early; a single step cannot tell and speaks for nothing against it."""
    if ours.shape != theirs.shape or not ours.ndim:
        return False
    return len(ours) == 1 or (_same(ours[1:], theirs[:-1]) if early else _same(ours[:-1], theirs[1:]))


def _constant(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> bool:
    return ours.shape == theirs.shape and ours.size > 1 and _same(np.ptp(theirs - ours) + np.zeros(1), np.zeros(1))


PATTERNS: tuple[tuple[Callable[[npt.NDArray[Any], npt.NDArray[Any]], bool], str], ...] = (
    (
        lambda ours, theirs: ours.ndim == 2 and _same(ours.T, theirs),
        "a transposition: {which} is the wanted matrix with rows and columns exchanged. Which index belongs to what "
        "comes in, which to what goes out?",
    ),
    (
        lambda ours, theirs: theirs.shape == (1, *ours.shape) or theirs.shape == (*ours.shape, 1),
        "an axis too many: {which} has one more axis, of length 1. `[0]` takes it away; better find out where "
        "it came from.",
    ),
    (
        lambda ours, theirs: theirs.ndim == ours.ndim - 1 and ours.size != theirs.size,
        "an axis too few: {which} was summed or indexed over an axis that should have stayed.",
    ),
    (
        lambda ours, theirs: theirs.ndim == ours.ndim + 1,
        "an axis too many: {which} still has an axis over which the statement sums or picks.",
    ),
    (
        lambda ours, theirs: _same(ours, -theirs),
        "a sign: {which} is the wanted one times -1. Is a difference taken the other way round?",
    ),
    (
        lambda ours, theirs: _same(np.zeros_like(ours), theirs) and not _same(np.zeros_like(ours), ours),
        "zeros everywhere: {which} is never written to, or what was computed is thrown away.",
    ),
    (
        lambda ours, theirs: ours.ndim > 0 and ours.shape == theirs.shape and _same(ours[::-1], theirs),
        "the order of the steps: {which} is right from back to front. Where was the list filled from the last step to "
        "the first?",
    ),
    (
        lambda ours, theirs: _either(ours, theirs, early=True),
        "one step off: what stands at t in {which} belongs to t + 1.",
    ),
    (
        lambda ours, theirs: _either(ours, theirs, early=False),
        "one step off: what stands at t in {which} belongs to t - 1.",
    ),
    (
        lambda ours, theirs: _steps(ours, theirs) and _same(ours[1:], theirs[1:]),
        "the beginning: {which} is right but for its first entry. What does the first step start from?",
    ),
    (
        lambda ours, theirs: _steps(ours, theirs) and _same(ours[:-1], theirs[:-1]),
        "the end: {which} is right but for its last entry. Does the loop stop one step too soon, or go one too far?",
    ),
)


def _factor(pairs: Sequence[Pair], lengths: Sequence[set[int]], which: str) -> str | None:
    """One ratio for all numbers, or one for each input that is a length of that input."""
    ratios = []
    for ours, theirs in pairs:
        if ours.shape != theirs.shape or not ours.any() or not np.isfinite(theirs).all():
            return None
        ratio = float((theirs * ours).sum() / (ours * ours).sum())
        if not _same(ratio * ours, theirs) or ratio == 0:
            return None
        ratios.append(ratio)
    if np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        return f"a factor: {which} is {ratios[0]:.4g} times the wanted one, for every input."
    if all(any(abs(r - n) < 1e-6 * n for n in ns) for r, ns in zip(ratios, lengths, strict=True)):
        return f"a factor: {which} is the wanted one times a length of the input. Is there a sum where a mean belongs?"
    if all(any(abs(r * n - 1) < 1e-6 for n in ns) for r, ns in zip(ratios, lengths, strict=True)):
        return f"a factor: {which} is the wanted one over a length of the input. Is there a mean where a sum belongs?"
    return None


def _lengths(case: Mapping[str, Any]) -> set[int]:
    shapes = [array.shape for value in case.values() if (array := as_array(value)) is not None]
    single = {length for shape in shapes for length in shape}
    return {a * b for a in single | {1} for b in single | {1}} - {0}


def _by_length(
    exercise: Code,
    cases: Sequence[Mapping[str, Any]],
    wanted: Sequence[Any],
    got: Sequence[Any],
    where: str,
    which: str,
) -> str | None:
    """Right exactly where an axis of some input has length 1: what happens between two steps, or two sequences."""
    for name in cases[0]:
        arrays = [as_array(case[name]) for case in cases]
        for axis in range(max((a.ndim for a in arrays if a is not None), default=0)):
            ones = [a is not None and a.ndim > axis and a.shape[axis] == 1 for a in arrays]
            if sum(ones) < 2 or all(ones):
                continue
            right = [
                (pair := _arrays(exercise, w, g, where)) is not None and _same(*pair)
                for w, g in zip(wanted, got, strict=True)
            ]
            if right == ones:
                return (
                    f"{which} is right whenever axis {axis} of `{name}` has length 1 and wrong whenever it is longer: "
                    "look at what passes from one entry along that axis to the next."
                )
    return None
