"""Chapter 1: tomorrow's temperature at Kennedy airport, by a small RNN, by a line and by no model at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnnlab import forecasting
from rnnlab.layers import count_parameters
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.weather_forecast import CUTOFFS, baseline_forecasts, build, weather_task
from rnnlab.training import Settings, fit, initialise, predict

SUMMER, AUTUMN = CUTOFFS


def forecast_tomorrow(
    *, station: str, cutoff: str, learning_rate: float, parameters: int, window: int, horizon: int, updates: int,
    batch_size: int, evaluate_every: int, patience: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains chapter 10's forecaster, its cell an RNN, and scores the last hour that it says: `horizon` from now.

    `mae` of the network, `persistence` and `ridge` are mean absolute errors at that hour, in °C.
    """
    task = weather_task(station, cutoff, window, horizon)
    model = initialise(lambda: build("rnn", "levels", task, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, evaluate_every=evaluate_every,
        patience=patience, seed=seed,
    )  # fmt: skip
    run = fit(model, task.train, task.validation, settings=settings)
    others, _ = baseline_forecasts(task)
    error = {name: np.abs(others[name] - task.test.truth)[:, -1] for name in ("persistence", "ridge")}
    outcome = {
        "ended": run.status,
        "validation": run.validation,
        "size": count_parameters(model),
        "persistence": error["persistence"].mean(),
        "ridge": error["ridge"].mean(),
    }
    if run.status == "diverged":
        return outcome | {"mae": math.nan}
    errors = np.abs(task.unscale(predict(model, task.test.inputs)) - task.test.truth)[:, -1]
    tested = forecasting.diebold_mariano(errors, error["persistence"], horizon=horizon)
    return outcome | {
        "mae": errors.mean(),
        "dm_difference": tested.mean_difference,
        "dm_interval": list(tested.interval),
    }


def against(rival: str, cutoff: str) -> Callable[[Records], Verdict]:
    """Judges whether the RNN's error is lower than that of `rival` on what follows `cutoff`."""

    def judge(records: Records) -> Verdict:
        part = records.where(cutoff=cutoff)
        return paired(part.values(), part.values(rival), unit="°C")

    return judge


DAY_AHEAD = Study(
    name="day_ahead",
    question="How much better than 'as warm as now' does a small RNN know the temperature in 24 hours?",
    prediction="Better than persistence in both seasons, by a few tenths of a degree.",
    section="1.5",
    trial=forecast_tomorrow,
    measure="mae",
    vary={"cutoff": CUTOFFS},
    hold={
        "station": "JFK",
        "parameters": 1_000,
        "window": 48,
        "horizon": 24,
        "updates": 400,
        "batch_size": 128,
        "evaluate_every": 40,
        "patience": 5,
    },
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"updates": 160, "patience": 3},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="validation"),
    },
    claims=(
        Claim(
            "1.5a",
            "In an autumn whose temperatures training has met, an RNN knows tomorrow better than persistence",
            against("persistence", AUTUMN),
        ),
        Claim(
            "1.5b",
            "In a summer warmer than any hour of training, an RNN knows tomorrow better than persistence",
            against("persistence", SUMMER),
        ),
        Claim(
            "1.5c",
            "In the autumn whose temperatures training has met, the RNN is better than ridge autoregression, too",
            against("ridge", AUTUMN),
        ),
    ),
)
