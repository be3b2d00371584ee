"""A verdict follows its rule, its interval covers what it says, and nothing that diverged is averaged in."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rnnlab.errors import InputError
from rnnlab.studies import Verdict, interval, level, paired, share, unpaired, wilson
from rnnlab.studies.rounding import alike
from rnnlab.studies.verdict import FEWEST

NORMAL = np.random.default_rng(0).normal(size=10)


@pytest.mark.parametrize(("n", "draw"), [(5, "normal"), (10, "normal"), (10, "exponential")])
def test_the_interval_covers_the_mean_about_as_often_as_it_says(n: int, draw: str) -> None:
    rng = np.random.default_rng(0)
    runs = 300
    covered = 0
    for _ in range(runs):
        values = rng.normal(size=n) if draw == "normal" else rng.exponential(size=n) - 1
        _, low, high = interval(values)
        covered += low <= 0 <= high
    assert 0.90 <= covered / runs <= 0.98, covered / runs  # uncorrected BCa: 0.85, 0.90, 0.88


def test_the_interval_of_two_samples_covers_their_difference_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    verdicts = [unpaired(rng.normal(size=6), rng.normal(size=9, loc=1.0), margin=1.0) for _ in range(200)]
    assert 0.90 <= sum(v.interval[0] <= 1.0 <= v.interval[1] for v in verdicts) / 200 <= 0.99


def test_wilsons_interval_agrees_with_his_formula() -> None:
    k, n, z = 7, 10, 1.959963984540054
    centre = (k / n + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(k / n * (1 - k / n) / n + z**2 / (4 * n**2))
    assert wilson(k, n) == pytest.approx((centre - half, centre + half), abs=1e-12)
    assert wilson(0, 10)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(10, 10)[1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("gain", "margin", "decision"),
    [
        (1.0, 0.0, "holds"),
        (1.0, 0.9, "cannot tell"),
        (1.0, 2.0, "does not hold"),
        (-1.0, 0.0, "does not hold"),
        (0.0, 0.0, "cannot tell"),
        (-0.1, -1.0, "holds"),
    ],
)
def test_the_decision_follows_from_where_the_interval_lies(gain: float, margin: float, decision: str) -> None:
    noise = 0.2 * (NORMAL - NORMAL.mean())
    b = np.linspace(5, 6, 10)
    lower = paired(b - gain - noise, b, margin=margin)
    higher = paired(b + gain + noise, b, margin=margin, better="higher")
    for verdict in (lower, higher):
        assert verdict.decision == decision
        assert verdict.estimate == pytest.approx(gain, abs=1e-12)
        assert verdict.interval[0] < gain < verdict.interval[1]
        assert verdict.seeds == 10
    assert unpaired(b - 100 - noise, b).decision == "holds"
    assert unpaired(b + 100 + noise, b).decision == "does not hold"
    assert unpaired(b + 100 + noise, b, better="higher").estimate == pytest.approx(100)


def test_pairing_takes_out_what_the_seeds_have_in_common() -> None:
    common = 10 * NORMAL
    a, b = common + 0.1 * np.cos(np.arange(10)), common + 1
    assert paired(a, b).decision == "holds"
    assert unpaired(a, b).decision == "cannot tell"


VALUES = st.lists(
    st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=9
).flatmap(lambda a: st.tuples(st.just(a), st.lists(st.floats(-1e6, 1e6), min_size=len(a), max_size=len(a))))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(VALUES)
def test_whatever_the_runs_were_the_verdict_is_sound(runs: tuple[list[float], list[float]]) -> None:
    a, b = (np.array(each) for each in runs)
    verdict = paired(a, b)
    good = np.isfinite(a)
    assert verdict.seeds == good.sum()
    low, high = verdict.interval
    if verdict.seeds < FEWEST:
        assert verdict.decision == "cannot tell"
        assert math.isnan(low) and math.isnan(high)
    else:
        assert low <= high
        gains = (b - a)[good]
        assert gains.min() - 1e-6 <= low and high <= gains.max() + 1e-6
        assert verdict.decision != "holds" or (low > 0 and good.all())
    json.dumps(verdict.as_json(), allow_nan=False)
    assert ("diverged" in verdict.detail) == (not good.all())


@settings(deadline=None, max_examples=30, derandomize=True)
@given(st.lists(st.floats(-100, 100), min_size=FEWEST, max_size=12), st.randoms())
def test_the_order_of_the_seeds_moves_an_interval_by_its_resampling_alone(values: list[float], dice: Any) -> None:
    mean, low, high = interval(values)
    assert interval(values) == (mean, low, high)
    shuffled = list(values)
    dice.shuffle(shuffled)
    assert interval(shuffled)[0] == pytest.approx(mean, abs=1e-9)


def test_runs_that_diverged_are_counted_and_never_help_the_claim_that_lost_them() -> None:
    good, bad = np.linspace(1, 1.2, 10), np.linspace(2, 2.2, 10)
    lost = good.copy()
    lost[:3] = [math.nan, math.inf, math.nan]
    verdict = paired(lost, bad)
    assert verdict.decision == "cannot tell"
    assert verdict.estimate == pytest.approx(1.0)
    assert verdict.seeds == 7
    assert "over 7 paired seeds; runs that diverged or failed: 3 against 0." in verdict.detail
    worse = bad.copy()
    worse[:3] = math.inf
    assert paired(good, worse).decision == "holds"
    assert paired(worse, good).decision == "does not hold"
    assert paired(bad, lost).decision == "cannot tell"


def test_few_equal_and_missing_values_give_no_false_certainty() -> None:
    assert paired([1.0], [2.0]).decision == "cannot tell"
    assert paired([1.0] * 4, [2.0] * 4).decision == "cannot tell"
    assert "5 are needed for an interval" in paired([1.0] * 4, [2.0] * 4).detail
    equal = paired([1.0] * 5, [2.0] * 5)
    assert (equal.decision, equal.interval) == ("holds", (1.0, 1.0))
    assert paired([2.0] * 5, [2.0] * 5).decision == "does not hold"
    assert unpaired([1.0] * 5, [2.0] * 6).interval == (1.0, 1.0)
    nothing = paired([math.nan] * 5, [1.0] * 5)
    assert nothing.decision == "cannot tell"
    assert nothing.detail.startswith("No seed on which both ended well")
    assert unpaired([math.nan] * 5, [1.0] * 5).decision == "cannot tell"
    assert interval([]) == pytest.approx((math.nan,) * 3, nan_ok=True)


def test_the_percentile_interval_stands_in_where_bca_is_undefined() -> None:
    mean, low, high = interval([0.0, 0.0, 0.0, 0.0, 1e-300])
    assert math.isfinite(low) and math.isfinite(high)
    assert low <= mean <= high


def test_a_baseline_without_seeds_is_one_number_for_all() -> None:
    values = np.linspace(1, 1.2, 6)
    assert paired(values, 2.0) == paired(values, np.full(6, 2.0))
    assert paired(values, [2.0]).decision == "holds"


@pytest.mark.parametrize(
    ("successes", "n", "above", "decision"),
    [(10, 10, 0.5, "holds"), (9, 10, 0.5, "holds"), (7, 10, 0.5, "cannot tell"), (1, 10, 0.5, "does not hold"),
     (1, 1, 0.5, "cannot tell"), (0, 10, 0.0, "cannot tell")],
)  # fmt: skip
def test_a_share_is_judged_by_wilsons_interval(successes: int, n: int, above: float, decision: str) -> None:
    verdict = share(successes, n, above=above)
    assert (verdict.decision, verdict.estimate, verdict.seeds) == (decision, successes / n, n)
    assert verdict.detail.startswith(f"{successes} of {n} seeds (")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: paired([1.0, 2.0], [1.0, 2.0, 3.0]), "2 values of a and 3 of b; give both on the same seeds"),
        (lambda: paired([[1.0, 2.0]], [1.0]), "a has shape (1, 2); give one number a seed"),
        (lambda: interval([1.0, math.nan]), "interval() takes finite values"),
        (lambda: share(3, 2, above=0.5), "3 successes in 2 runs are no share"),
        (lambda: share(0, 0, above=0.5), "0 successes in 0 runs are no share"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_a_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        call()
    assert sentence in str(refusal.value)


class Text(HTMLParser):
    """Every tag closed, and the text that a reader hears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def verdict_of(a: NDArray[np.float64] | list[float]) -> Verdict:
    return paired(a, 2.0, unit="°C").on("10.3", "An <LSTM> beats persistence.", "quick")


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0], ids=["holds", "cannot tell", "does not hold"])
def test_a_verdict_shows_itself_in_words_in_html_and_to_programs(shift: float, request: pytest.FixtureRequest) -> None:
    decision = request.node.callspec.id
    verdict = verdict_of(np.linspace(0.5, 1.5, 6) + shift)
    bundle = verdict._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.rnnlab.verdict+json"}
    assert f"Claim 10.3 {decision}: An <LSTM> beats persistence. Mean gain " in bundle["text/plain"]
    said = Text(bundle["text/html"]).said
    assert f"Claim 10.3 {decision}" in said
    assert "An <LSTM> beats persistence." in said
    assert "color: inherit" in bundle["text/html"]
    assert not any(word in bundle["text/html"] for word in ("#", "rgb", 'class="light', "http"))
    fields = bundle["application/vnd.rnnlab.verdict+json"]
    assert set(fields) == {"claim", "sentence", "decision", "estimate", "interval", "detail", "mode", "seeds"}
    assert (fields["claim"], fields["decision"], fields["mode"], fields["seeds"]) == ("10.3", decision, "quick", 6)
    json.dumps(fields, allow_nan=False)


