"""Looks for an input on which an answer fails, shrinks it, and finds the mistake's name."""

from __future__ import annotations

import inspect
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, configuration, settings
from hypothesis import find as find_smallest
from hypothesis import strategies as st
from hypothesis.errors import Flaky, NoSuchExample

from rnnlab.exercises.calling import Outcome, call, raised
from rnnlab.exercises.comparing import agree, difference
from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Code, Repair

EXAMPLES = 25  # random inputs that an answer has to stand
WITNESSES = 12  # inputs on which a failing answer is held beside the known mistakes
SHRINKING = 1.5  # seconds at most in which a failing input is made smaller
SECONDS = 5.0  # for one call of the answer


@dataclass(frozen=True)
class Failure:
    """One input on which the answer is not right: in what way, and a sentence for it."""

    kind: str
    sentence: str
    case: Mapping[str, Any]
    wanted: Any = None
    got: Any = None
    where: str = ""
    printed: str = ""
    printed_lines: int = 0


@dataclass(frozen=True)
class Judgement:
    """failure is None for a right answer; `mistake` is the failure's name where it has one; tried: inputs."""

    failure: Failure | None
    mistake: str | None
    tried: int
    printed: str = ""
    printed_lines: int = 0


class _Enough(BaseException):
    """Stops the search from inside."""


def judge(exercise: Code, answer: Answer, seed: int = 0, seconds: float = SECONDS) -> Judgement:
    """Right, or the smallest failing input that was found. The same seed draws the same inputs."""
    search = _Search(exercise, answer, seconds)
    smallest = search.run(seed)
    if search.first is None:
        return Judgement(None, None, search.tried, search.printed, search.printed_lines)
    failure = smallest or search.first
    return Judgement(failure, _mistake(exercise, answer, failure, seed, seconds), search.tried)


def standing(exercise: Code, answers: Sequence[Answer], seed: int, seconds: float = SECONDS) -> tuple[bool, ...]:
    """The verdicts alone: what `judge` decides about each answer, without the smallest input and the mistake's name."""
    cases: list[Mapping[str, Any]] = []
    drawn_case(exercise, lambda case: cases.append(case), seed, EXAMPLES, shrink=False)
    return tuple(all(failure_at(exercise, answer, case, seconds)[0] is None for case in cases) for answer in answers)


class _Search:
    def __init__(self, exercise: Code, answer: Answer, seconds: float) -> None:
        self.exercise, self.answer, self.seconds = exercise, answer, seconds
        self.first: Failure | None = None
        self.last: Failure | None = None
        self.tried, self.printed, self.printed_lines = 0, "", 0
        self.until = float("inf")

    def run(self, seed: int) -> Failure | None:
        """The failure at the smallest input; None where there is none, or where it did not fail twice.

        Lengths first: an input of many zeros is no small input. So the failing kind is looked for among lengths of 1,
        then of up to 2, and so on, and shrunk where it is found first.
        """
        case = None
        try:
            if drawn_case(self.exercise, self.fails, seed, EXAMPLES, shrink=False) is None:
                return None
            for spread in (0, 1, 2, None):
                case = drawn_case(self.exercise, self.fails, seed, EXAMPLES, spread)
                if case is not None:
                    break
        except _Enough:
            return self.last
        except Flaky:
            assert self.first is not None
            told = "The same input gives another result the next time: it keeps something between calls, or is random."
            return Failure("flaky", told, self.first.case, self.first.wanted, self.first.got)
        return None if case is None else failure_at(self.exercise, self.answer, case, self.seconds)[0]

    def fails(self, case: Mapping[str, Any]) -> bool:
        """Fails in the way in which it failed first."""
        if time.monotonic() > self.until:
            raise _Enough
        failure, outcome = failure_at(self.exercise, self.answer, case, self.seconds)
        if outcome.printed_lines and not self.printed:
            self.printed = outcome.printed
        self.printed_lines += outcome.printed_lines
        if self.first is None:
            self.tried += 1
            self.first = failure
            if failure is not None:
                self.until = time.monotonic() + SHRINKING
        if failure is None or self.first is None or failure.kind != self.first.kind:
            return False
        self.last = failure if self.last is None or _size(failure.case) <= _size(self.last.case) else self.last
        if failure.kind == "late":
            raise _Enough
        return True


def _size(case: Mapping[str, Any]) -> int:
    return sum(getattr(value, "size", 1) for value in case.values())


