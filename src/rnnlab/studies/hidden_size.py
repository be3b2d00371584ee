"""Chapter 9: how the error depends on the number of units, on much data and on little; a rule for choosing it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import nn

from rnnlab.data import surnames
from rnnlab.layers import Cell, Forecaster, Reader, count_parameters
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, interval, paired
from rnnlab.studies.weather_forecast import weather_task
from rnnlab.tasks import ClassificationTask, ForecastingTask, surname_languages
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Fixed, Settings, fit, initialise, mean_loss, squared_error

Data = Literal["weather", "weather, 1/16", "surnames"]
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
UNITS = {"weather": "°C", "weather, 1/16": "°C", "surnames": "bits a name"}


@dataclass(frozen=True)
class Job:
    """Data, a network for them, and their loss as an error that one can picture."""

    train: Any
    validation: Any
    test: Any
    build: Callable[[Cell, int], nn.Module]
    loss: Callable[..., Any]
    error: Callable[[float], float]
    batch_size: int


def job(data: Data) -> Job:
    """Weather: 24 hours at JFK → the temperature of the next 24, in °C (root mean square); surnames → language, bits.
    "1/16" keeps every sixteenth window of the training part; validation and test stay whole.
    """
    if data == "surnames":
        return names_job(surname_task())
    task = weather_task("JFK", window=24, horizon=24)
    return weather_job(task, every=16 if data == "weather, 1/16" else 1)


@lru_cache(maxsize=1)
def surname_task() -> ClassificationTask:
    """Which of 14 languages is a surname from?"""
    return surname_languages(surnames())


def weather_job(task: ForecastingTask, every: int) -> Job:
    """The mean squared error of the scaled temperature, and that error's root in °C."""
    std, last = task.scalers["temp"].std, task.channels.index("temp")
    kept = Fixed(task.train.inputs[::every], task.train.targets[::every])
    return Job(
        kept, task.validation, task.test,
        lambda cell, H: Forecaster(
            cell, len(task.channels), H, task.horizon, window=task.window, residual_column=last
        ),
        squared_error,
        lambda loss: std * math.sqrt(loss), batch_size=32,
    )  # fmt: skip


def names_job(task: ClassificationTask) -> Job:
    """The cross-entropy, every language counting alike, and its bits."""
    return Job(
        task.train, task.validation, task.test,
        lambda cell, H: Reader(cell, task.input_size, H, task.output_size, tokens=True, padding=PADDING),
        task.loss,
        lambda loss: loss / math.log(2), batch_size=64,
    )  # fmt: skip


