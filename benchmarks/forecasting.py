"""Runs `rnnlab.forecasting.compare` on series of which something is known: does it say so?

    python benchmarks/forecasting.py                        all of them, quick: some minutes
    python benchmarks/forecasting.py --full "JFK, autumn"   those that are named, full

Weather and share prices are split as chapter 10 splits them, so that its records and the comparison answer the same
question; of the made series the best possible error is known. One process, one thread; networks of the size that the
command takes by itself. Each case is written to results/benchmarks/forecasting.json when it ends, and every trial to
rnnlab-results, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import rnnlab
from rnnlab import engine
from rnnlab.data import sea_temperature, stocks, weather
from rnnlab.data.stocks import TICKERS
from rnnlab.errors import InputError
from rnnlab.files import whole_file
from rnnlab.forecasting import Result, compare
from rnnlab.forecasting.options import Mode
from rnnlab.studies import results_folder
from rnnlab.studies.machine import machine
from rnnlab.studies.store import own_folder
from rnnlab.studies.weather_forecast import CUTOFFS, INPUTS

PATH = results_folder() / "benchmarks" / "forecasting.json"

DRAWS = 5  # series of each made kind
STEPS = 800  # of each
NOISE = 0.1  # of the switching autoregression
SWING = (1.2, -0.5)  # of the AR(2)

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Data and settings as a user gives them; `optimum` is the mean absolute error of the best possible forecast."""

    about: str
    data: Callable[[], pd.DataFrame | pd.Series[float]]
    given: dict[str, Any]
    optimum: float | None = None
    chapter: dict[str, str] = field(default_factory=dict)  # which of chapter 10's records answer the same question


def at(station: str, cutoff: str) -> Case:
    """Chapter 10's fold: trained on what lies before the 45 days before the cut-off, tested until the next one."""
    until = dict(zip(CUTOFFS, [*CUTOFFS[1:], None], strict=True))[cutoff]
    begins = pd.Timestamp(cutoff) - pd.Timedelta("45D")

    def table() -> pd.DataFrame:
        frame = weather(station)[list(INPUTS)]
        return frame.assign(precip=np.log1p(frame["precip"]))

    given: dict[str, Any] = {
        "target": "temp", "inputs": INPUTS[1:], "calendar": ("hour_of_day",), "horizon": 24, "season": 24, "window": 48,
        "train_until": str(begins.date()), "validation_until": cutoff, "test_until": until,
    }  # fmt: skip
    about = "temperature of the next 24 hours from six measurements"
    return Case(about, table, given, chapter={"station": station, "cutoff": cutoff})


def price(ticker: str) -> Case:
    """Chapter 10's split: a row is a trading day."""
    given = {"horizon": 1, "season": 1, "window": 20, "train_until": 0.6, "validation_until": 0.75}
    about = "price of the next trading day"
    return Case(about, lambda: stocks(ticker)["price"].reset_index(drop=True), given, chapter={"ticker": ticker})


def prices() -> pd.DataFrame:
    """One below the other, as `pandas.concat` leaves them: the index repeats its dates."""
    return pd.concat([stocks(ticker)[["price"]].assign(ticker=ticker) for ticker in TICKERS])


def sunspots() -> pd.DataFrame:
    """Yearly, 1700 to 2008; the years of the source are numbers."""
    from statsmodels.datasets import sunspots as source

    return pd.DataFrame(source.load_pandas().data).astype({"YEAR": int})


def el_nino() -> pd.Series[float]:
    """Monthly, 1950 to 2010; the source has a row a year."""
    from statsmodels.datasets import elnino as source

    table = pd.DataFrame(source.load_pandas().data).set_index("YEAR")
    months = pd.date_range(f"{table.index[0]:.0f}-01-01", periods=table.size, freq="MS")
    return pd.Series(table.to_numpy().ravel(), index=months, name="temperature")


def made(draw: Callable[[np.random.Generator], dict[str, Float64]]) -> pd.DataFrame:
    """DRAWS series from the seeds 0, 1, …, one below the other."""
    days = pd.date_range("2020-01-01", periods=STEPS)
    drawn = [pd.DataFrame({"id": f"draw {seed}", "day": days} | draw(np.random.default_rng(seed)))
             for seed in range(DRAWS)]  # fmt: skip
    return pd.concat(drawn, ignore_index=True)


def swinging(rng: np.random.Generator, T: int = STEPS) -> Float64:
    """y_t = 1.2 y_{t−1} − 0.5 y_{t−2} + e_t"""
    e, y = rng.normal(size=T), np.zeros(T)
    for t in range(2, T):
        y[t] = SWING[0] * y[t - 1] + SWING[1] * y[t - 2] + e[t]
    return y


def switching(rng: np.random.Generator) -> Float64:
    """y_t = 1 − 1.6 |y_{t−1}| + 0.1 e_t: an autoregression whose slope changes its sign at 0."""
    e, y = rng.normal(size=STEPS), np.zeros(STEPS)
    for t in range(1, STEPS):
        y[t] = 1 - 1.6 * abs(y[t - 1]) + NOISE * e[t]
    return y


def leaked(rng: np.random.Generator) -> dict[str, Float64]:
    """A column that is the target of three steps later, with a little noise."""
    y = swinging(rng, STEPS + 3)
    return {"y": y[:STEPS], "order_book": y[3:] + 0.05 * rng.normal(size=STEPS)}


def mean_error(spread: float | Float64) -> float:
    """E|e| = σ √(2/π) of a normal error, the mean over steps whose σ are given."""
    return float(np.mean(spread) * math.sqrt(2 / math.pi))


