"""Chapter 10: three ways in which the future gets into a training, and by how much each flatters the forecast."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab import forecasting
from rnnlab.layers import Forecaster, matched_size
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.stock_forecast import stock_task
from rnnlab.studies.weather_forecast import CUTOFFS, weather_task
from rnnlab.tasks import ForecastingTask, Scaler, Windows
from rnnlab.tasks.windows import Series
from rnnlab.training import Settings, fit, generator, initialise, predict

# scaler: mean and deviation of the whole series; shuffled: windows dealt to the three parts at random; target: the
# window ends one row too late, on the first value that is asked for.
LEAKS = ("none", "scaler", "shuffled", "target")

SERIES = ("temperature", "price", "return")

NOTICEABLE = 2.0  # per cent of the honest error

DEAL = 6  # the stream of a seed that the windows are dealt by


@lru_cache(maxsize=8)
def honest_task(series: str, window: int) -> ForecastingTask:
    """JFK's next 24 hours in autumn, as 10.3 asks for them; Apple's next closing price, or its next return, as 10.4."""
    if series == "temperature":
        return weather_task("JFK", CUTOFFS[-1], window)
    return stock_task("AAPL", "level" if series == "price" else "return", window)


@lru_cache(maxsize=8)
def line(series: str, window: int) -> forecasting.Forecast:
    """Ridge autoregression, fitted once and honestly."""
    return forecasting.ridge(honest_task(series, window))


def scaled_by_all(task: ForecastingTask) -> Series:
    """The task's series scaled by *all* rows, the test's included; channels are taken with their gaps carried over."""
    series = task.train.series
    channels = series.channels.astype(np.float64)
    for column, name in enumerate(task.channels):
        if name in task.scalers:
            channels[:, column] = _fitted(task.scalers[name].unscale(channels[:, column]))[1]
    scaler, _ = _fitted(series.observed)
    return replace(series, channels=channels.astype(np.float32), scaler=scaler)


def one_row_late(series: Series) -> Series:
    """The series with every input one row early: the window that ends at row r reads rows r−window+2 … r+1."""
    return replace(series, channels=np.roll(series.channels, -1, axis=0))


def parts(task: ForecastingTask, leak: str, seed: int) -> tuple[Windows, Windows, Windows]:
    """What is trained on, validated on and scored under one leak, "none" for none.

    All windows are dealt at random into three parts of the honest sizes. Scored, whatever leaks, are the windows of the
    honest test part that were dealt to the test: the same hours for every leak of a seed. Only "shuffled" also trains
    and validates on what was dealt to it.
    """
    honest = (task.train, task.validation, task.test)
    pool = np.concatenate([part.rows for part in honest])
    dealt = np.split(generator(seed, DEAL).permutation(pool), np.cumsum([len(task.train), len(task.validation)]))
    scored = np.intersect1d(dealt[2], task.test.rows)
    learnt = dealt[:2] if leak == "shuffled" else (task.train.rows, task.validation.rows)
    series = task.train.series
    if leak == "scaler":
        series = scaled_by_all(task)
    elif leak == "target":
        series = one_row_late(series)
    train, validation, test = (
        Windows(series, np.sort(rows), task.window, task.horizon, 0, 0) for rows in (*learnt, scored)
    )
    return train, validation, test


def forecast_with_leak(
    *, series: str, leak: str, cell: Cell, learning_rate: float, parameters: int, window: int, updates: int,
    batch_size: int, evaluate_every: int, patience: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network under one leak and scores it, in the target's own unit, on windows common to all leaks.

    `error` is its mean absolute error over that of "nothing changes" (for returns: zero): below 1 it is better.
    """
    task = honest_task(series, window)
    train, validation, test = parts(task, leak, seed)
    anchor = task.channels.index("temp") if series == "temperature" else None

    def of_size(hidden_size: int) -> Forecaster:
        return Forecaster(cell, len(task.channels), hidden_size, task.horizon, residual_column=anchor)

    model = initialise(lambda: of_size(matched_size(of_size, parameters)), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=evaluate_every, patience=patience, seed=seed,
    )  # fmt: skip
    run = fit(model, train, validation, settings=settings)
    outcome: dict[str, Any] = {"ended": run.status, "updates_made": run.updates, "windows": len(test)}
    if run.status == "diverged":
        return outcome | {"error": math.nan}
    said = test.series.scaler.unscale(predict(model, test.inputs))
    asked = Windows(task.train.series, test.rows, task.window, task.horizon, 0, 0)  # what a baseline is given: no leak
    naive = forecasting.zero if series == "return" else forecasting.persistence
    forecasts = (said, naive(task)(asked), line(series, window)(asked))
    mae, naive_mae, line_mae = (float(np.abs(each - test.truth).mean()) for each in forecasts)
    return outcome | {"error": mae / naive_mae, "line_error": line_mae / naive_mae, "mae": mae, "naive_mae": naive_mae}


