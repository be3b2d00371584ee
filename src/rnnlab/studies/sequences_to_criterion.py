"""Chapter 8: the adding problem of 1997, trained until the criterion of 1997 is met."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab.layers import Reader, count_parameters, matched_size, starts
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, share
from rnnlab.studies.gate_ablation import recurrent
from rnnlab.tasks import Adding
from rnnlab.training import Settings, clip_by_norm, initialise
from rnnlab.training.adam import Adam
from rnnlab.training.batching import Batches
from rnnlab.training.seeding import one_thread

STREAK = 2_000  # sequences in a row that must come out right, each within 0.04 of its target
ENOUGH = 0.01  # their mean absolute error, below which training was "successful"

# Training sequences until the criterion, means of ten trials: Hochreiter and Schmidhuber, 1997, table 7.
PUBLISHED = {100: 74_000, 500: 209_000, 1_000: 853_000}


def learn_until_right(
    *, length: int, learning_rate: float, parameters: int, batch_size: int, clip_norm: float, most: int, seed: int
) -> dict[str, Any]:
    """Trains an LSTM with the chrono start until 2,000 training sequences in a row were right when they were read.

    sequences   read by then; `most` where the criterion was not met: then `solved` is False
    error       mean absolute error of the last 2,000
    effort      the share of `most` that it took, or, unsolved, 1 + error: what a learning rate is chosen by
    """
    task = Adding(length, "hochreiter1997")

    def of_size(hidden_size: int) -> Reader:
        return Reader("lstm", task.input_size, hidden_size, task.output_size)

    def built() -> Reader:
        reader = of_size(matched_size(of_size, parameters))
        starts.chrono(recurrent(reader), length)
        return reader

    reader = initialise(built, seed)
    optimiser = Adam(reader.parameters(), learning_rate)
    settings = Settings(batch_size=batch_size, seed=seed)
    batches = Batches(task, settings.batch_size, settings.seed, device=torch.device("cpu"), dtype=torch.float32)
    errors = np.full(STREAK, np.inf)  # of the last sequences read
    updates = 0
    with one_thread():
        while updates * batch_size < most and not (errors.max() < task.tolerance and errors.mean() < ENOUGH):
            inputs, targets = batches[updates]
            optimiser.zero_grad()
            prediction = reader(inputs)
            task.loss(prediction, targets).backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            norm = clip_by_norm(optimiser.parameters, clip_norm)
            if not math.isfinite(norm):
                return {"solved": False, "sequences": math.nan, "error": math.nan, "effort": math.nan}
            optimiser.step()
            updates += 1
            read = (prediction.detach() - targets).abs().numpy()[:, 0]
            errors = np.concatenate([errors, read])[-STREAK:]
    solved = bool(errors.max() < task.tolerance and errors.mean() < ENOUGH)
    error = float(errors[np.isfinite(errors)].mean())
    return {
        "solved": solved,
        "sequences": updates * batch_size,
        "error": error,
        "effort": updates * batch_size / most if solved else 1 + error,
        "size": count_parameters(reader),
    }


def fewer_than_published(records: Records) -> Verdict:
    """Judges, at the length where fewest do, whether more than half of the seeds needed less than the published mean.

    A seed that did not meet the criterion counts as one that needed more.
    """
    fewer = [int(np.sum(sequences(records, length) < PUBLISHED[length])) for length in _lengths(records)]
    return share(min(fewer), len(records.seeds), above=0.5)


def steeper_in_1997(records: Records) -> Verdict:
    """Judges whether, for more than half of the seeds, the number grew by a smaller factor than the published one.

    From the shortest length to the longest; a seed that did not meet the criterion counts as one that grew faster.
    """
    lengths = _lengths(records)
    first, last = min(lengths), max(lengths)
    with np.errstate(invalid="ignore"):
        growth = sequences(records, last) / sequences(records, first)
    return share(int(np.sum(growth < PUBLISHED[last] / PUBLISHED[first])), len(growth), above=0.5)


def sequences(records: Records, length: int) -> NDArray[np.float64]:
    """Sequences that each seed read until the criterion; infinite where it did not meet it or diverged."""
    part = records.where(length=length)
    return np.where(np.nan_to_num(part.values("solved")) == 1, part.values("sequences"), np.inf)


def _lengths(records: Records) -> tuple[int, ...]:
    return tuple(records.study.varied(records.mode)["length"])


SEQUENCES_TO_CRITERION = Study(
    name="sequences_to_criterion",
    question="How many sequences does an LSTM read until it adds two numbers without fail, as in 1997?",
    prediction="Fewer than the LSTM of 1997 at every length, and their number grows more slowly with the length.",
    section="8.1",
    trial=learn_until_right,
    measure="sequences",
    vary={"length": tuple(PUBLISHED)},
    hold={"parameters": 400, "batch_size": 16, "clip_norm": 1.0, "most": 60_000},
    tune=Tuning(grid={"learning_rate": (1e-2, 3e-2)}, on="effort", at={"length": 100}),
    seeds=range(10),
    quick={
        "vary": {"length": (100, 500)},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="effort", at={"length": 100}),
    },
    claims=(
        Claim(
            "8.1c",
            "Started for the length, more than half of all LSTMs meet the criterion of 1997 sooner than its mean",
            fewer_than_published,
        ),
        Claim(
            "8.1d",
            "For more than half of all LSTMs that number grows less from 100 steps to 1,000 than the published one",
            steeper_in_1997,
        ),
    ),
)
