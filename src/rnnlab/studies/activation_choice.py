"""Chapter 6: tanh, σ or ReLU? Three tasks, networks of one size, each activation at its own learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab.data import digits
from rnnlab.layers import Forecaster, Reader, SigmoidRNN, count_parameters, matched_size, starts
from rnnlab.layers.core import Cell
from rnnlab.probes import gradient_by_lag
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.verdict import level
from rnnlab.studies.weather_forecast import weather_task
from rnnlab.tasks import Adding, ClassificationTask, digit_sequences
from rnnlab.training import Fixed, Run, Settings, fit, generator, initialise, predict

MODELS: dict[str, Cell] = {
    "rnn": "rnn",
    "sigmoid": "sigmoid",
    "sigmoid, started as tanh": "sigmoid",
    "relu": "relu",
    "lstm": "lstm",
}
PLAIN = ("rnn", "sigmoid", "relu")
TASKS = ("adding", "digits", "weather")
UNITS = {"adding": "of the floor", "digits": "of the digits", "weather": "°C"}

# parameters, updates, batch_size, evaluate_every, patience of one training
TRAINING: dict[str, tuple[int, int, int, int, int | None]] = {
    "adding": (1_000, 1_500, 32, 75, None),
    "digits": (5_000, 800, 32, 50, None),
    "weather": (5_000, 400, 64, 40, 5),
}
LENGTH = 30  # of adding

HELD, TESTED = 3, 4  # the streams of a seed that adding's validation and test sequences come from
SHOWN = 8  # sequences along which the gradient is followed
NOTHING = -99.0  # stands for the logarithm of a gradient of zero


@lru_cache(maxsize=1)
def digit_task() -> ClassificationTask:
    """5,000 digits of MNIST, a row of 28 pixels a step, 28 steps."""
    return digit_sequences(digits(), by="row")


def compare(*, task: str, model: str, learning_rate: float, effort: float, seed: int) -> dict[str, Any]:
    """Trains one network on one task for `effort` times the task's own number of updates; its error on the test part.

    error        adding: mean squared error as a share of the floor; digits: share named wrongly; weather: MAE in °C
    log10_h      of the gradient along the sequence before the first update and after the last, median of 8 sequences
    """
    parameters, updates, batch_size, evaluate_every, patience = TRAINING[task]
    settings = Settings(
        updates=round(effort * updates), batch_size=batch_size, learning_rate=learning_rate,
        evaluate_every=evaluate_every, patience=patience, seed=seed,
    )  # fmt: skip
    net, before, run, error, shown = _TRIALS[task](model, parameters, settings)
    kept = [before, along(net, shown)]
    return {
        "ended": run.status,
        "best_update": run.best_update,
        "validation": run.validation,
        "size": count_parameters(net),
        "hidden_size": recurrent(net).hidden_size,
        "curve": [[row.update, round(row.validation, 4)] for row in run.history],
        "error": math.nan if run.status == "diverged" else error,
        "log10_h": [np.round(each, 3).tolist() for each in kept],
        "kept_before": float(kept[0][-1]),
        "kept_after": float(kept[1][-1]),
    }


def build(model: str, task: str, parameters: int) -> Reader | Forecaster:
    """A reader of adding or digits, or a forecaster, as near to `parameters` as its hidden size allows."""
    cell = MODELS[model]

    def of_size(hidden_size: int) -> Reader | Forecaster:
        if task == "weather":
            weather = weather_task("JFK")
            column = weather.channels.index("temp")
            return Forecaster(cell, len(weather.channels), hidden_size, weather.horizon, residual_column=column)
        sizes = Adding(LENGTH) if task == "adding" else digit_task()
        return Reader(cell, sizes.input_size, hidden_size, sizes.output_size)

    net = of_size(matched_size(of_size, parameters))
    if model.endswith("started as tanh"):
        start_as_tanh(net)
    return net


@torch.no_grad()
def start_as_tanh(net: Reader | Forecaster) -> None:
    """Core and head such that the network says what the tanh network of the weights as they were says.

    The head: y = W u + b = 2W h + (b − W 1), as h = ½ (1 + u).
    """
    assert isinstance(net.core, SigmoidRNN)
    starts.as_tanh(net.core)
    net.head.bias.sub_(net.head.weight.sum(1))
    net.head.weight.mul_(2)


def recurrent(net: Reader | Forecaster) -> nn.RNNBase:
    """The recurrent layer of a network that has one."""
    assert isinstance(net.core, nn.RNNBase)
    return net.core


def along(net: Reader | Forecaster, x: NDArray[Any]) -> NDArray[np.float64]:
    """log10 of ‖∂h_T/∂h_{T-k}‖ for k = 0 … T along x (B, T, I), median of B; NaN for a net that diverged."""
    if not all(bool(parameter.isfinite().all()) for parameter in net.parameters()):
        return np.full(x.shape[1] + 1, np.nan)
    log10 = gradient_by_lag(recurrent(net), x).log10_h
    return np.asarray(np.median(np.maximum(log10, NOTHING), axis=0))


Trained = tuple["Reader | Forecaster", NDArray[np.float64], Run, float, NDArray[Any]]


def _adding(model: str, parameters: int, settings: Settings) -> Trained:
    task = Adding(LENGTH)
    net = initialise(lambda: build(model, "adding", parameters), settings.seed)
    held = Fixed(*task.batch(500, generator(settings.seed, HELD)))
    inputs, targets = task.batch(2_000, generator(settings.seed, TESTED))
    before = along(net, inputs[:SHOWN])
    run = fit(net, task, held, loss=task.loss, settings=settings)
    error = float(np.mean((predict(net, inputs) - targets) ** 2)) / task.floor
    return net, before, run, error, inputs[:SHOWN]


def _digits(model: str, parameters: int, settings: Settings) -> Trained:
    task = digit_task()
    net = initialise(lambda: build(model, "digits", parameters), settings.seed)
    shown = task.test.inputs[:SHOWN]
    before = along(net, shown)
    run = fit(net, task.train, task.validation, loss=task.loss, settings=settings)
    return net, before, run, 1 - task.score(predict(net, task.test.inputs), task.test.targets), shown


def _weather(model: str, parameters: int, settings: Settings) -> Trained:
    task = weather_task("JFK")
    net = initialise(lambda: build(model, "weather", parameters), settings.seed)
    shown = task.test.inputs[:SHOWN]
    before = along(net, shown)
    run = fit(net, task.train, task.validation, settings=settings)
    error = float(np.abs(task.unscale(predict(net, task.test.inputs)) - task.test.truth).mean())
    return net, before, run, error, shown


_TRIALS = {"adding": _adding, "digits": _digits, "weather": _weather}


def errors(records: Records, task: str, model: str) -> NDArray[np.float64]:
    """One number a seed, in UNITS[task]."""
    return records.where(task=task, model=model).values("error")


def better(task: str, model: str, other: str, margin: float) -> Callable[[Records], Verdict]:
    """Judges whether `model` has the lower error on a task, by more than the margin; a negative one allows as much."""

    def judge(records: Records) -> Verdict:
        if missing := absent(records, task, model, other):
            return missing
        return paired(errors(records, task, model), errors(records, task, other), margin=margin, unit=UNITS[task])

    return judge


def chosen(records: Records, task: str, models: Sequence[str]) -> str:
    """Of these models the one with the lowest mean loss on the task's *validation* part."""
    means = {model: np.nanmean(records.where(task=task, model=model).values("validation")) for model in models}
    return min(means, key=lambda model: means[model])


