"""All exercises, found by looking: one sub-package a chapter, one file an exercise."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from functools import cache
from importlib.abc import InspectLoader

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
ID = re.compile(r'^    id="(?P<id>[0-9]+\.[0-9]+)",$', re.MULTILINE)


def ids() -> tuple[str, ...]:
    """Every exercise of the course in order: "1.1", "1.2", …"""
    return tuple(id for number in range(1, len(CHAPTERS) + 1) for id in _modules(number))


def find(id: str) -> Exercise:
    """The exercise with this id. Raises InputError that names the ones there are."""
    id = str(id)  # 3.2 is meant by whoever leaves the quotation marks out
    chapter, _, number = id.partition(".")
    if not (chapter.isdigit() and number.isdigit() and 1 <= int(chapter) <= len(CHAPTERS)):
        raise InputError(f"There is no exercise {id!r}; an exercise is named by chapter and number, such as '3.2'.")
    here = _modules(int(chapter))
    if id not in here:
        raise InputError(f"There is no exercise {id}; chapter {chapter} has {', '.join(here) or 'none'}.")
    return _exercise(here[id], id)


def of_chapter(number: int) -> tuple[Exercise, ...]:
    """The exercises of one chapter in order."""
    return tuple(_exercise(module, id) for id, module in _modules(number).items())


@cache
def _modules(number: int) -> dict[str, str]:
    """Id of each exercise of a chapter → its module, in order; read from the files' text, so that nothing is imported.

    A study in one exercise wants torch; a reader of the next one shall not wait for it.
    """
    package = importlib.import_module(f"{__package__}.{CHAPTERS[number - 1]}")
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        match = ID.search(_source(module.name))
        if match is None or match["id"] in found or match["id"].split(".")[0] != str(number):
            raise TypeError(f'{module.name} has no id of its own; wanted is a line such as: id="{number}.1",')
        found[match["id"]] = module.name
    return dict(sorted(found.items(), key=lambda item: int(item[0].split(".")[1])))


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    loader = spec.loader if spec else None
    source = loader.get_source(module) if isinstance(loader, InspectLoader) else None
    return source or ""


@cache
def _exercise(module: str, id: str) -> Exercise:
    exercise = getattr(importlib.import_module(module), "EXERCISE", None)
    if not isinstance(exercise, Exercise) or exercise.id != id:
        raise TypeError(f"{module} defines no EXERCISE with the id {id}.")
    return exercise
