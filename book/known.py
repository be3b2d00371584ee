"""What `rnnlab forecast` said on series of which something is known: the section of course/forecast.md that is written
from results/benchmarks/forecasting.json and from chapter 10's full records; nothing in it is typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np

from rnnlab.chapters.benchmarks import benchmark, on_what
from rnnlab.errors import InputError
from rnnlab.forecasting.words import NAMES
from rnnlab.studies import read
from rnnlab.studies.stock_forecast import STOCK_FORECAST
from rnnlab.studies.verdict import interval
from rnnlab.studies.weather_forecast import WEATHER_FORECAST, chosen_view

HEADING = "## What it said on series of which something is known"
LEVELS = ("80%", "95%")
NARROW = "\N{NO-BREAK SPACE}"
LINEAR = ("white noise", "random walk", "pure season", "AR(2)")  # a simple method is best by construction
MADE = (*LINEAR, "switching", "leaked column")

Case = Mapping[str, Any]

# Columns that every table has between its first and its last; numbers in per cent stand without their sign.
SHARED = ("network, baseline", "gain, %", "verdict", "warnings", "held, %")
TEXT = """\
{heading}

A tool that judges must itself be judged. Here it ran as anybody runs it, in full mode, or in quick mode where that is
said. Weather and share prices are split as [chapter 10](10_time_series.md) splits them, whose full records are the
other answer: what one of its networks gains, the mean over its seeds, with the interval over them.

{chapter}

*Held* is how often the intervals of the recommended method held the truth on later origins, those that promise
{levels}. The gain is the best network's over the best baseline. The next are real series without another answer, the
five shares in one data frame.

{world}

Of the last, five draws each, the lowest mean absolute error that any method can have in the long run is known, but
for the leaked column; the network's stands before it.

{made}

{observations}

{machine} `python benchmarks/forecasting.py` measures it again.
"""


def rows(record: Mapping[str, Any]) -> dict[str, Case]:
    """Series → its row: in full mode where that was measured, else in quick."""
    return {case["series"]: case for case in sorted(record["cases"], key=lambda case: case["mode"], reverse=True)}


def section(record: Mapping[str, Any]) -> str:
    """The whole section, its heading included."""
    order = list(dict.fromkeys(case["series"] for case in record["cases"]))
    cases = {name: rows(record)[name] for name in order}
    made = [cases[name] for name in MADE]
    shared = [case for case in cases.values() if case["chapter"]]
    return TEXT.format(
        heading=HEADING,
        chapter=table(shared, "in chapter 10, %", others),
        world=table([case for case in cases.values() if case not in [*shared, *made]]),
        made=table(made, "error", error),
        levels=" and ".join(level.replace("%", " %") for level in LEVELS),
        observations="\n\n".join(fill(text, 120, break_on_hyphens=False) for text in observations(cases)),
        machine=on_what(record),
    )


def table(cases: Sequence[Case], known: str = "", say: Callable[[Case], str] | None = None) -> str:
    """One line a case; what is `known` of it stands last."""
    head = ["series", *SHARED, *([known] if say else [])]
    lines = [line(head), line("---:" if name == "gain, %" else "---" for name in head)]
    for case in cases:
        both = f"{case['best_network'].upper()}, {called(case['best_baseline'])}"
        intervals = " / ".join(held(case, level) for level in LEVELS)
        gain = gained(case["gain"], case["interval"])
        last = [say(case)] if say else []
        intervals = intervals.replace(" ", NARROW)
        lines.append(line([titled(case), both, gain, f"**{case['decision']}**", warned(case), intervals, *last]))
    return "\n".join(lines)


def titled(case: Case) -> str:
    """What it is called, and of what no other place says it, what was asked."""
    about = "" if case["chapter"] or case["series"] in MADE else f": {case['about']}"
    return f"{case['series']}{about}{' (quick)' if case['mode'] == 'quick' else ''}"


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def gained(gain: float | None, ends: Sequence[float | None]) -> str:
    """−12.2 [−18.1, −6.3], in per cent; a baseline that makes no error leaves no gain to speak of."""
    if gain is None or None in ends:
        return "–"
    low, high = (signed(end) for end in ends if end is not None)
    return f"{signed(gain)} [{low},{NARROW}{high}]"


def signed(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", "−")


def called(baseline: str) -> str:
    return {"ridge": "ridge", "auto_ets": "AutoETS", "mean": "the mean"}.get(baseline, NAMES[baseline])


def warned(case: Case) -> str:
    """The codes, with the number of series where there are several."""
    many = case["count"] > 1
    return ", ".join(f"`{code}`{f' ({n})' if many else ''}" for code, n in sorted(case["warnings"].items())) or "none"


def share_held(case: Case, level: str) -> float:
    """Mean over series."""
    return float(np.mean([each["share"] for each in case["coverage"][level]]))


def held(case: Case, level: str) -> str:
    """In per cent; of several series the mean."""
    return f"{100 * share_held(case, level):.0f}" if case["coverage"][level] else "–"


def error(case: Case) -> str:
    """Of the network, and the lowest possible; for a leaked column that is not known."""
    if case["optimum"] is None:
        return f"{case['mae'][case['best_network']]:.3f}"
    return f"{case['mae'][case['best_network']]:.3f} of {case['optimum']:.3f}".replace(" ", NARROW)


def others(case: Case) -> str:
    """What chapter 10's records say of the same."""
    net, gain, low, high = chapter_10(case["chapter"])
    return f"{net.upper()} {gained(gain, (low, high))}"