def swing_spread(horizon: int) -> Float64:
    """σ of the best forecast's error k steps ahead: √(ψ₀² + … + ψ_{k−1}²)."""
    psi = [1.0, SWING[0]]
    while len(psi) < horizon:
        psi.append(SWING[0] * psi[-1] + SWING[1] * psi[-2])
    return np.asarray(np.sqrt(np.cumsum(np.square(psi[:horizon]))))


MANY = {"target": "y", "id": "id", "time": "day"}
WEEK = MANY | {"horizon": 7, "season": 7}
PLAIN = MANY | {"horizon": 7, "season": 1}

CASES = {
    **{
        f"{station}, {season}": at(station, cutoff)
        for season, cutoff in zip(("summer", "autumn"), CUTOFFS, strict=True)
        for station in ("JFK", "LGA", "EWR")
    },
    **{ticker: price(ticker) for ticker in ("AAPL", "IBM", "MSFT")},
    "five shares": Case("price of the next working day, five series", prices,
                        {"target": "price", "id": "ticker", "horizon": 1, "season": 1, "window": 20}),
    "sea": Case("sea temperature of the next day, half-hourly", sea_temperature, {"horizon": 48, "season": 48}),
    "sunspots": Case("number of sunspots in the next 5 years", sunspots, {"target": "SUNACTIVITY", "horizon": 5}),
    "El Niño": Case("sea temperature of the next 12 months", el_nino, {"horizon": 12, "season": 12}),
    "white noise": Case("nothing but chance", lambda: made(lambda rng: {"y": 5 + rng.normal(size=STEPS)}), WEEK,
                        mean_error(1.0)),
    "random walk": Case("a sum of chances", lambda: made(lambda rng: {"y": np.cumsum(rng.normal(size=STEPS))}), PLAIN,
                        mean_error(np.sqrt(np.arange(1, 8)))),
    "pure season": Case("seven numbers, again and again",
                        lambda: made(lambda rng: {"y": np.resize(rng.normal(size=7), STEPS)}), WEEK, 0.0),
    "AR(2)": Case("a damped swing: linear", lambda: made(lambda rng: {"y": swinging(rng)}), PLAIN,
                  mean_error(swing_spread(7))),
    "switching": Case("the next step bends at zero", lambda: made(lambda rng: {"y": switching(rng)}),
                      PLAIN | {"horizon": 1}, mean_error(NOISE)),
    "leaked column": Case("an input that knows the target in three steps", lambda: made(leaked),
                          PLAIN | {"inputs": ("order_book",)}),
}  # fmt: skip


def told(name: str, case: Case, mode: Mode, result: Result) -> dict[str, Any]:
    """What the record keeps."""
    judgement, every = result.judgement, result.series
    codes = Counter(code for each in every for code in {sign.code for sign in each.warnings})
    held = {
        f"{level:.0%}": [
            {"share": each.share, "interval": [each.low, each.high]}
            for one in every
            for each in one.coverage
            if each.level == level and math.isfinite(each.share)
        ]
        for level in (0.8, 0.95)
    }
    return {
        "series": name,
        "about": case.about,
        "mode": mode,
        "count": len(every),
        "rows": sum(len(each.history) for each in every),
        "horizon": result.options.horizon,
        "season": every[0].season,
        "window": every[0].window,
        "origins": sum(each.origins for each in every),
        "best": result.best,
        "best_network": judgement.network,
        "best_baseline": judgement.baseline,
        "decision": judgement.decision,
        "gain": finite(judgement.gain),
        "interval": [finite(end) for end in judgement.interval],
        "one_by_one": Counter(each.judgement.decision for each in every),
        "mae": {each.name: finite(each.mae) for each in result.scores},
        "parameters": {each.name: each.parameters for each in result.scores if each.name in result.options.nets},
        "optimum": case.optimum,
        "warnings": dict(codes),
        "coverage": held,
        "seconds": round(result.seconds, 1),
        "chapter": case.chapter,
    }


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def about() -> dict[str, Any]:
    """When, where and with which versions."""
    versions = {name: f"{name} {version(name)}" for name in ("statsmodels", "scikit-learn", "pandas")}
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "threads": 1,
        "peers": {"rnnlab": f"rnnlab {rnnlab.__version__}"} | versions,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="The comparison of forecasters on series of which something is known.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {'; '.join(CASES)}; none: all")
    parser.add_argument("--full", action="store_true", help="the full size instead of the quick one")
    asked = parser.parse_args()
    mode: Mode = "full" if asked.full else "quick"
    if unknown := set(asked.cases) - set(CASES):
        sys.exit(f"There is no case {min(unknown)!r}; there are {'; '.join(CASES)}.")
    engine.set_threads(1)
    order = [(name, size) for name in CASES for size in ("quick", "full")]
    for name in asked.cases or CASES:
        case = CASES[name]
        try:
            result = compare(case.data(), mode=mode, store=own_folder() / mode / name, **case.given)
        except InputError as error:
            sys.exit(f"{name}: {error}")
        found = told(name, case, mode, result)
        print(f"{name} ({mode}, {found['seconds']:.0f} s): {result.judgement.sentence}", flush=True)
        before = json.loads(PATH.read_text("utf-8"))["cases"] if PATH.is_file() else []
        kept = {(one["series"], one["mode"]): one for one in [*before, found]}
        whole = {"about": about(), "cases": [kept[key] for key in order if key in kept]}
        with whole_file(PATH) as part:
            part.write_text(json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
