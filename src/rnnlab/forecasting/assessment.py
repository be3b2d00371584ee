"""One series after its trials: every model's forecasts of the test part, scored, judged and looked at with distrust."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.forecasting import baselines, conformal, judging, network, statistical, warning_signs, words
from rnnlab.forecasting.baselines import Method
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.result import Choice, Curve, Judgement, ModelScore, SeriesResult
from rnnlab.forecasting.split import Split
from rnnlab.forecasting.subject import MEASURE, TUNING_SEED, Subject
from rnnlab.forecasting.winner import Winner
from rnnlab.layers import Forecaster
from rnnlab.studies.store import Record
from rnnlab.studies.workers import one_thread
from rnnlab.tasks import Windows

Float64 = NDArray[np.float64]


@dataclass
class Candidate:
    """A model with its forecasts of the validation and of the test part, (N, horizon) each."""

    name: str
    validation: Float64
    test: Float64
    parameters: int
    seconds: float
    seeds: Float64 = field(default_factory=lambda: np.empty((0, 0, 0)))  # (S, N, horizon) of a network, test part
    alone: tuple[float, ...] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)  # what a Winner needs
    facts: Mapping[str, Any] = field(default_factory=dict)


def assess(work: tuple[Subject, Sequence[Record]]) -> SeriesResult:
    """All that is known of a series from the records of its trials; the same bits in any process."""
    subject, records = work
    with one_thread():
        return _assessed(subject, records)


def _assessed(subject: Subject, records: Sequence[Record]) -> SeriesResult:
    split, options = subject.split(), subject.options
    task = split.task
    found = {each.name: each for each in [*_baselines(split, records), *_networks(subject, split, records)]}
    found |= {each.name: each for each in _statistical(split, records)}
    scale = _scale(split)
    scores = tuple(_score(each, split, scale) for each in found.values())
    rival, net = judging.best_baseline(scores), judging.best_network(scores, options.nets)
    pairs = {
        (each, other): judging.judged(each, other, found[each].seeds, found[other].test, task.test.truth, split.every)
        for each in options.nets
        for other in judging.BASELINES
        if other in found and np.isfinite(found[other].test).all()
    }
    judgement = judging.hardest(rival, {other: pairs[each, other] for each, other in pairs if each == net})
    best = recommended(judgement)
    said = {name: each.test for name, each in found.items() if np.isfinite(each.test).all()}
    agreement, late = warning_signs.lags(said, task.test.truth, every=split.every)
    residuals, before = task.test.truth - found[best].test, task.validation.truth - found[best].validation
    calibrating, later = conformal.halves(residuals, before, horizon=task.horizon, every=split.every)
    diverged = {score.name: score.diverged for score in scores if score.name in options.nets}
    return SeriesResult(
        id=subject.series.id,
        target=subject.target,
        horizon=task.horizon,
        season=split.season,
        window=task.window,
        channels=task.channels,
        parts=_parts(split),
        origins=len(task.test),
        every=split.every,
        history=pd.Series(subject.series.values, index=subject.series.time, name=subject.target),
        scores=scores,
        judgement=judgement,
        best=best,
        warnings=(
            *_lagging(net, late, scores),
            *warning_signs.leaks(split),
            *warning_signs.regimes(split),
            *warning_signs.thin(split, diverged, options.seeds),
        ),
        findings=tuple(subject.series.findings),
        rows=_rows(split, said),
        choices=_choices(subject, records),
        curves=_curves(options.nets, records),
        agreement=agreement,
        coverage=conformal.coverage(calibrating, later, every=split.every) if len(later) else (),
        pairs=pairs,
        winner=_winner(subject, split, found[best], conformal.Radii.of(conformal.enough(residuals, before))),
    )


def recommended(judgement: Judgement) -> str:
    """The network where it is better, else the baseline: the simpler one needs no proof."""
    return judgement.network if judgement.decision == "better" else judgement.baseline


def _baselines(split: Split, records: Sequence[Record]) -> list[Candidate]:
    """Those that fit nothing take no time; ridge took what its record says."""
    methods: dict[str, Method] = {
        "persistence": baselines.persistence,
        "drift": baselines.drift,
        "mean": baselines.mean,
        "ridge": baselines.ridge,
    }
    if split.season > 1:
        methods["seasonal_naive"] = lambda task: baselines.seasonal_naive(task, season=split.season)
    task, found = split.task, []
    for name, method in methods.items():
        say = method(task)
        seconds = sum(float(each.measurements["fitting"]) for each in records if each.settings["model"] == name)
        each = Candidate(name, say(task.validation), say(task.test), 0, seconds)
        if isinstance(say, baselines.Ridge):
            weights = np.atleast_2d(say.regression.coef_)
            intercept = np.broadcast_to(say.regression.intercept_, (task.horizon,)).astype(np.float64)
            each.parameters = weights.size + intercept.size
            each.arrays = {"coefficients": weights, "intercept": intercept}
        found.append(each)
    return found


def _networks(subject: Subject, split: Split, records: Sequence[Record]) -> list[Candidate]:
    """A network is the mean of its seeds' forecasts, those left out that diverged."""
    task, found = split.task, []
    for net in subject.options.nets:
        own = [each for each in records if each.settings["model"] == net]
        trained = [each for each in own if each.seed != TUNING_SEED]
        good = [each for each in trained if math.isfinite(each.measurements[MEASURE])]
        models = [_network(each, split, subject) for each in good]
        seeds = _forecasts(models, split, task.test)
        errors = dict(zip([each.seed for each in good], np.abs(seeds - task.test.truth).mean(axis=(1, 2)), strict=True))
        candidate = Candidate(
            name=net,
            validation=_mean((network.forecast(model, split, task.validation) for model in models), task.validation),
            test=_mean(seeds, task.test),
            parameters=int(trained[0].measurements["learnt"]),
            seconds=sum(each.seconds for each in own),
            seeds=seeds,
            alone=tuple(float(errors.get(each.seed, math.nan)) for each in trained),
        )
        if models:
            candidate.arrays = {f"seed {each.seed}": network.numbers(each.measurements["weights"]) for each in good}
            view = good[0].settings["view"]
            candidate.facts = {
                "hidden_size": models[0].head.in_features,
                "residual_column": models[0].residual_column,
                "anchored": list(split.drifting) if view == "anchored" else [],
            }
        found.append(candidate)
    return found