def test_numbers_that_are_not_finite_reach_programs_as_null() -> None:
    fields = verdict_of([1.0]).as_json()
    assert fields["interval"] == [None, None]
    assert fields["estimate"] == 1.0


def test_a_level_says_what_was_measured_on_which_side_of_the_bound() -> None:
    values = np.array([2.9, 3.0, 3.1, 3.0, 3.05])
    above = level(values, 2.0, better="higher", what="The engine over torch", unit="times")
    assert above.decision == "holds" and above.estimate == pytest.approx(3.01)
    assert above.interval[0] < 3.01 < above.interval[1]
    assert above.detail.startswith("The engine over torch: 3.01 [")
    assert above.detail.endswith("] times over 5 seeds, against 2.")
    assert level(values, 2.0, better="lower", what="x").decision == "does not hold"
    assert level(values, 3.0, better="higher", what="x").decision == "cannot tell"
    lost = level([*values, np.inf], 4.0, better="lower", what="x")
    assert lost.detail.endswith("against 4; 1 diverged or failed.") and lost.decision == "cannot tell"
    assert level(values[:3], 2.0, better="higher", what="x").decision == "cannot tell"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((-0.011, -0.0252, -0.0004), "-0.0110 -0.0252 -0.0004"),
        ((0.7, -0.0004), "0.700 -0.0004"),
        ((50.3, 49.62, 50.68), "50.3 49.6 50.7"),
        ((1.0, 1.0, 1.0), "1 1 1"),
        ((0.0, 0.0), "0 0"),
        ((14_123.4, 1_023.0), "14,100 1,000"),
        ((3.5e-15, 1e-15, 0.0), "3.5·10⁻¹⁵ 10⁻¹⁵ 0"),
        ((-2e-5, 3.0), "-2·10⁻⁵ 3"),
        ((2.5e9,), "2.5·10⁹"),
    ],
)
def test_numbers_that_stand_together_end_at_the_same_place_and_keep_their_sign(
    values: tuple[float, ...], said: str
) -> None:
    assert " ".join(alike(*values)) == said


def test_what_was_compared_opens_the_detail() -> None:
    verdict = paired([1.0] * 5, [2.0] * 5, unit="°C", margin=0.5).of("The GRU against the TCN")
    assert verdict.detail == (
        "The GRU against the TCN: mean gain 1 °C [1, 1] over 5 paired seeds, against a margin of 0.5 °C."
    )
