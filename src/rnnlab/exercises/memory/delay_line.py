"""Derive and code: weights, set by hand, that give back what came k steps ago."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited

ALLOWED = 0.01


def delay_line(lag):
    """W_ih (H, 1), W_hh (H, H), W_hy (1, H) of a network with y_t = x_{t-lag}."""
    H = lag + 1
    faint = 0.01
    W_ih, W_hy = np.zeros((H, 1)), np.zeros((1, H))
    W_ih[0] = faint  # the first unit takes the input, made small
    W_hh = np.eye(H, k=-1)  # unit i takes what unit i - 1 held (2.7)
    W_hy[0, lag] = 1 / faint  # the last one is read, made large again
    return W_ih, W_hh, W_hy


def in_another_basis(lag):
    """The same line in the basis of a random orthogonal matrix: no unit alone holds any input."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(lag + 3, lag + 3)))[0]
    faint = 1e-3
    W_ih, W_hh, W_hy = np.zeros((lag + 3, 1)), np.eye(lag + 3, k=-1), np.zeros((1, lag + 3))
    W_ih[0], W_hy[0, lag] = faint, 1 / faint
    return turn @ W_ih, turn @ W_hh @ turn.T, W_hy @ turn.T


def fitted(lag):
    """An orthogonal network, and the read-out that least squares finds for it on inputs of its own."""
    rng = np.random.default_rng(0)
    H, faint = 12, 1e-3
    W_ih, W_hh = faint * rng.normal(size=(H, 1)), 0.3 * np.linalg.qr(rng.normal(size=(H, H)))[0]
    x, h, states = rng.uniform(-1, 1, 800), np.zeros(H), []
    for x_t in x:
        h = np.tanh(W_ih[:, 0] * x_t + W_hh @ h)
        states.append(h)
    late = 200  # fit after the start, with everything that still echoes asked for as zero
    past = x[late - lag : len(x) - lag]
    return W_ih, W_hh, np.linalg.lstsq(np.array(states)[late:] / faint, past)[0][None] / faint


def _reference(lag: Any) -> Any:
    """Nothing is shown as wanted: there are many answers, and to show one would give it away."""
    return None


def _cases(draw: Draw) -> dict[str, Any]:
    return {"lag": draw.size(6, smallest=0)}


def _outputs(weights: Any, x: Any) -> Any:
    W_ih, W_hh, W_hy = (np.asarray(w, dtype=float) for w in weights)
    h, y = np.zeros(len(W_hh)), []
    for x_t in x:
        h = np.tanh(W_ih[:, 0] * x_t + W_hh @ h)
        y.append(float(W_hy[0] @ h))
    return np.array(y)


def _holds(case: dict[str, Any], result: Any) -> str | None:
    """Runs the network on numbers between -1 and 1, and says what comes out in place of x_{t-lag}."""
    lag = case["lag"]
    shapes = [np.shape(w) for w in result]
    H = shapes[1][0] if len(shapes) == 3 and len(shapes[1]) == 2 else None
    if H is None or shapes != [(H, 1), (H, H), (1, H)]:
        return f"The shapes are {', '.join(map(str, shapes))}; wanted are W_ih (H, 1), W_hh (H, H) and W_hy (1, H), with one H."
    x = np.random.default_rng(0).uniform(-1, 1, 50)
    y = _outputs(result, x)[20:]  # after twenty steps nothing of the start is left

    def past(k: int) -> Any:
        return x[20 - k : 50 - k]

    error = float(np.abs(y - past(lag)).max())
    if error <= ALLOWED:
        return None
    began = f"Fed with numbers between -1 and 1, your network is off from x_(t-{lag}) by up to {error:.3g}; {ALLOWED} is allowed. "
    if float(np.abs(y).max()) < 1e-12:
        return began + "It always says 0: nothing of the input reaches the unit that is read."
    other = [k for k in range(12) if k != lag and np.abs(y - past(k)).max() <= ALLOWED]
    if other:
        return began + f"It says x_(t-{other[0]})."
    fits = float(np.corrcoef(y, past(lag))[0, 1])
    gain = float(y @ past(lag) / (past(lag) @ past(lag)))
    if fits > 0.99999:
        return began + f"It says {gain:.3g} times what it should, at every step."
    if fits > 0.9:
        return (
            began + f"Large inputs come out too small: the course is right (correlation {fits:.3f}), the size is bent."
        )
    echoes = [k for k in range(20) if abs(np.corrcoef(y, past(k))[0, 1]) > 0.3]
    heard = ", ".join(f"x_(t-{k})" for k in echoes) or "none of the last twenty inputs clearly"
    return began + f"What one can hear in its output: {heard}."


