"""A verdict on a claim: holds, does not hold, or cannot tell, from an interval over seeds."""

from __future__ import annotations

import html
import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rnnlab.errors import InputError
from rnnlab.studies.rounding import alike

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Decision = Literal["holds", "does not hold", "cannot tell"]

LEVEL = 0.95  # of every interval
FEWEST = 5  # seeds that an interval needs: with 4 its measured coverage is 87 %, with 5 it is 94 %
RESAMPLES = 9_999
SEED = 0  # of the resampling, so that the same records give the same verdict


@dataclass(frozen=True)
class Verdict:
    """What the records say about a claim.

    holds: the whole interval lies on the claimed side of the margin; does not hold: wholly on the other; cannot tell:
    it has the margin within it, or there are too few seeds for an interval (then it is NaN).
    """

    decision: Decision
    estimate: float
    interval: tuple[float, float]
    detail: str
    seeds: int
    claim: str = ""
    sentence: str = ""
    mode: str = ""

    def on(self, claim: str, sentence: str, mode: str) -> Verdict:
        """The same verdict with the claim that it judges."""
        return replace(self, claim=claim, sentence=sentence, mode=mode)

    def of(self, compared: str) -> Verdict:
        """The same verdict, its detail opened by what was compared: "The GRU against the TCN: mean gain …"."""
        return replace(self, detail=f"{compared}: {self.detail[:1].lower()}{self.detail[1:]}")

    def as_json(self) -> dict[str, Any]:
        """For programs; numbers that are not finite become null."""
        values = asdict(self)
        values["estimate"] = _finite(self.estimate)
        values["interval"] = [_finite(end) for end in self.interval]
        return values

    def __str__(self) -> str:
        claim = f"Claim {self.claim} {self.decision}" if self.claim else self.decision.capitalize()
        sentence = f": {self.sentence.rstrip('.')}." if self.sentence else "."
        mode = f" ({self.mode} mode)" if self.mode else ""
        return f"{_MARKS[self.decision]} {claim}{sentence} {self.detail}{mode}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": self._html(),
            "application/vnd.rnnlab.verdict+json": self.as_json(),
        }

    def _html(self) -> str:
        """Inherits the page's colours and type, so that it reads in light and dark; the decision is said in words."""
        sentence, detail, mode = (html.escape(text) for text in (self.sentence, self.detail, self.mode))
        head = f"Claim {html.escape(self.claim)} {self.decision}" if self.claim else self.decision.capitalize()
        line = {"holds": "solid", "does not hold": "double", "cannot tell": "dashed"}[self.decision]
        return (
            f'<div class="rnnlab-verdict" role="note" style="border-left: 4px {line} currentColor; '
            'padding: 0.3em 0.9em; margin: 0.8em 0; color: inherit">'
            f'<strong><span aria-hidden="true">{_MARKS[self.decision]}</span> {head}</strong>'
            f"{f': {sentence}' if sentence else ''}<br>"
            f'<span style="opacity: 0.85">{detail}{f" ({mode} mode)" if mode else ""}</span></div>'
        )


_MARKS: dict[Decision, str] = {"holds": "✓", "does not hold": "✗", "cannot tell": "?"}


def paired(
    a: ArrayLike,
    b: ArrayLike,
    *,
    margin: float = 0.0,
    better: Literal["lower", "higher"] = "lower",
    unit: str = "",
) -> Verdict:
    """Is `a` better than `b` by more than `margin`, seed by seed?

    estimate = mean over seeds of b − a (lower is better) or a − b (higher is better); interval() around it.
    a, b: one number a seed, the same seeds in the same order; b may be one number for all (a baseline without seeds).
    A negative margin asks whether a is at most that much worse.

    A seed on which either run diverged or failed (not finite) enters no mean; it is counted and said. Leaving out runs
    of `a` flatters the claim: it cannot hold where a lost more runs than b, nor fail where b lost more than a.
    """
    left, right = _runs(a, "a"), _runs(b, "b")
    if right.size == 1 and left.size != 1:
        right = np.broadcast_to(right, left.shape)
    if left.size != right.size:
        raise InputError(
            f"paired() got {left.size} values of a and {right.size} of b; give both on the same seeds in the same "
            "order, or compare them with unpaired()."
        )
    both = np.isfinite(left) & np.isfinite(right)
    gains = (right - left if better == "lower" else left - right)[both]
    words = f"over {gains.size} paired seed{'s' if gains.size != 1 else ''}"
    return _judged(interval(gains), margin, gains.size, words, _losses(left, right), unit)


def unpaired(
    a: ArrayLike,
    b: ArrayLike,
    *,
    margin: float = 0.0,
    better: Literal["lower", "higher"] = "lower",
    unit: str = "",
) -> Verdict:
    """As `paired`, for runs that share no seeds: the difference of the two means, each resampled on its own."""
    left, right = _runs(a, "a"), _runs(b, "b")
    good = [runs[np.isfinite(runs)] for runs in (left, right)]
    first, second = good[::-1] if better == "lower" else good
    seeds = min(first.size, second.size)
    words = f"over {good[0].size} and {good[1].size} seeds"
    return _judged(_difference(first, second), margin, seeds, words, _losses(left, right), unit)


def level(
    values: ArrayLike, bound: float, *, better: Literal["lower", "higher"], what: str, unit: str = "", digits: int = 3
) -> Verdict:
    """Is the mean of `values`, one a seed, below (or above) `bound`? As `paired` against one number.

    estimate and interval are those of the values themselves, and the detail says them: "what: 3.2 [3.1, 3.3] unit …".
    """
    runs = _runs(values, "values")
    verdict = paired(runs, bound, better=better)
    mean, low, high = interval(runs[np.isfinite(runs)])
    after = f" {unit}" if unit else ""
    lost = np.sum(~np.isfinite(runs))
    detail = f"{what}: {_with_ends(mean, low, high, digits)}{after} over {verdict.seeds} seeds"
    detail += f", against {_bound(bound)}" + (f"; {lost} diverged or failed." if lost else ".")
    return replace(verdict, estimate=mean, interval=(low, high), detail=detail)