def lstm_beats_the_best_plain(records: Records) -> Verdict:
    """On digits; of tanh, σ and ReLU validation picks one."""
    if missing := absent(records, "digits", "lstm"):
        return missing
    best = chosen(records, "digits", PLAIN)
    verdict = paired(
        errors(records, "digits", "lstm"), errors(records, "digits", best), margin=0.05, unit=UNITS["digits"]
    )
    return verdict.of(f"Against {label_of(best)}")


def label_of(model: str) -> str:
    """How a sentence calls it."""
    return {"rnn": "tanh", "sigmoid": "σ", "relu": "ReLU", "lstm": "the LSTM"}.get(model, model.replace("sigmoid", "σ"))


def keeps_more_after_training(records: Records) -> Verdict:
    """ReLU against tanh on adding, over the whole sequence, in powers of ten."""
    if missing := absent(records, "adding", "relu", "rnn"):
        return missing
    kept = [records.where(task="adding", model=model).values("kept_after") for model in ("relu", "rnn")]
    return paired(kept[0], kept[1], better="higher", margin=3.0, unit="powers of ten")


def keeps_after_training(model: str, power: float, side: Literal["lower", "higher"]) -> Callable[[Records], Verdict]:
    """Judges what is left on digits from the last row to the first, once trained, against a power of ten."""

    def judge(records: Records) -> Verdict:
        if missing := absent(records, "digits", model):
            return missing
        kept = records.where(task="digits", model=model).values("kept_after")
        return level(kept, power, better=side, what="What is left over 28 rows", unit="powers of ten")

    return judge


