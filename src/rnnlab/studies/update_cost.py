"""Chapter 4: what an update costs when the sequence is longer, in time and in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from rnnlab import engine
from rnnlab.layers import Cell, Reader
from rnnlab.studies import Claim, Records, Study, Verdict, interval
from rnnlab.studies.verdict import Decision
from rnnlab.tasks import Adding
from rnnlab.training import clip_by_norm, generator, initialise
from rnnlab.training.adam import Adam
from rnnlab.training.seeding import one_thread

DATA = 5  # the stream of a seed that the sequences come from


def bytes_kept(model: nn.Module, inputs: Tensor) -> int:
    """What the forward pass keeps in memory for the backward pass; weights and inputs are there anyway."""
    known = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), inputs)}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in known:
            kept[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        prediction = model(inputs)
    del prediction  # it held the tensors in place, so that no address could be given twice
    return sum(kept.values())


def growth_exponent(lengths: ArrayLike, costs: ArrayLike) -> float:
    """p of cost ∝ T^p: the slope of log cost against log T by least squares; NaN where a cost is not above 0."""
    if np.min(costs) <= 0:
        return math.nan
    return float(np.polyfit(np.log(np.asarray(lengths, dtype=float)), np.log(np.asarray(costs, dtype=float)), 1)[0])


def cost_of_updates(
    *,
    cell: Cell,
    lengths: tuple[int, ...],
    fitted_from: int,
    hidden_size: int,
    batch_size: int,
    repeats: int,
    seed: int,
) -> dict[str, Any]:
    """Times one update (forward, loss, backward, clipping, Adam) at each length, on one thread.

    The lengths take turns, `repeats` times, with three updates each, as a training makes them one after another at one
    length, and each keeps its shortest time: whatever else the machine does can only lengthen one. The clock
    counts the time of the processor, not of the wall. The exponents are fitted from the length `fitted_from` on.
    """
    model = initialise(lambda: Reader(cell, 2, hidden_size, 1), seed)
    optimiser = Adam(model.parameters(), 1e-3)
    batches = {}
    for length in lengths:
        inputs, targets = Adding(length).batch(batch_size, generator(seed, DATA, length))
        batches[length] = torch.from_numpy(inputs), torch.from_numpy(targets)

    def update(length: int) -> float:
        inputs, targets = batches[length]
        began = time.process_time()
        optimiser.zero_grad()
        nn.functional.mse_loss(model(inputs), targets).backward()  # type: ignore[no-untyped-call]  # torch's
        clip_by_norm(optimiser.parameters, 1.0)
        optimiser.step()
        return 1e3 * (time.process_time() - began)

    threads = engine.get_threads()
    engine.set_threads(1)
    try:
        with one_thread():
            times = dict.fromkeys(lengths, math.inf)
            for _ in range(repeats):
                for length in lengths:
                    times[length] = min(times[length], *(update(length) for _ in range(3)))
    finally:
        engine.set_threads(threads)
    memory = [bytes_kept(model, batches[length][0]) for length in lengths]
    long = [length for length in lengths if length >= fitted_from]
    return {
        "time_exponent": growth_exponent(long, [times[length] for length in long]),
        "memory_exponent": growth_exponent(long, memory[-len(long) :]),
        "milliseconds": [round(times[length], 4) for length in lengths],
        "bytes": memory,
    }


def is_linear(measurement: str, within: float) -> Callable[[Records], Verdict]:
    """Judges whether the exponent is 1 to `within`: the mean of the cells, with its interval over seeds."""

    def judge(records: Records) -> Verdict:
        by_seed = np.asarray(records.table.groupby("seed")[measurement].mean().dropna(), dtype=np.float64)
        mean, low, high = interval(by_seed)
        decision: Decision = "cannot tell"
        if low > 1 - within and high < 1 + within:
            decision = "holds"
        elif high <= 1 - within or low >= 1 + within:
            decision = "does not hold"
        against = f"against {1 - within:g} to {1 + within:g}"
        detail = f"The exponent is {mean:.3f} [{low:.3f}, {high:.3f}] over {by_seed.size} seeds, {against}."
        return Verdict(decision, mean, (low, high), detail, by_seed.size)

    return judge


def fourfold_takes_less(shorter: int, times: float) -> Callable[[Records], Verdict]:
    """Judges whether four times the length takes less than `times` as long, the mean of the cells, seed by seed."""

    def judge(records: Records) -> Verdict:
        lengths = records.study.hold["lengths"]
        first, fourth = lengths.index(shorter), lengths.index(4 * shorter)
        ratios = [
            np.mean([m[fourth] / m[first] for r in records if r.seed == seed for m in [r.measurements["milliseconds"]]])
            for seed in records.seeds
        ]
        mean, low, high = interval(ratios)
        decision: Decision = "holds" if high < times else "does not hold" if low >= times else "cannot tell"
        detail = (
            f"It takes {mean:.2f} [{low:.2f}, {high:.2f}] times as long over {len(ratios)} seeds, against {times:g}."
        )
        return Verdict(decision, mean, (low, high), detail, len(ratios))

    return judge


UPDATE_COST = Study(
    name="update_cost",
    question="What does an update cost when the sequence is twice as long?",
    prediction="Twice the time and twice the memory.",
    section="4.1",
    trial=cost_of_updates,
    measure="time_exponent",
    vary={"cell": ("rnn", "gru", "lstm")},
    hold={
        "lengths": (25, 50, 100, 200, 400, 800, 1_600),
        "fitted_from": 400,
        "hidden_size": 32,
        "batch_size": 32,
        "repeats": 10,
    },
    seeds=range(10),
    quick={"hold": {"repeats": 3}, "seeds": range(5)},
    claims=(
        Claim(
            "4.1a",
            "From 400 steps on, the time of an update grows in proportion to the length",
            is_linear("time_exponent", 0.2),
        ),
        Claim(
            "4.1b",
            "A sequence of 100 steps takes less than three times as long as one of 25",
            fourfold_takes_less(25, 3.0),
        ),
        Claim(
            "4.1c",
            "What the forward pass keeps for the backward pass grows in proportion to the length",
            is_linear("memory_exponent", 0.02),
        ),
    ),
)
