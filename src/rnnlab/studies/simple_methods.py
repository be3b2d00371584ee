"""Chapter 5's three real tasks, and how far each gives way to a method without a network."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab import tasks
from rnnlab.data import speeches, surnames
from rnnlab.forecasting import Method
from rnnlab.studies import Study
from rnnlab.studies.weather_forecast import BASELINES, weather_task
from rnnlab.tasks import ClassificationTask, LanguageTask
from rnnlab.training import Fixed

TASKS = ("weather", "speeches", "surnames")
UNITS = {"weather": "°C", "speeches": "bits a character", "surnames": "of the names"}

# What the validation parts prefer among `simple_methods`.
SIMPLE = {"weather": "ridge", "speeches": "6-gram", "surnames": "letter groups up to 4"}

BURN_IN = 64  # characters that every model has read before the first one that counts


@lru_cache(maxsize=1)
def speeches_task() -> LanguageTask:
    """Presidential speeches: learnt from 1946 to 1989, chosen on 1990 to 2004, scored on what came after."""
    table = speeches()
    return tasks.language(
        table[table["year"] >= 1946], train_until="1990", validation_until="2005", length=BURN_IN, rarest=100
    )


@lru_cache(maxsize=1)
def surnames_task() -> ClassificationTask:
    """Fourteen languages, a surname in plain letters."""
    return tasks.surname_languages(surnames())


@lru_cache(maxsize=1)
def excerpts() -> tuple[Fixed, NDArray[np.int64], NDArray[np.int64]]:
    """Of the speeches: excerpts to validate on; test inputs and targets (500, 128), every seventh stretch."""
    task = speeches_task()
    inputs, targets = task.validation.excerpts(BURN_IN)
    read, told = task.test.excerpts(2 * BURN_IN)
    chosen = slice(0, 7 * 500, 7)
    return Fixed(inputs[::20], targets[::20]), read[chosen], told[chosen]


def simple_methods(task: str) -> dict[str, Callable[[], tuple[float, float]]]:
    """Each method without a network; called, it gives its error on the validation part and on the test part.

    Persistence, the same hour yesterday, drift and ridge autoregression; n-grams of 2 to 7 characters; naive Bayes on
    letter groups of up to 1 to 5.
    """
    if task == "weather":
        return {name: partial(_forecast, method) for name, method in BASELINES.items()}
    if task == "speeches":
        return {f"{n}-gram": partial(_n_gram, n) for n in range(2, 8)}
    return {f"letter groups up to {longest}": partial(_letter_groups, longest) for longest in range(1, 6)}


@lru_cache(maxsize=3)
def simple_error(task: str) -> float:
    """The error of the chosen simple method on the test part."""
    return simple_methods(task)[SIMPLE[task]]()[1]


def _forecast(method: Method) -> tuple[float, float]:
    task = weather_task("JFK")
    say = method(task)
    return _both([np.abs(say(part) - part.truth).mean() for part in (task.validation, task.test)])


def _n_gram(n: int) -> tuple[float, float]:
    """Scored on the very characters that the networks are scored on."""
    task = speeches_task()
    _, inputs, targets = excerpts()
    model = tasks.NGram(task.train.tokens, task.input_size, n)
    read = np.concatenate([inputs[:, :1], targets], axis=1)
    late = model.probabilities(read.ravel()).reshape(read.shape)[:, BURN_IN + 1 :]
    return _both([model.bits_per_character(task.validation.tokens[:100_000]), -np.log2(late).mean()])


def _letter_groups(longest: int) -> tuple[float, float]:
    task = surnames_task()
    parts = (task.validation, task.test)
    return _both([1 - task.score(tasks.letter_ngrams(task, part, longest), part.targets) for part in parts])


def _both(errors: list[float]) -> tuple[float, float]:
    return float(errors[0]), float(errors[1])


def score_simple(*, task: str, seed: int) -> dict[str, Any]:
    """The errors of the simple methods on validation and test; nothing in them is random, `seed` only counts as one."""
    errors = {name: method() for name, method in simple_methods(task).items()}
    best = min(errors, key=lambda name: errors[name][0])
    return {
        "methods": list(errors),
        "validation": [each[0] for each in errors.values()],
        "test": [each[1] for each in errors.values()],
        "best": best,
        "error": errors[best][1],
    }


SIMPLE_METHODS = Study(
    name="simple_methods",
    question="How far does each of the three tasks give way to a method without a network?",
    prediction="Ridge, n-grams and letter groups leave little to gain.",
    section="5.1",
    trial=score_simple,
    measure="error",
    vary={"task": TASKS},
    seeds=(0,),
)
