"""Chapter 1: a network that has learned the running parity of 12 bits meets sequences of 120 and of 1,200."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnlab.layers import Reader, count_parameters, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, level, paired, share
from rnnlab.tasks import Parity
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

Cell = Literal["rnn", "mlp"]

VALIDATION, LONG, LONGEST = 3, 4, 5  # streams of the seed


def build(cell: Cell, length: int, parameters: int) -> Reader:
    """An answer after every bit: by an RNN, or by an MLP that is shown the last `length` bits."""
    task = Parity(length)

    def of_size(hidden_size: int) -> Reader:
        window = length if cell == "mlp" else None
        return Reader(cell, task.input_size, hidden_size, task.output_size, every_step=True, window=window)

    return of_size(matched_size(of_size, parameters))


def right_by_bit(model: Reader, length: int, sequences: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(length,) the share of `sequences` new ones that are answered right after each bit."""
    inputs, targets = Parity(length).batch(sequences, rng)
    right: NDArray[np.float64] = (predict(model, inputs).argmax(axis=2) == targets).mean(axis=0)
    return right


def count_beyond(
    *, cell: Cell, learning_rate: float, length: int, long: int, longest: int, parameters: int, updates: int,
    batch_size: int, evaluate_every: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains on `length` bits and asks for the parity of `long` and of `longest`.

    `beyond` is the share of right answers after the last `length` bits of `long` ones, as many as were trained on.
    """
    task = Parity(length)
    model = initialise(lambda: build(cell, length, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, evaluate_every=evaluate_every, seed=seed
    )
    held_out = Fixed(*task.batch(512, generator(seed, VALIDATION)))
    run = fit(model, task, held_out, loss=task.loss, settings=settings)
    outcome = {"ended": run.status, "validation": run.validation, "size": count_parameters(model)}
    if run.status == "diverged":
        return outcome | {"beyond": math.nan, "faultless": False, "faultless_longest": False}
    by_bit = right_by_bit(model, long, 500, generator(seed, LONG))
    far = right_by_bit(model, longest, 100, generator(seed, LONGEST))
    return outcome | {
        "learned": by_bit[:length].mean(),
        "beyond": by_bit[-length:].mean(),
        "faultless": bool(by_bit.min() == 1),
        "faultless_longest": bool(far.min() == 1),
        "by_bit": by_bit.round(4).tolist(),
        "by_bit_longest": far[::length].round(4).tolist(),
    }


def rnn_against_mlp(records: Records) -> Verdict:
    """Right answers after the last bits of the long sequences."""
    rnn, mlp = (100 * records.where(cell=cell).values() for cell in ("rnn", "mlp"))
    return paired(rnn, mlp, better="higher", unit="points of 100")


def mlp_at_chance(records: Records) -> Verdict:
    """Holds if the windowed MLP is less than two points of 100 above a coin."""
    mlp = 100 * records.where(cell="mlp").values()
    return level(mlp, 52.0, better="lower", what="Right answers", unit="of 100")


def faultless(measurement: str) -> Callable[[Records], Verdict]:
    """Of the RNNs that make no mistake in the bits that they were trained on, how many make none at all?"""

    def judge(records: Records) -> Verdict:
        runs = [record.measurements for record in records.where(cell="rnn")]
        learned = [run for run in runs if run.get("learned") == 1]
        if not learned:
            return Verdict("cannot tell", math.nan, (math.nan, math.nan), "No RNN learned its training.", len(runs))
        return share(sum(run[measurement] for run in learned), len(learned), above=0.9)

    return judge


PARITY_LENGTH = Study(
    name="parity_length",
    question="Trained on the running parity of at most 12 bits, what does a network do with 120?",
    prediction="The RNN goes on counting without a mistake; the windowed MLP guesses from bit 13 on.",
    section="1.3",
    trial=count_beyond,
    measure="beyond",
    vary={"cell": ("rnn", "mlp")},
    hold={
        "length": 12,
        "long": 120,
        "longest": 1_200,
        "parameters": 500,
        "updates": 1_000,
        "batch_size": 64,
        "evaluate_every": 50,
    },
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"updates": 600},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim(
            "1.3a",
            "Trained on at most 12 bits, an RNN answers the last bits of 120 better than a windowed MLP of its size",
            rnn_against_mlp,
        ),
        Claim("1.3b", "Beyond its window the MLP is at chance", mlp_at_chance),
        Claim(
            "1.3c",
            "Nine of ten RNNs that make no mistake in 12 bits make none in 500 sequences of 120",
            faultless("faultless"),
        ),
        Claim(
            "1.3d",
            "Nine of ten RNNs that make no mistake in 12 bits make none in 100 sequences of 1,200",
            faultless("faultless_longest"),
        ),
    ),
)