def flattery(records: Records, leak: str, series: str) -> NDArray[np.float64]:
    """By how many per cent of the honest error the leak lowers the measured one, seed by seed; below 0 it raises it."""
    part = records.where(series=series)
    honest, leaky = (part.where(leak=each).values("error") for each in ("none", leak))
    return 100 * (1 - leaky / honest)


def flatters(leak: str, series: str, by: float = NOTICEABLE) -> Callable[[Records], Verdict]:
    """Judges whether the leak lowers the measured error by more than `by` per cent of the honest one."""

    def judge(records: Records) -> Verdict:
        return paired(flattery(records, leak, series), 0.0, margin=by, better="higher", unit="% of the honest error")

    return judge


def turns_defeat_into_victory(records: Records) -> Verdict:
    """Dealt at random, does the network beat ridge on the temperature, and honestly, on the same hours, not?"""
    part = records.where(series="temperature")
    honest, leaky = (
        paired(here.values("error") / here.values("line_error"), 1.0)
        for here in (part.where(leak="none"), part.where(leak="shuffled"))
    )
    decision = leaky.decision
    if honest.decision != "does not hold":
        decision = "cannot tell" if honest.decision == "cannot tell" else "does not hold"
    (low, high), (worst, best) = leaky.interval, honest.interval
    detail = (
        f"Lower than the line's error by {100 * leaky.estimate:.1f} [{100 * low:.1f}, {100 * high:.1f}] % of it; "
        f"honestly by {100 * honest.estimate:.1f} [{100 * worst:.1f}, {100 * best:.1f}] %, over {leaky.seeds} seeds."
    )
    return Verdict(decision, 100 * leaky.estimate, (100 * low, 100 * high), detail, leaky.seeds)


def _fitted(x: NDArray[np.float64]) -> tuple[Scaler, NDArray[np.float64]]:
    """The scaler of all that x observed, and x scaled by it."""
    scaler = Scaler(float(np.nanmean(x)), float(np.nanstd(x)))
    return scaler, scaler.scale(x)


LEAKAGE = Study(
    name="leakage",
    question="How much better does a forecast look when the future has leaked into its making?",
    prediction="Each of the three leaks flatters: most the target in the window, least the scaler.",
    section="10.5",
    trial=forecast_with_leak,
    measure="error",
    vary={"series": SERIES, "leak": LEAKS},
    hold={
        "cell": "gru",
        "learning_rate": 3e-3,
        "parameters": 5_000,
        "window": 48,
        "batch_size": 64,
        "updates": 1_200,
        "evaluate_every": 30,
        "patience": 5,
    },
    seeds=range(10),
    quick={
        "hold": {"parameters": 1_000, "learning_rate": 1e-2, "window": 24, "batch_size": 32, "updates": 60},
        "seeds": range(5),
    },
    claims=(
        Claim(
            "10.5a",
            "A scaler fitted on all of the data flatters the forecast of the temperature",
            flatters("scaler", "temperature"),
        ),
        Claim(
            "10.5b",
            "A scaler fitted on all of the data flatters the forecast of a price that outgrows its training years",
            flatters("scaler", "price"),
        ),
        Claim(
            "10.5c",
            "Windows dealt at random flatter the forecast of the temperature",
            flatters("shuffled", "temperature"),
        ),
        Claim(
            "10.5d",
            "Dealt at random, a network that honestly does not beat a line seems to beat it",
            turns_defeat_into_victory,
        ),
        Claim("10.5e", "Windows dealt at random flatter the forecast of a return", flatters("shuffled", "return")),
        Claim(
            "10.5f",
            "A window that ends on its first target flatters the forecast of the temperature",
            flatters("target", "temperature"),
        ),
        Claim(
            "10.5g",
            "A window that ends on its target takes away over three quarters of the error of a forecast of returns",
            flatters("target", "return", by=75.0),
        ),
    ),
)