def drawn_case(
    exercise: Code, condition: Any, seed: int, examples: int, spread: int | None = None, shrink: bool = True
) -> dict[str, Any] | None:
    """An input that meets the condition, the smallest that Hypothesis finds; None where `examples` of them do not."""
    limits = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )
    cases = st.composite(lambda draw: exercise.cases(Draw(draw, spread)))()
    # Hypothesis remembers things in a folder .hypothesis, which has no business beside a reader's notebook.
    configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "rnnlab-hypothesis")
    try:
        found: dict[str, Any] = find_smallest(cases, condition, settings=limits, random=Random(seed))
    except NoSuchExample:
        return None
    finally:
        configuration.set_hypothesis_home_dir(None)
    return found


def failure_at(
    exercise: Code, answer: Answer, case: Mapping[str, Any], seconds: float
) -> tuple[Failure | None, Outcome]:
    """What is wrong with the answer at this one input, and how its call went."""
    wanted = call(exercise.reference, case, 60.0)
    if wanted.error is not None or wanted.late:
        raise RuntimeError(f"exercise {exercise.id}: the reference fails for {dict(case)}") from wanted.error
    outcome = call(answer, case, seconds)

    def failed(
        kind: str, sentence: str, where: str = "", want: Any = wanted.value, got: Any = outcome.value
    ) -> Failure:
        return Failure(kind, sentence, case, want, got, where, outcome.printed, outcome.printed_lines)

    if outcome.late:
        told = f"It was stopped after {seconds:g} s. Look for a loop that never ends: does its condition ever change?"
        return failed("late", told), outcome
    if isinstance(outcome.error, TypeError) and not _takes(answer, len(case)):
        names = ", ".join(case)
        return failed(
            "arguments", f"It cannot be called with its {len(case)} arguments, in this order: {names}."
        ), outcome
    if outcome.error is not None:
        return failed(f"raises {type(outcome.error).__name__}", raised(outcome)), outcome
    if outcome.value is None and wanted.value is not None:
        return failed("none", "It returns None. Is a `return` missing at its end?"), outcome
    if exercise.holds is not None:
        told_by = _property(exercise, case, outcome.value)
        if told_by:
            return failed("property", told_by), outcome
    else:
        found = difference(wanted.value, outcome.value, exercise.returns, exercise.rtol, exercise.atol)
        if found:
            return failed(found.kind, found.sentence, found.where, found.wanted, found.got), outcome
    if outcome.changed:
        names = " and ".join(f"`{name}`" for name in outcome.changed)
        told = (
            f"The values are right, but it changes its input {names} in place: whoever called it finds other numbers "
            "there afterwards. `a = a + b` makes a new array, `a += b` writes into the old one; start from a copy."
        )
        return failed("changes its input", told), outcome
    return None, outcome


def _takes(answer: Answer, count: int) -> bool:
    """The answer can be called with so many positional arguments, as far as its signature tells."""
    try:
        inspect.signature(answer).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _property(exercise: Code, case: Mapping[str, Any], value: Any) -> str | None:
    """What the exercise's own judge says; an exception in it is a result of the wrong form."""
    assert exercise.holds is not None
    try:
        return exercise.holds(dict(case), value)
    except Exception as error:
        return f"The result does not have the form that the statement asks for ({type(error).__name__}: {error})."


def _mistake(exercise: Code, answer: Answer, failure: Failure, seed: int, seconds: float) -> str | None:
    """The diagnosis of the known wrong answer that does the same on fresh inputs; else what a detector sees."""
    if failure.kind in ("late", "flaky"):
        return None
    from rnnlab.exercises.detectors import detected

    cases: list[Mapping[str, Any]] = []
    drawn_case(exercise, lambda case: cases.append(case), seed + 1, WITNESSES)
    cases.append(failure.case)
    theirs = [call(answer, case, seconds) for case in cases]
    if any(outcome.late for outcome in theirs):
        return None
    if isinstance(exercise, Repair) and _alike(exercise, exercise.broken, cases, theirs, seconds):
        return None  # the code as it came: what is wrong with it is what the reader is to find out
    for wrong in exercise.wrong:
        if _alike(exercise, wrong.answer, cases, theirs, seconds):
            return wrong.diagnosis
    wanted = [call(exercise.reference, case, seconds).value for case in cases]
    return detected(exercise, cases, wanted, [outcome.value for outcome in theirs], failure.where)


def _alike(
    exercise: Code, wrong: Answer, cases: list[Mapping[str, Any]], theirs: list[Outcome], seconds: float
) -> bool:
    for case, outcome in zip(cases, theirs, strict=True):
        other = call(wrong, case, seconds)
        if (type(other.error), other.changed, other.late) != (type(outcome.error), outcome.changed, outcome.late):
            return False
        if other.error is None and not agree(other.value, outcome.value, exercise.rtol, exercise.atol):
            return False
    return True
