"""Chapter 10: three ways to show a network a share price, and what each of them really forecasts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from rnnlab import forecasting
from rnnlab.data import log_returns, stocks
from rnnlab.layers import Forecaster, count_parameters, matched_size
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired, share
from rnnlab.tasks import ForecastingTask
from rnnlab.tasks import forecasting as forecasting_task
from rnnlab.training import Settings, fit, initialise, predict

# level: the price itself, as most tutorials do; anchored: the price as its distance from today's, so that only the
# change is asked for; return: the change of its logarithm, with no level left in it.
VIEWS = ("level", "anchored", "return")

LONGEST_LAG = 5


@lru_cache(maxsize=12)
def stock_task(ticker: str, view: str, window: int = 20) -> ForecastingTask:
    """From the last `window` trading days to the next: 60 % to train on, 15 % to validate, the last quarter to test."""
    price = stocks(ticker)[["price"]]
    table = log_returns(price["price"]).to_frame() if view == "return" else price
    return forecasting_task(
        table, target=str(table.columns[0]), window=window, horizon=1, train_until=0.6, validation_until=0.75
    )


def forecast_price(
    *, cell: Cell, view: str, ticker: str, learning_rate: float, parameters: int, window: int, updates: int,
    batch_size: int, evaluate_every: int, patience: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network to say the next day's value and holds it against "nothing changes".

    `gain` is how much lower its mean absolute error is than that of persistence (for returns: zero), as a share of it.
    """
    task = stock_task(ticker, view, window)
    anchored = view == "anchored"

    def of_size(hidden_size: int) -> Forecaster:
        return Forecaster(
            cell, 1, hidden_size, 1, residual_column=0 if anchored else None, anchored=(0,) if anchored else ()
        )

    model = initialise(lambda: of_size(matched_size(of_size, parameters)), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=evaluate_every, patience=patience, seed=seed,
    )  # fmt: skip
    run = fit(model, task.train, task.validation, settings=settings)
    outcome = {"ended": run.status, "validation": run.validation, "size": count_parameters(model)}
    if run.status == "diverged":
        return outcome | {"gain": math.nan}
    said, truth = task.unscale(predict(model, task.test.inputs))[:, 0], task.test.truth[:, 0]
    naive = forecasting.zero if view == "return" else forecasting.persistence
    nothing_changes = naive(task)(task.test)[:, 0]
    error, naive_error = np.abs(said - truth), np.abs(nothing_changes - truth)
    tested = forecasting.diebold_mariano(error, naive_error, horizon=1)
    return outcome | {
        "gain": 1 - error.mean() / naive_error.mean(),
        "mae": error.mean(),
        "naive_mae": naive_error.mean(),
        "r2": 1 - np.sum((said - truth) ** 2) / np.sum((truth - truth.mean()) ** 2),
        "lag": forecasting.lag_of(said, truth, longest=LONGEST_LAG),
        "agreement": forecasting.agreement(said, truth, longest=LONGEST_LAG).round(6).tolist(),
        "direction": np.mean(np.sign(said) == np.sign(truth)) if view == "return" else None,
        "dm_p_value": tested.p_value,
    }


def looks_superb_and_lags(records: Records) -> Verdict:
    """The share of anchored runs that explain over 95 % of the variance and resemble the day before most."""
    table = records.where(view="anchored").table
    both = (table["r2"] > 0.95) & (table["lag"] == 1)
    verdict = share(int(both.sum()), len(table), above=0.8)  # 20 of 20 runs show no more than 84 %
    return _of_runs(verdict, len(records.seeds))


def beats_nothing_changes(view: str) -> Callable[[Records], Verdict]:
    """Judges whether the networks, on the mean over cells and tickers, beat "nothing changes" in this view."""

    def judge(records: Records) -> Verdict:
        table = records.where(view=view).table
        gains = np.asarray(table.groupby("seed")["gain"].agg(lambda x: x.mean(skipna=False)), dtype=np.float64)
        return paired(100 * gains, 0.0, better="higher", unit="% of its error")

    return judge


def level_leaves_the_range(records: Records) -> Verdict:
    """Where most test prices lie above all training prices: is a run on levels worse than the test's own mean?"""
    outside = [
        ticker
        for ticker in records.study.varied(records.mode)["ticker"]
        if np.median(stock_task(ticker, "level").test.truth) > stock_task(ticker, "level").history.max()
    ]
    table = records.where(view="level").table
    table = table[table["ticker"].isin(outside)]
    verdict = share(int((table["r2"] < 0).sum()), len(table), above=0.5)
    return _of_runs(verdict, len(records.seeds))


def _of_runs(verdict: Verdict, seeds: int) -> Verdict:
    return replace(verdict, detail=verdict.detail.replace("seeds", "runs"), seeds=seeds)


STOCK_FORECAST = Study(
    name="stock_forecast",
    question="What does a network that forecasts a share price really forecast?",
    prediction="Levels look superb and trail by a day; on returns no cell beats a forecast of zero.",
    section="10.4",
    trial=forecast_price,
    measure="gain",
    vary={"ticker": ("AAPL", "IBM", "MSFT"), "view": VIEWS, "cell": ("rnn", "gru", "lstm")},
    hold={
        "parameters": 1_000,
        "window": 20,
        "batch_size": 64,
        "updates": 600,
        "evaluate_every": 30,
        "patience": 5,
    },
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation", at={"ticker": "IBM"}),
    seeds=range(10),
    quick={
        "vary": {"ticker": ("AAPL", "MSFT"), "cell": ("rnn", "gru")},
        "hold": {"updates": 90, "patience": 3},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="validation"),
    },
    claims=(
        Claim(
            "10.4a",
            "Shown prices as changes, a forecast explains over 95 % of the variance and looks one day back",
            looks_superb_and_lags,
        ),
        Claim("10.4b", "Shown prices as changes, a forecast beats tomorrow = today", beats_nothing_changes("anchored")),
        Claim(
            "10.4c",
            "Shown levels, a forecast fails where prices leave the range it was trained on",
            level_leaves_the_range,
        ),
        Claim("10.4d", "On returns a recurrent network beats a forecast of zero", beats_nothing_changes("return")),
    ),
)
