"""Derive and code: how much of a past input a linear map can read off a state."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def remembered(states, x, lag):
    """R² of x_{t-lag}, read off states (T, H) by a linear map; inputs x (T,)."""
    h, past = states[lag:], x[: len(x) - lag]  # `lag` steps apart
    h = np.column_stack([h, np.ones(len(h))])  # the one carries β
    half = len(h) // 2
    weights = np.linalg.lstsq(h[:half], past[:half])[0]  # (2.3)
    said, true = h[half:] @ weights, past[half:]
    return np.corrcoef(said, true)[0, 1] ** 2  # (2.4)


def by_centring(states, x, lag):
    """The means of the first half taken off instead of a column of ones, the normal equations, the correlation by hand."""
    h, past = states[lag:], x[: len(x) - lag]
    half = len(h) // 2
    mean_h, mean_x = h[:half].mean(axis=0), past[:half].mean()
    centred = h - mean_h
    weights = np.linalg.solve(centred[:half].T @ centred[:half], centred[:half].T @ (past[:half] - mean_x))
    said, true = centred[half:] @ weights, past[half:]
    said, true = said - said.mean(), true - true.mean()
    return (said @ true) ** 2 / ((said @ said) * (true @ true))


def by_torch(states, x, lag):
    """torch's least squares."""
    import torch

    h = torch.from_numpy(np.column_stack([states[lag:], np.ones(len(states) - lag)]))
    past = torch.from_numpy(x[: len(x) - lag].copy())
    half = len(h) // 2
    weights = torch.linalg.lstsq(h[:half], past[:half, None]).solution
    pair = torch.stack([(h[half:] @ weights)[:, 0], past[half:]])
    return torch.corrcoef(pair)[0, 1] ** 2


def _reference(states: Any, x: Any, lag: Any) -> Any:
    """R² by an orthonormal basis of the centred states of the first half."""
    h, past = states[lag:], x[: len(x) - lag]
    half = len(h) // 2
    centred = h - h[:half].mean(axis=0)
    q, r = np.linalg.qr(centred[:half])
    said = centred[half:] @ np.linalg.solve(r, q.T @ (past[:half] - past[:half].mean()))
    said, true = said - said.mean(), past[half:] - past[half:].mean()
    return (said @ true / (np.linalg.norm(said) * np.linalg.norm(true))) ** 2


def _cases(draw: Draw) -> dict[str, Any]:
    """States that mix the last inputs, with an offset, and inputs that do not have mean 0."""
    rng = np.random.default_rng(draw.size(255, smallest=0))
    lag, H, T = draw.size(3, smallest=0), draw.size(3), 30
    x = 1 + rng.normal(size=T)
    late = np.array([[x[t - k] if t >= k else 0.0 for k in range(4)] for t in range(T)])
    states = 2 + late @ rng.normal(size=(4, H)) + 0.3 * rng.normal(size=(T, H))
    return {"states": states.round(3), "x": x.round(3), "lag": lag}


EXERCISE = Code(
    id="2.2",
    title="What does the state remember?",
    section="2.2",
    label="capacity",
    points=3,
    statement="""
A state of two numbers has read thirty inputs. Does it still hold the input of three steps ago? Section 2.2 asks a linear map, and the chapter left the asking to
`rnnlab.probes`. Write it yourself.

`remembered(states, x, lag)` gets the states (T, H), where `states[t]` is the state *after* it read `x[t]`, and the inputs x (T,). It fits the map (2.3) with its constant $\\beta$ by
least squares on the first half of the steps for which $x_{t-k}$ exists, and gives $R^2$ (2.4) on the second half. (With $n$ such steps, the first half is the first
`n // 2`.) One number.
""",
    hints=(
        "Line them up first. The first state that can be asked for the input of `lag` steps ago is `states[lag]`, and that input is `x[0]`. So there are T − lag "
        "pairs: `states[lag:]` beside `x[:len(x) - lag]`. (`x[:-lag]` is empty for lag 0.)",
        "The constant β is one more weight, whose input is always 1: put a column of ones beside the states. `np.linalg.lstsq(h, y)[0]` gives the weights. "
        "Fit on `[:half]`; everything after that happens on `[half:]`.",
        "On the second half: `said = h[half:] @ weights`, `true = past[half:]`. (2.4) is the square of their correlation: "
        "`np.corrcoef(said, true)[0, 1] ** 2`.",
    ),
    why="""
Three things keep this number honest. The pairs are lined up by time, so that lag 0 means the input that was just read. The map has a constant, because states and inputs need not have mean 0 and a
map through the origin would blame the state for that. And the half that is scored is not the half that was fitted: with $H$ weights, least squares finds *something* in any finite stretch, about $H$ parts in
$n$ of pure noise, and a sum over a hundred lags adds that up to a memory that is not there. The squared correlation is Jaeger's measure; it does not ask the map to get the size right, only the course.
""",
    cases=_cases,
    solution=remembered,
    reference=_reference,
    also_right=(by_centring, by_torch),
    wrong=(
        Wrong(
            edited(remembered, "said, true = h[half:] @ weights, past[half:]", "said, true = h[:half] @ weights, past[:half]"),
            "you score on the half that was fitted. There a line finds something even in noise. Fit on the first half, and ask about the second.",
        ),
        Wrong(
            edited(remembered, "np.linalg.lstsq(h[:half], past[:half])[0]", "np.linalg.lstsq(h, past)[0]"),
            "the map has seen the half that is scored. Fit it on `[:half]` alone.",
        ),
        Wrong(
            edited(remembered, "    h = np.column_stack([h, np.ones(len(h))])  # the one carries β\n", ""),
            "the map has no constant. (2.3) has a β: without it the map goes through the origin, and states and inputs whose mean is not zero look forgotten.",
        ),
        Wrong(
            edited(remembered, "np.corrcoef(said, true)[0, 1] ** 2", "np.corrcoef(said, true)[0, 1]"),
            "that is the correlation. (2.4) squares it: the share of the variance.",
        ),
        Wrong(
            edited(
                remembered, "np.corrcoef(said, true)[0, 1] ** 2",
                "1 - np.sum((true - said) ** 2) / np.sum((true - true.mean()) ** 2)",
            ),
            "that is another R². 1 − (squared error)/(variance) also punishes a wrong size and can be negative. (2.4) is the squared correlation.",
        ),
        Wrong(
            edited(
                remembered, "h, past = states[lag:], x[: len(x) - lag]", "h, past = states[: len(x) - lag], x[lag:]",
            ),
            "you ask for the future. `x[lag:]` beside `states[:T - lag]` is what *will* come. The past of `states[lag]` is `x[0]`.",
        ),
        Wrong(
            edited(
                remembered, "h, past = states[lag:], x[: len(x) - lag]",
                "h, past = states[lag + 1 :], x[: len(x) - lag - 1]",
            ),
            "off by one step. `states[t]` has already read `x[t]`, so lag 0 is the input of the same index.",
        ),
    ),
)  # fmt: skip