def absent(records: Records, task: str, *models: str) -> Verdict | None:
    """A verdict that cannot tell, where these records lack a task or a model that a claim asks for."""
    varied = records.study.varied(records.mode)
    missing = [each for each in (task, *models) if each not in varied["task"] + varied["model"]]
    if not missing:
        return None
    detail = f"Its {records.mode} run leaves out: {'; '.join(missing)}."
    return Verdict("cannot tell", math.nan, (math.nan, math.nan), detail, len(records.seeds))


ACTIVATION_CHOICE = Study(
    name="activation_choice",
    question="Which activation learns best, when each has its own learning rate?",
    prediction="ReLU on adding, nothing between ReLU and tanh elsewhere, σ last everywhere.",
    section="6.3",
    trial=compare,
    measure="error",
    vary={"task": TASKS, "model": tuple(MODELS)},
    hold={"effort": 1.0},
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)}, on="validation"),
    seeds=range(10),
    quick={
        "vary": {"task": ("digits",), "model": ("rnn", "sigmoid", "sigmoid, started as tanh")},
        "hold": {"effort": 0.5},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation"),
    },
    claims=(
        Claim("6.1d", "Trained on adding, ReLU keeps more of the gradient over the sequence than tanh, by more than "
              "three powers of ten", keeps_more_after_training),
        Claim("6.1e", "Trained on digits, a tanh network keeps more than a tenth of the gradient from the last row to "
              "the first", keeps_after_training("rnn", -1.0, "higher")),
        Claim("6.1f", "Trained on digits, a σ network keeps less than a ten-thousandth of the gradient",
              keeps_after_training("sigmoid", -4.0, "lower")),
        Claim("6.3a", "On adding over 30 steps ReLU comes closer than tanh, by more than a tenth of the floor",
              better("adding", "relu", "rnn", 0.1)),
        Claim("6.3b", "On rows of digits ReLU names more of them rightly than tanh",
              better("digits", "relu", "rnn", 0.0)),
        Claim("6.3c", "On the weather ReLU has a lower error than tanh", better("weather", "relu", "rnn", 0.0)),
        Claim("6.3d", "As torch starts it, σ names fewer digits rightly than tanh, by more than a tenth of them",
              better("digits", "rnn", "sigmoid", 0.1)),
        Claim("6.3e", "On the weather σ has a higher error than tanh, by more than 0.05 °C",
              better("weather", "rnn", "sigmoid", 0.05)),
        Claim("6.3f", "Started as the tanh network that it can be, σ names as many digits as tanh, to within a tenth "
              "of them", better("digits", "sigmoid, started as tanh", "rnn", -0.1)),
        Claim("6.3g", "The LSTM of the same size names more digits than the best of the three, by more than a "
              "twentieth of them", lstm_beats_the_best_plain),
    ),
)  # fmt: skip
