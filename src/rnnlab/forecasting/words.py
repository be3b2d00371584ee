"""What a comparison found, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnlab.forecasting.findings import plain

if TYPE_CHECKING:
    from rnnlab.forecasting.result import Result, SeriesResult

NAMES = {
    "mean": "the mean of the past",
    "persistence": "persistence",
    "seasonal_naive": "the seasonal naive method",
    "drift": "drift",
    "ridge": "ridge autoregression",
    "auto_ets": "exponential smoothing (AutoETS)",
    "rnn": "the RNN",
    "lstm": "the LSTM",
    "gru": "the GRU",
}

NAMED = 5  # of the series that a warning concerns, how many are named

# What a network that chose a view does (options.py says it for programmers).
VIEWS = {
    "level": "read the values and forecast values",
    "change": "read the values and forecast how far they move from the last one",
    "anchored": "read how far the values are from the last one, and forecast how far they move from it",
}


def decided(
    decision: str,
    network: str,
    baseline: str,
    gain: float,
    interval: tuple[float, float],
    *,
    seeds: int = 0,
    origins: int = 0,
    series: int = 0,
) -> str:
    """The decision as two sentences: what to use, and by how much and how surely."""
    net, rival = NAMES[network], NAMES[baseline]
    over = f"over {series} series" if series else f"over {seeds} seeds and {origins:,} origins"
    if not math.isfinite(gain):
        measured = f"{_capital(rival)} makes no error to speak of; {net}, the best recurrent network, makes some."
    else:
        low, high = (percent(end) for end in interval)
        much = f"{percent(abs(gain))} {'lower' if gain > 0 else 'higher'} than"
        side = much if gain > -1 else f"{1 - gain:.3g} times"
        measured = (
            f"The error of {net}, the best recurrent network, is {side} that of {rival}, the best baseline: a gain of "
            f"{percent(gain)}, with a 95 % interval from {low} to {high}, {over}."
        )
    if decision == "better":
        return f"Use {net}. {measured}"
    if decision == "worse":
        return f"Use {rival}: no recurrent network is worth its training here. {measured}"
    if gain > 0:
        return f"{_capital(rival)} does as well, as far as these data can tell: use it. {measured}"
    return f"No recurrent network is better than {rival}, as far as these data can tell: use that. {measured}"


def undecided(network: str, baseline: str, reason: str) -> str:
    """Where there is no interval, and why."""
    net, rival = NAMES[network], NAMES[baseline]
    why = {
        "diverged": f"Every training of {net} diverged",
        "the same": f"{_capital(net)} and {rival} forecast the same at every origin",
        "short": f"There are too few origins to compare {net} with {rival}",
    }[reason]
    return f"{why}: use {rival}, the best baseline on the validation part."


def told(result: Result) -> str:
    """print(result): the decision, the table, the warnings."""
    lines = [result.judgement.sentence, ""]
    lines += _table(result)
    if len(result.series) == 1:
        lines += ["", _alone(result.series[0]), covered(result.series[0])]
    else:
        counts = [sum(each.judgement.decision == decision for each in result.series) for decision in
                  ("better", "worse", "cannot tell")]  # fmt: skip
        lines += [
            "",
            f"One by one, of {len(result.series)} series the best network is better on {counts[0]}, worse on "
            f"{counts[1]}, and on {counts[2]} it cannot be told.",
        ]
    alone = len(result.series) == 1
    if alone:
        lines += [f"Warning ({each.code}): {each.sentence}" for each in result.series[0].warnings]
    lost = {each.code for each in result.left_out}
    for code, told in concerned(result).items():
        if not alone or code in lost:
            why = f" {'The first: ' if len(told) > 1 else ''}{next(iter(told.values()))}" if code in lost else ""
            lines.append(f"Warning ({code}): on {len(told)} series ({some(list(told))}).{why}")
    return "\n".join(lines)


def concerned(result: Result) -> dict[str, dict[str, str]]:
    """Of many series: the code of a warning → the series that have it, with its first sentence on each."""
    found: dict[str, dict[str, str]] = {}
    for one in result.series:
        for each in one.warnings:
            found.setdefault(each.code, {}).setdefault(one.id, each.sentence)
    for each in result.left_out:
        found.setdefault(each.code, {})[each.place] = each.sentence
    return found


def some(names: Sequence[str]) -> str:
    """The first NAMED of them, and how many more there are."""
    return ", ".join(map(plain, names[:NAMED])) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _table(result: Result) -> list[str]:
    best, one = result.best, len(result.series) == 1
    head = f"{'model':<16}{'MAE':>10}{'RMSE':>10}{'MASE':>8}{'numbers':>9}{'seconds':>9}"
    rows = [head if one else head + "   (means over series)"]
    order = list(result.table["name"])
    for each in sorted(result.scores, key=lambda score: order.index(score.name)):
        mark = " *" if each.name == best else ""
        rows.append(
            f"{each.name + mark:<16}{_number(each.mae):>10}{_number(each.rmse):>10}{_number(each.mase, 3):>8}"
            f"{each.parameters:>9}{each.seconds:>9.1f}"
        )
    return rows


def _alone(one: SeriesResult) -> str:
    score = one.score(one.judgement.network)
    good = [error for error in score.alone if math.isfinite(error)]
    lost = f"; {score.diverged} diverged" if score.diverged else ""
    if not good:
        return f"No training of {NAMES[score.name]} ended well."
    return (
        f"One {score.name.upper()} alone has an error of {_number(min(good))} to {_number(max(good))}, by its seed"
        f"{lost}; the table has that of the mean of their forecasts."
    )


def covered(one: SeriesResult) -> str:
    """How often the intervals of the best model held the truth."""
    checked = [each for each in one.coverage if math.isfinite(each.share)]
    if not checked:
        return "There are too few origins to check how often the intervals hold the truth."
    promised = " and ".join(percent(each.level, 0) for each in checked)
    held = " and ".join(percent(each.share, 0) for each in checked)
    return (
        f"Intervals of {NAMES[one.best]} that were to hold {promised} of the truth, made from earlier errors, held "
        f"{held} of it in the later half of the test part."
    )


def percent(share: float, digits: int = 1) -> str:
    """0.123 as "12.3 %", with a true minus sign; a dash for what is not finite."""
    return f"{share:.{digits}%}".replace("-", "−").replace("%", " %") if math.isfinite(share) else "–"


def _number(value: float, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else "–"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
