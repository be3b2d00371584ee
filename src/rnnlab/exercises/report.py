"""The words of a check: the case tried, ours and yours, the mistake's name, what to reread, and the ladder of hints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnlab.exercises.comparing import as_array
from rnnlab.exercises.exercise import Exercise, Repair
from rnnlab.exercises.judging import Failure, Judgement

LARGEST = 24  # numbers of an array that are all shown; of a longer axis only the ends


def hints_shown(failures: int) -> int:
    """How many hints the message after so many failed tries carries: none, one, then all."""
    return (0, 0, 1)[failures] if failures < 3 else 3


def reread(exercise: Exercise) -> str:
    """The section to reread, as a link within the chapter's notebook."""
    return f"**Reread** [section {exercise.section}](#{exercise.label})."


def heading(exercise: Exercise, verdict: str) -> str:
    """Exercise 3.2, its title, and how it stands."""
    return f"**Exercise {exercise.id}, {exercise.title}: {verdict}.**"


def right(exercise: Exercise, judgement: Judgement) -> str:
    """What a right answer is told: how many inputs it stood, and why it is right."""
    text = [
        heading(exercise, "right"),
        f"It stood {judgement.tried} random inputs, in float64.",
        f"**Why.** {exercise.why.strip()}",
        printed(judgement.printed, judgement.printed_lines),
    ]
    return "\n\n".join(filter(None, text))


def wrong(exercise: Exercise, judgement: Judgement, failures: int, symptom: str | None) -> str:
    """What a wrong answer is told; the more failed tries, the more."""
    failure = judgement.failure
    assert failure is not None
    text = [heading(exercise, "not yet")]
    if symptom:
        text.append(f"**Symptom.** {symptom}")
    shown_below = "This is the smallest input found on which it fails:" if failure.case else "Beside one that is right:"
    text.append(f"{failure.sentence} {shown_below}")
    text.append(f"```text\n{listing(failure)}\n```")
    if judgement.mistake:
        text.append(f"**Likely mistake:** {judgement.mistake}")
    text.append(reread(exercise))
    text += ladder(exercise, failures)
    text.append(printed(failure.printed, failure.printed_lines))
    return "\n\n".join(filter(None, text))


def ladder(exercise: Exercise, failures: int) -> list[str]:
    """The hints that so many failed tries have earned, and where the next ones come from."""
    shown = hints_shown(failures)
    text = [f"**Hint {i + 1}.** {hint}" for i, hint in enumerate(exercise.hints[:shown])]
    if shown < 3:
        text.append(f'`hint("{exercise.id}")` says more.')
    else:
        text.append(f'`solution("{exercise.id}")` shows a worked answer and why it is right.')
    return text


def untouched(exercise: Exercise) -> str:
    """For a stub that nobody has changed yet."""
    start = (
        "The code is as it came, and something is wrong with it. Find out what by experiment, mend it, check again."
        if isinstance(exercise, Repair)
        else "Write your answer into the cell above and run both cells again."
    )
    return f'**Exercise {exercise.id}: not answered yet.** {start} `hint("{exercise.id}")` helps.'


def printed(text: str, lines: int) -> str:
    """What the answer printed, cut short."""
    if not text.strip():
        return ""
    first = "\n".join(text.strip().splitlines()[:3])[:300]
    return f"While it was checked your code printed {max(lines, 1)} lines; they begin:\n\n```text\n{first}\n```"


def listing(failure: Failure) -> str:
    """The input, then ours and yours, shapes beside the numbers."""
    rows = [(name, value) for name, value in failure.case.items()]
    part = f" {failure.where}" if failure.where else ""
    if (
        failure.wanted is not None
        and not failure.kind.startswith("raises")
        and failure.kind not in ("late", "arguments")
    ):
        rows += [(f"wanted{part}", failure.wanted), (f"yours{part}", failure.got)]
    elif failure.wanted is not None:
        rows.append((f"wanted{part}", failure.wanted))
    width = max(len(name) for name, _ in rows)
    return "\n".join(_row(name, value, width) for name, value in rows)


def _row(name: str, value: Any, width: int) -> str:
    start = f"{name:<{width}} = "
    if isinstance(value, tuple | list) and any(isinstance(v, np.ndarray) for v in value):
        inner = [shown(v, len(start) + 2) for v in value]
        ends = "[]" if isinstance(value, list) else "()"
        return start + ends[0] + (",\n" + " " * (len(start) + 1)).join(inner) + ends[1]
    if isinstance(value, Mapping):
        inner = [f"{key}: {shown(v, len(start) + len(str(key)) + 3)}" for key, v in value.items()]
        return start + "{" + (",\n" + " " * (len(start) + 1)).join(inner) + "}"
    return start + shown(value, len(start))


def shown(value: Any, indent: int = 0) -> str:
    """A value in few lines: an array with its shape, whatever else by its own words, cut short."""
    if callable(value):
        return f"a function, {getattr(value, '__name__', 'nameless')}"
    if isinstance(value, np.random.Generator):
        return "a random generator"
    array = as_array(value) if hasattr(value, "shape") else None
    if array is None or not array.ndim:
        return f"{float(array):.6g}" if array is not None and array.dtype.kind == "f" else _cut(value)
    if not array.size:
        return f"an empty array of shape {array.shape}"
    numbers = np.array2string(
        array,
        precision=4,
        suppress_small=True,
        separator=", ",
        prefix=" " * indent,
        threshold=LARGEST,
        max_line_width=100,
    )
    return f"{numbers}  shape {array.shape}"


def _cut(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) < 300 else text[:300] + " …"
