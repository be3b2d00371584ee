"""Every model chooses from the same grid, by the same rule."""

from __future__ import annotations

import math

import pytest

from rnnlab.studies import Tuning
from rnnlab.studies.encoding import canonical
from rnnlab.studies.tuning import Choice, choose

TUNING = Tuning(grid={"learning_rate": (0.1, 0.01, 0.001)}, on="validation")


def choice_of(*values: list[float], pick: str = "lowest") -> Choice:
    tuning = Tuning(grid=TUNING.grid, on="validation", pick=pick)  # type: ignore[arg-type]
    measured = {canonical(point): seeds for point, seeds in zip(tuning.points, values, strict=True)}
    return choose(tuning, {"cell": "rnn"}, measured)


@pytest.mark.parametrize(
    ("values", "pick", "place"),
    [
        (([3.0, 3.0], [1.0, 2.0], [2.0, 2.0]), "lowest", 1),
        (([3.0, 3.0], [1.0, 2.0], [2.0, 2.0]), "highest", 0),
        (([1.0, 1.0], [1.0, 1.0], [2.0, 2.0]), "lowest", 0),
        (([0.1, math.nan], [1.0, 2.0], [2.0, 2.0]), "lowest", 1),
        (([9.0, math.inf], [math.nan, math.nan], [math.inf, math.nan]), "lowest", 0),
        (([9.0, math.inf], [math.nan, math.nan], [8.0, math.nan]), "highest", 0),
        (([math.nan] * 2, [math.inf] * 2, [math.nan] * 2), "lowest", 0),
    ],
    ids=["the lowest mean", "the highest mean", "a draw goes to the earlier", "a point that diverges once comes after",
         "one half that ends well beats none", "the same for the highest", "all diverge: the first"],
)  # fmt: skip
def test_the_best_point_on_validation_data_is_chosen(values: tuple[list[float], ...], pick: str, place: int) -> None:
    assert choice_of(*values, pick=pick).chosen == TUNING.points[place]


def test_a_choice_keeps_the_score_of_every_point() -> None:
    choice = choice_of([3.0, 5.0], [1.0, math.nan], [math.nan, math.nan])
    assert choice.scores[:2] == (4.0, 1.0)
    assert math.isnan(choice.scores[2])


def test_several_settings_make_a_grid_of_all_their_combinations() -> None:
    tuning = Tuning(grid={"learning_rate": (0.1, 0.01), "clip_norm": (1.0, 5.0)}, on="validation")
    assert [tuple(point.values()) for point in tuning.points] == [(0.1, 1.0), (0.1, 5.0), (0.01, 1.0), (0.01, 5.0)]
