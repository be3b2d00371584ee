"""Chapter 5: three real tasks, five models of one size, and for each task the simple method that they must beat."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab import tasks
from rnnlab.layers import Reader, count_parameters, matched_size
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.simple_methods import BURN_IN, TASKS, UNITS, excerpts, simple_error, speeches_task, surnames_task
from rnnlab.studies.weather_forecast import build, weather_task
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Run, Settings, fit, initialise, predict

CELLS: tuple[Cell, ...] = ("rnn", "gru", "lstm", "tcn", "mlp")
RECURRENT = ("rnn", "gru", "lstm")

EMBEDDING = 12  # numbers that a character is looked up as
# The last characters that the two feedforward models see: of 13, 29, 61 and of 6 to 20 what was best on seeds apart.
CONTEXT = {"speeches": {"tcn": 29, "mlp": 6}, "surnames": {"tcn": 13, "mlp": 12}}
CHUNKS = (5, 10, 20, 50, 100, 200)  # characters between two resets of the state

# updates, batch_size, evaluate_every, patience of one training
TRAINING = {"weather": (400, 64, 40, 5), "speeches": (1_200, 16, 100, None), "surnames": (450, 64, 50, None)}


def text_model(cell: Cell, parameters: int, *, every_step: bool) -> Reader:
    """A reader of characters: at every step for the speeches, after the last letter for the surnames."""
    task = speeches_task() if every_step else surnames_task()
    window = CONTEXT["speeches" if every_step else "surnames"].get(cell)

    def of_size(hidden_size: int) -> Reader:
        return Reader(
            cell, task.input_size, hidden_size, task.output_size, tokens=True, embedding_size=EMBEDDING,
            padding=None if every_step else PADDING, every_step=every_step, window=window,
        )  # fmt: skip

    return of_size(matched_size(of_size, parameters))


def compare(
    *, task: str, cell: Cell, learning_rate: float, parameters: int, updates: float, seed: int
) -> dict[str, Any]:
    """Trains one model on one task for `updates` times the task's own number; its error on the test part."""
    most, batch_size, evaluate_every, patience = TRAINING[task]
    settings = Settings(
        updates=round(updates * most), batch_size=batch_size, learning_rate=learning_rate,
        evaluate_every=evaluate_every, patience=patience, seed=seed,
    )  # fmt: skip
    model, run, error, more = _TRIALS[task](cell, parameters, settings)
    outcome = {
        "ended": run.status,
        "best_update": run.best_update,
        "validation": run.validation,
        "size": count_parameters(model),
        "curve": [[row.update, round(row.validation, 4)] for row in run.history],
        "error": error,
        "baseline": simple_error(task),
    }
    return outcome | more


def _weather(cell: Cell, parameters: int, settings: Settings) -> tuple[nn.Module, Run, float, dict[str, Any]]:
    """Mean absolute error of the next 24 hours at JFK, in °C."""
    task = weather_task("JFK")
    model = initialise(lambda: build(cell, "levels", task, parameters), settings.seed)
    run = fit(model, task.train, task.validation, settings=settings)
    forecast = task.unscale(predict(model, task.test.inputs))
    return model, run, _or_nan(run, np.abs(forecast - task.test.truth).mean()), {}


def _speeches(cell: Cell, parameters: int, settings: Settings) -> tuple[nn.Module, Run, float, dict[str, Any]]:
    """Bits a character, each of them after at least BURN_IN others; for a recurrent net what resets add to it."""
    task = speeches_task()
    model = initialise(lambda: text_model(cell, parameters, every_step=True), settings.seed)
    validation, inputs, targets = excerpts()
    run = fit(model, task, validation, loss=task.loss, settings=settings)
    logits = predict(model, inputs)[:, BURN_IN:]
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    bits = -np.take_along_axis(log_p, targets[:, BURN_IN:, None], axis=-1).mean() / math.log(2)
    if cell not in RECURRENT:
        return model, run, _or_nan(run, bits), {}
    resets = {"carried": carried_bits(model), "reset": [reset_bits(model, each) for each in CHUNKS]}
    return model, run, _or_nan(run, bits), resets


def _surnames(cell: Cell, parameters: int, settings: Settings) -> tuple[nn.Module, Run, float, dict[str, Any]]:
    """One minus the balanced accuracy: the mean over the languages of the share that is taken for another."""
    task = surnames_task()
    model = initialise(lambda: text_model(cell, parameters, every_step=False), settings.seed)
    run = fit(model, task.train, task.validation, loss=task.loss, settings=settings)
    right = task.score(predict(model, task.test.inputs), task.test.targets)
    return model, run, _or_nan(run, 1 - right), {}


_TRIALS = {"weather": _weather, "speeches": _speeches, "surnames": _surnames}


def _or_nan(run: Run, error: float) -> float:
    return math.nan if run.status == "diverged" else float(error)


def carried_bits(model: Reader) -> float:
    """Bits a character over a part of the test text, the state carried from chunk to chunk."""
    return _bits(model, max(CHUNKS), carry=True)


