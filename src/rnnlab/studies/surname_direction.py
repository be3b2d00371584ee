"""Chapter 1: which networks notice that a surname is spelled backwards."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from torch import nn

from rnnlab.data import surnames
from rnnlab.layers import Bag, Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired
from rnnlab.tasks import ClassificationTask, surname_directions
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Settings, fit, initialise, predict

Model = Literal["bag", "mlp", "rnn"]


@lru_cache(maxsize=1)
def directions() -> ClassificationTask:
    """Every surname and its reverse, by family in three parts."""
    return surname_directions(surnames())


def build(model: Model, parameters: int) -> nn.Module:
    """A bag of letters, an MLP that has a window as long as the longest name, or an RNN: as near to `parameters`."""
    task = directions()
    letters, longest = task.input_size, task.train.inputs.shape[1]

    def of_size(hidden_size: int) -> nn.Module:
        if model == "bag":
            return Bag(letters, hidden_size, task.output_size, padding=PADDING)
        window = longest if model == "mlp" else None
        return Reader(model, letters, hidden_size, task.output_size, tokens=True, padding=PADDING, window=window)

    return of_size(matched_size(of_size, parameters))


def tell_direction(
    *, model: Model, learning_rate: float, parameters: int, updates: int, batch_size: int, evaluate_every: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network to say whether a surname is spelled backwards; its share of right answers on new families."""
    task = directions()
    network = initialise(lambda: build(model, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, evaluate_every=evaluate_every, seed=seed
    )
    run = fit(network, task.train, task.validation, loss=task.loss, settings=settings)
    outcome = {"ended": run.status, "validation": run.validation, "size": count_parameters(network)}
    if run.status == "diverged":
        return outcome | {"accuracy": math.nan}
    return outcome | {"accuracy": task.score(predict(network, task.test.inputs), task.test.targets)}


def exactly_one_half(records: Records) -> Verdict:
    """Holds if the bag of letters is right on one half of the answers, on every seed and to the last digit."""
    accuracy = records.where(model="bag").values()
    low, high = float(accuracy.min()), float(accuracy.max())
    detail = f"Right answers: {100 * low:.2f} to {100 * high:.2f} of 100 on {len(accuracy)} seeds, against exactly 50."
    decision: Literal["holds", "does not hold"] = "holds" if np.all(np.abs(accuracy - 0.5) < 1e-9) else "does not hold"
    return Verdict(decision, float(accuracy.mean()), (low, high), detail, len(accuracy))


def rnn_above_chance(records: Records) -> Verdict:
    """Judges whether the RNN gives more right answers than a coin."""
    return level(100 * records.where(model="rnn").values(), 50.0, better="higher", what="Right answers", unit="of 100")


def rnn_against_mlp(records: Records) -> Verdict:
    """Judges whether the RNN gives more right answers than the windowed MLP."""
    rnn, mlp = (100 * records.where(model=model).values() for model in ("rnn", "mlp"))
    return paired(rnn, mlp, better="higher", unit="points of 100")


SURNAME_DIRECTION = Study(
    name="surname_direction",
    question="Which networks can tell a surname from the same surname spelled backwards?",
    prediction="A sum of the letters cannot, an RNN can, and better than a windowed MLP of as many parameters.",
    section="1.2",
    trial=tell_direction,
    measure="accuracy",
    vary={"model": ("bag", "mlp", "rnn")},
    hold={"parameters": 5_000, "updates": 800, "batch_size": 64, "evaluate_every": 100},
    tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"updates": 200, "evaluate_every": 100},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim(
            "1.2a",
            "A feedforward net over the sum of its inputs tells a name from its reverse exactly as well as a coin",
            exactly_one_half,
        ),
        Claim("1.2b", "An RNN of as many parameters tells them apart better than chance", rnn_above_chance),
        Claim(
            "1.2c",
            "An RNN tells them apart better than a windowed MLP of as many parameters",
            rnn_against_mlp,
        ),
    ),
)
