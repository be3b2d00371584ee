"""Chapter 2: how far back a recurrent network recalls what it read, before and after training; a window beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from rnnlab.layers import Cell, Reader, count_parameters, matched_size
from rnnlab.probes import memory_curve
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.studies.memory_capacity import told
from rnnlab.training import Settings, fit, generator, initialise, predict
from rnnlab.training.batching import Fixed

MODELS = ("rnn", "mlp", "mlp, all shown")
EXAMINED = 4_000  # sequences that a trained model is examined on
STEPS = 10_000  # of independent input that a memory curve is measured on
EXAMINATION, PROBE = 3, 4  # streams of a seed's random numbers, apart from those of training


class Recall:
    """Independent numbers come in; what is asked for after the last step is each of the last `longest` + 1 of them.

    Uniform with mean 0 and variance 1, so that nothing can be guessed: a number that was forgotten costs the squared
    error 1, and who says 0 for all of them has a loss of 1.
    """

    def __init__(self, longest: int, length: int) -> None:
        self.longest, self.length = longest, length

    def batch(self, size: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Inputs (size, length, 1) and targets (size, longest + 1), lag 0 first."""
        bound = math.sqrt(3)
        x = rng.uniform(-bound, bound, (size, self.length, 1)).astype(np.float32)
        return x, np.ascontiguousarray(x[:, ::-1, 0][:, : self.longest + 1])


def build(model: str, parameters: int, longest: int, window: int) -> Reader:
    """One of MODELS, as near to `parameters` as its hidden size allows.

    rnn reads all of the sequence; mlp is shown the last `window` numbers, "mlp, all shown" all that it is asked for.
    """
    shown = {"rnn": None, "mlp": window, "mlp, all shown": longest + 1}[model]
    cell: Cell = "rnn" if shown is None else "mlp"

    def of_size(hidden_size: int) -> Reader:
        return Reader(cell, 1, hidden_size, longest + 1, window=shown)

    return of_size(matched_size(of_size, parameters))


def recall_past(
    *, model: str, learning_rate: float, parameters: int, longest: int, window: int, length: int, updates: int,
    batch_size: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one model to recall: R² of each lag in its answers and, of the RNN, its memory before and after."""
    task = Recall(longest, length)
    net = initialise(lambda: build(model, parameters, longest, window), seed)
    before = remembered(net, longest, seed)
    held = Fixed(*task.batch(EXAMINED, generator(seed, EXAMINATION)))
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, seed=seed, evaluate_every=updates // 5
    )
    run = fit(net, task, held, settings=settings)
    outcome = {"ended": run.status, "validation": run.validation, "size": count_parameters(net)}
    outcome |= {f"{name}_before": value for name, value in before.items()}
    if run.status == "diverged":
        return outcome | {"recalled": math.nan}
    x, wanted = task.batch(EXAMINED, generator(seed, EXAMINATION, 1))  # others than those that chose the best weights
    r2 = 1 - np.mean((predict(net, x) - wanted) ** 2, axis=0) / wanted.var(axis=0)
    outcome |= {f"{name}_after": value for name, value in remembered(net, longest, seed).items()}
    return outcome | {"recalled": float(r2.sum()), "r2": r2.round(4).tolist()}


def remembered(net: Reader, longest: int, seed: int) -> dict[str, Any]:
    """Units, capacity and curve of a recurrent core's memory, for the numbers of the task; nothing for an MLP."""
    if not isinstance(net.core, nn.RNNBase):
        return {}
    H = net.core.hidden_size
    found = memory_curve(net.core, longest=2 * max(H, longest), steps=STEPS, scale=1.0, rng=generator(seed, PROBE))
    return {"units": H, "capacity": found.capacity, "curve": found.r2[:, 0].round(4).tolist()}


def r2_of(records: Records, model: str) -> NDArray[np.float64]:
    """R² of a model's answers, (seeds, lags); a row of NaN where the run diverged."""
    kept = [record.measurements.get("r2") for record in records.where(model=model)]
    lags = 1 + next(iter(records)).settings["longest"]
    return np.array([[math.nan] * lags if each is None else each for each in kept])


def edge_of(records: Records) -> int:
    """The lags that the window shows: 0 to this, this one not among them."""
    return int(next(iter(records)).settings["window"])


def before_and_after(records: Records) -> Verdict:
    """The capacity of the RNN after training against the same RNN's before."""
    kept = records.where(model="rnn")
    return paired(kept.values("capacity_after"), kept.values("capacity_before"), better="higher", unit="inputs")


def within_the_bound(records: Records) -> Verdict:
    """Capacity over units after training, against 1; 1 % is what the length of the measurement leaves open."""
    kept = records.where(model="rnn")
    share = kept.values("capacity_after") / kept.values("units_after")
    return told(paired(share, 1.0, margin=-0.01), "MC/H after training", share, "1, and 0.01 more")


def within_the_edge(records: Records) -> Verdict:
    """The mean R² over the lags that the window shows."""
    edge = slice(0, edge_of(records))
    window, rnn = (r2_of(records, model)[:, edge].mean(axis=1) for model in ("mlp", "rnn"))
    return paired(window, rnn, better="higher", unit="in R²")


def beyond_the_edge(records: Records) -> Verdict:
    """The mean R² over the lags that the window does not show, against a hundredth."""
    unseen = r2_of(records, "mlp")[:, edge_of(records) :].mean(axis=1)
    return told(paired(unseen, 0.01), "Mean R² of the lags that it is not shown", unseen, "0.01")


def fades(records: Records) -> Verdict:
    """The RNN's R² at the longest lag that training asked for, against a half of that of the latest input."""
    r2 = r2_of(records, "rnn")
    return told(
        paired(r2[:, -1], r2[:, 0] / 2), "R² at the longest lag over R² at lag 0", r2[:, -1] / r2[:, 0], "a half"
    )


def against(rival: str) -> Callable[[Records], Verdict]:
    """Judges the RNN's recalled inputs against another model's."""
    return lambda records: paired(
        records.where(model="rnn").values(), records.where(model=rival).values(), better="higher", unit="inputs"
    )


RECALL = Study(
    name="recall",
    question="Trained to recall what it read, how far back does a recurrent network reach, and how far a window?",
    prediction="The window is perfect up to its edge; the RNN fades, and holds less of what lies within that edge.",
    section="2.3",
    trial=recall_past,
    measure="recalled",
    vary={"model": MODELS},
    hold={
        "parameters": 2_500,
        "longest": 32,
        "window": 16,
        "length": 48,
        "updates": 1_500,
        "batch_size": 64,
    },
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2, 3e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"parameters": 800, "longest": 16, "window": 8, "length": 24, "updates": 400, "batch_size": 32},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim("2.3a", "Of what its window shows, a windowed MLP recalls more than the RNN", within_the_edge),
        Claim("2.3b", "Of what its window does not show, a windowed MLP recalls nothing", beyond_the_edge),
        Claim("2.3c", "The RNN fades: at the longest lag asked for less than half is left", fades),
        Claim("2.3d", "Training to recall raises the capacity of the RNN's memory", before_and_after),
        Claim("2.3e", "After training the capacity is still at most the number of units", within_the_bound),
        Claim("2.3f", "Over all lags the RNN recalls more than the window", against("mlp")),
        Claim(
            "2.3g",
            "Over all lags the RNN recalls more than an MLP of its size that is shown everything",
            against("mlp, all shown"),
        ),
    ),
)
