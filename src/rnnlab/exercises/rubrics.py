"""Designs: a reader's own study held to a rubric, and the criteria that every comparison has to meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnlab.exercises.calling import call, raised
from rnnlab.exercises.exercise import Criterion, Design

if TYPE_CHECKING:
    from rnnlab.studies import Study

SECONDS = 60.0  # for the function that returns the design


def judged_design(exercise: Design, answer: Any, seconds: float | None) -> tuple[bool, str, float]:
    """Right when every criterion that has a judge is met; points for the share that is. The others are printed."""
    from rnnlab.exercises import report

    design, problem = _designed(answer, seconds or SECONDS)
    if problem:
        return False, f"{report.heading(exercise, 'not yet')}\n\n{problem}\n\n{report.reread(exercise)}", 0.0
    lines, lacking, earned = [], 0, 0.0
    for criterion in exercise.rubric:
        if criterion.judge is None:
            continue
        missing = _missing(criterion, design)
        lacking, earned = lacking + bool(missing), earned + (0 if missing else criterion.points)
        worth = f"{0 if missing else criterion.points} of {criterion.points}"
        lines.append(f"- {'✗' if missing else '✓'} **{criterion.name}** ({worth}): {missing or criterion.text}")
    own = [f"- **{c.name}** ({c.points}): {c.text}" for c in exercise.rubric if c.judge is None]
    text = [report.heading(exercise, "not yet" if lacking else "what can be checked is there"), "\n".join(lines)]
    if lacking:
        text.append(report.reread(exercise))
    elif own:
        text.append("**For you to decide**, or for whoever reads it:\n\n" + "\n".join(own))
    if not lacking:
        text.append(f"**Why.** {exercise.why.strip()}")
    checked = sum(criterion.points for criterion in exercise.rubric if criterion.judge is not None)
    return not lacking, "\n\n".join(text), round(exercise.points * earned / checked, 1)


def _designed(answer: Any, seconds: float) -> tuple[Any, str]:
    """The design itself and no problem, or a sentence for the reader."""
    if not callable(answer):
        return (answer, "") if answer is not None else (None, "What came is None; give the study, or the function.")
    outcome = call(answer, {}, seconds)
    if outcome.late:
        return None, f"It was stopped after {seconds:g} s: the function only returns the study, it does not run it."
    if outcome.error is not None:
        return None, raised(outcome)
    if outcome.value is None:
        return None, "It returns None. Is a `return` missing at its end?"
    return outcome.value, ""


def _missing(criterion: Criterion, design: Any) -> str | None:
    assert criterion.judge is not None
    try:
        return criterion.judge(design)
    except Exception as error:
        return f"The design does not have the form that is asked for ({type(error).__name__}: {error})."


# Criteria of a Study that compares


def a_study(worth: int = 1) -> Criterion:
    """The answer is a Study at all."""

    def judge(design: Any) -> str | None:
        from rnnlab.studies import Study

        if isinstance(design, Study):
            return None
        return f"what came is a {type(design).__name__}; return a rnnlab.studies.Study(name=…, question=…, …)."

    return Criterion("a study", "a question, a prediction, and everything needed to run it as one value", worth, judge)


def enough_seeds(at_least: int = 5, worth: int = 1) -> Criterion:
    """Seeds, paired."""

    def judge(design: Study) -> str | None:
        count = len(design.seeds)
        if count >= at_least:
            return None
        few = (
            "1 seed; one run is an anecdote"
            if count == 1
            else f"{count} seeds; one run is an anecdote, and so are a few"
        )
        return f"{few}. Take seeds=range({at_least}) or more."

    return Criterion("seeds", f"at least {at_least}, the same for everything compared", worth, judge)


def something_varies(name: str, *needed: Any, worth: int = 1) -> Criterion:
    """The setting that the question asks about varies, its values among them `needed`: a control, say."""

    def judge(design: Study) -> str | None:
        if name not in design.vary:
            return f"{name!r} does not vary; the question asks what it does. Put it into vary."
        absent = [value for value in needed if value not in design.vary[name]]
        if absent:
            return f"{name} lacks {', '.join(map(repr, absent))}: without it there is nothing to compare with."
        return None if len(design.vary[name]) > 1 else f"{name} has one value only; nothing is compared."

    control = f", {' and '.join(map(repr, needed))} among its values" if needed else ""
    return Criterion("what varies", f"{name}{control}", worth, judge)


def equal_size(name: str = "parameters", worth: int = 1) -> Criterion:
    """One number of parameters for all, held."""

    def judge(design: Study) -> str | None:
        if name in design.hold:
            return None
        return f"{name!r} is not held: a larger network may win by its size. Hold one number of {name} for all."

    return Criterion("equal size", f"one value of {name} for everything compared", worth, judge)


def equal_tuning(name: str = "learning_rate", worth: int = 1) -> Criterion:
    """The same grid for everything compared, on seeds of its own."""

    def judge(design: Study) -> str | None:
        if design.tune is None or name not in design.tune.grid:
            grid = f"Tuning(grid={{{name!r}: (…)}}, on=…)"
            return f"{name} is not tuned: one value suits one of the cells. Give tune={grid}."
        if len(design.tune.grid[name]) < 2:
            return f"the grid of {name} has one value; give it three or more."
        return None

    return Criterion("equal tuning", f"the same grid of {name} for each, chosen on validation data", worth, judge)
