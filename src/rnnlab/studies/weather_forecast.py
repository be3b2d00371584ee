"""Chapter 10: RNN against LSTM and GRU on the next 24 hours of temperature, and the baselines that they must beat."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab import forecasting
from rnnlab.data import weather
from rnnlab.layers import Forecaster, count_parameters, matched_size
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.verdict import Decision
from rnnlab.tasks import ForecastingTask, folds
from rnnlab.training import Settings, fit, initialise, predict

INPUTS = ("temp", "dewp", "humid", "pressure", "wind_speed", "precip")

# Rolling origin: at each cut-off everything before it is known (the last weeks of it to validate on), and what follows
# up to the next cut-off is the test: a season that training has not seen.
CUTOFFS = ("2013-07-01", "2013-10-15")

# What the core reads of the columns that drift with the season: the level itself, or its distance from the last hour's.
VIEWS = {"levels": (), "changes": ("temp", "dewp", "pressure")}

BASELINES: dict[str, forecasting.Method] = {
    "persistence": forecasting.persistence,
    "seasonal_naive": forecasting.seasonal_naive,
    "drift": forecasting.drift,
    "ridge": forecasting.ridge,
}


@lru_cache(maxsize=8)
def weather_task(station: str, cutoff: str = CUTOFFS[-1], window: int = 48, horizon: int = 24) -> ForecastingTask:
    """From the last `window` hours of measurements and the hour of day: the temperature in each of the next hours."""
    tasks = folds(
        weather(station),
        cutoffs=CUTOFFS,
        validation="45D",
        target="temp",
        inputs=INPUTS,
        calendar=("hour_of_day",),
        transforms={"precip": np.log1p},
        window=window,
        horizon=horizon,
    )
    return tasks[CUTOFFS.index(cutoff)]


@lru_cache(maxsize=8)
def baseline_forecasts(task: ForecastingTask) -> tuple[dict[str, NDArray[np.float64]], str]:
    """What each baseline says about the test part, and the name of the one that was best on the *validation* part."""
    fitted = {name: method(task) for name, method in BASELINES.items()}
    known = forecasting.scores(task, task.validation, {name: say(task.validation) for name, say in fitted.items()})
    return {name: say(task.test) for name, say in fitted.items()}, str(known["MAE"].idxmin())


def build(cell: Cell, view: str, task: ForecastingTask, parameters: int) -> Forecaster:
    """A forecaster of the change in temperature, as near to `parameters` as its hidden size allows."""
    anchored = [task.channels.index(name) for name in VIEWS[view]]

    def of_size(hidden_size: int) -> Forecaster:
        return Forecaster(
            cell, len(task.channels), hidden_size, task.horizon,
            window=task.window, residual_column=task.channels.index("temp"), anchored=anchored,
        )  # fmt: skip

    return of_size(matched_size(of_size, parameters))


def forecast_temperature(
    *, cell: Cell, view: str, station: str, cutoff: str, learning_rate: float, parameters: int, window: int,
    horizon: int, updates: int, batch_size: int, evaluate_every: int, patience: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network and scores it on the test part, in °C, beside the best baseline."""
    task = weather_task(station, cutoff, window, horizon)
    model = initialise(lambda: build(cell, view, task, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=evaluate_every, patience=patience, seed=seed,
    )  # fmt: skip
    run = fit(model, task.train, task.validation, settings=settings)
    outcome = {
        "ended": run.status,
        "best_update": run.best_update,
        "validation": task.scalers["temp"].std * math.sqrt(run.validation),
        "size": count_parameters(model),
        "curve": [[row.update, row.validation] for row in run.history],
    }
    if run.status == "diverged":
        return outcome | {"mae": math.nan}
    forecast = task.unscale(predict(model, task.test.inputs))
    others, best = baseline_forecasts(task)
    total = forecasting.scores(task, task.test, {"net": forecast, "baseline": others[best]})
    truth = task.test.truth
    tested = forecasting.diebold_mariano(
        np.abs(forecast - truth).mean(axis=1), np.abs(others[best] - truth).mean(axis=1), horizon=horizon
    )
    return outcome | {
        "mae": total.loc["net", "MAE"],
        "rmse": total.loc["net", "RMSE"],
        "mase": total.loc["net", "MASE"],
        "mae_by_step": np.abs(forecast - truth).mean(axis=0).round(4).tolist(),
        "baseline": best,
        "baseline_mae": total.loc["baseline", "MAE"],
        "dm_difference": tested.mean_difference,
        "dm_p_value": tested.p_value,
    }


def by_seed(records: Records, measurement: str = "mae") -> NDArray[np.float64]:
    """One number a seed: the mean over all that is left open in `records`; not finite if any of it is not."""
    table = records.table
    return np.asarray(table.groupby("seed")[measurement].agg(lambda x: x.mean(skipna=False)), dtype=np.float64)


def chosen_view(records: Records, cell: str, cutoff: str) -> str:
    """The view with the lower mean error on the *validation* part of this cut-off; the test part has no say."""
    part = records.where(cell=cell, cutoff=cutoff)
    means = {view: by_seed(part.where(view=view), "validation").mean() for view in VIEWS}
    return min(means, key=lambda view: means[view])


def as_chosen(records: Records, cell: str, measurement: str = "mae") -> NDArray[np.float64]:
    """One number a seed: the mean over cut-offs and stations, at each cut-off in the view chosen there."""
    cutoffs = records.study.varied(records.mode)["cutoff"]
    parts = [records.where(cell=cell, cutoff=each, view=chosen_view(records, cell, each)) for each in cutoffs]
    return np.asarray(np.mean([by_seed(part, measurement) for part in parts], axis=0))


def changes_in_summer(records: Records) -> Verdict:
    """After a training on winter and spring, mean over the cells."""
    summer = records.where(cutoff=CUTOFFS[0])
    return paired(by_seed(summer.where(view="changes")), by_seed(summer.where(view="levels")), unit="°C")


def levels_in_autumn(records: Records) -> Verdict:
    """After a training that ran into August, mean over the cells."""
    autumn = records.where(cutoff=CUTOFFS[1])
    return paired(by_seed(autumn.where(view="levels")), by_seed(autumn.where(view="changes")), unit="°C")


def gated_against_plain(cell: str) -> Callable[[Records], Verdict]:
    """Judges whether `cell` has a lower error than the plain RNN, mean over both views, all stations and cut-offs."""
    return lambda records: paired(by_seed(records.where(cell=cell)), by_seed(records.where(cell="rnn")), unit="°C")


def best_net_against_best_baseline(records: Records) -> Verdict:
    """The cell that validation prefers against the baseline that validation prefers, at every station and cut-off."""
    best = min(records.study.vary["cell"], key=lambda cell: as_chosen(records, cell, "validation").mean())
    verdict = paired(as_chosen(records, best), as_chosen(records, best, "baseline_mae"), unit="°C")
    return verdict.of(f"The {best.upper()}")


WEATHER_FORECAST = Study(
    name="weather_forecast",
    question="Which of RNN, GRU and LSTM forecasts the next 24 hours of temperature best, and does it beat a line?",
    prediction="The gated cells beat the plain RNN, and all three beat ridge autoregression.",
    section="10.3",
    trial=forecast_temperature,
    measure="mae",
    vary={
        "cutoff": CUTOFFS,
        "station": ("JFK", "LGA", "EWR"),
        "view": tuple(VIEWS),
        "cell": ("rnn", "gru", "lstm"),
    },
    hold={
        "parameters": 5_000,
        "window": 48,
        "horizon": 24,
        "batch_size": 128,
        "updates": 800,
        "evaluate_every": 40,
        "patience": 5,
    },
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation", at={"station": "JFK"}),
    seeds=range(10),
    quick={
        "vary": {"station": ("JFK",)},
        "hold": {"parameters": 2_000, "updates": 160, "patience": 3},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="validation"),
    },
    claims=(
        Claim(
            "10.3a",
            "In a summer warmer than any hour of training, reading changes forecasts better than reading levels",
            changes_in_summer,
        ),
        Claim(
            "10.3b",
            "In an autumn whose temperatures training has met, reading levels forecasts better",
            levels_in_autumn,
        ),
        Claim("10.3c", "Shown the same, a GRU forecasts better than an RNN of its size", gated_against_plain("gru")),
        Claim("10.3d", "Shown the same, an LSTM forecasts better than an RNN of its size", gated_against_plain("lstm")),
        Claim("10.3e", "The best recurrent network beats the best baseline", best_net_against_best_baseline),
    ),
)


