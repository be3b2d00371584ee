"""Chapter 2: what an RNN that learnt to read presidents' speeches remembers, for how long, and in which units."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rnnlab import scratch
from rnnlab.data import speeches
from rnnlab.layers import Reader
from rnnlab.probes import read_out_accuracy, reset_price, squared_correlation, states_of, unit_probe
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.memory_capacity import told
from rnnlab.tasks import LanguageTask, NGram, Text, language
from rnnlab.training import Fixed, Settings, fit_truncated, generator, initialise
from rnnlab.training.truncation import carried_loss

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

TEXTS = ("as spoken", "shuffled")
SHUFFLE, RESETS, CONTROLS = 5, 6, 7  # streams of a seed's random numbers, apart from those of training
ROW = 2_000  # characters that are read in one go, the state carried
AFTER = 50  # characters that are followed after a reset
READ = 8_000  # characters of the validation part that the probes read
LONGEST = 12  # lag at which the state is asked for a character
CONTROL_SHIFTS = 40
COMPARED = 20  # updates by hand and on the engine


@lru_cache(maxsize=1)
def speech_task() -> LanguageTask:
    """What presidents said from 1945 to 1999 to learn from, from 2000 to 2009 to be tried on."""
    table = speeches()
    return language(table[table["year"] >= 1945], train_until="2000", validation_until="2010")


@lru_cache(maxsize=1)
def tables() -> tuple[float, ...]:
    """Bits a character of validation costs tables, made of all of training, that know none, one and two before it."""
    task = speech_task()
    tokens = task.train.tokens
    return tuple(
        NGram(tokens, task.input_size, order).bits_per_character(task.validation.tokens[:50_000]) for order in (1, 2, 3)
    )


def shuffled(text: Text, rng: np.random.Generator) -> Text:
    """The same characters in random order: nothing before a character says anything about it."""
    return replace(text, tokens=rng.permutation(text.tokens))


def build(task: LanguageTask, hidden_size: int) -> Reader:
    """An RNN over one-hot characters with a linear head, predicting at every step."""
    return Reader("rnn", task.input_size, hidden_size, task.input_size, tokens=True, every_step=True)


def since_space(task: LanguageTask, tokens: Int64) -> Float64:
    """How many characters ago the last space or line break was, at every token (N,); before it, the start."""
    white = np.isin(tokens, task.encode(" \n"))
    places = np.arange(len(tokens))
    return (places - np.maximum.accumulate(np.where(white, places, 0))).astype(np.float64)


def inside_word(task: LanguageTask, tokens: Int64) -> Float64:
    """1 at a letter, 0 at any other character, at every token (N,)."""
    letter = np.array([each.isalpha() for each in task.alphabet])
    return letter[tokens].astype(np.float64)


FEATURES: dict[str, Callable[[LanguageTask, Int64], Float64]] = {"inside_word": inside_word, "since_space": since_space}


def disagreement(task: LanguageTask, hidden_size: int, updates: int, seed: int) -> float:
    """Largest difference of the loss, in bits, between training by `rnnlab.scratch` and by the engine.

    Both in float64, from the same weights, on the same chunks, with the state carried, by gradient descent.
    """
    model = initialise(lambda: build(task, hidden_size), seed).double()
    cell = scratch.Elman(task.input_size, hidden_size, rng=0)
    readout = scratch.Linear(hidden_size, task.input_size, rng=0)
    pairs = [(cell.parameters, model.core), (readout.parameters, model.head)]
    for ours, module in pairs:
        ours |= {name: weight.detach().numpy().copy() for name, weight in module.named_parameters()}
    one_hot, by_hand, on_engine = np.eye(task.input_size), None, None
    worst, step = 0.0, 0.5
    for _, (x, y) in zip(range(updates), task.train.chunks(16, 25), strict=False):
        found = scratch.through_time(cell, readout, scratch.cross_entropy, one_hot[x.T], np.asarray(y.T), by_hand)
        prediction, on_engine = model.carry(torch.from_numpy(x.copy()), on_engine)
        loss = task.loss(prediction, torch.from_numpy(y.copy()))
        gradients = torch.autograd.grad(loss, [weight for _, module in pairs for weight in module.parameters()])
        by_hand, on_engine = found.state, on_engine.detach()
        worst = max(worst, abs(found.loss / x.shape[1] - loss.item()) / math.log(2))
        weights = [(ours, *named) for ours, module in pairs for named in module.named_parameters()]
        for (ours, name, weight), gradient in zip(weights, gradients, strict=True):
            ours[name] -= step * found.gradients[name] / x.shape[1]
            weight.data -= step * gradient
    return worst


def look_inside(model: Reader, task: LanguageTask, seed: int) -> dict[str, Any]:
    """What a linear map names of the last characters, and the units that follow FEATURES, on the text as spoken."""
    core: Any = model.core
    tokens = task.validation.tokens[:READ]
    states = states_of(core, np.eye(task.input_size)[tokens])
    past = np.stack([tokens[LONGEST - lag : READ - lag] for lag in range(LONGEST + 1)], axis=1)
    found: dict[str, Any] = {"named": read_out_accuracy(states[LONGEST:], past).round(4).tolist()}
    nonsense = shuffled(task.validation, generator(seed, SHUFFLE)).tokens[:READ]
    on_nonsense = states_of(core, np.eye(task.input_size)[nonsense])
    for name, feature in FEATURES.items():
        probe = unit_probe(states, feature(task, tokens), controls=CONTROL_SHIFTS, rng=generator(seed, CONTROLS))
        again = squared_correlation(on_nonsense, feature(task, nonsense))[probe.best]
        found |= {
            f"{name}_unit": probe.best,
            f"{name}_r2": probe.best_r2,
            f"{name}_together": probe.together,
            f"{name}_by_chance": float(np.quantile(probe.by_chance, 0.95)),
            f"{name}_on_nonsense": float(again),
        }
    return found


def read_speeches(
    *, text: str, hidden_size: int, learning_rate: float, updates: int, chunk: int, batch_size: int, seed: int
) -> dict[str, Any]:
    """Trains one RNN on characters, as they were spoken or shuffled, and looks at what its state is good for."""
    task = speech_task()
    train, validation = task.train, task.validation
    if text == "shuffled":
        train, validation = (shuffled(part, generator(seed, SHUFFLE, k)) for k, part in enumerate((train, validation)))
    inputs, targets = validation.excerpts(ROW)
    held = Fixed(inputs[:24], targets[:24])
    model = initialise(lambda: build(task, hidden_size), seed)
    before = {f"{name}_before": value for name, value in look_inside(model, task, seed).items()}
    start = carried_loss(model, held, task.loss) / math.log(2)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, seed=seed, evaluate_every=updates // 10
    )
    run = fit_truncated(model, Fixed(*train.excerpts(ROW)), held, k1=chunk, loss=task.loss, settings=settings)
    outcome = before | {"ended": run.status, "bits": run.validation / math.log(2), "bits_before": start}
    outcome |= {"guessing": math.log2(task.input_size), "tables": list(tables())}
    if run.status == "diverged":
        return outcome
    price = reset_price(model, inputs[:64], targets[:64], after=AFTER, rng=generator(seed, RESETS))
    return (
        outcome
        | look_inside(model, task, seed)
        | {
            "curve": [[row.update, row.validation / math.log(2)] for row in run.history],
            "emptied": price.emptied.round(4).tolist(),
            "swapped": price.swapped.round(4).tolist(),
            "recovered": recovered(price.emptied),
            "worth": float(price.emptied.sum()),
            "worth_swapped": float(price.swapped.sum()),
            "disagreement": disagreement(task, hidden_size, COMPARED, seed),
        }
    )


def recovered(extra: Float64) -> int:
    """Characters after a reset until the extra price stays below a twentieth of a bit."""
    late = np.flatnonzero(extra >= 0.05)
    return int(late[-1]) + 1 if len(late) else 0


def spoken(records: Records, measurement: str) -> Float64:
    """One number a seed, of the networks that learnt from the text as it was spoken."""
    return records.where(text="as spoken").values(measurement)


def at(records: Records, measurement: str, place: int | slice, text: str = "as spoken") -> Float64:
    """One number a seed: an entry of a measured list, or the mean of a slice of it; NaN where the run diverged."""
    found = [record.measurements.get(measurement) for record in records.where(text=text)]
    return np.array([math.nan if each is None else np.mean(each[place]) for each in found])


def starts_by_guessing(records: Records) -> Verdict:
    """How far an untrained network's bits are from log₂ V, against a tenth of a bit."""
    before, guess = spoken(records, "bits_before"), spoken(records, "guessing")
    return told(
        paired(np.abs(before - guess), 0.1),
        "Bits before training",
        before,
        f"log₂ V = {guess[0]:.2f}, give or take 0.1",
    )