def train_one(
    *, data: Data, cell: Cell, hidden_size: int, learning_rate: float, updates: int, evaluate_every: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains for all its updates; the errors are those of the weights that validated best, but for the `last_` ones."""
    here = job(data)
    model = initialise(lambda: here.build(cell, hidden_size), seed)
    settings = Settings(
        updates=updates, batch_size=here.batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=evaluate_every, seed=seed,
    )  # fmt: skip
    run = fit(model, here.train, here.validation, loss=here.loss, settings=settings)
    outcome = {
        "ended": run.status,
        "best_update": run.best_update,
        "size": count_parameters(model),
        "curve": [[row.update, row.loss, row.validation] for row in run.history],
    }
    if run.status == "diverged":
        return outcome | {"validation": math.nan}
    last = run.history[-1]
    return outcome | {
        "validation": here.error(run.validation),
        "training": here.error(mean_loss(model, here.train, here.loss)),
        "test": here.error(mean_loss(model, here.test, here.loss)),
        "last_validation": here.error(last.validation),
        "last_training": here.error(last.loss),
    }


def table_of(records: Records, measurement: str) -> NDArray[np.float64]:
    """(seeds, sizes): one measurement against the number of units, in the order of the records' sizes."""
    sizes = records.study.varied(records.mode)["hidden_size"]
    return np.stack([records.where(hidden_size=size).values(measurement) for size in sizes], axis=1)


def smallest_within_one_standard_error(errors: ArrayLike) -> int:
    """The position of the first column of errors (seeds, sizes) whose mean is within one standard error of the least.

    The standard error is that of the least mean, over the seeds. Breiman, Friedman, Olshen and Stone, 1984.
    """
    table = np.asarray(errors, dtype=np.float64)
    means = table.mean(axis=0)
    best = int(means.argmin())
    limit = means[best] + table[:, best].std(ddof=1) / math.sqrt(len(table))
    return int(np.flatnonzero(means <= limit)[0])


def regrets(records: Records, rule: Callable[[NDArray[np.float64]], int]) -> NDArray[np.float64]:
    """(seeds,): by how much of its error the size that `rule` chose loses to the size that turned out best.

    Each seed is left out once: the rule sees the validation errors of the others, and is charged with the test error of
    the one left out, against the size of the least mean test error over all seeds, which nobody could have known.
    """
    validation, test = table_of(records, "validation"), table_of(records, "test")
    best = int(test.mean(axis=0).argmin())
    found = [
        test[seed, rule(np.delete(validation, seed, axis=0))] / test[seed, best] - 1 for seed in range(len(validation))
    ]
    return np.array(found)


def least(errors: NDArray[np.float64]) -> int:
    """The position of the column with the least mean."""
    return int(errors.mean(axis=0).argmin())


def larger_against(small: int, data: str) -> Callable[[Records], Verdict]:
    """Judges whether the largest size validates worse than `small` units, both at their best update."""

    def judge(records: Records) -> Verdict:
        of = records.where(data=data)
        largest = max(records.study.varied(records.mode)["hidden_size"])
        errors = [of.where(hidden_size=size).values("validation") for size in (small, largest)]
        return paired(errors[0], errors[1], unit=UNITS[data])

    return judge


def costs_of_going_on(records: Records) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """On a sixteenth of the weather: the last validation error minus the best, of the largest size and of 8 units."""
    of = records.where(data="weather, 1/16")
    largest = max(records.study.varied(records.mode)["hidden_size"])
    large, small = (
        of.where(hidden_size=size).values("last_validation") - of.where(hidden_size=size).values("validation")
        for size in (largest, 8)
    )
    return large, small


def over_fitting_grows(records: Records) -> Verdict:
    """Whether the largest size loses more by going on than 8 units do."""
    return paired(*costs_of_going_on(records), better="higher", unit="°C")


def mean_regret(records: Records, rule: Callable[[NDArray[np.float64]], int]) -> NDArray[np.float64]:
    """(seeds,): in percent, the mean over the kinds of data."""
    kinds = records.study.varied(records.mode)["data"]
    return np.asarray(100 * np.mean([regrets(records.where(data=kind), rule) for kind in kinds], axis=0))


def rule_is_cheap(records: Records) -> Verdict:
    """Whether the rule's regret is below two percent of the error."""
    lost = mean_regret(records, smallest_within_one_standard_error)
    mean, low, high = interval(lost)
    detail = f"It loses {mean:.2f} [{low:.2f}, {high:.2f}] % of the error over {lost.size} seeds, against 2 %."
    return replace(paired(lost, 2.0), estimate=mean, interval=(low, high), detail=detail)


def rule_against_least(records: Records) -> Verdict:
    """Whether the rule loses less than the size of the least validation error does."""
    return paired(
        mean_regret(records, smallest_within_one_standard_error), mean_regret(records, least), unit="% of the error"
    )


HIDDEN_SIZE = Study(
    name="hidden_size",
    question="How many units does a task need, what do more of them cost, and does a rule find the number?",
    prediction="The error falls, levels out, and rises again for the largest networks on little data.",
    section="9.2",
    trial=train_one,
    measure="validation",
    vary={"data": ("weather", "weather, 1/16", "surnames"), "hidden_size": SIZES},
    hold={"cell": "gru", "updates": 480, "evaluate_every": 40},
    tune=Tuning(grid={"learning_rate": (2e-3, 6e-3, 2e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "vary": {"hidden_size": (8, 32, 128)},
        "hold": {"updates": 120, "evaluate_every": 20},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (6e-3,)}, on="validation"),
    },
    claims=(
        Claim(
            "9.2a",
            "On all of the weather, the largest network validates worse than 32 units",
            larger_against(32, "weather"),
        ),
        Claim(
            "9.2b",
            "On a sixteenth of the weather, stopped in time, the largest network validates worse than 32 units",
            larger_against(32, "weather, 1/16"),
        ),
        Claim(
            "9.2c",
            "On a sixteenth of the weather, going on after the best update costs the largest network more than 8 units",
            over_fitting_grows,
        ),
        Claim("9.2d", "On surnames, the largest network validates worse than 32 units", larger_against(32, "surnames")),
        Claim(
            "9.5a", "The smallest size within one standard error of the best loses less than 2 % by it", rule_is_cheap
        ),
        Claim(
            "9.5b",
            "The size that the one-standard-error rule takes loses less than the size whose validation error is least",
            rule_against_least,
        ),
    ),
)
