"""What a comparison found: scores, a decision, warnings and forecasts, for each series and for all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.options import Options

if TYPE_CHECKING:
    from rnnlab.forecasting.winner import Winner

Decision = Literal["better", "worse", "cannot tell"]


@dataclass(frozen=True)
class ModelScore:
    """One model on the test part. A network is the mean of its seeds' forecasts; `alone` says how each does by itself.

    MAE and RMSE in the target's own unit, over all origins and steps; MASE as in scores.py, NaN where a series that
    repeats itself exactly gives it no scale. A network of whose seeds none ended well has NaN.
    """

    name: str  # persistence, seasonal_naive, drift, mean, ridge, rnn, lstm, gru, auto_arima, auto_ets
    mae: float
    rmse: float
    mase: float
    validation: float  # MAE on the validation part: what chooses
    parameters: int  # numbers learnt: of a network, of ridge; 0 where nothing is
    seconds: float  # of one core: fitting, of a network all its trainings, tuning included
    by_step: tuple[float, ...] = ()  # MAE at step 1 … horizon
    alone: tuple[float, ...] = ()  # MAE of each seed's network, NaN where it diverged
    diverged: int = 0  # seeds


@dataclass(frozen=True)
class Judgement:
    """Does the best recurrent network forecast better than the best baseline? Both were chosen on validation data; but
    "better" is said only of a network that beats every baseline, else the one that it does not beat stands here.

    gain = 1 − MAE_network / MAE_baseline, above 0 where the network is better; interval over seeds and origins (over
    series, for a judgement on many). better: it lies above 0; worse: below; cannot tell: 0 lies within, or there are
    too few origins for an interval.
    """

    decision: Decision
    network: str
    baseline: str
    gain: float
    interval: tuple[float, float]
    p_value: float  # Diebold and Mariano's, two-sided; NaN where it cannot be had
    sentence: str  # in words


@dataclass(frozen=True)
class Coverage:
    """Intervals that were to hold the truth with probability `level`: how often they did, on later origins."""

    level: float
    share: float  # of the forecasts that were checked; NaN where there were too few origins
    low: float  # 95 % interval of the share, by the number of origins that do not overlap
    high: float
    forecasts: int  # how many were checked: origins times steps


@dataclass(frozen=True)
class Choice:
    """What a network chose on the validation part before its seeds were trained."""

    view: str
    learning_rate: float
    scores: Mapping[str, float]  # "view, step size" → validation error in the target's unit (root mean square)


@dataclass(frozen=True)
class Curve:
    """How one training went: after `updates`, the loss on minibatches and on the validation part (scaled, squared)."""

    updates: tuple[int, ...]
    training: tuple[float, ...]
    validation: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class SeriesResult:
    """All that was found about one series."""

    id: str
    target: str
    horizon: int
    season: int  # 1: none
    window: int
    channels: tuple[str, ...]  # what ridge and the networks read
    parts: Mapping[str, tuple[Any, Any]]  # first and last time of train, validation and test
    origins: int  # that were scored
    every: int  # steps from one origin to the next
    history: pd.Series[float] = field(repr=False)  # the whole series, gaps as NaN, by its time
    scores: tuple[ModelScore, ...]
    judgement: Judgement
    best: str  # what to use: the network where it is better, else the best baseline
    warnings: tuple[Finding, ...]
    findings: tuple[Finding, ...]  # of reading this series
    rows: pd.DataFrame = field(repr=False)  # unique_id, ds, cutoff, y and a column a model: every forecast of the test
    choices: Mapping[str, Choice]  # network → what it chose
    curves: Mapping[str, tuple[Curve, ...]] = field(repr=False)  # network → one a seed
    agreement: Mapping[str, tuple[float, ...]]  # model → correlation with the truth shifted back by 0, 1, … steps
    coverage: tuple[Coverage, ...]  # of the best model's intervals: 80 % and 95 %
    pairs: Mapping[tuple[str, str], Judgement] = field(repr=False)  # every network against every baseline
    winner: Winner = field(repr=False)

    def score(self, name: str) -> ModelScore:
        """That of one model."""
        for each in self.scores:
            if each.name == name:
                return each
        raise InputError(f"No model {name!r} took part; {', '.join(each.name for each in self.scores)} did.")

    def as_dict(self) -> dict[str, Any]:
        """For programs; numbers that are not finite become null."""
        return {
            "id": self.id,
            "models": [_plain(asdict(each)) for each in self.scores],
            "best": self.best,
            **_judged(self.judgement),
            "warnings": [_warned(each) for each in self.warnings],
            "findings": [_warned(each) for each in self.findings],
            "horizon": self.horizon,
            "season": self.season,
            "window": self.window,
            "channels": list(self.channels),
            "parts": {name: [str(time) for time in span] for name, span in self.parts.items()},
            "origins": self.origins,
            "origin_every": self.every,
            "choices": {name: _plain(asdict(each)) for name, each in self.choices.items()},
            "coverage": [_plain(asdict(each)) for each in self.coverage],
        }


@dataclass(frozen=True, eq=False)
class Result:
    """What `compare` found. print(result) says it in words; as_dict() is what `--json` prints."""

    source: str
    options: Options
    series: tuple[SeriesResult, ...]
    left_out: tuple[Finding, ...]  # series that could not be compared, each with the reason; `place` is its id
    findings: tuple[Finding, ...]  # of reading
    scores: tuple[ModelScore, ...]  # of one series its own; of many the mean over series
    judgement: Judgement  # on all series
    best: str
    versions: Mapping[str, str]
    seconds: float  # of one core, all trials together

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Of every series, in their order, then the series that were left out; of many, `place` begins with the id."""
        if len(self.series) == 1:
            return (*self.series[0].warnings, *self.left_out)
        named = (replace(each, place=f"{one.id}: {each.place}") for one in self.series for each in one.warnings)
        return (*named, *self.left_out)

    @property
    def rows(self) -> pd.DataFrame:
        """The backtest in the long format: unique_id, ds, cutoff, y and one column a model."""
        return pd.concat([each.rows for each in self.series], ignore_index=True)

    @property
    def table(self) -> pd.DataFrame:
        """One row a model, the lowest error first: mae, rmse, mase, parameters, seconds."""
        columns = ["name", "mae", "rmse", "mase", "validation", "parameters", "seconds"]
        order = "mase" if len(self.series) > 1 else "mae"
        table = pd.DataFrame([{name: getattr(each, name) for name in columns} for each in self.scores])
        return table.sort_values(order, kind="stable", ignore_index=True)

    def forecast(self) -> pd.DataFrame:
        """What the best model says of the `horizon` steps after each series' end: unique_id, ds, the forecast, and the
        ends of its 80 % and 95 % intervals (`lo-80`, `hi-80`, `lo-95`, `hi-95`). The forecast's column is named for the
        model; where the best models of several series differ, it is `forecast`, and `model` says whose.
        """
        from rnnlab.forecasting.winner import stacked

        return stacked([each.winner.ahead() for each in self.series])

    def save(self, folder: Path | str) -> None:
        """Keeps the best model of every series: safetensors and JSON, nothing that can run code. See `Winner`."""
        from rnnlab.forecasting.model_folder import save

        save([each.winner for each in self.series], folder)

    def as_dict(self) -> dict[str, Any]:
        """One object for programs, JSON as it stands: the answer on top, each series under `series`."""
        return {
            "source": self.source,
            "models": [_plain(asdict(each)) for each in self.scores],
            "best": self.best,
            **_judged(self.judgement),
            "warnings": [_warned(each) for each in self.warnings],
            "findings": [_warned(each) for each in self.findings],
            "horizon": self.options.horizon,
            "origins": sum(each.origins for each in self.series),
            "seeds": self.options.seeds,
            "seconds": round(self.seconds, 3),
            "options": _plain(asdict(self.options)),
            "versions": dict(self.versions),
            "series": [each.as_dict() for each in self.series],
        }

    def __str__(self) -> str:
        from rnnlab.forecasting.words import told

        return told(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self)}


def _judged(judgement: Judgement) -> dict[str, Any]:
    values = _plain(asdict(judgement))
    return {
        "best_network": values["network"],
        "best_baseline": values["baseline"],
        **{name: values[name] for name in ("decision", "gain", "interval", "p_value", "sentence")},
    }


def _warned(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "sentence": finding.sentence, "place": finding.place}


def _plain(value: Any) -> Any:
    """As JSON holds it, for every reader of JSON: NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
