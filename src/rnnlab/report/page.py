"""A result as one page of HTML: every text that came from a file is escaped, every picture is inside."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from rnnlab.figures.style import label
from rnnlab.forecasting.findings import plain
from rnnlab.forecasting.result import Result, SeriesResult
from rnnlab.forecasting.words import VIEWS, concerned, covered, percent, some
from rnnlab.report.pictures import pictures

SHOWN = 3  # of many series, how many are shown with their pictures


def page(result: Result) -> str:
    """The whole page."""
    shown = chosen(result.series)
    return _template().render(
        result=result,
        judgement=result.judgement,
        many=len(result.series) > 1,
        rows=_ordered(result),
        warnings=_warnings(result),
        narrow=_narrow(result.series),
        findings=[re.sub(r" \(\w+=…\)", "", each.sentence) for each in result.findings],
        shown=[(one, pictures(one), covered(one), _ahead(one), _reads(one)) for one in shown],
        settings=_settings(result),
    )


def chosen(series: Sequence[SeriesResult]) -> list[SeriesResult]:
    """Those whose pictures are shown: all, or of many the largest gain, the median and the smallest."""
    if len(series) <= SHOWN:
        return list(series)
    ranked = sorted(series, key=lambda one: -one.judgement.gain if math.isfinite(one.judgement.gain) else math.inf)
    return [ranked[0], ranked[len(ranked) // 2], ranked[-1]]


def _warnings(result: Result) -> list[tuple[str, str, str]]:
    """(code, where, sentence); of many series, each code once, with the series that it concerns."""
    if len(result.series) == 1:
        return [(each.code, plain(each.place), each.sentence) for each in result.warnings]
    count = len(result.series) + len(result.left_out)
    return [
        (
            code,
            f"on {len(told)} of {count} series: {some(list(told))}",
            sentence if len(told) == 1 else f"The first of them: {sentence}",
        )
        for code, told in concerned(result).items()
        for sentence in list(told.values())[:1]
    ]


def _narrow(series: Sequence[SeriesResult]) -> str:
    """Whose intervals held too little of the test part, by more than chance; nothing where none did."""
    narrow = [one for one in series if any(each.high < each.level for each in one.coverage)]
    if not narrow:
        return ""
    if len(series) == 1:
        return f"The intervals were too narrow. {covered(narrow[0])}"
    return (
        f"The intervals were too narrow on {len(narrow)} of {len(series)} series: {some([one.id for one in narrow])}."
    )


def _ordered(result: Result) -> list[Any]:
    order = list(result.table["name"])
    return sorted(result.scores, key=lambda score: order.index(score.name))


def _reads(one: SeriesResult) -> str:
    """What is read at each step, the calendar's pairs of waves as the cycle that they stand for."""
    cycles = one.winner.facts["calendar"]
    columns = [
        name for name in one.channels if name not in {f"{wave} {each}" for wave in ("sin", "cos") for each in cycles}
    ]
    read = ", ".join([*map(plain, columns), *(["the calendar"] if cycles else [])])
    return read + (f" ({', '.join(each.replace('_', ' ') for each in cycles)})" if cycles else "")


def _ahead(one: SeriesResult) -> list[dict[str, str]]:
    table = one.winner.ahead().rename(columns={one.best: "forecast"})
    clock = any(":" in _time(when) for when in table["ds"])
    return [
        {
            "when": _time(row["ds"], clock=clock),
            **{name: _number(row[name]) for name in ("forecast", "lo-80", "hi-80", "lo-95", "hi-95")},
        }
        for row in table.to_dict("records")
    ]


def _settings(result: Result) -> list[tuple[str, str, str]]:
    """(name, value, what it means); where nothing was given, what is done then."""
    rows = []
    for each in fields(result.options):
        meaning, _, otherwise = each.metadata["help"].partition("; none: ")
        rows.append((each.name.replace("_", " "), _plain(getattr(result.options, each.name), otherwise), meaning))
    return rows


def _plain(value: Any, otherwise: str) -> str:
    if value is None:
        return otherwise
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _time(when: Any, *, clock: bool = False) -> str:
    if isinstance(when, int | np.integer):
        return str(when)
    when = pd.Timestamp(when)
    return f"{when:%Y-%m-%d}" if when == when.normalize() and not clock else f"{when:%Y-%m-%d %H:%M}"


def _number(value: Any, digits: int = 4) -> str:
    """Significant digits, no exponents below a million."""
    if value is None or not math.isfinite(value):
        return "–"
    return (f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:#.{digits}g}".rstrip(".")).replace("-", "−")


def _unbroken(value: Any) -> Any:
    """No line ends between a number and its percent sign."""
    return value.replace(" %", "\u00a0%") if isinstance(value, str) else value


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("rnnlab.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_unbroken,
    )  # fmt: skip
    environment.globals["views"] = VIEWS
    environment.filters.update(number=_number, time=_time, label=label, percent=percent, plain=plain)
    return environment.get_template("page.html")
