"""RNN, LSTM and GRU against honest baselines on anybody's series."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnnlab.errors import InputError
from rnnlab.forecasting import judging
from rnnlab.forecasting.assessment import assess, recommended
from rnnlab.forecasting.findings import Finding, plain
from rnnlab.forecasting.options import Mode
from rnnlab.forecasting.planning import Plan, plan
from rnnlab.forecasting.result import Judgement, ModelScore, Result, SeriesResult
from rnnlab.forecasting.subject import Subject
from rnnlab.forecasting.trials import Trials, each_in
from rnnlab.training.progress import Progress

BLOCK = 32  # series that are held at a time

PACKAGES = ("rnnlab", "numpy", "pandas", "scipy", "scikit-learn", "torch", "numba")


def compare(
    data: Any,
    *,
    mode: Mode = "full",
    store: Path | str | None = None,
    workers: int = 1,
    on: str | None = None,
    **given: Any,
) -> Result:
    """Which model forecasts `data` best, by how much, and how sure is that?

        result = compare("sales.csv", target="revenue", horizon=14, season=7)
        print(result)
        result.forecast()

    data     a path, a data frame, a pandas series, a Table or a Series; `given` as for `plan`: how to read them, and
             the fields of `Options`, of which `horizon` is needed
    mode     quick takes one step size, two views and fewer updates
    store    a folder that remembers every trial when it ends: a run that was stopped at any moment goes on from there
             to the same result. None remembers nothing
    workers  processes (in a script, call under `if __name__ == "__main__":`); on="ray" or "ray://host:port": a cluster

    Every model learns from the training part, chooses on the validation part and is fitted once, before the test part;
    the test part's origins roll. Each network chooses from the same grid and trains with several seeds; its forecast is
    their mean. InputError says what is wrong with data or settings.
    """
    return plan(data, mode=mode, **given).run(store=store, workers=workers, on=on)


def run(planned: Plan, *, store: Path | str | None, workers: int, on: str | None) -> Result:
    """What `compare` found, of a plan."""
    found: list[SeriesResult] = []
    left_out: list[Finding] = []
    one = len(planned.table) == 1
    title = plain(planned.table.target) + ("" if one else f", {len(planned.table)} series")
    with (
        Trials(file_name(planned), store, workers, on) as trials,
        Progress(title, planned.trials, unit="trials") as progress,
    ):
        for first in range(0, len(planned.table), BLOCK):
            fit, unfit = _parted(planned, planned.table.ids[first : first + BLOCK], raising=one)
            progress.advance(len(unfit) * planned.trials_each)
            trials.measure(fit, progress)
            whole = [each for each in fit if each.series.id not in trials.failed]
            unfit += [Finding("failed", trials.failed[each.series.id], place=each.series.id) for each in fit
                      if each not in whole]  # fmt: skip
            found += each_in(trials.pool, assess, [(each, trials.records(each)) for each in whole])
            left_out += unfit
    if not found:
        raise InputError(left_out[0].sentence if left_out else "There is no series to compare.")
    return _result(planned, found, left_out)


def _result(planned: Plan, found: Sequence[SeriesResult], left_out: Sequence[Finding]) -> Result:
    scores = found[0].scores if len(found) == 1 else _means(found)
    judgement = found[0].judgement if len(found) == 1 else _together(planned, found)
    best = found[0].best if len(found) == 1 else recommended(judgement)
    return Result(
        source=planned.table.source,
        options=planned.options,
        series=tuple(found),
        left_out=tuple(left_out),
        findings=planned.findings,
        scores=scores,
        judgement=judgement,
        best=best,
        versions=_versions([*PACKAGES, *(["statsmodels"] if planned.options.statistical else [])]),
        seconds=sum(score.seconds for each in found for score in each.scores),
    )


def _versions(packages: Sequence[str]) -> dict[str, str]:
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


def _together(planned: Plan, found: Sequence[SeriesResult]) -> Judgement:
    """The network and the baseline with the lowest mean validation error, relative to persistence's, over series."""
    relative: dict[str, list[float]] = {}
    for each in found:
        unit = each.score("persistence").validation
        for score in each.scores:
            relative.setdefault(score.name, []).append(score.validation / unit if unit > 0 else np.nan)
    everywhere = {name: values for name, values in relative.items() if len(values) == len(found)}
    means = [
        ModelScore(name, 0, 0, 0, float(np.nanmean(values)) if np.isfinite(values).any() else np.nan, 0, 0)
        for name, values in everywhere.items()
    ]
    network, baseline = judging.best_network(means, planned.options.nets), judging.best_baseline(means)
    rivals = [
        name for name in everywhere if name in judging.BASELINES and all((network, name) in e.pairs for e in found)
    ]
    together = {
        name: judging.judged_together(network, name, [each.pairs[network, name] for each in found]) for name in rivals
    }
    return judging.hardest(baseline, together)


def _means(found: Sequence[SeriesResult]) -> tuple[ModelScore, ...]:
    """Over the series on which a model took part."""
    names = dict.fromkeys(score.name for each in found for score in each.scores)
    means = []
    for name in names:
        own = [score for each in found for score in each.scores if score.name == name]
        means.append(
            ModelScore(
                name=name,
                mae=_mean([score.mae for score in own]),
                rmse=_mean([score.rmse for score in own]),
                mase=_mean([score.mase for score in own]),
                validation=_mean([score.validation for score in own]),
                parameters=round(_mean([score.parameters for score in own])),
                seconds=round(sum(score.seconds for score in own), 3),
                by_step=tuple(float(step) for step in np.mean([score.by_step for score in own], axis=0)),
                diverged=sum(score.diverged for score in own),
            )
        )
    return tuple(means)


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def _parted(planned: Plan, names: Sequence[str], *, raising: bool) -> tuple[list[Subject], list[Finding]]:
    """Those that can be read and compared, and why the others cannot."""
    fit, unfit = [], []
    for name in names:
        try:
            subject = planned.subject(name)
            subject.split()
        except InputError as error:
            if raising:
                raise
            unfit.append(Finding("left_out", str(error), place=name))
        else:
            fit.append(subject)
    return fit, unfit


def file_name(planned: Plan) -> str:
    """One file a comparison, told apart by what is compared; what a trial needs is in its own fingerprint."""
    import hashlib

    table = planned.table
    text = "\0".join([table.source, table.target, *table.ids, *table.inputs, str(planned.options.horizon)])
    return f"forecast-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
