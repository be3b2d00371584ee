"""Chapter 7: what truncated backpropagation through time keeps of the gradient, and what it can never teach."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rnnlab import data
from rnnlab.layers import Reader
from rnnlab.layers.core import Cell
from rnnlab.probes import gradient_agreement
from rnnlab.studies import Claim, Records, Study, Verdict, level
from rnnlab.tasks import LanguageTask, language
from rnnlab.training import Fixed, Settings, fit_truncated, generator, initialise, predict, side_by_side

DELAY = 8  # steps that an echo comes late


def echo(rows: int, steps: int, delay: int, rng: np.random.Generator) -> Fixed:
    """Series of random signs (rows, steps, 1); the target is the sign of `delay` steps ago, 0 where there was none."""
    signs = rng.choice([-1.0, 1.0], (rows, steps, 1)).astype(np.float32)
    late = np.zeros_like(signs)
    late[:, delay:] = signs[:, : steps - delay]
    return Fixed(signs, late)


def learn_an_echo(
    *, cell: Cell, reach: int, delay: int, k1: int, hidden_size: int, rows: int, steps: int, updates: int,
    learning_rate: float, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains with an update for every k1 steps, each reaching `reach` steps back; scores fresh series.

    Only the reach differs between two runs of a seed: the series, the steps scored by an update and the number of
    updates are the same. `score` is the share of signs that come out right; guessing gives a half.
    """
    train, held = (echo(rows, steps, delay, generator(seed, stream)) for stream in (7, 8))
    model = initialise(lambda: Reader(cell, 1, hidden_size, 1, every_step=True), seed)
    settings = Settings(
        updates=updates, batch_size=rows, learning_rate=learning_rate, evaluate_every=max(1, updates // 20), seed=seed
    )
    run = fit_truncated(model, train, held, k1=k1, k2=reach, settings=settings)
    said = predict(model, held.inputs)[:, delay:]
    right = float(np.mean(np.sign(said) == held.targets[:, delay:]))
    return {
        "ended": run.status,
        "validation": run.validation,
        "score": np.nan if run.status == "diverged" else right,
        "curve": [[row.update, round(row.validation, 5)] for row in run.history],
    }


def beyond_reach(records: Records) -> Verdict:
    """With a reach of DELAY steps the sign asked for came one step too early; against a coin and two points."""
    return level(records.where(reach=DELAY).values("score"), 0.52, better="lower", what="The share of signs right")


def within_reach(records: Records) -> Verdict:
    """The score at a reach of twice the delay, against 0.95."""
    score = records.where(reach=2 * DELAY).values("score")
    return level(score, 0.95, better="higher", what="The share of signs right")


TRUNCATION_REACH = Study(
    name="truncation_reach",
    question="What can a network learn whose gradient goes back fewer steps than the answer lies?",
    prediction="Nothing beyond its reach, everything well within it.",
    section="7.4",
    trial=learn_an_echo,
    measure="score",
    vary={"reach": (4, 6, 8, 10, 12, 16, 24)},
    hold={
        "cell": "gru",
        "delay": DELAY,
        "k1": 4,
        "hidden_size": 32,
        "rows": 32,
        "steps": 400,
        "updates": 800,
        "learning_rate": 1e-2,
    },
    seeds=range(10),
    quick={"vary": {"reach": (DELAY, 2 * DELAY)}, "hold": {"updates": 450}, "seeds": range(5)},
    claims=(
        Claim("7.4c", "An echo that lies beyond the reach is not learnt: the score stays a coin's", beyond_reach),
        Claim("7.4d", "With the delay well within reach, the echo is learnt", within_reach),
    ),
)


@lru_cache
def speech() -> LanguageTask:
    """Characters of the speeches since 1950."""
    speeches = data.speeches()
    return language(speeches[speeches["year"] >= 1950], train_until="2005", validation_until="2015")


def kept_for_backward(model: nn.Module, inputs: Tensor, reach: int) -> int:
    """Bytes that one backward pass needs of forward, weights and inputs left out: `reach` steps at the end of x."""
    found: dict[int, int] = {}
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.no_grad():
        _, state = model.carry(inputs[:, :-reach], None) if reach < inputs.shape[1] else (None, None)  # type: ignore[operator]  # a Reader
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        prediction, _ = model.carry(inputs[:, -reach:], state)  # type: ignore[operator]  # a Reader
    del prediction
    return sum(found.values())


def agree(
    *, cell: Cell, hidden_size: int, rows: int, steps: int, updates: int, learning_rate: float, reaches: list[int],
    lengths: list[int], seed: int,
) -> dict[str, Any]:  # fmt: skip
    """A character model at its start and after a training on chunks of 50: gradients by reach, memory by length."""
    task = speech()
    V = task.input_size
    model = initialise(lambda: Reader(cell, V, hidden_size, V, tokens=True, every_step=True), seed)
    offset = generator(seed, 7).integers(len(task.train.tokens) - steps - 1, size=rows)
    inputs = task.train.tokens[offset[:, None] + np.arange(steps)]
    targets = task.train.tokens[offset[:, None] + np.arange(1, steps + 1)]
    outcome: dict[str, Any] = {}
    for moment in ("start", "trained"):
        if moment == "trained":
            text = side_by_side(task.train.chunks(32, 50))
            settings = Settings(updates=updates, batch_size=32, learning_rate=learning_rate, seed=seed)
            outcome["ended"] = fit_truncated(model, text, k1=50, loss=task.loss, settings=settings).status
        found = gradient_agreement(model, inputs, targets, reaches, loss=task.loss)
        outcome[f"{moment}_cosine"] = found.recurrent.round(6).tolist()
        outcome[f"{moment}_cosine_of_all"] = found.cosine.round(6).tolist()
        outcome[f"{moment}_length"] = found.length.round(6).tolist()
    tokens = torch.tensor(np.resize(inputs, (8, max(lengths))))
    outcome["bytes_full"] = [kept_for_backward(model, tokens[:, :T], T) for T in lengths]
    outcome["bytes_truncated"] = [kept_for_backward(model, tokens[:, :T], min(T, 50)) for T in lengths]
    outcome["cosine_at_10"] = outcome["trained_cosine"][reaches.index(10)]
    return outcome


def memory_is_constant(records: Records) -> Verdict:
    """Bytes at the longest length over those at the shortest, truncated to 50 steps: no more than a hundredth more."""
    kept = lists(records.where(cell="gru"), "bytes_truncated")
    what = "What is kept of the longest text over what is kept of the shortest"
    return level(kept[:, -1] / kept[:, 0], 1.01, better="lower", what=what, unit="times")


def direction_at_ten(records: Records) -> Verdict:
    """The cosine over the recurrent weights at a reach of ten characters, trained; the least of the cells."""
    cells = records.study.varied(records.mode)["cell"]
    least = np.min([records.where(cell=cell).values("cosine_at_10") for cell in cells], axis=0)
    return level(least, 0.9, better="higher", what="The cosine where it is least")


def lists(records: Records, name: str) -> NDArray[np.float64]:
    """(seeds, …): a measurement that is a list."""
    return np.array([record.measurements[name] for record in records], dtype=np.float64)


TRUNCATION_GRADIENT = Study(
    name="truncation_gradient",
    question="Does the gradient that truncation leaves still point the same way?",
    prediction="Nearly, from a reach of ten characters on; and its memory does not grow with the text.",
    section="7.4",
    trial=agree,
    measure="cosine_at_10",
    vary={"cell": ("rnn", "gru", "lstm")},
    hold={
        "hidden_size": 64,
        "rows": 8,
        "steps": 300,
        "updates": 400,
        "learning_rate": 3e-3,
        "reaches": [1, 2, 5, 10, 20, 50, 100, 200],
        "lengths": [100, 200, 400, 800, 1_600],
    },
    seeds=range(10),
    quick={
        "vary": {"cell": ("gru",)},
        "hold": {"updates": 60, "steps": 100, "reaches": [1, 2, 5, 10, 20, 50]},
        "seeds": range(5),
    },
    claims=(
        Claim("7.4a", "With a reach of 50 steps, memory does not grow with the length of the text", memory_is_constant),
        Claim(
            "7.4b",
            "Cut off after ten characters, the recurrent weights' gradient keeps a cosine above 0.9 with the full one",
            direction_at_ten,
        ),
    ),
)
