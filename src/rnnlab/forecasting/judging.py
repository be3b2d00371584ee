"""Is the best recurrent network better than the best baseline, by how much, and how sure is that?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from rnnlab.errors import InputError
from rnnlab.forecasting import words
from rnnlab.forecasting.diebold_mariano import diebold_mariano
from rnnlab.forecasting.result import Decision, Judgement, ModelScore
from rnnlab.forecasting.serial import variance_of_mean
from rnnlab.studies.verdict import FEWEST, interval

Float64 = NDArray[np.float64]

LEVEL = 0.95
FEWEST_ORIGINS = 4
CLOSE = 0.01  # a simpler baseline whose validation error is at most this much higher is preferred

# The simplest first.
BASELINES = ("mean", "persistence", "seasonal_naive", "drift", "auto_ets", "ridge")


def best_baseline(scores: Sequence[ModelScore]) -> str:
    """The lowest error on the validation part; a simpler one is taken where its error is within CLOSE of that."""
    found = {each.name: each.validation for each in scores if each.name in BASELINES and math.isfinite(each.validation)}
    lowest = min(found.values())
    return next(name for name in BASELINES if name in found and found[name] <= (1 + CLOSE) * lowest)


def best_network(scores: Sequence[ModelScore], nets: Sequence[str]) -> str:
    """The lowest error on the validation part; the first of them where none of them ended well."""
    found = {each.name: each.validation for each in scores if each.name in nets and math.isfinite(each.validation)}
    return min(found, key=lambda name: found[name]) if found else nets[0]


def judged(network: str, baseline: str, seeds: Float64, said: Float64, truth: Float64, every: int) -> Judgement:
    """Of one series, from the forecasts of each seed's network (S, N, horizon), of the baseline and the truth
    (N, horizon), the origins `every` steps apart.

    gain = 1 − MAE of the seeds' mean forecast / MAE of the baseline. Its variance is the sum of two:
    - over origins: of the mean difference of the two losses, which depend on their neighbours (serial.py);
    - over seeds: the jackknife's, (S−1)/S Σ_s (θ_{−s} − θ̄)², θ_{−s} the error of the mean forecast without seed s.
    interval = gain ± t √(their sum) / MAE of the baseline, t with Satterthwaite's degrees of freedom. The baseline's
    MAE counts as known: what makes an origin hard is hard for both. A baseline that makes no error at all leaves no
    relative gain: −∞. The p-value beside it is Diebold and Mariano's, over origins alone (diebold_mariano.py).
    Sources: Lazarus et al., 2018; Efron and Stein, 1981; Satterthwaite, 1946.
    """
    others = np.abs(said - truth).mean(axis=1)
    if not len(seeds):
        return _unsure(network, baseline, "diverged")
    own = np.abs(seeds.mean(axis=0) - truth).mean(axis=1)
    difference = float(others.mean() - own.mean())
    if np.allclose(own, others, rtol=1e-12, atol=0):
        return _unsure(network, baseline, "the same", 0.0)
    horizon = max(1, math.ceil(truth.shape[1] / every))
    scale = float(others.mean())
    perfect = scale <= 1e-9 * max(float(np.abs(truth - truth.mean()).mean()), 1e-300)
    if len(truth) < FEWEST_ORIGINS:
        return _unsure(network, baseline, "short", -math.inf if perfect else difference / scale)
    try:
        p_value = diebold_mariano(own, others, horizon=horizon).p_value
    except InputError:  # not more origins than a horizon, or the same difference at every origin
        p_value = math.nan
    over_seeds = (_jackknife(seeds, truth), len(seeds) - 1)
    low, high = _interval(difference, variance_of_mean(others - own, horizon), over_seeds)
    decision = "worse" if perfect else _decision(low, high)
    gain, low, high = (-math.inf if perfect else each / scale for each in (difference, low, high))
    text = words.decided(decision, network, baseline, gain, (low, high), seeds=len(seeds), origins=len(truth))
    return Judgement(decision, network, baseline, gain, (low, high), p_value, text)


def judged_together(network: str, baseline: str, parts: Sequence[Judgement]) -> Judgement:
    """Of many series, each judged on the same network and baseline: the mean gain.

    Five series or more are a sample: the interval is over them, by the bootstrap (studies.verdict.interval), and takes
    them as independent of each other. Fewer are no sample: the interval is then the mean of theirs, which is right if
    the series err together and too wide if they do not. Series without a finite gain are passed over; where the
    baseline makes no error on any of them, it is the better one.
    """
    counted = [each for each in parts if math.isfinite(each.gain)]
    if not counted and parts and all(each.gain == -math.inf and each.decision == "worse" for each in parts):
        nowhere = (-math.inf, -math.inf)
        text = words.decided("worse", network, baseline, -math.inf, nowhere, series=len(parts))
        return Judgement("worse", network, baseline, -math.inf, nowhere, math.nan, text)
    gains = [each.gain for each in counted]
    if len(gains) >= FEWEST:
        gain, low, high = interval(gains)
    elif counted:
        gain = float(np.mean(gains))
        low, high = (float(np.mean([each.interval[end] for each in counted])) for end in (0, 1))
    else:
        return _unsure(network, baseline, "short")
    decision = _decision(low, high)
    text = words.decided(decision, network, baseline, gain, (low, high), series=len(counted))
    return Judgement(decision, network, baseline, gain, (low, high), math.nan, text)


def hardest(rival: str, judgements: Mapping[str, Judgement]) -> Judgement:
    """The judgement that counts, of those on one network against every baseline.

    That on the `rival`, which validation prefers. But a network that beats the rival alone owes it to a poor choice of
    rival: where another baseline is not beaten too, the judgement on that one counts, of several the lowest. So
    "better" means better than every baseline, each with its own interval (an intersection of tests needs no correction
    for their number; Berger, 1982).
    """
    found = judgements[rival]
    unbeaten = [each for each in judgements.values() if each.decision != "better"]
    if found.decision != "better" or not unbeaten:
        return found
    return min(unbeaten, key=lambda each: each.gain if math.isfinite(each.gain) else math.inf)


def _unsure(network: str, baseline: str, reason: str, gain: float = math.nan) -> Judgement:
    text = words.undecided(network, baseline, reason)
    return Judgement("cannot tell", network, baseline, gain, (math.nan, math.nan), math.nan, text)


def _decision(low: float, high: float) -> Decision:
    return "better" if low > 0 else "worse" if high < 0 else "cannot tell"


def _interval(centre: float, first: tuple[float, int], second: tuple[float, int]) -> tuple[float, float]:
    """centre ± t √(V₁ + V₂), from (variance, degrees of freedom) of each."""
    total = first[0] + second[0]
    freedom = total**2 / sum(variance**2 / max(degrees, 1) for variance, degrees in (first, second))
    reach = float(student.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(total)
    return centre - reach, centre + reach


def _jackknife(seeds: Float64, truth: Float64) -> float:
    """The variance over seeds of the MAE of the mean forecast."""
    n = len(seeds)
    if n < 2:
        return 0.0
    total = seeds.sum(axis=0)
    without = np.array([np.abs((total - each) / (n - 1) - truth).mean() for each in seeds])
    return float((n - 1) / n * np.sum((without - without.mean()) ** 2))
