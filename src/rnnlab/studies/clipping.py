"""Chapter 3: what clipping saves. Plain gradient descent on rows of digits, learning rate against threshold."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rnnlab.data import digits
from rnnlab.layers import Reader, starts
from rnnlab.studies import Claim, Records, Study, Verdict, level, paired
from rnnlab.studies.rounding import alike
from rnnlab.tasks import ClassificationTask, digit_sequences
from rnnlab.training import initialise
from rnnlab.training.clipping import clip_by_norm
from rnnlab.training.seeding import ORDER, generator, one_thread

SURVIVED = 0.3  # of the digits named rightly, three times chance


@lru_cache(maxsize=1)
def digit_task() -> ClassificationTask:
    """5,000 digits of MNIST, a row of 28 pixels a step, 28 steps."""
    return digit_sequences(digits(), by="row")


def build(hidden_size: int) -> Reader:
    """A ReLU network with identity start (Le, Jaitly and Hinton, 2015), whose gradients can grow without bound."""
    task = digit_task()
    model = Reader("relu", task.input_size, hidden_size, task.output_size)
    assert isinstance(model.core, nn.RNNBase)
    starts.identity(model.core)
    return model


def descend(
    *, clip_norm: float | None, learning_rate: float, hidden_size: int, updates: int, batch_size: int, seed: int
) -> dict[str, Any]:
    """Gradient descent without momentum, so that nothing but clipping stands between a gradient and the weights.

    A run survives if its loss stays finite and it names at least three times as many digits as chance. `by_norm` and
    `by_value` are the medians of the angle, in degrees, by which either way of clipping to norm 1 turned a gradient.
    """
    task = digit_task()
    model = initialise(lambda: build(hidden_size), seed)
    parameters = list(model.parameters())
    inputs, targets = torch.as_tensor(task.train.inputs), torch.as_tensor(task.train.targets)
    rng = generator(seed, ORDER)
    norms, angles, ended = [], [], "finished"
    with one_thread():
        for update in range(updates):
            batch = torch.as_tensor(rng.integers(len(inputs), size=batch_size))
            model.zero_grad()
            loss = task.loss(model(inputs[batch]), targets[batch])
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            gradient = joined(parameters)
            norms.append(clip_by_norm(parameters, clip_norm))
            if not math.isfinite(norms[-1] + loss.item()):
                ended = "diverged"
                break
            if clip_norm == 1.0 < norms[-1] and update % 10 == 0:
                angles.append((angle(gradient, joined(parameters)), angle(gradient, clipped_by_value(gradient, 1.0))))
            with torch.no_grad():
                for parameter in parameters:
                    if parameter.grad is not None:
                        parameter.sub_(parameter.grad, alpha=learning_rate)
        scores = dict.fromkeys(("validation", "test"), math.nan)
        if ended == "finished":
            for name, part in (("validation", task.validation), ("test", task.test)):
                with torch.no_grad():
                    scores[name] = task.score(model(torch.as_tensor(part.inputs)), part.targets)
    by_norm, by_value = np.median(angles, axis=0) if angles else (math.nan, math.nan)
    return {
        **scores,
        "ended": ended,
        "ended_after": len(norms),
        "survived": int(scores["validation"] > SURVIVED),
        "log10_norms": np.round(np.log10(norms[::10]), 2).tolist(),
        "largest_norm": max(norms),
        "by_norm": float(by_norm),
        "by_value": float(by_value),
    }


def joined(parameters: list[nn.Parameter]) -> NDArray[np.float64]:
    """All gradients in one vector."""
    return torch.cat([p.grad.reshape(-1) for p in parameters if p.grad is not None]).double().numpy()


def clipped_by_value(gradient: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """min(max(g_i, −c), c) with the c that leaves a vector of this length: found by halving an interval 50 times."""
    low, high = 0.0, float(np.max(np.abs(gradient)))
    for _ in range(50):
        c = (low + high) / 2
        low, high = (c, high) if np.linalg.norm(np.clip(gradient, -c, c)) < length else (low, c)
    return np.clip(gradient, -high, high)


def angle(u: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """Between two vectors, in degrees."""
    cosine = float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def survivors(records: Records) -> NDArray[np.int64]:
    """(thresholds, learning rates): how many seeds survived."""
    varied = records.study.varied(records.mode)
    return np.array(
        [
            [
                int(records.where(clip_norm=clip_norm, learning_rate=rate).values("survived").sum())
                for rate in varied["learning_rate"]
            ]
            for clip_norm in varied["clip_norm"]
        ]
    )


def largest_survived(records: Records, clip_norm: float | None) -> NDArray[np.float64]:
    """log10 of the largest learning rate that each seed survived; a power of ten below the grid if it survived none."""
    table = records.where(clip_norm=clip_norm).table
    rates = np.log10(table["learning_rate"].where(table["survived"] == 1))
    least = math.log10(min(records.study.varied(records.mode)["learning_rate"])) - 1
    return np.asarray(rates.groupby(table["seed"]).max().fillna(least), dtype=np.float64)


def at_best_rate(records: Records, clip_norm: float | None) -> NDArray[np.float64]:
    """Test accuracy in %, one number a seed, at the learning rate whose mean validation accuracy is best.

    A diverged run counts as nothing named rightly.
    """
    rates = records.study.varied(records.mode)["learning_rate"]

    def scores(rate: float, part: str) -> NDArray[np.float64]:
        return np.nan_to_num(records.where(clip_norm=clip_norm, learning_rate=rate).values(part), nan=0.0)

    best = max(rates, key=lambda rate: scores(rate, "validation").mean())
    return 100 * scores(best, "test")


def survives_larger_rates(records: Records) -> Verdict:
    """log10 of the largest rate survived, clipped at 1 against not clipped."""
    gain = largest_survived(records, 1.0) - largest_survived(records, None)
    what = "The largest rate that is survived is larger by"
    return level(gain, 1.0, better="higher", what=what, unit="powers of ten")


def ends_better(records: Records) -> Verdict:
    """Each at the learning rate that validation prefers, out of the same grid."""
    return paired(at_best_rate(records, 1.0), at_best_rate(records, None), better="higher", unit="% of the digits")


def angles(records: Records, measurement: str) -> NDArray[np.float64]:
    """One number a seed: the mean over learning rates, of the runs that were clipped at 1."""
    table = records.where(clip_norm=1.0).table
    return np.asarray(table.groupby("seed")[measurement].mean(), dtype=np.float64)


def turns(measurement: str, better: Literal["lower", "higher"], degrees: float) -> Callable[[Records], Verdict]:
    """Judges the angle by which clipping turned a gradient against a number of degrees."""

    def judge(records: Records) -> Verdict:
        found = angles(records, measurement)
        verdict = paired(found, degrees, better=better)
        least, most = alike(found.min(), found.max(), digits=2)
        detail = f"The angle lies between {least} and {most} degrees on {found.size} seeds."
        return replace(verdict, detail=detail)

    return judge


CLIPPING = Study(
    name="clipping",
    question="What does clipping save, and what does it cost?",
    prediction="With clipping a network survives learning rates ten times as large, and ends no worse.",
    section="3.5",
    trial=descend,
    measure="test",
    vary={
        "clip_norm": (None, 10.0, 1.0, 0.1),
        "learning_rate": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    },
    hold={"hidden_size": 32, "updates": 300, "batch_size": 32},
    seeds=range(10),
    quick={
        "vary": {"clip_norm": (None, 1.0), "learning_rate": (0.003, 0.03, 0.3)},
        "hold": {"updates": 120},
        "seeds": range(5),
    },
    claims=(
        Claim("3.5a", "Clipping by norm keeps the direction of the gradient, within a hundredth of a degree",
              turns("by_norm", "lower", 0.01)),
        Claim("3.5b", "Clipping by value to the same length turns the gradient by more than 30 degrees",
              turns("by_value", "higher", 30.0)),
        Claim("3.5c", "Clipped at norm 1, a network survives learning rates more than ten times as large",
              survives_larger_rates),
        Claim("3.5d", "Clipped at norm 1, a network ends better than one that is not, each at its own best rate",
              ends_better),
    ),
)  # fmt: skip