def chapter_10(where: Mapping[str, str]) -> tuple[str, float, float, float]:
    """Of the full records, at one station and cut-off or of one share: the network that validation prefers, its gain
    over its baseline as the mean over seeds, and the interval over seeds.
    """
    study = STOCK_FORECAST if "ticker" in where else WEATHER_FORECAST
    records = read(study)
    found = {}
    for net in study.vary["cell"]:
        view = "anchored" if "ticker" in where else chosen_view(records, net, where["cutoff"])
        table = records.where(cell=net, view=view, **where).table
        gains = table["gain"] if "gain" in table else 1 - table["mae"] / table["baseline_mae"]
        found[net] = float(table["validation"].mean()), gains.to_list()
    best = min(found, key=lambda net: found[net][0])
    return best, *interval(found[best][1])


def observations(cases: Mapping[str, Case]) -> list[str]:
    """The paragraphs below the table; tests/test_known.py holds what they take for granted."""
    bent, leak = cases["switching"], cases["leaked column"]
    simple = "; ".join(f"{called(cases[name]['best'])} ({name})" for name in LINEAR)
    shared = [case for case in cases.values() if case["chapter"]]
    sizes = sorted(number for case in shared for number in case["parameters"].values())
    net, line_errs, least = bent["mae"][bent["best"]], bent["mae"]["ridge"], bent["optimum"]
    return [
        f"Where a simple method is best by construction, it is recommended: {simple}. On the switching autoregression, "
        f"which no line can follow, it is the {bent['best'].upper()}, with an error of {net:.3f}, where {least:.3f} is "
        f"the lowest possible and ridge has {line_errs:.3f}: of what ridge loses "
        f"{percent(saved(bent))} is saved, not all of it. The leaked column was warned of in "
        f"{leak['warnings'].get('leak', 0)} of {leak['count']} draws.",
        "On chapter 10's splits the command recommends ridge for the weather, persistence for share prices, nowhere a "
        f"network; {agreement(shared)}, and `lagged` says of every share why a curve that looks superb is worth "
        "nothing. They differ in how sure they are. Chapter 10's interval is over the seeds of a training. This one "
        f"is over the origins as well, and other months might have gone otherwise: in the median it is "
        f"{wider(shared):.0f} times as wide. So {apart(shared)}. "
        f"The networks differ, too: the command's learn {sizes[0]:,} to {sizes[-1]:,} "
        f"numbers, where chapter 10 trains {WEATHER_FORECAST.hold['parameters']:,} on weather, and a forecast is the "
        "mean of five of them.",
        "The intervals keep their word where the future is like the past: on the made series (without the pure season, "
        f"which leaves no error) {inside(cases)}. On real series they need not. {worst(cases)} Their widths are those "
        "of earlier errors; where errors grow, they are too narrow. That is why the report says how often they held, "
        "and why a change of regime is warned of.",
    ]


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def saved(case: Case) -> float:
    """The share of the avoidable error of ridge that the network avoids."""
    line, net = case["mae"]["ridge"], case["mae"][case["best"]]
    return float((line - net) / (line - case["optimum"]))


