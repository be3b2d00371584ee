"""An equal tuning budget: every model gets the same small grid, and its best point on validation data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Any, Literal

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """Before the study's own seeds, every setting that it varies is tried at every point of `grid`.

    grid    the settings to choose, each with its values: {"learning_rate": (1e-3, 3e-3, 1e-2)}. One point is no choice:
            it is taken, and nothing runs.
    on      the recorded value that chooses, measured on validation data, never on what the study is judged by
    seeds   of the tuning alone, apart from the study's, so that no run that is judged has also chosen
    pick    whether the lowest mean of `on` over these seeds wins, or the highest
    at      varied settings that are fixed while tuning; what is chosen there serves all their values. With
            {"station": "JFK"} each cell is tuned at JFK and keeps its choice at every station.

    A point at which runs diverge or fail comes after every point with fewer such runs; a draw goes to the earlier one.
    """

    grid: Mapping[str, Sequence[Any]]
    on: str
    seeds: Sequence[int] = range(1_000, 1_002)
    pick: Literal["lowest", "highest"] = "lowest"
    at: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", frozen_values(self.grid, "Tuning's grid"))
        object.__setattr__(self, "seeds", checked_seeds(self.seeds, "Tuning"))
        object.__setattr__(self, "at", MappingProxyType(dict(self.at)))
        if not self.grid:
            raise InputError("Tuning's grid is empty; give the settings to choose, each with its values, or no tuning.")
        if self.pick not in ("lowest", "highest"):
            raise InputError(f"Tuning picks {self.pick!r}; it can pick the lowest or the highest.")

    @property
    def points(self) -> tuple[dict[str, Any], ...]:
        """Every point of the grid, in its order."""
        return tuple(combinations(self.grid))


@dataclass(frozen=True)
class Choice:
    """For the varied settings `group`, the grid's point `chosen`, and what each point scored."""

    group: Mapping[str, Any]
    chosen: Mapping[str, Any]
    scores: tuple[float, ...]  # one a point, in the grid's order: the mean over the seeds that ended well


def choose(tuning: Tuning, group: Mapping[str, Any], measured: Mapping[str, Sequence[float]]) -> Choice:
    """The best point for one group. `measured`: canonical(point) → the value of `on` for each tuning seed."""
    sign = 1.0 if tuning.pick == "lowest" else -1.0
    ranks, scores = [], []
    for place, point in enumerate(tuning.points):
        values = measured.get(canonical(point), ())
        good = [value for value in values if math.isfinite(value)]
        scores.append(sum(good) / len(good) if good else math.nan)
        ranks.append((len(values) - len(good), sign * scores[-1] if good else math.inf, place))
    return Choice(group, tuning.points[min(ranks)[-1]], tuple(scores))


def combinations(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination, the last name varying fastest; one empty one where nothing varies."""
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def frozen_values(values: Mapping[str, Sequence[Any]], whose: str) -> Mapping[str, tuple[Any, ...]]:
    """Name → tuple of values, checked: none empty, none double, none a bare text, all of them JSON."""
    frozen = {}
    for name, options in values.items():
        if isinstance(options, str) or not isinstance(options, Sequence):
            raise InputError(f"{whose} gives {name} as {options!r}; give a tuple of its values, ({options!r},).")
        frozen[name] = tuple(options)
        if not frozen[name]:
            raise InputError(f"{whose} gives {name} no value; give at least one, or leave {name} out.")
        try:
            different = {canonical(option) for option in frozen[name]}
        except TypeError as error:
            raise InputError(f"{whose} gives {name} a value that cannot be recorded: {error}.") from error
        if len(different) < len(frozen[name]):
            raise InputError(f"{whose} gives {name} a value twice: {frozen[name]}; give each once.")
    return MappingProxyType(frozen)


def checked_seeds(seeds: Sequence[int], whose: str) -> tuple[int, ...]:
    """As a tuple; refused when empty, double, or no whole numbers from 0."""
    if isinstance(seeds, int) or not isinstance(seeds, Sequence):
        raise InputError(f"{whose} has seeds={seeds!r}; give a range or a tuple, range({seeds}).")
    given = tuple(seeds)
    if not given:
        raise InputError(f"{whose} has no seeds; give at least one, range(10) for ten.")
    if any(isinstance(seed, bool) or not isinstance(seed, int) or seed < 0 for seed in given):
        raise InputError(f"{whose} has the seeds {given}; seeds are whole numbers from 0.")
    if len(set(given)) < len(given):
        raise InputError(f"{whose} has a seed twice: {given}; a run that is counted twice narrows no interval.")
    return given