def reset_bits(model: Reader, length: int) -> float:
    """The same where the state is set back to zero every `length` characters."""
    return _bits(model, length, carry=False)


def _bits(model: Reader, length: int, *, carry: bool) -> float:
    def predict_chunk(inputs: NDArray[np.int64], state: Any) -> tuple[torch.Tensor, Any]:
        with torch.no_grad():
            return model.carry(torch.tensor(inputs), state if carry else None)

    return tasks.bits_per_character(predict_chunk, _read_aloud(), rows=20, length=length)


@lru_cache(maxsize=1)
def _read_aloud() -> tasks.Text:
    """The first 40,001 characters of the test part: 20 rows of 2,000."""
    text = speeches_task().test
    return replace(text, tokens=text.tokens[:40_001])


def chosen(records: Records, task: str, cells: tuple[str, ...]) -> str:
    """Of these cells the one with the lowest mean loss on the task's *validation* part."""
    means = {cell: np.nanmean(records.where(task=task, cell=cell).values("validation")) for cell in cells}
    return min(means, key=lambda cell: means[cell])


def recurrent_against_feedforward(task: str) -> Callable[[Records], Verdict]:
    """Judges whether the best recurrent cell has a lower error than the better of TCN and MLP; validation picks."""

    def judge(records: Records) -> Verdict:
        if not _measured(records, task):
            return NOT_RUN
        one = chosen(records, task, _of(records, RECURRENT))
        other = chosen(records, task, _of(records, ("tcn", "mlp")))
        here = records.where(task=task)
        verdict = paired(here.where(cell=one).values(), here.where(cell=other).values(), unit=UNITS[task])
        return verdict.of(f"The {one.upper()} against the {other.upper()}")

    return judge


def recurrent_against_simple(task: str) -> Callable[[Records], Verdict]:
    """Judges whether the best recurrent cell has a lower error than the best method without a network."""

    def judge(records: Records) -> Verdict:
        if not _measured(records, task):
            return NOT_RUN
        one = chosen(records, task, _of(records, RECURRENT))
        here = records.where(task=task, cell=one)
        verdict = paired(here.values(), here.values("baseline"), unit=UNITS[task])
        return verdict.of(f"The {one.upper()}")

    return judge


def cost_of_resets(length: int, margin: float) -> Callable[[Records], Verdict]:
    """Judges whether resets every `length` characters cost each recurrent cell more than `margin` bits, on the mean."""

    def judge(records: Records) -> Verdict:
        if not _measured(records, "speeches"):
            return NOT_RUN
        carried, reset = (np.mean([side[k] for side in resets(records).values()], axis=0) for k in (0, 1))
        return paired(carried, reset[:, CHUNKS.index(length)], margin=margin, unit="bits a character")

    return judge


def resets(records: Records) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """For each recurrent cell: bits a character with the state carried (seeds,), and reset every CHUNKS (seeds, 6)."""
    found = {}
    for cell in RECURRENT:
        rows = [record.measurements for record in records.where(task="speeches", cell=cell)]
        found[cell] = np.array([row["carried"] for row in rows]), np.array([row["reset"] for row in rows])
    return found


NOT_RUN = Verdict("cannot tell", math.nan, (math.nan, math.nan), "This task is not part of the quick run.", 0)


def _measured(records: Records, task: str) -> bool:
    return any(record.settings["task"] == task for record in records)


def _of(records: Records, cells: tuple[str, ...]) -> tuple[str, ...]:
    there = {record.settings["cell"] for record in records}
    return tuple(cell for cell in cells if cell in there)


SUITABILITY = Study(
    name="suitability",
    question="On which real task is which of five models of one size the best, and does it beat a simple method?",
    prediction="A recurrent net wins on characters and surnames, and nothing tells them apart on the weather.",
    section="5.1",
    trial=compare,
    measure="error",
    vary={"task": TASKS, "cell": CELLS},
    hold={"parameters": 5_000, "updates": 1.0},
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "vary": {"task": ("surnames",), "cell": ("gru", "tcn", "mlp")},
        "hold": {"updates": 0.4},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        *(
            Claim(
                f"5.1{letter}",
                f"On {what}, the best recurrent net beats TCN and MLP",
                recurrent_against_feedforward(task),
            )
            for letter, task, what in (
                ("a", "weather", "the next day's temperature"),
                ("b", "speeches", "the next character of a speech"),
                ("c", "surnames", "the language of a surname"),
            )
        ),
        *(
            Claim(f"5.1{letter}", f"The best recurrent net beats {what}", recurrent_against_simple(task))
            for letter, task, what in (
                ("d", "weather", "ridge autoregression on the temperature"),
                ("e", "speeches", "counted n-grams on the speeches"),
                ("f", "surnames", "counted letter groups on the surnames"),
            )
        ),
        Claim(
            "5.3b",
            "A recurrent net pays for a state that is reset every twenty characters of a speech",
            cost_of_resets(20, margin=0.02),
        ),
    ),
)
