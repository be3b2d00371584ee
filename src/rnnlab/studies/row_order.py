"""Chapter 5: what is left of a recurrent network's lead when the order of the rows means nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.data import weather
from rnnlab.layers import Reader, matched_size
from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

Float32 = NDArray[np.float32]

STATIONS = ("JFK", "LGA", "EWR")
INPUTS = ("humid", "pressure", "wind_speed", "precip", "visib")
TARGET = "temp"
PARTS = {"train": (0, 1), "validation": (2,), "test": (3,)}  # every fourth week; neighbouring hours stay together

# In time; each sequence's own rows in random order; all rows of a part dealt out anew.
ORDERS = ("in time", "shuffled in the day", "shuffled over the year")
MODELS = ("gru", "mlp", "mlp, pooled")


@lru_cache(maxsize=4)
def hours(length: int) -> dict[str, tuple[Float32, Float32]]:
    """Inputs (N, length, 5) and temperatures (N, length) of each part: whole stretches of one station, in time.

    Both are scaled by the training part; gaps hold the last value before them. The temperature's scale is `spread()`.
    """
    found: dict[str, list[NDArray[np.float64]]] = {part: [] for part in PARTS}
    for station in STATIONS:
        table = weather(station)[[*INPUTS, TARGET]].ffill().bfill()
        table["precip"] = np.log1p(table["precip"])
        index = pd.DatetimeIndex(table.index)
        week = (index - index[0]).days // 7
        for part, weeks in PARTS.items():
            for number in range(int(week.max()) + 1):
                if number % 4 in weeks:
                    rows = table.to_numpy(np.float64)[week == number]
                    found[part] += [rows[k : k + length] for k in range(0, len(rows) - length + 1, length)]
    stacked = {part: np.stack(sequences) for part, sequences in found.items()}
    mean, std = stacked["train"].mean(axis=(0, 1)), stacked["train"].std(axis=(0, 1))
    scaled = {part: ((rows - mean) / std).astype(np.float32) for part, rows in stacked.items()}
    return {part: (rows[:, :, :-1], rows[:, :, -1]) for part, rows in scaled.items()}


@lru_cache(maxsize=1)
def spread() -> float:
    """The standard deviation of the temperature over the training weeks, in °C: what one unit of a target is."""
    known = [weather(station)[TARGET].ffill().bfill() for station in STATIONS]
    weeks = [(pd.DatetimeIndex(each.index) - each.index[0]).days // 7 % 4 for each in known]
    return float(np.concatenate([each[week < 2] for each, week in zip(known, weeks, strict=True)]).std())


def ordered(x: Float32, y: Float32, order: str, rng: np.random.Generator) -> tuple[Float32, Float32]:
    """The same rows (N, T, I) with their targets (N, T), in one of `ORDERS`."""
    if order == "in time":
        return x, y
    N, T = y.shape
    place = np.arange(N * T).reshape(N, T)
    place = rng.permuted(place, axis=1) if order == "shuffled in the day" else rng.permutation(N * T).reshape(N, T)
    return x.reshape(N * T, -1)[place], y.reshape(N * T)[place]


def pooled(x: Float32) -> Float32:
    """Each row with the mean of the rows so far, (N, T, 2I): all that a network without order can know of them."""
    means = x.cumsum(axis=1) / np.arange(1, x.shape[1] + 1)[:, None]
    return np.concatenate([x, means], axis=2).astype(np.float32)


def build(model: str, parameters: int) -> Reader:
    """A GRU over the rows, an MLP that sees one row, or one that sees the row and the mean of those so far."""
    columns = len(INPUTS) * (2 if model == "mlp, pooled" else 1)

    def of_size(hidden_size: int) -> Reader:
        if model == "gru":
            return Reader("gru", columns, hidden_size, 1, every_step=True)
        return Reader("mlp", columns, hidden_size, 1, every_step=True, window=1)

    return of_size(matched_size(of_size, parameters))


def estimate_temperature(
    *, model: str, order: str, learning_rate: float, parameters: int, length: int, updates: int, batch_size: int,
    evaluate_every: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Trains one network to tell each hour's temperature from the rows up to it; its error on the test weeks, in °C."""
    rng = generator(seed, 5)
    parts = {}
    for part, (x, y) in hours(length).items():
        x, y = ordered(x, y, order, rng)
        parts[part] = Fixed(pooled(x) if model == "mlp, pooled" else x, y[:, :, None])
    net = initialise(lambda: build(model, parameters), seed)
    settings = Settings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, evaluate_every=evaluate_every, seed=seed
    )
    run = fit(net, parts["train"], parts["validation"], settings=settings)
    test = parts["test"]
    error = np.abs(predict(net, test.inputs) - test.targets).mean() * spread()
    return {"ended": run.status, "validation": run.validation, "mae": float(error)}


def errors(records: Records, order: str, model: str) -> NDArray[np.float64]:
    """One number a seed, in °C."""
    return records.where(order=order, model=model).values()


def lead_in_time(records: Records) -> Verdict:
    """The GRU against the MLP that sees one row."""
    return paired(errors(records, "in time", "gru"), errors(records, "in time", "mlp"), unit="°C")


def lead(records: Records, order: str) -> NDArray[np.float64]:
    """By how much the GRU's error is lower than that of the MLP that sees one row: one number a seed, in °C."""
    return errors(records, order, "mlp") - errors(records, order, "gru")


def day_shuffle_takes_half(records: Records) -> Verdict:
    """The lead over rows shuffled within the day against half of the lead in time."""
    return paired(lead(records, ORDERS[1]), lead(records, ORDERS[0]) / 2, unit="°C")


def lead_lost(records: Records) -> Verdict:
    """The lead over rows shuffled through the year against a quarter of the lead in time."""
    return paired(lead(records, ORDERS[2]), lead(records, ORDERS[0]) / 4, unit="°C")


def pooling_keeps_up(records: Records) -> Verdict:
    """The pooled MLP against the GRU where the rows of a day come in random order."""
    order = "shuffled in the day"
    return paired(errors(records, order, "mlp, pooled"), errors(records, order, "gru"), margin=-0.2, unit="°C")


ROW_ORDER = Study(
    name="row_order",
    question="What is left of a recurrent network's lead when the order of the rows means nothing?",
    prediction="In time the GRU beats a network that sees one row; over shuffled rows it does not.",
    section="5.4",
    trial=estimate_temperature,
    measure="mae",
    vary={"order": ORDERS, "model": MODELS},
    hold={"parameters": 1_500, "length": 24, "updates": 400, "batch_size": 32, "evaluate_every": 40},
    tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation"),
    seeds=range(10),
    quick={
        "hold": {"updates": 120},
        "seeds": range(5),
        "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation"),
    },
    claims=(
        Claim("5.4e", "In time, a GRU tells the temperature better than an MLP that sees one row", lead_in_time),
        Claim(
            "5.4f",
            "Shuffling the hours of each day takes at least half of a GRU's lead over an MLP that sees one row",
            day_shuffle_takes_half,
        ),
        Claim(
            "5.4g",
            "Over rows shuffled within the day, an MLP that is given the mean of the rows so far is at most 0.2 °C "
            "behind the GRU",
            pooling_keeps_up,
        ),
        Claim(
            "5.4h",
            "Over rows shuffled through the year, less than a quarter of the GRU's lead over an MLP is left",
            lead_lost,
        ),
    ),
)
