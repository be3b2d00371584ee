"""A recurrent forecaster in a comparison: how it is built, trained once before the test part, kept as text and read."""

from __future__ import annotations

import base64
import math
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting.options import Options
from rnnlab.forecasting.split import Split
from rnnlab.layers import Forecaster, count_parameters, matched_size
from rnnlab.layers.core import Cell
from rnnlab.tasks import Windows
from rnnlab.training import Settings, fit, initialise, predict


def parameters_for(options: Options, channels: int) -> int:
    """How many numbers each network learns: as asked, or 1,000, more where the head or the input alone take many."""
    return options.parameters or max(1_000, 20 * (options.horizon + 3 * channels))


def build(net: str, view: str, split: Split, options: Options) -> Forecaster:
    """A forecaster of this view (options.VIEWS), as near to the parameters asked for as its hidden size allows."""
    task = split.task
    residual = None if view == "level" else task.channels.index(task.target)
    anchored = split.drifting if view == "anchored" else ()

    def of_size(hidden_size: int) -> Forecaster:
        return Forecaster(
            cast(Cell, net), len(task.channels), hidden_size, task.horizon, residual_column=residual, anchored=anchored
        )

    try:
        return of_size(matched_size(of_size, parameters_for(options, len(task.channels))))
    except ValueError as error:
        raise InputError(f"The {net.upper()} cannot be built: {error}") from error


def train(
    split: Split, options: Options, *, net: str, view: str, learning_rate: float, seed: int, updates: int | None = None
) -> dict[str, Any]:
    """Trains one network on the training part, stopped by the validation part; the test part is not looked at.

    `validation` is the root mean squared error there, in the target's unit; NaN if the training diverged.
    """
    model = initialise(lambda: build(net, view, split, options), seed)
    settings = Settings(
        updates=updates or options.updates, batch_size=options.batch_size, learning_rate=learning_rate, clip_norm=1.0,
        evaluate_every=options.evaluate_every, patience=options.patience, seed=seed,
    )  # fmt: skip
    run = fit(model, split.task.train, split.task.validation, settings=settings)
    return {
        "validation": split.task.scaler.std * math.sqrt(run.validation),
        "ended": run.status,
        "learnt": count_parameters(model),
        "weights": packed(model),
        "curve": [[row.update, row.loss, row.validation] for row in run.history],
    }


def packed(model: torch.nn.Module) -> str:
    """All weights, in the order of the state's names, as text: little-endian float32 in base 64."""
    state = model.state_dict()
    whole = np.concatenate([state[name].numpy().ravel() for name in state]).astype("<f4")
    return base64.b64encode(whole.tobytes()).decode()


def unpacked(text: str, net: str, view: str, split: Split, options: Options) -> Forecaster:
    """The network that `packed` these weights."""
    model = initialise(lambda: build(net, view, split, options), 0)
    return filled(model, numbers(text))


def numbers(text: str) -> NDArray[np.float32]:
    """What `packed` wrote as text."""
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)


def filled(model: Forecaster, weights: NDArray[np.float32]) -> Forecaster:
    """`model` with these weights, one after the other."""
    state, place = model.state_dict(), 0
    for name, tensor in state.items():
        part = weights[place : place + tensor.numel()].reshape(tuple(tensor.shape))
        state[name], place = torch.from_numpy(np.array(part, dtype=np.float32)), place + tensor.numel()
    if place != len(weights):
        raise InputError(f"A network of {place} numbers was expected, and {len(weights)} came; forecast anew.")
    model.load_state_dict(state)
    return model.eval()


def forecast(model: Forecaster, split: Split, windows: Windows) -> NDArray[np.float64]:
    """(N, horizon) in the target's own unit."""
    return split.task.unscale(predict(model, windows.inputs))
