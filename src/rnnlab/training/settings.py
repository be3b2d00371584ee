"""The numbers that decide a training, checked when they are written down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from rnnlab.errors import InputError


def _setting(default: Any, text: str, wanted: str, accepts: Callable[[Any], Any]) -> Any:
    """A field whose text is its help, and whose `accepts` returns the value to keep or raises."""
    return field(default=default, metadata={"help": text, "wanted": wanted, "accepts": accepts})


def _whole(least: int) -> Callable[[Any], int]:
    def accepts(value: Any) -> int:
        if isinstance(value, bool) or int(value) != value or value < least:
            raise ValueError
        return int(value)

    return accepts


def _positive(value: Any) -> float:
    if isinstance(value, bool | str) or not 0 < float(value) < math.inf:
        raise ValueError
    return float(value)


def _one_of(*known: str) -> Callable[[Any], str]:
    def accepts(value: Any) -> str:
        if value not in known:
            raise ValueError
        return str(value)

    return accepts


def _or_none(accepts: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else accepts(value)


@dataclass(frozen=True)
class Settings:
    """How a model is trained. Updates are the only clock: what is compared at equal updates is compared fairly."""

    updates: int = _setting(1000, "updates to make at most", "a whole number, 1 or more", _whole(1))
    batch_size: int = _setting(32, "sequences in a minibatch", "a whole number, 1 or more", _whole(1))
    learning_rate: float = _setting(1e-3, "Adam's step size", "a number above 0", _positive)
    clip_norm: float | None = _setting(
        1.0, "largest norm of the whole gradient; none: not clipped", "a number above 0, or None", _or_none(_positive)
    )
    evaluate_every: int = _setting(
        100, "updates between two looks at the validation data", "a whole number, 1 or more", _whole(1)
    )
    patience: int | None = _setting(
        None,
        "evaluations without a new best before training stops; none: never early",
        "a whole number, 1 or more, or None",
        _or_none(_whole(1)),
    )
    goal: float | None = _setting(
        None,
        "validation loss that is good enough: training stops there; none: never",
        "a number above 0, or None",
        _or_none(_positive),
    )
    seed: int = _setting(
        0, "what the order of the data and dropout's noise come from", "a whole number, 0 or more", _whole(0)
    )
    precision: str = _setting(
        "full", "what products are computed in; mixed: 16 bits where they do no harm", '"full" or "mixed"',
        _one_of("full", "mixed"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        for each in fields(self):
            came = getattr(self, each.name)
            try:
                value = each.metadata["accepts"](came)
            except (TypeError, ValueError, OverflowError):
                raise InputError(
                    f"{each.name} is {came!r}; {each.metadata['help']}: give {each.metadata['wanted']}."
                ) from None
            object.__setattr__(self, each.name, value)
