"""Chapter 4: how many hours of weather are worth reading, and whether reading them is worth the time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab import forecasting
from rnnlab.layers import Cell, Forecaster, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.weather_forecast import CUTOFFS, weather_task
from rnnlab.studies.workers import one_thread
from rnnlab.tasks import ForecastingTask
from rnnlab.training import Settings, fit, initialise, predict

LONGEST = 336  # hours: two weeks


@lru_cache(maxsize=8)
def task_of(window: int, station: str) -> ForecastingTask:
    """The next 24 hours of temperature from the last `window` hours, at the origins that have two weeks behind them.

    Every window length is trained, chosen and scored at the same origins; only how far back it sees differs.
    """
    whole = weather_task(station, CUTOFFS[-1], LONGEST, 24)
    parts = {name: replace(getattr(whole, name), window=window) for name in ("train", "validation", "test")}
    return replace(whole, window=window, **parts)


@lru_cache(maxsize=8)
def ridge_error(window: int, station: str) -> float:
    """Mean absolute error, in °C, of ridge autoregression that reads the same window."""
    task = task_of(window, station)
    with one_thread():  # as in a trial; a second one, where the other core is busy, takes many times as long
        return float(np.abs(forecasting.ridge(task)(task.test) - task.test.truth).mean())


def forecast_from(
    *, window: int, budget: str, cell: Cell, station: str, learning_rate: float, parameters: int, updates: int,
    reference: int, overhead: int, batch_size: int, evaluations: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network to forecast from `window` hours and scores it over the next 24 hours, in °C.

    budget "updates" gives each window as many updates. "time" gives each as much time as the window of `reference`
    hours takes for them, where an update takes as long as `overhead` + T steps.
    """
    task = task_of(window, station)
    if budget == "time":
        updates = round(updates * (overhead + reference) / (overhead + window))

    def of_size(hidden_size: int) -> Forecaster:
        return Forecaster(
            cell, len(task.channels), hidden_size, task.horizon, residual_column=task.channels.index("temp")
        )

    model = initialise(lambda: of_size(matched_size(of_size, parameters)), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=max(1, updates // evaluations), seed=seed,
    )  # fmt: skip
    run = fit(model, task.train, task.validation, settings=settings)
    outcome = {
        "ended": run.status,
        "made": run.updates,
        "best_update": run.best_update,
        "validation": task.scalers["temp"].std * math.sqrt(run.validation),
        "size": count_parameters(model),
    }
    if run.status == "diverged":
        return outcome | {"mae": math.nan}
    error = np.abs(task.unscale(predict(model, task.test.inputs)) - task.test.truth)
    return outcome | {"mae": error.mean(), "mae_by_step": error.mean(axis=0).round(4).tolist()}


def error_by_seed(records: Records, **where: Any) -> NDArray[np.float64]:
    """One number a seed: the mean over what is left open; not finite if any of it is not."""
    table = records.where(**where).table
    return np.asarray(table.groupby("seed")["mae"].agg(lambda x: x.mean(skipna=False)), dtype=np.float64)


def longer_is_better(longer: int, shorter: int, budget: str, margin: float = 0.0) -> Callable[[Records], Verdict]:
    """Judges whether the longer window forecasts better, by over `margin` °C, mean over the cells."""
    return lambda records: paired(
        error_by_seed(records, window=longer, budget=budget),
        error_by_seed(records, window=shorter, budget=budget),
        margin=margin,
        unit="°C",
    )


WINDOW_LENGTH = Study(
    name="window_length",
    question="How many hours of the past does a forecast of the next day profit from?",
    prediction="A day helps, a week little more; at equal time the longest windows are worse than a day.",
    section="4.3",
    trial=forecast_from,
    measure="mae",
    vary={"window": (6, 12, 24, 72, 168, 336), "budget": ("updates", "time"), "cell": ("rnn", "gru")},
    hold={
        "station": "JFK",
        "parameters": 2_000,
        "updates": 300,
        "reference": 24,
        "overhead": 100,
        "batch_size": 32,
        "evaluations": 10,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2)}, on="validation", at={"budget": "updates"}),
    seeds=range(10),
    quick={
        "vary": {"window": (6, 24, 168), "cell": ("gru",)},
        "hold": {"updates": 70, "evaluations": 5},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation", at={"budget": "updates"}),
    },
    claims=(
        Claim(
            "4.3a",
            "At equal updates, reading a day forecasts better than reading six hours",
            longer_is_better(24, 6, "updates"),
        ),
        Claim(
            "4.3b",
            "At equal updates, reading a week forecasts better than reading a day",
            longer_is_better(168, 24, "updates"),
        ),
        Claim(
            "4.3c",
            "At equal time, reading a week forecasts better than reading a day",
            longer_is_better(168, 24, "time"),
        ),
    ),
)
