"""A result as one page of HTML: every text that came from a file is escaped, every picture is inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from rnnlab.figures.style import label
from rnnlab.forecasting.result import Result, SeriesResult
from rnnlab.forecasting.words import covered
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
        warnings=result.warnings,
        shown=[(one, pictures(one), covered(one), _ahead(one)) for one in shown],
        settings=_settings(result),
    )


def chosen(series: Sequence[SeriesResult]) -> list[SeriesResult]:
    """Those whose pictures are shown: all, or of many the largest gain, the median and the smallest."""
    if len(series) <= SHOWN:
        return list(series)
    ranked = sorted(series, key=lambda one: -one.judgement.gain if math.isfinite(one.judgement.gain) else math.inf)
    return [ranked[0], ranked[len(ranked) // 2], ranked[-1]]


def _ordered(result: Result) -> list[Any]:
    order = list(result.table["name"])
    return sorted(result.scores, key=lambda score: order.index(score.name))


def _ahead(one: SeriesResult) -> list[dict[str, str]]:
    table = one.winner.ahead().rename(columns={one.best: "forecast"})
    return [
        {
            "when": _time(row["ds"]),
            **{name: _number(row[name]) for name in ("forecast", "lo-80", "hi-80", "lo-95", "hi-95")},
        }
        for row in table.to_dict("records")
    ]


def _settings(result: Result) -> dict[str, str]:
    given = {name: _plain(value) for name, value in vars(result.options).items()}
    return {name.replace("_", " "): value for name, value in given.items()}


def _plain(value: Any) -> str:
    if value is None:
        return "found from the data"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _time(when: Any) -> str:
    if isinstance(when, int | np.integer):
        return str(when)
    when = pd.Timestamp(when)
    return f"{when:%Y-%m-%d}" if when == when.normalize() else f"{when:%Y-%m-%d %H:%M}"


def _number(value: Any, digits: int = 4) -> str:
    """Significant digits, no exponents below a million."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.{digits}g}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("rnnlab.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(number=_number, time=_time, label=label, percent=lambda share: f"{share:.1%}")
    return environment.get_template("page.html")