def beats_pairs(records: Records) -> Verdict:
    """Bits after training against those of a table that knows the last character alone."""
    return paired(spoken(records, "bits"), at(records, "tables", 1), unit="bits")


def same_curve(records: Records) -> Verdict:
    """The largest difference of the two losses on a seed, against 10⁻⁸ bits."""
    apart = spoken(records, "disagreement")
    return told(paired(apart, 1e-8), f"Largest difference of the loss in {COMPARED} updates, bits", apart, "10⁻⁸")


def training_keeps_more(records: Records) -> Verdict:
    """The share of characters one to eight steps back that a linear map names, after training against before."""
    after, before = (at(records, name, slice(1, 9)) for name in ("named", "named_before"))
    return paired(100 * after, 100 * before, better="higher", unit="points of 100")


def first_jump(records: Records) -> Verdict:
    """The price of the first character read with another place's state, against half a bit."""
    price = at(records, "swapped", 0)
    return told(paired(price, 0.5, better="higher"), "Extra bits of the first character", price, "0.5")


def still_pays(records: Records) -> Verdict:
    """The price of the tenth character, against a twentieth of a bit."""
    price = at(records, "swapped", 9)
    return told(paired(price, 0.05, better="higher"), "Extra bits of the tenth character", price, "0.05")


