"""Chapter 7: how much of the work is padding, and what bucketing and packing make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from rnnlab import data, layers
from rnnlab.studies import Claim, Records, Study, level
from rnnlab.studies.stopwatch import on_one_core, race
from rnnlab.training import Bucketed, initialise, padding_waste

TEXTS = ("surnames", "paragraphs")
WAYS = ("to the longest of all", "to the longest of the batch", "bucketed")
MAKERS = {"engine": layers, "torch": nn}
Indices = NDArray[np.int64]


@lru_cache
def text_lengths(texts: str) -> Indices:
    """How many characters each surname has, or each paragraph of the speeches since 1950 that has up to 1,000."""
    if texts == "surnames":
        return np.asarray(data.surnames()["letters"].str.len(), dtype=np.int64)
    speeches = data.speeches()
    texts_since = speeches["text"][speeches["year"] >= 1950]
    lengths = np.array([len(part) for text in texts_since for part in text.split("\n\n") if part], dtype=np.int64)
    return lengths[lengths <= 1_000]


def batches_of(way: str, lengths: Indices, size: int, rng: np.random.Generator, pool: int) -> list[Indices]:
    """The batches of one epoch."""
    pool = pool if way == "bucketed" else 1
    return Bucketed(np.empty((len(lengths), lengths.max())), lengths, lengths, pool=pool).deal(size, rng)


def epoch(
    layer: nn.RNNBase, batches: Sequence[tuple[torch.Tensor, torch.Tensor]], packed: bool
) -> Callable[[], object]:
    """Forward and backward over every batch (x (T, B, I), lengths); the loss is the sum of the last states."""
    weights = list(layer.parameters())

    def run() -> None:
        for x, lengths in batches:
            fed = pack_padded_sequence(x, lengths, enforce_sorted=False) if packed else x
            outputs, (h_n, _) = layer(fed)
            last = h_n[0] if packed else outputs[lengths - 1, torch.arange(len(lengths))]
            torch.autograd.grad(last.sum(), weights)

    return run


def waste(
    *, texts: str, batch_size: int, pool: int, I: int, H: int, timed: int, timed_longest: int, rounds: int, seed: int
) -> dict[str, Any]:
    """Shares of padding over all texts, and the time of an epoch over `timed` batches of them, LSTM, one core."""
    lengths, rng = text_lengths(texts), np.random.default_rng(seed)
    dealt = {way: batches_of(way, lengths, batch_size, rng, pool) for way in WAYS}
    outcome: dict[str, Any] = {"sequences": len(lengths), "longest": int(lengths.max())}
    outcome |= {
        f"waste {way}": padding_waste(lengths, None if way == WAYS[0] else batches) for way, batches in dealt.items()
    }

    sample = rng.choice(lengths[lengths <= timed_longest], timed * batch_size, replace=False)
    runners: dict[str, Callable[[], object]] = {}
    for way in (*WAYS, "packed"):
        parts = batches_of(way, sample, batch_size, np.random.default_rng(seed), timed)
        fed = []
        for part in parts:
            T = sample.max() if way == WAYS[0] else sample[part].max()
            x = torch.tensor(rng.standard_normal((T, len(part), I)), dtype=torch.float32)
            fed.append((x, torch.tensor(sample[part])))
        for maker, module in MAKERS.items():
            layer = initialise(partial(module.LSTM, I, H), seed)
            runners[f"{maker} {way}"] = epoch(layer, fed, packed=way == "packed")
    with on_one_core():
        found = race(runners, rounds=rounds)
    for maker in MAKERS:
        plain = f"{maker} {WAYS[1]}"
        outcome[f"{maker} bucketed gain"] = found.times_faster(f"{maker} bucketed", plain)
        outcome[f"{maker} packed cost"] = found.times_faster(plain, f"{maker} packed")
        outcome |= {f"{name} ms": found.milliseconds(name) for name in runners if name.startswith(maker)}
    return outcome


def over_texts(records: Records, name: str, pick: Callable[..., Any]) -> NDArray[np.float64]:
    """One number a seed: the least or the greatest over the two kinds of text."""
    return np.asarray(pick([records.where(texts=texts).values(name) for texts in TEXTS], axis=0))


PADDING = Study(
    name="padding",
    question="How much of the work is padding, and does less padding save time?",
    prediction="Most of it, if all are padded to the longest; bucketing saves it; packing too, but not on torch's CPU.",
    section="7.3",
    trial=waste,
    measure="engine bucketed gain",
    vary={"texts": TEXTS},
    hold={"batch_size": 32, "pool": 50, "I": 16, "H": 32, "timed": 4, "timed_longest": 300, "rounds": 5},
    seeds=range(10),
    quick={"hold": {"timed": 4, "timed_longest": 80, "rounds": 2}, "seeds": range(5)},
    claims=(
        Claim(
            "7.3a",
            "Padded to the longest of all, more than half of the steps are padding",
            lambda records: level(
                over_texts(records, f"waste {WAYS[0]}", np.min),
                0.5,
                better="higher",
                what="The share of padding, of the texts that have less",
            ),
        ),
        Claim(
            "7.3b",
            "Bucketing leaves less than a twentieth of padding",
            lambda records: level(
                over_texts(records, "waste bucketed", np.max),
                0.05,
                better="lower",
                what="The share of padding, of the texts that have more",
            ),
        ),
        Claim(
            "7.3c",
            "Bucketing makes an epoch faster than padding random batches, on the engine",
            lambda records: level(
                over_texts(records, "engine bucketed gain", np.min),
                1.0,
                better="higher",
                unit="times",
                what="The time of an epoch of random batches over that of a bucketed one, where it is least",
            ),
        ),
        Claim(
            "7.3d",
            "On a CPU torch takes more than twice as long for a packed batch as for a padded one",
            lambda records: level(
                over_texts(records, "torch packed cost", np.min),
                2.0,
                better="higher",
                unit="times",
                what="The time of packed batches over that of padded ones, where it is least",
            ),
        ),
        Claim(
            "7.3e",
            "On the engine a packed batch takes no longer than a padded one",
            lambda records: level(
                over_texts(records, "engine packed cost", np.max),
                1.0,
                better="lower",
                unit="times",
                what="The time of packed batches over that of padded ones, where it is greatest",
            ),
        ),
    ),
)
