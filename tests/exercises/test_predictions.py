"""A guess is kept before the run, scored by its distance, and the first one counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rnnlab.exercises import ledger
from rnnlab.exercises.answering import judged
from rnnlab.exercises.exercise import Criterion, Design, Prediction, Wrong
from rnnlab.exercises.source import stub_of

TIMES = Prediction(
    id="1.9",
    title="how often",
    section="1.1",
    label="one-state",
    statement="How often?",
    hints=("Count.", "Count again.", "It is a hundred."),
    why="Ten times ten.",
    points=3,
    truth=lambda: 100.0,
    scale="log",
    close=0.1,
    far=1.1,
    experiment="guess_1_9 = 10 * 10",
    wrong=(Wrong(20.0, "added instead of multiplied."), Wrong(lambda: 1000.0, "one ten too many.")),
)


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNLAB_PROGRESS", str(tmp_path / "progress.json"))


def test_points_fall_with_the_distance_from_all_to_none() -> None:
    for guess, points in ((100, 3), (120, 3), (10**2.6, 1.5), (10**3.1, 0), (1e6, 0), (-100, 0)):
        assert judged(TIMES, guess).points == pytest.approx(points, abs=0.05), guess
    difference = replace(TIMES, scale="absolute", close=1.0, far=3.0)
    assert [judged(difference, guess).points for guess in (99, 98, 97)] == [3, 1.5, 0]


def test_a_guess_that_is_close_is_right_and_a_known_argument_is_named() -> None:
    assert judged(TIMES, 110)
    far = judged(TIMES, 21)
    assert not far
    assert "a factor of 4.76 apart; a factor of up to 1.26 counts as right" in far.report
    assert "**Likely argument:** added instead of multiplied." in far.report
    assert "one ten too many" in judged(TIMES, 990).report
    assert "Likely argument" not in judged(TIMES, 3).report


def test_the_first_guess_is_kept_before_the_truth_is_known_and_counts() -> None:
    def interrupted() -> float:
        assert ledger.entry("1.9").guess == 20
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(replace(TIMES, truth=interrupted), 20, keep=True)
    again = judged(TIMES, 100, keep=True)
    assert again
    assert again.points == judged(TIMES, 20).points < 3
    assert "Your first guess, before the run, was 20" in again.report
    assert ledger.entry("1.9").guess == 20


@pytest.mark.parametrize("guess", ["a lot", [1, 2], float("nan"), float("inf"), True, print])
def test_what_is_no_number_is_no_guess_and_is_not_kept(guess: object) -> None:
    result = judged(TIMES, guess, keep=True)
    assert not result
    assert "A guess is one number" in result.report
    assert ledger.entry("1.9").guess is None


def test_no_guess_is_not_answered_yet() -> None:
    assert "not answered yet" in judged(TIMES, None).report
    assert stub_of(TIMES) == "guess_1_9 = None  # your guess, before you run anything"


def test_a_design_is_held_to_its_rubric_and_the_rest_is_left_to_a_person() -> None:
    def plan() -> dict[str, int]:
        return {"seeds": 10}

    def too_few(given: dict[str, int]) -> str | None:
        return None if given["seeds"] >= 5 else "take five seeds or more."

    design = Design(
        **{name: getattr(TIMES, name) for name in ("id", "title", "section", "label", "statement", "hints", "why")},
        points=3,
        solution=plan,
        rubric=(Criterion("seeds", "five or more", 2, too_few), Criterion("sense", "it answers the question", 1)),
    )
    good = judged(design, lambda: {"seeds": 7})
    assert good
    assert (good.points, "**sense** (1): it answers the question" in good.report) == (3, True)
    poor = judged(design, lambda: {"seeds": 1})
    assert not poor
    assert "✗ **seeds** (0 of 2): take five seeds or more." in poor.report
    tries = [judged(design, lambda n=n: {"seeds": n}, keep=True).report for n in (1, 2, 3)]
    assert [[hint in report for hint in design.hints].count(True) for report in tries] == [0, 1, 3]
    assert "does not have the form that is asked for" in judged(design, dict).report
    assert "It returns None" in judged(design, lambda: None if design else 0).report
    assert "It raises ZeroDivisionError" in judged(design, lambda: 1 // 0).report
    assert "not answered yet" in judged(design, None).report or "What came is None" in judged(design, None).report
