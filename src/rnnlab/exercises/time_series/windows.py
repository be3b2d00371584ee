"""Exercise 10.4, the clinic: a forecaster that is perfect one step ahead."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Repair, Wrong
from rnnlab.exercises.source import edited


def windows(series, window, horizon):
    """Inputs (N, window) and targets (N, horizon): what is read and what is asked."""
    inputs, targets = [], []
    for first in range(len(series) - window - horizon + 1):
        origin = first + window
        inputs.append(series[first:origin])
        targets.append(series[origin : origin + horizon])
    return np.array(inputs), np.array(targets)


BROKEN = edited(windows, "series[origin : origin + horizon]", "series[origin - 1 : origin + horizon - 1]")


def by_sliding(series, window, horizon):
    """One view of all stretches, split in two."""
    stretches = np.lib.stride_tricks.sliding_window_view(series, window + horizon)
    return stretches[:, :window].copy(), stretches[:, window:].copy()


def by_indexing(series, window, horizon):
    """The positions of all the numbers first, then the numbers."""
    starts = np.arange(len(series) - window - horizon + 1)[:, None]
    return series[starts + np.arange(window)], series[starts + window + np.arange(horizon)]


def cases(draw):
    window, horizon = draw.size(4, smallest=2), draw.size(3)
    length = window + horizon + draw.size(5, smallest=2)
    return {"series": np.arange(length) + 0.5 * draw.array(length), "window": window, "horizon": horizon}


def symptom(answer):
    """How well the last value of the window says the next ones, on coin tosses, which nobody can forecast."""
    tosses = np.random.default_rng(10).integers(2, size=2_000).astype(float)
    inputs, targets = (np.asarray(each) for each in answer(tosses, 5, 3))
    if not len(inputs) or inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets):
        return "A series of coin tosses gave inputs and targets that do not belong together."
    right = [float((inputs[:, -1] == targets[:, step]).mean()) for step in range(targets.shape[1])]
    told = (
        "2,000 coin tosses, forecast by saying the last one again: "
        + ", ".join(f"{each:.0%}" for each in right)
        + " are right 1, 2 and 3 steps ahead"
    )
    whole = np.lib.stride_tricks.sliding_window_view(tosses, 8)
    joined = np.hstack([inputs, targets])
    if joined.shape == whole.shape and (joined == whole).all():
        return f"{told}. All is well."
    return f"{told}. It cuts {len(inputs):,} windows of {inputs.shape[1]} with {targets.shape[1]} targets each; {len(whole):,} of 5 with 3 fit into the series."


EXERCISE = Repair(
    id="10.4",
    title="Clinic: perfect, one step ahead",
    section="10.5",
    label="leakage",
    statement=r"""
A GRU forecasts the return of a share one day ahead, which nothing in this chapter could, and its error all but vanishes. The split goes by time, the scaler saw the training part alone, inputs and targets have the right shapes. Here is the function that cuts the
series. Find out by experiment what is wrong, and repair `windows`.

A window reads `window` values and is asked for the `horizon` values that come after them. Return the inputs (N, window) and the targets (N, horizon) for every place at which both fit into the series.
""",
    solution=windows,
    broken=BROKEN,
    reference=by_sliding,
    symptom=symptom,
    returns=("inputs", "targets"),
    also_right=(by_sliding, by_indexing),
    cases=cases,
    hints=(
        "Give it the series 0, 1, 2, 3, … and read the first window and its targets aloud. A better test still is a series that nobody can forecast: what does the best forecaster of coin tosses score, and what does yours?",
        "Write the numbers of one window and those of its targets one after the other. They should count on without a break. Where does the first target lie, as seen from the end of the window?",
        "The window contains its target: its last value is the first that is asked for. With origin = first + window the inputs are series[first : origin] and the targets series[origin : origin + horizon], and there are T − window − horizon + 1 of them.",
    ),
    why=r"""
An index off by one, and the answer stands in the question. Section 10.5 measured what this flatters: of a return asked for one day ahead nearly all of the error vanishes, and of a temperature asked for at 24 hours so little that it passes for progress.
The shapes are right, the loss falls, and no split by time can help, for the leak is inside every single window. Two tests find it at once: a series that counts, and a series that cannot be forecast, where every gain is a leak.
""",
    wrong=(
        Wrong(
            edited(
                windows,
                "series[origin : origin + horizon]",
                "series[origin + 1 : origin + horizon + 1]",
                "horizon + 1):",
                "horizon):",
            ),
            "a value is skipped. Now there is a gap between window and targets: the value right after the window is neither read nor asked for.",
        ),
        Wrong(
            edited(windows, "horizon + 1):", "horizon):"),
            "the last window is lost. There is room for T − window − horizon + 1 of them: the one that ends with the series counts.",
        ),
        Wrong(
            edited(windows, "series[first:origin]", "series[first : origin - 1]"),
            "the window is one value short. The leak is closed by throwing the last known value away, the most useful of all; move the targets instead.",
        ),
        Wrong(
            edited(
                windows,
                "first in range(len(series) - window - horizon + 1)",
                "first in range(0, len(series) - window - horizon + 1, window)",
            ),
            "the windows do not overlap any more. Asked for is one at every place; neighbours may share values, as long as no window holds its own target.",
        ),
        Wrong(
            edited(windows, "inputs.append(series[first:origin])", "inputs.append(series[first + 1 : origin + 1])"),
            "the window still ends on its first target. It was moved along with them: inputs end before series[origin], and targets begin with it.",
        ),
    ),
)