def _network(record: Record, split: Split, subject: Subject) -> Forecaster:
    settings = record.settings
    return network.unpacked(record.measurements["weights"], settings["model"], settings["view"], split, subject.options)


def _forecasts(models: Sequence[Forecaster], split: Split, windows: Windows) -> Float64:
    """(S, N, horizon)"""
    if not models:
        return np.empty((0, len(windows), windows.horizon))
    return np.stack([network.forecast(model, split, windows) for model in models])


def _mean(seeds: Iterable[Float64], windows: Windows) -> Float64:
    """NaN where there is none."""
    total, count = np.zeros((len(windows), windows.horizon)), 0
    for each in seeds:
        total, count = total + each, count + 1
    return total / count if count else np.full_like(total, math.nan)


def _statistical(split: Split, records: Sequence[Record]) -> list[Candidate]:
    found = []
    for each in records:
        if each.settings["model"] in statistical.MODELS:
            fitted, task = each.measurements, split.task
            validation, test = (statistical.forecast(split, part, fitted) for part in (task.validation, task.test))
            facts = {"fitted": {name: fitted[name] for name in ("shape", "numbers")}}
            found.append(
                Candidate(each.settings["model"], validation, test, int(fitted["learnt"]), each.seconds, facts=facts)
            )
    return found


def _score(each: Candidate, split: Split, scale: float) -> ModelScore:
    error = each.test - split.task.test.truth
    mae = float(np.abs(error).mean())
    return ModelScore(
        name=each.name,
        mae=mae,
        rmse=float(np.sqrt(np.mean(error**2))),
        mase=mae / scale if scale > 0 else math.nan,
        validation=float(np.abs(each.validation - split.task.validation.truth).mean()),
        parameters=each.parameters,
        seconds=round(each.seconds, 3),
        by_step=tuple(float(step) for step in np.abs(error).mean(axis=0)),
        alone=each.alone,
        diverged=sum(not math.isfinite(error) for error in each.alone),
    )