EXERCISE = Code(
    id="2.3",
    title="A memory by hand",
    section="2.2",
    label="capacity",
    points=3,
    statement="""
*What came three steps ago?* A network with one input can answer that at every step, for ever, without any training: section 2.2 sets the weights
of a delay line by hand (2.7). Do it for any lag, with a network that is really bent: $h_t = \\tanh(W_{ih} x_t + W_{hh} h_{t-1})$, $y_t = W_{hy} h_t$, no biases.

Write `delay_line(lag)`, which gives W_ih (H, 1), W_hh (H, H) and W_hy (1, H). For inputs anywhere between −1 and 1, $y_t$ must be $x_{t-\\text{lag}}$ to within
0.01, for every lag from 0 to 6. How many units you take, and what they hold, is up to you.
""",
    hints=(
        "Lag 0 needs one unit that holds the present input, lag 1 a second one that holds what the first held before. How many for lag 6? Which row of W_hh "
        "says what a unit *takes*, which column says what it *gives*?",
        "Your line is right and large inputs still come out too small? Every step sends the number through tanh once more. tanh is a straight line only near zero: "
        "the error of tanh(a) is about a³/3.",
        "So make the input small on its way in and large again on its way out: W_ih is 0.01 at the first unit and 0 elsewhere, "
        "`W_hh = np.eye(H, k=-1)`, W_hy is 100 at the unit `lag` and 0 elsewhere, and H = lag + 1.",
    ),
    why="""
`np.eye(H, k=-1)` has its ones *below* the diagonal: row $i$ has a one in column $i - 1$, so unit $i$ takes what unit $i-1$ held. The input walks down the line one unit a step, and
unit `lag` (counted from 0) holds $x_{t-\\text{lag}}$; what leaves the last unit is gone. That is the bound of {eq}`eq-2-5` with equality: $H$ units, $H$ inputs.

The factor 0.01 is the other half. At each step the number goes through tanh, and $\\tanh a = a - a^3/3 + \\dots$; for $a = 0.01$ that costs a thirty-thousandth of it, for $a = 1$ a
quarter. Whoever reads faint inputs has a long memory, and pays in precision: noise of size 0.01 inside the network would drown everything. The memory of a network is always one *of inputs of a
certain size*.
""".replace("{eq}`eq-2-5`", "(2.5)"),
    cases=_cases,
    solution=delay_line,
    reference=_reference,
    returns=("W_ih", "W_hh", "W_hy"),
    holds=_holds,
    also_right=(in_another_basis, fitted),
    wrong=(
        Wrong(
            edited(delay_line, "faint = 0.01", "faint = 1.0"),
            "the inputs are too loud for tanh. The line is right; but an input of size 1 goes through tanh at every step and comes out smaller each time. Make it small "
            "on its way in, and large again on its way out.",
        ),
        Wrong(
            edited(delay_line, "np.eye(H, k=-1)", "np.eye(H, k=1)"),
            "the line runs backwards. Row i of W_hh says what unit i *takes*. Yours takes from unit i + 1, and the first unit, which has the input, gives to nobody.",
        ),
        Wrong(
            edited(delay_line, "H = lag + 1", "H = max(lag, 1)", "W_hy[0, lag]", "W_hy[0, -1]"),
            "one unit too few. The unit that takes the input holds lag 0. Lag 1 needs a second one: lag + 1 in all.",
        ),
        Wrong(
            edited(delay_line, "np.eye(H, k=-1)", "np.roll(np.eye(H), 1, axis=0)"),
            "the line is a ring. The last unit gives to the first, and what came H steps ago comes round again, added to what is new. What leaves the last unit must be "
            "dropped.",
        ),
        Wrong(
            edited(delay_line, "1 / faint", "1.0"),
            "it is made small and never large again. What comes in through 0.01 has to go out through 100.",
        ),
        Wrong(
            edited(delay_line, "W_hy[0, lag]", "W_hy[0, 0]"),
            "the wrong unit is read. The first unit holds the present input; what came `lag` steps ago is at unit `lag`.",
        ),
    ),
)