def untold(cases: Sequence[Case]) -> tuple[list[str], list[str]]:
    """The series on which chapter 10 tells its network from the baseline, and those of them on which it is not told."""
    told = []
    for case in cases:
        _, _, low, high = chapter_10(case["chapter"])
        if low > 0 or high < 0:
            told.append(case)
    return [case["series"] for case in told], [case["series"] for case in told if case["decision"] == "cannot tell"]


def agreement(cases: Sequence[Case]) -> str:
    """Where chapter 10's records do recommend a network."""
    gains = [(case["series"], *chapter_10(case["chapter"])) for case in cases]
    better = [
        f"{name}, where the {net.upper()} saves {100 * gain:.1f} %" for name, net, gain, low, _ in gains if low > 0
    ]
    return f"so do chapter 10's records{', but for ' + ' and '.join(better) if better else ''}"


def apart(cases: Sequence[Case]) -> str:
    told, not_here = untold(cases)
    return (
        f"of {len(told)} series on which chapter 10 can tell one network from the baseline, it cannot be told here on "
        f"{len(not_here)} ({'; '.join(not_here)})"
    )


def wider(cases: Sequence[Case]) -> float:
    """How many times as wide as chapter 10's the intervals are, the median."""
    ratios = []
    for case in cases:
        _, _, low, high = chapter_10(case["chapter"])
        ratios.append(np.ptp(case["interval"]) / (high - low))
    return float(np.median(ratios))


def checked(cases: Mapping[str, Case]) -> list[tuple[str, Case]]:
    """(level, what was measured) of every made series that leaves errors."""
    names = [name for name in MADE if name != "pure season"]
    return [(level, each) for name in names for level in LEVELS for each in cases[name]["coverage"][level]]


def kept(level: str, measured: Case) -> bool:
    """Whether the promise lies in the binomial interval of the measured share."""
    low, high = measured["interval"]
    return bool(low <= float(level[:-1]) / 100 <= high)


def inside(cases: Mapping[str, Case]) -> str:
    found = checked(cases)
    means = [np.mean([each["share"] for level, each in found if level == wanted]) for wanted in LEVELS]
    held = " and ".join(
        f"{percent(float(mean))} where {level[:-1]} % were promised" for level, mean in zip(LEVELS, means, strict=True)
    )
    fine = sum(kept(level, each) for level, each in found)
    return (
        f"they held {held}, and in {fine} of {len(found)} checks the promise lies in the binomial interval of the "
        "share that was measured"
    )


def worst(cases: Mapping[str, Case]) -> str:
    name = least_kept(cases)
    return f"Of {name} those that promise 80 % held {held(cases[name], '80%')} %."


def least_kept(cases: Mapping[str, Case]) -> str:
    """The real series whose intervals held least."""
    real = [name for name, case in cases.items() if name not in MADE]
    return min(real, key=lambda name: share_held(cases[name], "80%"))


def with_section(text: str, part: str) -> str:
    """The page with the section in its place: from the heading to the next one."""
    found = re.search(rf"^{re.escape(HEADING)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise InputError(f"course/forecast.md lacks the heading {HEADING!r}; put it back, and run `make readme`.")
    return f"{text[: found.start()]}{part}\n{text[found.end() :]}"


def written(text: str) -> str:
    """The page as the record has it."""
    return with_section(text, section(benchmark("forecasting")))