def score_baselines(*, station: str, cutoff: str, window: int, horizon: int, seed: int) -> dict[str, Any]:
    """Scores the four methods without a network; nothing in them is random, `seed` only counts as one.

    `worst_gain` is how much lower, in °C, the error of ridge is than that of the best of the other three, and its
    interval is Diebold and Mariano's, over the origins of the test part.
    """
    task = weather_task(station, cutoff, window, horizon)
    forecasts, _ = baseline_forecasts(task)
    table = forecasting.scores(task, task.test, forecasts)
    rival = str(table.drop(index="ridge")["MAE"].idxmin())
    losses = {name: np.abs(forecasts[name] - task.test.truth) for name in forecasts}
    tested = forecasting.diebold_mariano(losses[rival].mean(axis=1), losses["ridge"].mean(axis=1), horizon=horizon)
    return {
        **{f"{name}_{score.lower()}": table.loc[name, score] for name in forecasts for score in table.columns},
        **{f"{name}_by_step": losses[name].mean(axis=0).round(4).tolist() for name in forecasts},
        "rival": rival,
        "gain": tested.mean_difference,
        "gain_interval": list(tested.interval),
        "origins": len(task.test),
    }


def ridge_against_naive(records: Records) -> Verdict:
    """Holds if at every station and cut-off the whole interval over the origins lies above zero."""
    found = [record.measurements for record in records]
    least = min(found, key=lambda each: each["gain_interval"][0])
    low, high = least["gain_interval"]
    decision: Decision = "holds" if low > 0 else "does not hold" if high < 0 else "cannot tell"
    detail = (
        f"The least of {len(found)} gains: {least['gain']:.2f} [{low:.2f}, {high:.2f}] °C, "
        f"over {least['rival'].replace('_', ' ')}, "
        f"by Diebold and Mariano's test on {least['origins']:,} origins."
    )
    return Verdict(decision, least["gain"], (low, high), detail, len(records.seeds))


WEATHER_BASELINES = Study(
    name="weather_baselines",
    question="How good a temperature forecast needs no network at all?",
    prediction="Ridge autoregression of the same window beats persistence, the seasonal naive and drift everywhere.",
    section="10.2",
    trial=score_baselines,
    measure="ridge_mae",
    vary={"cutoff": CUTOFFS, "station": ("JFK", "LGA", "EWR")},
    hold={"window": 48, "horizon": 24},
    seeds=(0,),
    claims=(
        Claim(
            "10.2",
            "A linear autoregression beats every naive method, at every station and cut-off",
            ridge_against_naive,
        ),
    ),
)
