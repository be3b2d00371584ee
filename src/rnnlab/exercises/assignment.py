"""An assignment for a class: a chosen set of exercises, dealt to variants by a seed, in a grader's own format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from rnnlab.errors import InputError
from rnnlab.exercises import catalogue
from rnnlab.exercises.exercise import Exercise
from rnnlab.exercises.source import name_of

Format = Literal["otter", "nbgrader"]


@dataclass(frozen=True)
class Question:
    """An exercise in one variant. `public` and `hidden` are the seeds of the inputs that its two tests draw."""

    exercise: Exercise
    public: int
    hidden: int

    @property
    def name(self) -> str:
        """q3_2: what graders call it."""
        return f"q{self.exercise.id.replace('.', '_')}"

    @property
    def half(self) -> float:
        """What each of the two tests is worth."""
        return self.exercise.points / 2

    def test(self, hidden: bool) -> str:
        """An expression that is True for a right answer."""
        seed = self.hidden if hidden else self.public
        return f'bool(check("{self.exercise.id}", {name_of(self.exercise)}, seed={seed}, quiet=True))'


@dataclass(frozen=True)
class Variant:
    """What one student gets: variant_01 and its questions in the course's order."""

    name: str
    questions: tuple[Question, ...]


def deal(ids: Sequence[str], variants: int, seed: int, each: int | None = None) -> tuple[Variant, ...]:
    """`variants` of an assignment, `each` exercises of the chosen ids in every one (all without it).

    The same seed deals the same. Every variant's tests draw inputs of their own, and the hidden ones others than the
    public ones. Raises InputError for what cannot be dealt.
    """
    if not ids:
        raise InputError("No exercise is chosen; give --ids 1.3,3.2 or a chapter: --ids 3.")
    if variants < 1:
        raise InputError(f"{variants} variants cannot be dealt; give 1 or more.")
    each = len(ids) if each is None else each
    if not 1 <= each <= len(ids):
        raise InputError(f"{each} exercises each cannot be dealt from {len(ids)}; give 1 … {len(ids)}.")
    exercises = [catalogue.find(id) for id in ids]
    random = Random(seed)
    dealt = []
    for number in range(1, variants + 1):
        chosen = sorted(random.sample(range(len(ids)), each))
        seeds = random.sample(range(1, 1_000_000), 2 * each)
        questions = [Question(exercises[i], seeds[2 * k], seeds[2 * k + 1]) for k, i in enumerate(chosen)]
        dealt.append(Variant(f"variant_{number:02}", tuple(questions)))
    return tuple(dealt)


def chosen_ids(text: str) -> tuple[str, ...]:
    """Of "1.3,3" the ids 1.3, 3.1, 3.2, …: exercises, and chapters for all of theirs, in the course's order."""
    wanted: set[str] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        if part.isdigit() and 1 <= int(part) <= len(catalogue.CHAPTERS):
            wanted |= {exercise.id for exercise in catalogue.of_chapter(int(part))}
        else:
            wanted.add(catalogue.find(part).id)
    return tuple(id for id in catalogue.ids() if id in wanted)


def export(variants: Sequence[Variant], format: Format, out: Path) -> tuple[Path, ...]:
    """Writes the assignment into the folder `out`, which must be new or empty; the files written."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not empty; name a new folder, so that no student's copy is overwritten.")
    if format == "otter":
        from rnnlab.exercises.otter_format import files
    else:
        from rnnlab.exercises.nbgrader_format import files
    written = []
    for name, content in files(variants).items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        written.append(path)
    return tuple(written)


def statement(question: Question) -> str:
    """The heading with the points, and what is asked."""
    exercise = question.exercise
    worth = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    return f"## Exercise {exercise.id}: {exercise.title} ({worth})\n\n{exercise.statement.strip()}"


def markdown(text: str, **metadata: Any) -> dict[str, Any]:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": metadata, "source": text}


def code(source: str, **metadata: Any) -> dict[str, Any]:
    """A cell that is run."""
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}


def notebook(cells: Sequence[dict[str, Any]]) -> str:
    """The notebook as text, with an id for each cell."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": [{**cell, "id": f"cell-{i:03}"} for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
