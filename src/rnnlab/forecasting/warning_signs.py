"""What should make a reader distrust a comparison, found by measuring: each sign with a code and its place."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp, rankdata

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.lag import agreement
from rnnlab.forecasting.split import Split
from rnnlab.forecasting.words import percent

Float64 = NDArray[np.float64]

UNEXPLAINED = 0.05  # of the variance that is new at each step: an input that leaves less of it knows the target
BINS = 50
SIGNIFICANT = 1e-3  # for a change of regime: with two tests a series, one false alarm in five hundred series
LARGE = 0.3  # and how far the two distributions must be apart at some value
OUTSIDE = 0.05  # share of test values outside the range of training that is worth a word
LONGEST_LAG = 5
FEW_TRAINING, FEW_ORIGINS = 100, 30


def leaks(split: Split) -> list[Finding]:
    """`leak`: an input column that knows the target of its own step, or of a later one.

    The target's value at t+j is predicted from the column at t alone, by the means of BINS bins of equal counts, over
    the training part. What that leaves unexplained is held against what is new in the target: the smaller of its
    variance and of that of its change over j steps (over one, for j = 0). Less than UNEXPLAINED of it: at j = 0 the
    column is a copy of the target, a transform of it, or made from it; at j > 0 it holds the target's future.
    """
    found = []
    end = len(split.task.history)
    y = split.series.values[:end]
    for name, column in split.series.inputs.items():
        for lead in range(min(split.task.horizon, 24) + 1):
            left = _unexplained(column[:end], y, lead)
            if left < UNEXPLAINED:
                what = (
                    "it is a copy of the target, or made from it: leave it out unless it is known before the target is"
                    if lead == 0
                    else f"it knows the target {lead} step{'s' if lead > 1 else ''} ahead: leave it out unless it truly"
                    " is known then"
                )
                text = f"The input {name!r} alone explains {percent(1 - left)} of what is new in the target; {what}."
                found.append(Finding("leak", text, place=name))
                break
    return found


def _unexplained(x: Float64, y: Float64, lead: int) -> float:
    """The share of what is new in y_{t+lead} that x_t leaves open; 1 where that cannot be said."""
    ahead, known = y[lead:], x[: len(x) - lead]
    news = np.nanvar(y[max(lead, 1) :] - y[: len(y) - max(lead, 1)])
    both = np.isfinite(ahead) & np.isfinite(known)
    ahead, known = ahead[both], known[both]
    bins = min(BINS, len(ahead) // 10)
    if bins < 2 or np.ptp(known) == 0:
        return 1.0
    place = np.minimum((rankdata(known, "average") - 1) * bins / len(known), bins - 1).astype(int)
    left = 0.0
    for each in range(bins):  # in each bin a straight line: a smooth transform is straight where it is seen closely
        here = place == each
        if here.sum() > 2 and np.ptp(known[here]) > 0:
            a, b = known[here] - known[here].mean(), ahead[here] - ahead[here].mean()
            left += float(b @ b - (a @ b) ** 2 / (a @ a))
        else:
            left += float(np.sum((ahead[here] - ahead[here].mean()) ** 2)) if here.any() else 0.0
    scale = min(float(news), float(ahead.var()))
    return min(1.0, left / len(ahead) / scale) if scale > 0 else 1.0


def regimes(split: Split) -> list[Finding]:
    """`regime`: the test part is another world than the training part.

    The two-sample test of Kolmogorov and Smirnov between training and test, once of the target's values and once of the
    sizes of its steps, with as many values as are independent, n (1 − ρ) / (1 + ρ) for a lag-1 autocorrelation ρ of the
    ranks. Named is a change with p < SIGNIFICANT whose largest difference of shares is above LARGE, and a test part of
    which more than OUTSIDE lies outside the range of training.
    """
    y, found = split.series.values, []
    first = len(split.task.history)
    begin = int(split.task.test.rows[0]) + 1
    end = int(split.task.test.rows[-1]) + split.task.horizon + 1
    train, test = y[:first], y[begin:end]
    seen, met = train[np.isfinite(train)], test[np.isfinite(test)]
    outside = float(np.mean((met < seen.min()) | (met > seen.max())))
    if outside > OUTSIDE:
        text = (
            f"{percent(outside, 0)} of the test values lie outside the range of training, {seen.min():g} to "
            f"{seen.max():g}: every model is asked about a world that it has not met."
        )
        found.append(Finding("regime", text, place="level"))
    for place, what, before, after in (
        ("level", "values", train, test),
        ("steps", "steps from one value to the next", np.abs(np.diff(train)), np.abs(np.diff(test))),
    ):
        apart, p_value = _apart(before, after)
        if p_value < SIGNIFICANT and apart > LARGE and not any(each.place == place for each in found):
            text = (
                f"The {what} of the test part are distributed otherwise than those of training (largest difference of "
                f"shares {apart:.2f}, p = {p_value:.1g}): what was learnt there may not hold here."
            )
            found.append(Finding("regime", text, place=place))
    return found


def _apart(before: Float64, after: Float64) -> tuple[float, float]:
    """The distance of Kolmogorov and Smirnov, and its p-value for as many values as are independent."""
    a, b = before[np.isfinite(before)], after[np.isfinite(after)]
    if len(a) < 10 or len(b) < 10:
        return 0.0, 1.0
    distance = float(ks_2samp(a, b, method="asymp").statistic)
    n, m = (max(1.0, _independent(each)) for each in (a, b))
    size = n * m / (n + m)
    from scipy.special import kolmogorov

    return distance, float(kolmogorov(math.sqrt(size) * distance))


def _independent(x: Float64) -> float:
    ranks = rankdata(x)
    if np.ptp(ranks) == 0:
        return 1.0
    rho = float(np.corrcoef(ranks[1:], ranks[:-1])[0, 1])
    return len(x) * (1 - max(rho, 0.0)) / (1 + max(rho, 0.0))


def lags(said: Mapping[str, Float64], truth: Float64, *, every: int) -> tuple[dict[str, tuple[float, ...]], list[str]]:
    """How each model's forecast of the next step, (N, horizon), agrees with the truth 0, 1, … steps back, and the
    models that lag: whose forecast of the next step resembles the last value more than the value that it is of.

    Empty where origins are not one step apart, or too few.
    """
    shown: dict[str, tuple[float, ...]] = {}
    if every != 1 or len(truth) <= LONGEST_LAG + 10:
        return shown, []
    late = []
    for name, forecast in said.items():
        try:
            found = agreement(forecast[:, 0], truth[:, 0], longest=LONGEST_LAG)
        except InputError:
            continue
        if not np.isfinite(found).all():
            continue
        shown[name] = tuple(float(each) for each in found)
        if int(np.argmax(found)) == 1 and found[1] > found[0] + 1e-3:
            late.append(name)
    return shown, late


def thin(split: Split, diverged: Mapping[str, int], seeds: int) -> list[Finding]:
    """`short`, `gaps`, `diverged`, `thinned`: what there was too little of."""
    task, found = split.task, []
    apart = len(task.test) * split.every / task.horizon
    if len(task.train) < FEW_TRAINING:
        text = f"There are {len(task.train)} windows to train on: little for a network of any kind."
        found.append(Finding("short", text, place="training"))
    if len(task.test) < FEW_ORIGINS or apart < 5:
        text = (
            f"The test part has {len(task.test)} origins, of which {max(1, int(apart))} do not overlap: a difference "
            "must be large to be told from chance."
        )
        found.append(Finding("short", text, place="test"))
    for part in ("train", "validation", "test"):
        windows = getattr(task, part)
        lost = windows.missing_targets + windows.missing_inputs
        if lost:
            reasons = {
                "a missing target": windows.missing_targets,
                "inputs with a gap that is too long to carry a value over": windows.missing_inputs,
            }
            why = " and ".join(f"{count:,} for {reason}" for reason, count in reasons.items() if count)
            text = f"{lost:,} windows of the {part} part are left out: {why}."
            found.append(Finding("gaps", text, place=part))
    for name, count in diverged.items():
        if count:
            found.append(Finding("diverged", f"{count} of {seeds} trainings of {name} diverged.", place=name))
    if split.every > 1:
        text = f"The test part is long: one origin in {split.every} is scored."
        found.append(Finding("thinned", text, place="test"))
    return found