def _scale(split: Split) -> float:
    """mean |y_s − y_{s−m}| over the training part; 0 where it repeats itself exactly."""
    y, season = split.task.history.to_numpy(), split.season
    change = np.abs(y[season:] - y[:-season])
    scale = float(np.nanmean(change)) if np.isfinite(change).any() else 0.0
    return scale if scale > 1e-12 * float(np.nanmax(np.abs(y))) else 0.0


def _parts(split: Split) -> dict[str, tuple[Any, Any]]:
    """First and last time of each part."""
    first = len(split.task.history)
    second = int(split.task.test.rows[0]) + 1
    last = int(split.task.test.rows[-1]) + split.task.horizon
    spans = {"train": (0, first - 1), "validation": (first, second - 1), "test": (second, last)}
    return {name: tuple(split.times(np.array(span))) for name, span in spans.items()}


def _rows(split: Split, said: Mapping[str, Float64]) -> pd.DataFrame:
    windows, horizon = split.task.test, split.task.horizon
    rows = {
        "unique_id": split.series.id,
        "ds": split.times((windows.rows[:, None] + np.arange(1, horizon + 1)).ravel()),
        "cutoff": split.times(windows.rows.repeat(horizon)),
        "y": windows.truth.ravel(),
    }
    return pd.DataFrame(rows | {name: forecast.ravel() for name, forecast in said.items()})


def _choices(subject: Subject, records: Sequence[Record]) -> dict[str, Choice]:
    chosen = {}
    for net in subject.options.nets:
        own = [each for each in records if each.settings["model"] == net]
        taken = next(each.settings for each in own if each.seed != TUNING_SEED)
        tried = {
            f"{each.settings['view']}, {each.settings['learning_rate']:g}": float(each.measurements[MEASURE])
            for each in own
            if each.seed == TUNING_SEED
        }
        chosen[net] = Choice(taken["view"], taken["learning_rate"], tried)
    return chosen


def _curves(nets: Sequence[str], records: Sequence[Record]) -> dict[str, tuple[Curve, ...]]:
    def curve(record: Record) -> Curve:
        rows = record.measurements["curve"]
        return Curve(*(tuple(row[place] for row in rows) for place in range(3)))

    return {
        net: tuple(curve(each) for each in records if each.settings["model"] == net and each.seed != TUNING_SEED)
        for net in nets
    }


def _lagging(net: str, late: Sequence[str], scores: Sequence[ModelScore]) -> list[Finding]:
    """`lagged`: the network's next step resembles the last value, and is hardly nearer to the truth than that is."""
    first = {each.name: each.by_step[0] for each in scores}
    if net not in late or not first[net] > 0.99 * first["persistence"]:
        return []
    text = (
        f"The forecasts of {words.NAMES[net]} lag: one step ahead they resemble the last value more than the value "
        f"that they are of, and are no nearer to it ({first[net]:.4g} against {first['persistence']:.4g})."
    )
    return [Finding("lagged", text, place=net)]


def _winner(subject: Subject, split: Split, best: Candidate, radii: conformal.Radii) -> Winner:
    series, task = subject.series, split.task
    last = series.time[-1]
    facts = {
        "model": best.name,
        "id": series.id,
        "target": task.target,
        "time": list(subject.time),
        "id_column": subject.id_column,
        "inputs": list(series.inputs),
        "channels": list(task.channels),
        "calendar": list(split.calendar),
        "scalers": {name: [scaler.mean, scaler.std] for name, scaler in task.scalers.items()},
        "frequency": subject.frequency if isinstance(series.time, pd.DatetimeIndex) else None,
        "zone": series.zone,
        "carry": subject.options.carry,
        "horizon": task.horizon,
        "season": split.season,
        "window": task.window,
        "last": str(last) if isinstance(series.time, pd.DatetimeIndex) else int(last),
        **best.facts,
    }
    arrays = {f"radius {level}": radius for level, radius in radii.by_level.items()} | dict(best.arrays)
    try:
        ahead = Winner(facts, arrays).says(series)
    except InputError:  # an input ends in a long gap: nothing to forecast from, yet the winner can be asked later
        ahead = np.full(task.horizon, math.nan)
    return Winner(facts, arrays | {"ahead": ahead})
