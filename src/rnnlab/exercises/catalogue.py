"""All exercises, found by looking: one sub-package a chapter, one file an exercise."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from rnnlab.errors import InputError
from rnnlab.exercises.exercise import Exercise

# The sub-package of chapter 1, of chapter 2, …
CHAPTERS = (
    "introduction",
    "memory",
    "gradients",
    "sequence_length",
    "tasks",
    "activation",
    "training_time",
    "long_term",
    "hidden_size",
    "time_series",
)


def ids() -> tuple[str, ...]:
    """Every exercise of the course in order: "1.1", "1.2", …"""
    return tuple(each.id for number in range(1, len(CHAPTERS) + 1) for each in of_chapter(number))


def find(id: str) -> Exercise:
    """The exercise with this id. Raises InputError that names the ones there are."""
    chapter, _, number = str(id).partition(".")
    if not (chapter.isdigit() and number.isdigit() and 1 <= int(chapter) <= len(CHAPTERS)):
        raise InputError(f"There is no exercise {id!r}; an exercise is named by chapter and number, such as '3.2'.")
    here = {each.id: each for each in of_chapter(int(chapter))}
    if id not in here:
        raise InputError(f"There is no exercise {id}; chapter {chapter} has {', '.join(here) or 'none'}.")
    return here[id]


@cache
def of_chapter(number: int) -> tuple[Exercise, ...]:
    """The exercises of one chapter in order. Only their files are imported."""
    package = importlib.import_module(f"{__package__}.{CHAPTERS[number - 1]}")
    found: dict[str, Exercise] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        exercise = getattr(importlib.import_module(module.name), "EXERCISE", None)
        if not isinstance(exercise, Exercise):
            raise TypeError(f"{module.name} defines no EXERCISE.")
        if exercise.id in found or exercise.chapter != number:
            raise TypeError(f"{module.name} has the id {exercise.id}, which is taken or belongs to another chapter.")
        found[exercise.id] = exercise
    return tuple(sorted(found.values(), key=lambda each: int(each.id.split(".")[1])))