def nothing_to_remember(records: Records) -> Verdict:
    """The sum of the prices after training on shuffled text, against a twentieth of a bit."""
    price = records.where(text="shuffled").values("worth_swapped")
    return told(paired(price, 0.05), f"Extra bits of {AFTER} characters, their sum", price, "0.05")


def unit_against_untrained(feature: str) -> Callable[[Records], Verdict]:
    """Judges whether the best unit follows a feature more closely than the best unit of the same network untrained."""
    return lambda records: paired(
        spoken(records, f"{feature}_r2"),
        spoken(records, f"{feature}_r2_before"),
        better="higher",
        unit="of the variance",
    )


def counts_in_nonsense(records: Records) -> Verdict:
    """How closely the same unit follows the last space among shuffled characters; no worse is at most 0.02 below."""
    names = ("since_space_on_nonsense", "since_space_r2")
    return paired(*(spoken(records, name) for name in names), better="higher", margin=-0.02, unit="of the variance")


SPEECH_MEMORY = Study(
    name="speech_memory",
    question="What does a small RNN that has learnt to read speeches remember, for how long, and in which units?",
    prediction="Its state keeps more of the last characters than before training, and is needed for dozens of them.",
    section="2.4",
    trial=read_speeches,
    measure="bits",
    vary={"text": TEXTS},
    hold={"hidden_size": 128, "learning_rate": 5e-3, "updates": 2_000, "chunk": 50, "batch_size": 32},
    seeds=range(10),
    quick={"hold": {"hidden_size": 64, "learning_rate": 1e-2, "updates": 200}, "seeds": range(5)},
    claims=(
        Claim(
            "2.1a",
            "Before it has learnt anything, the network pays what guessing costs, log₂ V bits",
            starts_by_guessing,
        ),
        Claim("2.1b", "After training it pays less than a table that knows the last character", beats_pairs),
        Claim("2.1c", "Gradients by hand and by the engine give the same loss curve", same_curve),
        Claim("2.4a", "Learning to read makes the state hold more of the last characters", training_keeps_more),
        Claim("2.4b", "Reading on with a false state costs the next character at least half a bit", first_jump),
        Claim("2.4c", "Ten characters after its state was made false the network still pays for it", still_pays),
        Claim("2.4d", "For a false state, a network that learnt from shuffled text pays nothing", nothing_to_remember),
        Claim(
            "2.5a",
            "Training makes a unit follow the distance to the last space more closely than any did before",
            unit_against_untrained("since_space"),
        ),
        Claim(
            "2.5b",
            "Training makes a unit follow “inside a word” more closely than any did before",
            unit_against_untrained("inside_word"),
        ),
        Claim(
            "2.5c",
            "The unit that follows the last space counts: among shuffled characters it follows it no worse",
            counts_in_nonsense,
        ),
    ),
)
