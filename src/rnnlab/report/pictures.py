"""The pictures of one series' comparison: wide and narrow, light and dark, each with words for who cannot see it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.font_manager import findfont, get_font

from rnnlab import figures
from rnnlab.figures.style import Theme, label
from rnnlab.forecasting.result import SeriesResult

LEVELS = (0.95, 0.8)  # of the intervals, the widest first
WIDE, NARROW = (8.4, 3.9), (4.4, 3.9)  # inches
FAR = 2.5  # times the lowest error, beyond which a model's line is left out of the picture of errors
LONGEST = 36  # letters of a column's name on an axis
STEPS = {
    "h": "hours",
    "D": "days",
    "B": "business days",
    "W": "weeks",
    "MS": "months",
    "ME": "months",
    "QS": "quarters",
}


@dataclass(frozen=True)
class Picture:
    """One figure as a page shows it: `sources` are data URIs by (theme, width)."""

    title: str
    alt: str
    note: str
    sources: dict[tuple[Theme, str], str]


def pictures(one: SeriesResult) -> list[Picture]:
    """Data and parts, error against horizon, last forecasts, what comes next, residuals, lag, learning curves, cost."""
    return [
        picture for make in (_parts, _errors, _last, _next, _residuals, _lag, _learning, _cost) for picture in make(one)
    ]


def step_of(one: SeriesResult) -> str:
    """What one step is called: hours, days, …; "steps" where the calendar has no word."""
    alias = one.winner.facts["frequency"] or ""
    return STEPS.get(alias, STEPS.get(alias.split("-")[0], "steps"))


def _parts(one: SeriesResult) -> Iterator[Picture]:
    missing = int(one.history.isna().sum())
    span = f"from {_short(one.history.index[0])} to {_short(one.history.index[-1])}"
    yield _picture(
        _dated(figures.splits, one.history.index), _times(one.history.index), one.history.to_numpy(float), one.parts,
        ylabel=drawable(one.target), title="", gaps=True,
        heading="The series, its parts and its gaps",
        alt=f"{one.target} {span}, {len(one.history):,} steps, {missing:,} of them without a value. The parts for "
        "training, validation and test are marked.",
        note="Models learn from the first part, choose on the second, and are scored on the third, which nobody saw "
        "before.",
    )  # fmt: skip


def _errors(one: SeriesResult) -> Iterator[Picture]:
    finite = [score for score in one.scores if score.by_step and np.isfinite(score.mae)]
    least = min((score.mae for score in finite), default=0.0)
    shown = [score for score in finite if score.mae <= FAR * least]
    if not shown or one.horizon == 1:
        return
    left = [label(score.name) for score in finite if score not in shown]
    yield _picture(
        _whole_steps(figures.error_by_horizon), {score.name: score.by_step for score in shown},
        unit=drawable(one.target), title="", step=step_of(one),
        heading="Error against how far ahead",
        alt=f"Mean absolute error of {', '.join(label(score.name) for score in shown)} at each of {one.horizon} "
        f"{step_of(one)} ahead.",
        note=f"Left out, for their errors would flatten the rest: {', '.join(left)}." if left else "",
    )  # fmt: skip


def _last(one: SeriesResult) -> Iterator[Picture]:
    rows, cutoffs = one.rows, one.rows["cutoff"].unique()
    step = max(1, -(-one.horizon // one.every))  # origins between two forecasts that do not overlap
    chosen = cutoffs[::-1][: 4 * step : step][::-1]
    paths = []
    for cutoff in chosen:
        part = rows[rows["cutoff"] == cutoff]
        said = part[one.best].to_numpy()
        paths.append((_times(part["ds"]), said, [(said - r[: len(said)], said + r[: len(said)]) for r in _radii(one)]))
    tail = one.history.loc[_before(one, chosen[0]) : rows["ds"].max()]
    yield _picture(
        _dated(figures.intervals, tail.index), _times(tail.index), tail.to_numpy(float), one.best, paths,
        ylabel=drawable(one.target), title="",
        heading=f"The last forecasts of the test part: {label(one.best)}",
        alt=f"{one.target} as it was measured, and what {label(one.best)} had said of it from the last {len(chosen)} "
        "origins that do not overlap, each with its 80 % and 95 % intervals.",
        note="The intervals' widths come from all errors of the test part, these among them.",
    )  # fmt: skip


def _next(one: SeriesResult) -> Iterator[Picture]:
    ahead = one.winner.ahead()
    bands = [(ahead[f"lo-{100 * level:.0f}"], ahead[f"hi-{100 * level:.0f}"]) for level in LEVELS]
    tail = one.history.iloc[-max(3 * one.horizon, 2 * one.season, 30) :]
    yield _picture(
        _dated(figures.intervals, [tail.index[0], ahead["ds"].iloc[-1]]),
        _times(tail.index), tail.to_numpy(float), one.best, [(_times(ahead["ds"]), ahead[one.best], bands)],
        ylabel=drawable(one.target), title="",
        heading=f"What comes next, by {label(one.best)}",
        alt=f"The last {len(tail)} {step_of(one)} of {one.target} and the forecast of the {one.horizon} after them, "
        "with 80 % and 95 % intervals.",
        note="",
    )  # fmt: skip


def _residuals(one: SeriesResult) -> Iterator[Picture]:
    first = one.rows.groupby("cutoff", sort=False).head(1)
    left_over = (first["y"] - first[one.best]).to_numpy()
    yield _picture(
        _dated(figures.residuals, first["ds"].tolist()), _times(first["ds"]), left_over,
        unit=drawable(one.target), title="", panels=(1, 2),
        heading=f"What {label(one.best)} leaves over, one step ahead",
        alt=f"Measured less forecast, one step ahead, at {len(first)} origins: over time, and how often each size "
        f"came. Its mean is {np.nanmean(left_over):.3g}.",
        note="A forecast that has taken everything from its data leaves a cloud without a shape, around zero.",
    )  # fmt: skip


def _lag(one: SeriesResult) -> Iterator[Picture]:
    chosen = dict.fromkeys([one.judgement.network, one.judgement.baseline, one.best])
    curves = {name: one.agreement[name] for name in chosen if np.isfinite(one.agreement.get(name, [np.nan])).all()}
    if not curves:
        return
    shifts = range(len(next(iter(curves.values()))))
    yield _picture(
        figures.lag_plot, shifts, curves, ylabel="correlation", title="", step=step_of(one),
        heading="Does a forecast trail behind?",
        alt=f"Correlation of the forecasts of {', '.join(map(label, curves))} with the measured series shifted back "
        f"by 0 to {len(shifts) - 1} {step_of(one)}; the ring marks the highest.",
        note="One step ahead. The ring marks where a forecast agrees best: at 0 with the value that it is of; at 1 "
        "with the value before, as a forecast does that repeats the last value.",
    )  # fmt: skip


def _learning(one: SeriesResult) -> Iterator[Picture]:
    curves = {name: [(run.updates, run.validation) for run in runs] for name, runs in one.curves.items() if runs}
    if not curves:
        return
    yield _picture(
        figures.learning_curves, curves,
        ylabel="squared error on the validation part (scaled)", title="",
        heading="How the networks learnt",
        alt=f"Squared error on the validation part against updates, one line a seed, for "
        f"{', '.join(map(label, curves))}.",
        note="The weights of each line's lowest point were kept.",
    )  # fmt: skip


def _cost(one: SeriesResult) -> Iterator[Picture]:
    least = min((score.mae for score in one.scores if np.isfinite(score.mae)), default=0.0)
    shown = [score for score in one.scores if score.parameters and score.seconds > 0 and score.mae <= FAR * least]
    if len(shown) < 2:
        return
    yield _picture(
        figures.error_by_cost,
        {score.name: score.seconds for score in shown}, {score.name: score.mae for score in shown},
        xlabel="seconds of one core, tuning and all seeds",
        ylabel=f"mean absolute error ({drawable(one.target)})", title="",
        heading="What the accuracy costs",
        alt=f"Mean absolute error against seconds of training for {', '.join(label(score.name) for score in shown)}.",
        note="",
    )  # fmt: skip


def _picture(
    draw: Callable[..., Any], *data: Any, heading: str, alt: str, note: str, panels: tuple[int, int] = (1, 1),
    **options: Any,
) -> Picture:  # fmt: skip
    sources: dict[tuple[Theme, str], str] = {}
    grounds: tuple[Theme, Theme] = ("light", "dark")
    for ground in grounds:
        for width, size in (("wide", WIDE), ("narrow", NARROW)):
            laid = panels[::-1] if width == "narrow" else panels
            tall = (size[0], size[1] * laid[0] ** 0.5)
            (svg,) = figures.drawings(draw, *data, ground=ground, forms=("svg",), size=tall, panels=laid, **options)
            sources[ground, width] = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    return Picture(heading, alt, note, sources)


def _dated(draw: Callable[..., Any], times: Any) -> Callable[..., Any]:
    """The same drawing with the span of its dates under the axis, whose ticks say the day and not the year."""
    if not isinstance(times[0], pd.Timestamp):
        return draw
    first, last = _short(times[0]), _short(times[-1])

    def drawn(*data: Any, ax: Any, **options: Any) -> Any:
        made = draw(*data, ax=ax, **options)
        np.ravel(ax)[0].set_xlabel(f"{first} to {last}" if first != last else first)
        return made

    return drawn


def _whole_steps(draw: Callable[..., Any]) -> Callable[..., Any]:
    """The same drawing with no tick between two steps, of which a short horizon has few."""

    def drawn(*data: Any, ax: Any, **options: Any) -> Any:
        made = draw(*data, ax=ax, **options)
        ax.xaxis.get_major_locator().set_params(integer=True)
        return made

    return drawn


def drawable(text: str) -> str:
    """A column's name as an axis can carry it: one line, not too long, nothing taken for a formula; "value" for a name
    in letters that the font of the pictures does not have.
    """
    text = " ".join(text.split())
    has_glyph = get_font(findfont("DejaVu Sans")).get_char_index
    if not text or not all(has_glyph(ord(letter)) for letter in text):
        return "value"
    return (text if len(text) <= LONGEST else text[: LONGEST - 1] + "…").replace("$", r"\$")


def _radii(one: SeriesResult) -> list[Any]:
    return [np.asarray(one.winner.arrays[f"radius {level}"]) for level in LEVELS]


def _times(values: Any) -> Any:
    """As an axis takes them: dates, or numbers."""
    return np.asarray(values)


def _before(one: SeriesResult, cutoff: Any) -> Any:
    """Where a picture of forecasts from `cutoff` on begins: a window before, at most three horizons."""
    place = int(one.history.index.searchsorted(cutoff))
    return one.history.index[max(0, place - max(one.horizon, min(one.window, 3 * one.horizon)))]


def _short(when: Any) -> str:
    return f"{when:%Y-%m-%d}" if isinstance(when, pd.Timestamp) else str(when)
