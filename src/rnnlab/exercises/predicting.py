"""A guess before the run: kept first, then held to what the run gives."""

from __future__ import annotations

import math
from typing import Any

from rnnlab.exercises import ledger
from rnnlab.exercises.comparing import as_array
from rnnlab.exercises.exercise import Prediction


def judged_guess(exercise: Prediction, answer: Any, keep: bool) -> tuple[bool, str, float]:
    """Right or not, what to say, and the points. With keep the first guess is written down before the truth is known.

    The first guess is the one that counts: a later one is answered, and earns nothing more.
    """
    from rnnlab.exercises import report

    array = as_array(answer)
    if array is None or array.size != 1 or array.dtype.kind == "b" or not math.isfinite(float(array.ravel()[0])):
        told = f"A guess is one number, such as `0.5`; what came is {report.shown(answer)}."
        return False, f"{report.heading(exercise, 'no guess yet')}\n\n{told}", 0.0
    guess = float(array.ravel()[0])
    first = ledger.guessed(exercise.id, guess).guess if keep else guess
    assert first is not None
    truth = exercise.truth()
    earned = points(exercise, first, truth)
    right = distance(exercise, guess, truth) <= exercise.close
    verdict = "right" if right else "the guess is off"
    unit = f" {exercise.unit}" if exercise.unit else ""
    text = [
        report.heading(exercise, verdict),
        f"You guessed {guess:.4g}{unit}; the run gives {truth:.4g}{unit}: {apart(exercise, guess, truth)}.",
    ]
    if first != guess:
        text.append(f"Your first guess, before the run, was {first:.4g}{unit}; that is the one that counts.")
    text.append(f"It earns {earned:g} of {exercise.points} points.")
    if not right:
        text += [f"**Likely argument:** {named}" for named in _argument(exercise, guess, truth)]
        text.append(report.reread(exercise))
    text.append(f"**Why.** {exercise.why.strip()}")
    return right, "\n\n".join(text), earned


def distance(exercise: Prediction, guess: float, truth: float) -> float:
    """|guess - truth|, or |log10(guess / truth)|, infinite where a sign is wrong."""
    if exercise.scale == "absolute":
        return abs(guess - truth)
    return abs(math.log10(guess / truth)) if guess * truth > 0 else math.inf


def points(exercise: Prediction, guess: float, truth: float) -> float:
    """All of them up to `close`, none from `far`, in between in proportion, to a tenth of a point."""
    beyond = (distance(exercise, guess, truth) - exercise.close) / (exercise.far - exercise.close)
    return round(exercise.points * min(1.0, max(0.0, 1.0 - beyond)), 1)


def apart(exercise: Prediction, guess: float, truth: float) -> str:
    """The distance in words: a factor where sizes count, else a difference."""
    if exercise.scale == "absolute":
        unit = f" {exercise.unit}" if exercise.unit else ""
        return f"{abs(guess - truth):.3g}{unit} apart; up to {exercise.close:.3g}{unit} counts as right"
    counts = f"a factor of up to {10**exercise.close:.3g} counts as right"
    if not guess * truth > 0:
        return f"of another sign, or zero; {counts}"
    return f"a factor of {10 ** distance(exercise, guess, truth):.3g} apart; {counts}"


def _argument(exercise: Prediction, guess: float, truth: float) -> list[str]:
    """The diagnosis of the known wrong argument nearest to the guess, if one is as near as `close`."""
    leads_to = [(wrong, float(wrong.answer() if callable(wrong.answer) else wrong.answer)) for wrong in exercise.wrong]
    near = [(distance(exercise, guess, value), i) for i, (_, value) in enumerate(leads_to)]
    return [exercise.wrong[i].diagnosis for d, i in sorted(near)[:1] if d <= exercise.close]