def share(successes: int, n: int, *, above: float) -> Verdict:
    """Do more than the share `above` of all seeds succeed, when `successes` of `n` did? Wilson's interval (1927).

    A run that diverged is a run that did not succeed: count it in n.
    """
    low, high = wilson(successes, n)
    estimate = successes / n
    detail = f"{successes} of {n} seeds ({estimate:.0%} [{low:.0%}, {high:.0%}]), against {above:.0%}."
    return Verdict(_decision(low, high, above), estimate, (low, high), detail, n)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score (1927); right at 0 and 1 too, and for a handful of seeds."""
    from scipy.stats import binomtest

    if not 0 <= successes <= n or n < 1:
        raise InputError(
            f"{successes} successes in {n} runs are no share; give 0 <= successes <= n, and n of at least 1."
        )
    found = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def interval(values: ArrayLike) -> tuple[float, float, float]:
    """Mean over seeds and its 95 % interval: (mean, low, high). NaN for the ends with fewer than FEWEST values.

    Bootstrap, bias-corrected and accelerated (BCa; Efron, 1987), with Hesterberg's (2015) correction for few seeds: the
    level is raised to 1 − 2Φ(−√(n/(n−1)) · t_{n−1, 0.975}), since resamples of n values spread too little, by
    √((n−1)/n), and their tails are too light. Without it the interval of five normal values covers 85 %, with it 94 %.
    The percentile interval stands in where BCa is undefined (all values equal). Every value must be finite.
    """
    finite = _runs(values, "values")
    if not np.all(np.isfinite(finite)):
        raise InputError("interval() takes finite values; count the runs that diverged, and leave them out.")
    mean = float(np.mean(finite)) if finite.size else math.nan
    if finite.size < FEWEST:
        return mean, math.nan, math.nan
    return mean, *_bootstrap((finite,), _mean)


def _difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[float, float, float]:
    if not first.size or not second.size:
        return math.nan, math.nan, math.nan
    gain = float(np.mean(first) - np.mean(second))
    if min(first.size, second.size) < FEWEST:
        return gain, math.nan, math.nan
    return gain, *_bootstrap((first, second), _mean_difference)


def _mean(values: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return np.asarray(np.mean(values, axis=axis))


def _mean_difference(first: NDArray[np.float64], second: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return np.asarray(np.mean(first, axis=axis) - np.mean(second, axis=axis))


def _bootstrap(samples: Sequence[NDArray[np.float64]], statistic: Any) -> tuple[float, float]:
    from scipy import stats

    n = min(sample.size for sample in samples)
    level = 1 - 2 * stats.norm.sf(math.sqrt(n / (n - 1)) * stats.t.ppf((1 + LEVEL) / 2, n - 1))
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # said by the NaN that comes with it
            warnings.simplefilter("ignore", RuntimeWarning)
            found = stats.bootstrap(
                samples,
                statistic,
                vectorized=True,
                confidence_level=level,
                method=method,
                n_resamples=RESAMPLES,
                rng=np.random.default_rng(SEED),
            ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            break
    return float(found.low), float(found.high)


def _judged(
    found: tuple[float, float, float], margin: float, seeds: int, words: str, losses: tuple[int, int], unit: str
) -> Verdict:
    gain, low, high = found
    decision = _decision(low, high, margin)
    lost_a, lost_b = losses
    if (decision == "holds" and lost_a > lost_b) or (decision == "does not hold" and lost_b > lost_a):
        decision = "cannot tell"
    return Verdict(decision, gain, (low, high), _said(found, margin, seeds, words, losses, unit), seeds)


def _said(
    found: tuple[float, float, float], margin: float, seeds: int, words: str, losses: tuple[int, int], unit: str
) -> str:
    gain, low, high = found
    after = f" {unit}" if unit else ""
    if math.isnan(gain):
        text = "No seed on which both ended well"
    elif seeds < FEWEST:
        text = f"Mean gain {alike(gain)[0]}{after} {words}; {FEWEST} are needed for an interval"
    else:
        mean, *ends = alike(gain, low, high)
        text = f"Mean gain {mean}{after} [{', '.join(ends)}] {words}"
    text += f", against a margin of {_bound(margin)}{after}" if margin else ""
    text += f"; runs that diverged or failed: {losses[0]} against {losses[1]}" if any(losses) else ""
    return text + "."


def _with_ends(mean: float, low: float, high: float, digits: int) -> str:
    """The mean, and its interval where there is one."""
    if math.isnan(low):
        return "no value" if math.isnan(mean) else alike(mean, digits=digits)[0]
    middle, *ends = alike(mean, low, high, digits=digits)
    return f"{middle} [{', '.join(ends)}]"


def _bound(bound: float) -> str:
    """A number that was chosen, not measured: with no zeros after it."""
    said = alike(bound)[0]
    return said.rstrip("0").rstrip(".") if "." in said and "·" not in said else said


def _decision(low: float, high: float, margin: float) -> Decision:
    if low > margin:
        return "holds"
    return "does not hold" if high <= margin else "cannot tell"


def _runs(values: ArrayLike, name: str) -> NDArray[np.float64]:
    runs = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if runs.ndim != 1:
        raise InputError(f"{name} has shape {runs.shape}; give one number a seed.")
    return runs


def _losses(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[int, int]:
    return int(np.sum(~np.isfinite(left))), int(np.sum(~np.isfinite(right)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
