"""Chapter 6: which units saturate and which die while a network learns its digits, and at which learning rate?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnlab.probes import Saturation, during, saturation
from rnnlab.studies import Claim, Records, Study, Verdict, paired
from rnnlab.studies.activation_choice import build, digit_task, recurrent
from rnnlab.studies.verdict import level
from rnnlab.training import Settings, fit, initialise, predict

EDGES = {"rnn": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, 4.0)}  # of the histograms; beyond it: the last bin
BINS = 40


def watch(
    *, activation: str, learning_rate: float, parameters: int, updates: int, looks: list[int], sequences: int, seed: int
) -> dict[str, Any]:
    """Trains on rows of digits and looks at all states along validation sequences after so many updates.

    One entry a look, the last after the last update:
    saturated   share of the values whose slope is below a tenth of the largest; of a relu, the share that is off
    dead        share of the units that are saturated at one end at every step of every sequence
    histogram   shares of the values in BINS bins of equal width between EDGES

    woken       share of the units dead at the look before the last that are not at the last; NaN where none was dead
    """
    task = digit_task()
    net = initialise(lambda: build(activation, "digits", parameters), seed)
    shown = task.validation.inputs[:sequences]
    settings = Settings(updates=updates, batch_size=32, learning_rate=learning_rate, evaluate_every=updates, seed=seed)

    def look() -> Saturation:
        return saturation(recurrent(net), shown)["h"]

    with during(net, looks, look) as seen:
        run = fit(net, task.train, task.validation, loss=task.loss, settings=settings)
    found = [*seen.values(), look()]
    dead = found[-2].dead
    return {
        "ended": run.status,
        "validation": run.validation,
        "error": 1 - task.score(predict(net, task.test.inputs), task.test.targets),
        "saturated": [round(float(each.saturated.mean()), 5) for each in found],
        "dead": [round(float(each.dead.mean()), 5) for each in found],
        "histogram": [histogram(each, EDGES[activation]) for each in found],
        "saturated_last": float(found[-1].saturated.mean()),
        "dead_last": float(found[-1].dead.mean()),
        "woken": float(np.mean(~found[-1].dead[dead])) if dead.any() else float("nan"),
    }


def histogram(found: Saturation, edges: tuple[float, float]) -> list[float]:
    """Shares of the values in bins of equal width; what lies beyond an edge counts in the outermost bin."""
    counts, _ = np.histogram(np.clip(found.value, *edges), bins=BINS, range=edges)
    shares: list[float] = np.round(counts / found.value.size, 6).tolist()
    return shares


def share(records: Records, activation: str, learning_rate: float, measurement: str) -> NDArray[np.float64]:
    """One number a seed."""
    return records.where(activation=activation, learning_rate=learning_rate).values(measurement)


def tanh_saturates(records: Records) -> Verdict:
    """The share after the last update at learning rate 0.01; that none is at the start is asserted in the chapter."""
    what = "Share of tanh's values that are saturated"
    return level(share(records, "rnn", 0.01, "saturated_last"), 1 / 3, better="higher", what=what)


def saturated_is_not_dead(records: Records) -> Verdict:
    """The larger share of dead units, of tanh and of σ, at learning rate 0.01."""
    dead = np.maximum(*(share(records, each, 0.01, "dead_last") for each in ("rnn", "sigmoid")))
    return level(dead, 0.02, better="lower", what="Share of dead units, of tanh or of σ, the larger")


def relus_die(records: Records) -> Verdict:
    """The share of dead units at learning rate 0.01."""
    return level(share(records, "relu", 0.01, "dead_last"), 0.2, better="higher", what="Share of dead units")


def dead_stay_dead(records: Records) -> Verdict:
    """Of the ReLU units that were dead at the look before the last, the share that woke; of a seed over all rates."""
    table = records.where(activation="relu").table
    return level(
        np.asarray(table.groupby("seed")["woken"].mean(), dtype=np.float64), 0.01, better="lower",
        what="Share that woke",
    )  # fmt: skip


def larger_rates_kill_more(records: Records) -> Verdict:
    """Dead ReLU units at 0.03 against 0.001."""
    if 0.001 not in records.study.varied(records.mode)["learning_rate"]:
        detail = f"Its {records.mode} run has one learning rate."
        return Verdict("cannot tell", float("nan"), (float("nan"), float("nan")), detail, len(records.seeds))
    dead = [share(records, "relu", rate, "dead_last") for rate in (0.03, 0.001)]
    return paired(dead[0], dead[1], better="higher", margin=0.25, unit="of the units")


SATURATION = Study(
    name="saturation",
    question="Which units saturate, and which die, while a network learns its digits?",
    prediction="tanh and σ saturate and learn on; ReLU units die, more of them at larger steps, and stay dead.",
    section="6.2",
    trial=watch,
    measure="saturated_last",
    vary={"activation": ("rnn", "sigmoid", "relu"), "learning_rate": (0.001, 0.003, 0.01, 0.03)},
    hold={"parameters": 5_000, "updates": 400, "looks": [0, 10, 100], "sequences": 100},
    seeds=range(10),
    quick={"vary": {"activation": ("rnn", "sigmoid", "relu"), "learning_rate": (0.01,)}, "seeds": range(5)},
    claims=(
        Claim("6.2a", "At learning rate 0.01 more than a third of the values of a tanh network are saturated after 400 "
              "updates", tanh_saturates),
        Claim("6.2b", "Saturated is not dead: at learning rate 0.01 fewer than one in fifty units of tanh and of σ are "
              "dead after 400 updates", saturated_is_not_dead),
        Claim("6.2c", "At learning rate 0.01 more than a fifth of the units of a ReLU network are dead after 400 "
              "updates", relus_die),
        Claim("6.2d", "Dead ReLU units stay dead: of those dead after 100 updates fewer than one in a hundred wakes by "
              "the end", dead_stay_dead),
        Claim("6.2e", "At learning rate 0.03 more ReLU units are dead than at 0.001, by more than a quarter of all",
              larger_rates_kill_more),
    ),
)  # fmt: skip
