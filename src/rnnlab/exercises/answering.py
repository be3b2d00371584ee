"""check, hint, solution and progress: what a reader calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rnnlab.exercises import catalogue, ledger
from rnnlab.exercises.exercise import Code, Design, Exercise, Prediction, Repair
from rnnlab.exercises.showing import show
from rnnlab.exercises.source import fingerprint_of, is_untouched, name_of, solution_of


@dataclass(frozen=True, repr=False)
class Result:
    """What became of an answer: true only for a right one. `report` is what was shown, in Markdown."""

    id: str
    right: bool
    answered: bool
    points: float
    of: int
    report: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        state = "right" if self.right else "not yet right" if self.answered else "not answered yet"
        return f"<exercise {self.id}: {state}>"

    def _ipython_display_(self) -> None:
        """Nothing more: the report has been shown."""


def check(id: str, answer: Any, *, seed: int = 0, seconds: float | None = None, quiet: bool = False) -> Result:
    """Judges an answer and shows what was found: the input tried, ours and yours, the likely mistake, what to reread.

    The result is true only for a right answer. The same seed tries the same inputs; `seconds` is the limit for one call
    of the answer. With quiet=True nothing is shown and nothing recorded. Raises InputError for an unknown id.
    """
    exercise = catalogue.find(id)
    result = judged(exercise, answer, seed, seconds, keep=not quiet)
    if not quiet:
        if result.right:
            ledger.solved(id, result.points)
        show(result.report)
    return result


def hint(id: str) -> None:
    """Shows the next of the exercise's three hints; after the third, all of them."""
    exercise = catalogue.find(id)
    given = ledger.change(id, lambda entry: replace(entry, hints=min(entry.hints + 1, 3))).hints
    show("\n\n".join(f"**Hint {i + 1} of 3.** {exercise.hints[i]}" for i in range(given)))


def solution(id: str) -> None:
    """Shows a worked answer and why it is right."""
    exercise = catalogue.find(id)
    ledger.change(id, lambda entry: replace(entry, solution_seen=True))
    show(worked(exercise))


def worked(exercise: Exercise) -> str:
    """The worked answer in Markdown."""
    return f"```python\n{solution_of(exercise)}\n```\n\n**Why.** {exercise.why.strip()}"


def progress() -> None:
    """Shows what is solved, tried and untouched, chapter by chapter. It is kept on this machine and sent nowhere."""
    from rnnlab.exercises.overview import overview

    show(overview())


def judged(exercise: Exercise, answer: Any, seed: int = 0, seconds: float | None = None, keep: bool = False) -> Result:
    """The result; with keep, a failed try or a guess is recorded."""
    from rnnlab.exercises import report

    def result(right: bool, text: str, points: float | None = None, answered: bool = True) -> Result:
        earned = points if points is not None else float(exercise.points if right else 0)
        return Result(exercise.id, right, answered, earned, exercise.points, text)

    if is_untouched(exercise, answer):
        return result(False, report.untouched(exercise), answered=False)
    if isinstance(exercise, Prediction):
        from rnnlab.exercises.predicting import judged_guess

        return result(*judged_guess(exercise, answer, keep))
    if isinstance(exercise, Design):
        from rnnlab.exercises.rubrics import judged_design

        right, text, points = judged_design(exercise, answer, seconds)
        if not right:
            failures = ledger.failed(exercise.id, fingerprint_of(answer)).failures if keep else 1
            text = "\n\n".join([text, *report.ladder(exercise, failures)])
        return result(right, text, points)
    assert isinstance(exercise, Code)
    if not callable(answer):
        return result(False, _not_a_function(exercise, answer))
    from rnnlab.exercises.judging import SECONDS, judge

    judgement = judge(exercise, answer, seed, seconds or SECONDS)
    if judgement.failure is None:
        return result(True, report.right(exercise, judgement))
    failures = ledger.failed(exercise.id, fingerprint_of(answer)).failures if keep else 1
    symptom = _symptom(exercise, answer, seconds or SECONDS) if isinstance(exercise, Repair) else None
    return result(False, report.wrong(exercise, judgement, failures, symptom))


def _not_a_function(exercise: Exercise, answer: Any) -> str:
    from rnnlab.exercises import report

    name, got = name_of(exercise), "None" if answer is None else f"of type {type(answer).__name__}"
    return (
        f"{report.heading(exercise, 'not yet')}\n\nWhat came is {got}; what is judged is the function itself: "
        f'`check("{exercise.id}", {name})`, without brackets after its name.'
    )


def _symptom(exercise: Repair, answer: Any, seconds: float) -> str | None:
    """The measured symptom; an answer that does not even run has none but its own failure."""
    from rnnlab.exercises.calling import call

    told = call(exercise.symptom, {"answer": answer}, seconds)
    return told.value if isinstance(told.value, str) else None
