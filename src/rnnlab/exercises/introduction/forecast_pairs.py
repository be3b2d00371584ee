"""The clinic: windows and targets that make everybody look good."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def pairs(series, window, ahead):
    """Windows (N, window), and the values (N,) `ahead` steps after each one."""
    windows, targets = [], []
    for now in range(window - 1, len(series) - ahead):
        past = series[now - window + 1 : now + 1]
        future = series[now + 1 : now + 1 + ahead]
        windows.append(past)
        targets.append(future[-1])
    return np.array(windows), np.array(targets)


broken = edited(pairs, "series[now + 1 : now + 1 + ahead]", "series[now : now + ahead]")


def by_view(series, window, ahead):
    """Without a loop: a view of all windows, and the series moved on by the horizon."""
    views = np.lib.stride_tricks.sliding_window_view(series, window)
    targets = series[window - 1 + ahead :]
    return views[: len(targets)], targets


def by_whole_stretches(series, window, ahead):
    """Stretches of window + ahead values: the first are the window, the very last is the target."""
    stretches = [series[n : n + window + ahead] for n in range(len(series) - window - ahead + 1)]
    return np.array([s[:window] for s in stretches]), np.array([s[-1] for s in stretches])


def _reference(series: Any, window: Any, ahead: Any) -> Any:
    at = np.arange(len(series) - window - ahead + 1)[:, None] + np.arange(window)
    return series[at], series[at[:, -1] + ahead]


def _cases(draw: Draw) -> dict[str, Any]:
    window, ahead = draw.size(4), draw.size(3)
    return {"series": draw.array(window + ahead + draw.size(4, smallest=0)), "window": window, "ahead": ahead}


def _symptom(answer: Answer) -> str:
    """What persistence errs by, one step ahead and 24, on a year-long random walk cut up by this code."""
    walk = np.random.default_rng(0).normal(size=8_760).cumsum()
    errors = []
    for ahead in (1, 2, 24):
        windows, targets = answer(walk, 48, ahead)
        errors.append(float(np.mean(np.abs(targets - windows[:, -1]))))
    true = [float(np.mean(np.abs(walk[47 + ahead :] - walk[47:-ahead]))) for ahead in (1, 2, 24)]
    rows = (
        f"{a} ahead: {e:.2f} (of the walk itself {t:.2f})" for a, e, t in zip((1, 2, 24), errors, true, strict=True)
    )
    return f"Mean absolute error of persistence on a random walk that this code has cut up: {'; '.join(rows)}."


EXERCISE = Repair(
    id="1.5",
    title="A forecast that is too good",
    section="1.5",
    label="tomorrow",
    statement="""
`pairs(series, window, ahead)` cuts a series into what a forecaster reads and what it is to say: windows (N, window), and for each the value that
came `ahead` steps after its last one, so that `ahead=1` is the very next value. Whoever uses it is pleased: errors are lower than in the literature, and one step
ahead they are next to nothing.

A forecast that is too good is a symptom. Find out by experiment what is wrong, and repair it. Every window of the series that has a target belongs
in the result.
""",
    hints=(
        "Let a rival forecast that cannot be clever: persistence, which says the last value of the window. Score it with "
        "`ahead=1` on pure noise. What would you expect, and what do you get?",
        "Give it a series in which every value is its own place, `np.arange(10)`, with `window=3` and `ahead=1`, and print "
        "windows and targets side by side. The target minus the last value of its window has to be `ahead`.",
        "**The target is off by one.** `series[now : now + ahead]` begins *at* now, the last value that is known, so its last "
        "element lies only ahead − 1 steps on; with `ahead=1` the target is the last input. The future begins at `now + 1`: "
        "`series[now + 1 : now + 1 + ahead]`.",
    ),
    why="""
A slice begins with its first index. `now` is the last value that the window *contains*, so the first value of the future is `now + 1`, and the
`ahead`-th is `now + ahead`. Off by one towards the past, a forecast of 24 hours is scored as one of 23, which nobody notices; a forecast of one hour has its answer in the
window, and a network learns to copy it. Nothing crashes, the shapes are right, and every number that comes out flatters. The cheap rival is what gives it away: persistence
with an error of exactly zero is not a good forecast, it is a broken ruler.
""",
    cases=_cases,
    solution=pairs,
    reference=_reference,
    returns=("windows", "targets"),
    broken=broken,
    symptom=_symptom,
    also_right=(by_view, by_whole_stretches),
    wrong=(
        Wrong(
            edited(pairs, "future[-1]", "future[0]"),
            "your target is always the very next value. The question is about `ahead` steps on: of the future, the last "
            "one, not the first.",
        ),
        Wrong(
            edited(
                pairs, "len(series) - ahead", "len(series) - ahead - 1", "series[now + 1 : now + 1 + ahead]",
                "series[now + 2 : now + 2 + ahead]",
            ),
            "off by one the other way. Now the target lies ahead + 1 steps on. With `np.arange(10)`, target minus last "
            "value must be `ahead`.",
        ),
        Wrong(
            edited(pairs, "len(series) - ahead)", "len(series) - ahead - 1)"),
            "one pair is missing at the end. The last window that still has a target ends at `len(series) - ahead - 1`, "
            "and `range` leaves out its end by itself.",
        ),
        Wrong(
            edited(pairs, "series[now - window + 1 : now + 1]", "series[now - window + 1 : now + 1][::-1]"),
            "the windows run backwards. The latest value stands last, where a recurrent network reads it last.",
        ),
        Wrong(
            edited(
                pairs, "range(window - 1, len(series) - ahead)", "range(window, len(series) - ahead + 1)",
                "series[now - window + 1 : now + 1]", "series[now - window + 1 : now + 1]",
                "series[now + 1 : now + 1 + ahead]", "series[now : now + ahead]",
            ),
            "you have moved the loop and not the slice. Windows and targets are the same pairs as before, but for the first and the "
            "last: the target is still one of the window's own values when `ahead` is 1.",
        ),
    ),
)  # fmt: skip
