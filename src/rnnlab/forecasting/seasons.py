"""After how many steps a series resembles itself: the lengths that its calendar offers, and what each explains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.forecasting.series import DAY, Season, length_of

Float64 = NDArray[np.float64]

CYCLES = 3  # at least, for a length that the calendar offers
FREE_CYCLES = 6  # at least, for one that only the periodogram proposes
STRENGTH = 0.1  # at least, and 1/2 a cycle more: few cycles resemble each other by chance
FREE_STRENGTH = 0.3
LEAST_OF_WHOLE = 0.01  # of the variance around the trend, before shorter seasons are taken out
CONTRAST = 2.0  # times as strong as lengths that are a little shorter or longer
LONGEST_LOOK = 400_000  # values


def seasons_of(
    samples: Sequence[Float64], frequency: str | None, lengths: Sequence[int] | None = None
) -> tuple[Season, ...]:
    """The seasons of one or several series of the same kind, (T,) each with gaps as NaN; longest first.

    With d = y minus its centred moving mean over m steps and s_j = mean of d over the steps of phase j (mod m):

        strength = 1 − (Σ (d − s)² / (n − m)) / (Σ (d − d̄)² / (n − 1)),  the median over the series, at least 0

    the share of the variance around the trend that a season of m steps explains, corrected for its m means. From the
    shortest to the longest, each is measured on what the shorter ones leave. A length that the calendar offers (an
    hour, a day, a week, a year) is a season if the series has c ≥ 3 cycles of it, its strength reaches 0.1 + 1/(2c),
    that is at least 1 % of the variance before shorter seasons were taken out, and lengths a little shorter or longer
    have less than half of it: a wandering series resembles itself at no length in particular. Where the calendar
    offers none that holds, the highest peak of the periodogram (or its double or triple, where that explains more) is
    asked for six cycles and 0.3 + 1/(2c). `lengths` are measured without being judged.
    Source of the strength: Wang, Smith and Hyndman, 2006.
    """
    samples = [values[:LONGEST_LOOK] for values in samples]
    offered = _offered(frequency)
    if lengths is not None:
        known = {length: name for name, length in offered.items()}
        found = [Season(m, _strength(samples, m), known.get(m, "")) for m in sorted(set(lengths), reverse=True)]
        return tuple(found)
    found, rest = [], list(samples)
    for name, m in sorted(offered.items(), key=lambda item: item[1]):
        strength = _strength(rest, m)
        of_whole = strength * _variance(rest, m) / (_variance(samples, m) or 1.0)
        if of_whole >= LEAST_OF_WHOLE and _holds(rest, m, strength, STRENGTH, CYCLES):
            found.append(Season(m, strength, name))
            rest = [values - _seasonal(values, m) for values in rest]
    if not found and (peak := _peak(samples)):
        m = max((peak, 2 * peak, 3 * peak), key=lambda length: _strength(samples, length) - 0.1 * (length > peak))
        strength = _strength(samples, m)
        if _holds(samples, m, strength, FREE_STRENGTH, FREE_CYCLES):
            found.append(Season(m, strength))
    return tuple(sorted(found, key=lambda season: -season.length))


def _offered(frequency: str | None) -> dict[str, int]:
    if frequency is None:
        return {}
    if frequency == "B":
        return {"week": 5, "year": 261}
    step, offered = length_of(frequency), {}
    for name, length in (("hour", DAY / 24), ("day", DAY), ("week", 7 * DAY)):
        if length % step == pd.Timedelta(0) and length > step:
            offered[name] = int(length / step)
    year = round(365.25 * DAY / step)
    if step >= DAY / 24 and year > 1:
        offered["year"] = year
    return {name: m for name, m in offered.items() if m > 1}


def _strength(samples: Sequence[Float64], m: int) -> float:
    measured = [x for values in samples if not np.isnan(x := _of_one(values, m))]
    return float(np.clip(np.median(measured), 0, 1)) if measured else 0.0


def _variance(samples: Sequence[Float64], m: int) -> float:
    """Around the trend: the median over the series that are long enough."""
    around = [_around_trend(values, m) for values in samples if len(values) >= CYCLES * m]
    measured = [float(np.var(seen)) for d in around if (seen := d[np.isfinite(d)]).size]
    return float(np.median(measured)) if measured else 0.0


def _of_one(values: Float64, m: int) -> float:
    if len(values) < CYCLES * m or m < 2:
        return float("nan")
    d = _around_trend(values, m)
    seen = np.isfinite(d)
    n = int(seen.sum())
    if n <= 1.5 * m:
        return float("nan")
    left = (d - _phase_means(d, m))[seen]
    total = float(np.sum((d[seen] - d[seen].mean()) ** 2))
    if not total > 1e-20 * float(np.nansum(values**2)):
        return 0.0
    return 1 - (float(np.sum(left**2)) / (n - m)) / (total / (n - 1))


def _around_trend(values: Float64, m: int) -> Float64:
    """y minus its centred moving mean over m steps (m + 1 where m is even, the outer two at half their weight)."""
    series = pd.Series(values)
    least = max(1, m // 2)
    trend = series.rolling(m, min_periods=least).mean()
    if m % 2 == 0:
        trend = (trend + trend.shift(-1)) / 2
    trend = trend.shift(-(m // 2) if m % 2 == 0 else -((m - 1) // 2))
    trend.iloc[: m // 2] = np.nan
    return np.asarray(series - trend, dtype=np.float64)


def _phase_means(d: Float64, m: int) -> Float64:
    """(T,) the mean over all steps of the same phase."""
    phase, seen = np.arange(len(d)) % m, np.isfinite(d)
    count = np.bincount(phase[seen], minlength=m)
    total = np.bincount(phase[seen], weights=d[seen], minlength=m)
    means = np.divide(total, count, out=np.zeros(m), where=count > 0)
    return np.asarray(means[phase])


def _seasonal(values: Float64, m: int) -> Float64:
    return _phase_means(_around_trend(values, m), m) if len(values) >= CYCLES * m else np.zeros(len(values))


def _holds(samples: Sequence[Float64], m: int, strength: float, least: float, cycles: int) -> bool:
    """Cycles enough, strength enough for so many cycles, and clearly weaker neighbours."""
    turns = max(map(len, samples), default=0) / m
    if turns < cycles or strength < least + 0.5 / turns:
        return False
    away = max(1, round(m * min(0.3, 1.0 / (turns - 1))))
    beside = max(_strength(samples, m - away) if m - away >= 2 else 0.0, _strength(samples, m + away))
    return strength >= CONTRAST * beside


def _peak(samples: Sequence[Float64]) -> int | None:
    """The length at the periodogram's highest point in the longest series, of those with enough cycles."""
    from scipy.signal import periodogram

    values = pd.Series(max(samples, key=len, default=np.empty(0))).interpolate().to_numpy()
    values = values[np.isfinite(values)]
    if len(values) < 3 * FREE_CYCLES:
        return None
    frequencies, power = periodogram(values, window="hann", detrend="linear")
    allowed = (frequencies >= FREE_CYCLES / len(values)) & (frequencies < 0.5)
    if not allowed.any() or not power[allowed].max() > 0:
        return None
    return round(1 / float(frequencies[allowed][np.argmax(power[allowed])]))
