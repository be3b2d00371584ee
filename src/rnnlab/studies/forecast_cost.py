"""Chapter 10: what the forecasters of temperature cost to fit: a line, and three networks of one size."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab import forecasting
from rnnlab.layers import count_parameters
from rnnlab.layers.core import Cell
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.stopwatch import on_one_core
from rnnlab.studies.weather_forecast import CUTOFFS, build, weather_task
from rnnlab.training import clip_by_norm, generator, initialise, predict
from rnnlab.training.adam import Adam

Result = TypeVar("Result")

CELLS: tuple[Cell, ...] = ("rnn", "gru", "lstm")

BATCHES = 7  # the stream of a seed that the windows of an update are drawn from


def cost_of_fitting(
    *, parameters: int, window: int, horizon: int, batch_size: int, updates: int, evaluations: int, repeats: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Times the fits of 10.3 at JFK in processor seconds on one core; everything keeps its shortest of `repeats` turns.

    `<cell>_training` is `updates` times an update (forward, loss, backward, clipping, Adam) and `evaluations` times a
    pass over the validation part, as a training of 10.3 makes them; `ridge` is the whole fit, ten penalties tried. The
    learning rates that were tried for a network, and the seeds, are not counted.
    """
    task = weather_task("JFK", CUTOFFS[-1], window, horizon)
    drawn = generator(seed, BATCHES).choice(len(task.train), batch_size, replace=False)
    inputs, targets = (torch.from_numpy(part[drawn]) for part in (task.train.inputs, task.train.targets))
    models = {cell: initialise(partial(build, cell, "levels", task, parameters), seed) for cell in CELLS}
    optimisers = {cell: Adam(model.parameters(), 1e-3) for cell, model in models.items()}

    def update(cell: Cell) -> None:
        optimisers[cell].zero_grad()
        nn.functional.mse_loss(models[cell](inputs), targets).backward()  # type: ignore[no-untyped-call]  # torch's
        clip_by_norm(optimisers[cell].parameters, 1.0)
        optimisers[cell].step()

    shortest: dict[str, float] = {}
    with on_one_core():
        for _ in range(repeats):
            line = _keep(shortest, "ridge", partial(forecasting.ridge, task))
            for cell in CELLS:
                for _ in range(10):
                    _keep(shortest, f"{cell}_update", partial(update, cell))
                _keep(shortest, f"{cell}_evaluation", partial(predict, models[cell], task.validation.inputs))
    training = {
        cell: updates * shortest[f"{cell}_update"] + evaluations * shortest[f"{cell}_evaluation"] for cell in CELLS
    }
    return {
        "ridge": shortest["ridge"],
        **{f"{cell}_training": seconds for cell, seconds in training.items()},
        **{name: seconds for name, seconds in shortest.items() if name != "ridge"},
        **{f"{cell}_size": count_parameters(model) for cell, model in models.items()},
        "ridge_size": int(line.regression.coef_.size + line.regression.intercept_.size),
    }


def updates_made(networks: Records, cell: str) -> float:
    """The mean number of updates that the trainings of 10.3 made with this cell, until they were stopped early."""
    return float(np.mean([record.measurements["curve"][-1][0] for record in networks.where(cell=cell)]))


def training_time(cost: Records, networks: Records, cell: str) -> NDArray[np.float64]:
    """Seconds of one training of 10.3 with as many updates as this cell made there, one number a seed of `cost`."""
    made, every = updates_made(networks, cell), networks.study.hold["evaluate_every"]
    seconds = made * cost.values(f"{cell}_update") + made / every * cost.values(f"{cell}_evaluation")
    return np.asarray(seconds, dtype=np.float64)


def times_the_rnn(cell: str, at_most: float) -> Callable[[Records], Verdict]:
    """Judges whether an update of `cell` takes less than `at_most` times as long as one of an RNN of its size."""

    def judge(records: Records) -> Verdict:
        ratio = records.values(f"{cell}_update") / records.values("rnn_update")
        return _of_ratios(ratio, at_most, f"{cell.upper()} over RNN")

    return judge


def line_is_cheapest(records: Records) -> Verdict:
    """Judges whether the fit of the line takes less time than one training of the network that trains fastest."""
    networks = np.min([records.values(f"{cell}_training") for cell in CELLS], axis=0)
    return _of_ratios(records.values("ridge") / networks, 1.0, "Line over fastest network")


def _of_ratios(ratio: NDArray[np.float64], below: float, what: str) -> Verdict:
    """In logarithms, where twice and half are equally far from one."""
    verdict = paired(np.log(ratio), math.log(below))
    mean, low, high = (math.exp(math.log(below) - each) for each in (verdict.estimate, *verdict.interval[::-1]))
    detail = (
        f"{what}: {mean:.2f} [{low:.2f}, {high:.2f}] times the time, over {verdict.seeds} seeds, against {below:g}."
    )
    return replace(verdict, estimate=mean, interval=(low, high), detail=detail)


def _keep(shortest: dict[str, float], name: str, run: Callable[[], Result]) -> Result:
    began = time.process_time()
    result = run()
    shortest[name] = min(shortest.get(name, math.inf), time.process_time() - began)
    return result


FORECAST_COST = Study(
    name="forecast_cost",
    question="What does a forecast cost that is a little better?",
    prediction="At equal parameters the gated cells cost up to twice the time of an RNN, and every network many lines.",
    section="10.6",
    trial=cost_of_fitting,
    measure="ridge",
    vary={},
    hold={
        "parameters": 5_000,
        "window": 48,
        "horizon": 24,
        "batch_size": 128,
        "updates": 400,
        "evaluations": 10,
        "repeats": 5,
    },
    seeds=range(10),
    quick={"hold": {"repeats": 3}, "seeds": range(5)},
    claims=(
        Claim(
            "10.6a",
            "With as many parameters, an update of a GRU takes less than twice as long as one of an RNN",
            times_the_rnn("gru", 2.0),
        ),
        Claim(
            "10.6b",
            "With as many parameters, an update of an LSTM takes less than twice as long as one of an RNN",
            times_the_rnn("lstm", 2.0),
        ),
        Claim("10.6c", "The line, ten penalties tried, is fitted sooner than any of the networks", line_is_cheapest),
    ),
)
