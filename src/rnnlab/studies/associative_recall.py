"""Chapter 5: random access. Pairs are shown, one key is asked for: a state that holds everything against a lookup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from torch import nn

from rnnlab.layers import Attention, Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.tasks import AssociativeRecall
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

Model = Literal["rnn", "gru", "lstm", "attention"]

MODELS: tuple[Model, ...] = ("rnn", "gru", "lstm", "attention")
RECURRENT = ("rnn", "gru", "lstm")
PAIRS = (2, 4, 8, 16)
EXAMINED = 1_000  # questions that a trained model is scored on


def build(model: Model, task: AssociativeRecall, parameters: int) -> nn.Module:
    """A model of that name, as near to `parameters` as its hidden size allows."""

    def of_size(hidden_size: int) -> nn.Module:
        if model == "attention":
            return Attention(task.input_size, hidden_size, task.output_size)
        return Reader(model, task.input_size, hidden_size, task.output_size)

    return of_size(matched_size(of_size, parameters))


def recall(
    *, model: Model, pairs: int, learning_rate: float, keys: int, values: int, parameters: int, updates: int,
    batch_size: int, evaluate_every: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one model on fresh sequences and asks it a thousand questions that it has not seen."""
    task = AssociativeRecall(pairs, keys, values)
    held, examined = (Fixed(*task.batch(EXAMINED, generator(seed, 5, part))) for part in range(2))
    net = initialise(lambda: build(model, task, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, evaluate_every=evaluate_every, seed=seed
    )
    run = fit(net, task, held, loss=task.loss, settings=settings)
    right = task.score(predict(net, examined.inputs), examined.targets)
    return {
        "ended": run.status,
        "validation": run.validation,
        "size": count_parameters(net),
        "right": right if run.status != "diverged" else float("nan"),
        "keyless": task.keyless,
    }


def attention_against_the_best_state(pairs: int, margin: float) -> Callable[[Records], Verdict]:
    """Judges whether attention answers more questions than the recurrent cell with the best mean."""

    def judge(records: Records) -> Verdict:
        here = records.where(pairs=pairs)
        there = [cell for cell in RECURRENT if cell in records.study.varied(records.mode)["model"]]
        best = max(there, key=lambda cell: float(np.nanmean(here.where(model=cell).values())))
        attention, state = (100 * here.where(model=model).values() for model in ("attention", best))
        verdict = paired(attention, state, margin=100 * margin, better="higher", unit="points of 100")
        return verdict.of(f"Right answers against the {best.upper()}'s")

    return judge


def finds_the_key(pairs: int, margin: float) -> Callable[[Records], Verdict]:
    """Judges whether the GRU answers more than one who names the commonest of the values shown."""

    def judge(records: Records) -> Verdict:
        here = records.where(pairs=pairs, model="gru")
        right, keyless = 100 * here.values(), 100 * here.values("keyless")
        return paired(right, keyless, margin=100 * margin, better="higher", unit="points of 100")

    return judge


ASSOCIATIVE_RECALL = Study(
    name="associative_recall",
    question="How many pairs can a recurrent net hold for a question that comes after them?",
    prediction="A few; attention of the same size answers for any number.",
    section="5.4",
    trial=recall,
    measure="right",
    vary={"pairs": PAIRS, "model": MODELS},
    hold={
        "keys": 32,
        "values": 8,
        "parameters": 3_000,
        "updates": 500,
        "batch_size": 64,
        "evaluate_every": 50,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation", at={"pairs": 4}),
    seeds=range(10),
    quick={
        "vary": {"pairs": (2, 8), "model": ("gru", "attention")},
        "hold": {"updates": 120},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim(
            "5.4a",
            "Asked about one of eight pairs, attention beats the best recurrent net of its size by more than half "
            "of all questions",
            attention_against_the_best_state(8, margin=0.5),
        ),
        Claim(
            "5.4b",
            "With two pairs, a GRU does better than to name one of the two values without regard to the key",
            finds_the_key(2, margin=0.1),
        ),
    ),
)
