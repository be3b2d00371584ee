"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from rnnlab.errors import InputError
from rnnlab.tasks.losses import squared_error
from rnnlab.training.adam import Adam
from rnnlab.training.batching import Examples, Generated, Scheduled
from rnnlab.training.clipping import clip_by_norm
from rnnlab.training.curve import Row
from rnnlab.training.devices import pick
from rnnlab.training.evaluation import Loss, where
from rnnlab.training.faces import FaceName
from rnnlab.training.objective import Minibatches, Objective
from rnnlab.training.precision import Precision
from rnnlab.training.progress import Progress
from rnnlab.training.resume import Status, Training, identity_of
from rnnlab.training.seeding import NOISE, drawing_from, one_thread
from rnnlab.training.settings import Settings


@dataclass(frozen=True)
class Run:
    """What came of a training. One that diverged has no `validation` (NaN), so that no mean swallows it."""

    status: Status
    """finished, reached the goal, stopped early, or diverged"""
    updates: int
    """made; of a diverged run the last is the one whose loss or gradient was not finite"""
    validation: float
    """the lowest validation loss; NaN if the run diverged or had no validation data"""
    best_update: int
    """after which update the model had the weights that it has now"""
    history: tuple[Row, ...]
    seconds: float
    device: str


def fit(
    model: nn.Module,
    data: Examples | Generated | Scheduled,
    validation: Examples | None = None,
    *,
    loss: Loss = squared_error,
    settings: Settings | None = None,
    device: str = "cpu",
    checkpoint: Path | str | None = None,
    progress: bool = False,
) -> Run:
    """Trains `model` in place with Adam, and leaves it in evaluation mode with its best weights.

    `data` are examples (`.inputs` (N, …), `.targets` (N, …): shuffled minibatches), a task that makes them
    (`.batch(size, rng)`: always fresh), or a curriculum (`.at_update(u)`: the task of update u).
    `loss(prediction, targets)` gives a scalar. Best is the lowest loss over `validation`; without it the last weights
    stay, and after a divergence those of the last update made.

    The same seed gives the same bits on a CPU, whatever the number of threads, and however often the training was
    stopped: with `checkpoint`, all is written there after each evaluation, and a file found there is continued.

    Errors: InputError for data, settings, a device or a checkpoint that do not fit.
    """
    settings = settings or Settings()
    precision = prepared(model, settings, device)
    objective = Minibatches(model, data, validation, loss, settings, precision)
    return train(model, objective, settings, precision, checkpoint=checkpoint, progress=progress)


def prepared(model: nn.Module, settings: Settings, device: str) -> Precision:
    """Puts the model on the device; gives how it will be trained there."""
    place = pick(device).device
    model.to(place)
    return Precision(settings.precision, place, where(model)[1])


def train(
    model: nn.Module,
    objective: Objective,
    settings: Settings,
    precision: Precision,
    *,
    checkpoint: Path | str | None,
    progress: bool,
) -> Run:
    """Trains `model` on any objective, as `fit` says it."""
    if settings.patience and not objective.validated:
        raise InputError("patience waits for a better validation loss: give validation data, or patience=None.")
    if settings.goal and not objective.validated:
        raise InputError("goal is a validation loss to reach: give validation data, or goal=None.")
    device = precision.device
    training = Training(model, objective, Adam(model.parameters(), settings.learning_rate), precision, device)
    with one_thread(), drawing_from(settings.seed, NOISE, device):
        identity = identity_of(model, settings, objective) if checkpoint else {}
        if checkpoint and Path(checkpoint).exists():
            training.load(checkpoint, identity)
        face: FaceName | None = None if progress else "silent"
        with Progress(type(model).__name__, settings.updates, unit="updates", done=training.update, face=face) as shown:
            for row in _updates(training, settings, shown):
                if checkpoint:
                    training.save(checkpoint, identity)
                shown.update(note=f"loss {row.loss:.4g}, validation {row.validation:.4g}")
    return _result(training)


def _updates(training: Training, settings: Settings, shown: Progress) -> Iterator[Row]:
    """The loop itself; gives a row after each evaluation."""
    objective, optimiser, curve = training.objective, training.optimiser, training.curve
    began = time.perf_counter() - training.seconds
    training.model.train()
    while training.status == "running":
        optimiser.zero_grad()
        error = objective.error(training.update)
        training.precision.backward(error, optimiser)
        norm = clip_by_norm(optimiser.parameters, settings.clip_norm)
        value = error.item()
        diverged = not (math.isfinite(value) and math.isfinite(norm))
        if not diverged:
            optimiser.step()
        training.update += 1
        curve.note(value, norm)
        shown.update(training.update)

        last = training.update == settings.updates
        if diverged or last or training.update % settings.evaluate_every == 0:
            score = objective.score() if objective.validated and not diverged else math.nan
            training.seconds = time.perf_counter() - began
            row = curve.add(training.update, score, settings.clip_norm, training.seconds, training.model)
            if diverged or (objective.validated and not math.isfinite(score)):
                training.status = "diverged"
            elif settings.goal is not None and score <= settings.goal:
                training.status = "reached the goal"
            elif curve.is_over(settings.patience):
                training.status = "stopped early"
            elif last:
                training.status = "finished"
            yield row


def _result(training: Training) -> Run:
    """Puts the best weights into the model, unless it diverged, and sums up."""
    curve, best = training.curve, training.curve.best
    diverged = training.status == "diverged"
    stepped = math.isfinite(curve.rows[-1].loss) and math.isfinite(curve.rows[-1].gradient_norm)
    if best and not diverged:
        training.model.load_state_dict(curve.best_weights)
    training.model.eval()
    return Run(
        status=training.status,
        updates=training.update,
        validation=best.validation if best and not diverged else math.nan,
        best_update=best.update if best and not diverged else training.update - (not stepped),
        history=tuple(curve.rows),
        seconds=training.seconds,
        device=str(training.device),
    )
