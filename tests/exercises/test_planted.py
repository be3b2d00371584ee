"""Worlds that are made up tell a claim that can fail from one that cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rnnlab.exercises.planted import WORLDS, can_be_refuted, decisions, planted
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired


def trial(*, cell: str, rate: float, units: int, seed: int) -> dict[str, Any]:
    raise AssertionError("nothing is run to judge a design")


def study(judge: Any, tune: Tuning | None = None) -> Study:
    return Study(
        name="sample", question="Which?", prediction="The second.", section="1.1", trial=trial, measure="error",
        vary={"cell": ("a", "b", "c")}, seeds=range(6), tune=tune,
        hold={"units": 4} if tune else {"units": 4, "rate": 0.1},
        claims=(Claim("A", "c is larger than a", judge),),
    )  # fmt: skip


def larger(records: Records) -> Verdict:
    return paired(records.where(cell="c").values(), records.where(cell="a").values(), better="higher")


def test_planted_records_go_evenly_from_the_first_setting_to_the_last() -> None:
    records = planted(study(larger), 2.0, 6.0, names=("score",))
    means = [records.where(cell=cell).values().mean() for cell in "abc"]
    np.testing.assert_allclose(means, [2.0, 4.0, 6.0], atol=0.3)
    assert records.seeds == tuple(range(6))
    assert records.where(cell="b").values().std() > 0
    assert (records.where(cell="b").values("score") == records.where(cell="b").values()).all()


@pytest.mark.parametrize("tune", [None, Tuning(grid={"rate": (0.1, 0.2)}, on="score")])
def test_a_fair_claim_says_something_else_in_every_world(tune: Tuning | None) -> None:
    told = decisions(study(larger, tune), 0.0, 1.0)
    assert [told[world] for world in WORLDS] == [("holds",), ("does not hold",), ("cannot tell",)]
    judge = can_be_refuted(0.0, 1.0).judge
    assert judge is not None
    assert judge(study(larger, tune)) is None


@pytest.mark.parametrize(
    "rigged",
    [
        lambda records: paired(records.where(cell="c").values() + 9, records.where(cell="a").values(), better="higher"),
        lambda records: paired(records.where(cell="a").values(), records.where(cell="a").values()),
        lambda records: paired(np.ones(6), np.zeros(6), better="higher"),
    ],
    ids=["helped", "with itself", "no records"],
)
def test_a_claim_that_cannot_come_out_any_other_way_is_found_out(rigged: Any) -> None:
    judge = can_be_refuted(0.0, 1.0).judge
    assert judge is not None
    assert "cannot come out any other way" in str(judge(study(rigged)))


def test_what_is_no_study_is_refused_with_a_sentence() -> None:
    judge = can_be_refuted(0.0, 1.0).judge
    assert judge is not None
    with pytest.raises(TypeError, match=r"what came back is a dict; return a rnnlab\.studies\.Study"):
        judge({})
