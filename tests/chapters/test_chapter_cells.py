"""What a chapter's cells call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rnnlab.chapters import key_observations, mode, say, verdict_on
from rnnlab.errors import InputError
from rnnlab.studies import Claim, Records, Study, paired, run


def measure(*, cell: str, seed: int) -> dict[str, float]:
    return {"error": seed + (1.0 if cell == "rnn" else 0.0)}


def smaller(records: Records):
    return paired(records.where(cell="gru").values(), records.where(cell="rnn").values())


def larger(records: Records):
    return paired(records.where(cell="rnn").values(), records.where(cell="gru").values())


STUDY = Study(
    name="cells_of_a_chapter",
    question="Is the error of one cell smaller?",
    prediction="Yes.",
    section="1.1",
    trial=measure,
    measure="error",
    vary={"cell": ("rnn", "gru")},
    seeds=range(6),
    claims=(Claim("1.1", "The GRU errs less", smaller),),
)


def test_the_mode_is_quick_unless_the_environment_says_otherwise(monkeypatch) -> None:
    monkeypatch.delenv("RNNLAB_MODE", raising=False)
    assert mode() == "quick"
    monkeypatch.setenv("RNNLAB_MODE", "full")
    assert mode() == "full"
    monkeypatch.setenv("RNNLAB_MODE", "fast")
    with pytest.raises(InputError, match="RNNLAB_MODE is 'fast'; it takes quick or full"):
        mode()


def test_outside_a_notebook_a_sentence_is_a_line(capsys) -> None:
    say("The error is 0.2.")
    assert capsys.readouterr().out == "The error is 0.2.\n"


def test_a_verdict_is_shown_for_the_run_and_for_the_recorded_study(capsys) -> None:
    live, full = run(STUDY, "quick"), run(STUDY, "full")
    verdict = verdict_on("1.1", live, full)
    assert (verdict.decision, verdict.mode) == ("holds", "full")
    shown = capsys.readouterr().out
    assert "(quick mode)" in shown
    assert "(full mode)" in shown


def test_a_run_that_contradicts_the_recorded_study_stops_the_chapter() -> None:
    live = run(STUDY, "quick")
    other = replace(STUDY, claims=(Claim("1.1", "The GRU errs less", larger),))
    full = Records(other, "full", list(run(other, "full")))
    with pytest.raises(AssertionError, match=r"1\.1: this run and the recorded study contradict each other"):
        verdict_on("1.1", live, full)


def test_a_claim_that_the_study_does_not_make_is_refused() -> None:
    with pytest.raises(InputError, match=r"cells_of_a_chapter has no claim '9\.9'; it has 1\.1"):
        verdict_on("9.9", run(STUDY, "quick"))


def test_key_observations_say_every_verdict_and_its_source(capsys) -> None:
    key_observations(run(STUDY, "full"))
    shown = capsys.readouterr().out
    assert "✓ **1.1 holds.** The GRU errs less." in shown
    assert "cells_of_a_chapter: 6 seeds, full mode" in shown


def test_key_observations_stand_in_the_order_of_the_chapter_whatever_study_made_them(capsys) -> None:
    def numbered(*numbers: str) -> Records:
        claims = tuple(Claim(number, "The GRU errs less", smaller) for number in numbers)
        return Records(replace(STUDY, claims=claims), "full", list(run(STUDY, "full")))

    key_observations(numbered("1.10", "1.4b", "1.2"), numbered("1.3", "1.4a"))
    shown = [line.split()[2].strip("*") for line in capsys.readouterr().out.splitlines() if line.startswith("- ")]
    assert shown == ["1.2", "1.3", "1.4a", "1.4b", "1.10"]
