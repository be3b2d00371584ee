"""Exercise 8.5, the clinic: a forget bias that makes everything worse."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited

Array = npt.NDArray[np.float64]
STEPS = 100


def lstm_start(input_size, hidden_size, forget_bias, seed):
    """W_ih (4H, I), W_hh (4H, H), b (4H,) of an LSTM before training; rows i, f, g, o.

    Weights from U(-1/√H, 1/√H); the forget gates' bias is `forget_bias`, all others 0.
    """
    rng = np.random.default_rng(seed)
    k = 1 / np.sqrt(hidden_size)
    W_ih = rng.uniform(-k, k, (4 * hidden_size, input_size))
    W_hh = rng.uniform(-k, k, (4 * hidden_size, hidden_size))
    bias = np.zeros((4, hidden_size))
    bias[1] = forget_bias
    return W_ih, W_hh, bias.reshape(4 * hidden_size)


BROKEN = edited(
    lstm_start,
    "bias = np.zeros((4, hidden_size))\n    bias[1] = forget_bias\n",
    "bias = np.zeros(hidden_size)\n    bias += forget_bias\n",
    "bias.reshape(4 * hidden_size)",
    "np.tile(bias, 4)",
)


def with_torch(input_size, hidden_size, forget_bias, seed):
    """By way of torch.nn.LSTM and the laboratory's own start."""
    import torch

    from rnnlab.layers import starts
    from rnnlab.training import initialise

    net = initialise(lambda: starts.forget_bias(torch.nn.LSTM(input_size, hidden_size), forget_bias), seed).double()
    W_ih, W_hh, b, _ = (each.detach().numpy() for each in net.parameters())
    return W_ih, W_hh, np.where(np.arange(4 * hidden_size) // hidden_size == 1, b, 0)


def block_by_block(input_size, hidden_size, forget_bias, seed):
    """Gate after gate, and the four put below each other at the end."""
    rng, k = np.random.default_rng(seed), hidden_size**-0.5
    gates = [
        (
            rng.uniform(-k, k, (hidden_size, input_size)),
            rng.uniform(-k, k, (hidden_size, hidden_size)),
            np.full(hidden_size, value),
        )
        for value in (0.0, forget_bias, 0.0, 0.0)
    ]
    return tuple(np.concatenate(part) for part in zip(*gates, strict=True))


def holds(case: dict[str, Any], result: Any) -> str | None:
    """The form of the three arrays, where the weights were drawn from, and what one step in silence comes to."""
    H, value = case["hidden_size"], case["forget_bias"]
    W_ih, W_hh, b = (np.asarray(each) for each in result)
    wanted = {"W_ih": (4 * H, case["input_size"]), "W_hh": (4 * H, H), "b": (4 * H,)}
    for (name, shape), array in zip(wanted.items(), (W_ih, W_hh, b), strict=True):
        if array.shape != shape:
            return f"`{name}` has shape {array.shape}; wanted is {shape}."
    for name, array in (("W_ih", W_ih), ("W_hh", W_hh)):
        if abs(array).max() > 1 / np.sqrt(H) or (array.size > 2 and np.ptp(array) == 0):
            return f"`{name}` is not drawn from U(-1/√H, 1/√H)."
    return _one_step(np.asarray(b, dtype=float).reshape(4, H), value)


def _one_step(b: Array, value: float) -> str | None:
    """What one step in silence does to cells that hold 1, put into words where it is not what it should be."""
    i, f, o = (1 / (1 + np.exp(-b[gate])) for gate in (0, 1, 3))
    c = f + i * np.tanh(b[2])
    kept = 1 / (1 + np.exp(-value))
    said = f"Cells that hold 1 read nothing for one step, with a forget bias of {value:g}."
    if not np.allclose(c, kept):
        return f"{said} They hold {_amounts(c)} after it; wanted is {kept:.2f}."
    if not np.allclose(o, 0.5):
        return f"{said} They hold {_amounts(c)}, as they should, but show {_amounts(o)} of it; wanted is a half."
    if not np.allclose(i, 0.5):
        return f"{said} They hold {_amounts(c)}, as they should, but would let in {_amounts(i)} of a candidate; wanted is a half."
    if not np.allclose(b, np.array([0.0, value, 0.0, 0.0])[:, None]):
        return f"{said} What they hold and show is right, yet b is {_amounts(b.ravel())}."
    return None


def _amounts(values: Array) -> str:
    """One number where all are the same, else all of them."""
    return f"{values[0]:.2f}" if np.ptp(values) < 0.005 else ", ".join(f"{each:.2f}" for each in values)


def shown(input_size, hidden_size, forget_bias, seed):
    """Nothing beside the reader's own arrays: what is asked for is a property, which `holds` puts into words."""


def cases(draw: Draw) -> dict[str, Any]:
    """Sizes, a forget bias above zero, a seed."""
    return {
        "input_size": draw.size(3),
        "hidden_size": draw.size(4, smallest=2),
        "forget_bias": draw.choice(1.0, 2.0, 3.0, 0.5, 4.0),
        "seed": draw.seed(),
    }


def symptom(answer: Answer) -> str:
    """How large a cell grows in noise, with a forget bias of 0 and of 3, against the laboratory's start."""
    from rnnlab import scratch

    noise = np.random.default_rng(8).normal(size=(STEPS, 20, 2))

    def size(make: Answer, forget_bias: float) -> float:
        cell = scratch.LSTM(2, 16, rng=0)
        W_ih, W_hh, b = make(2, 16, forget_bias, 8)
        for name, array in zip(cell.parameters, (W_ih, W_hh, b, np.zeros_like(b)), strict=True):
            cell.parameters[name][...] = array
        return float(abs(cell.forward(noise)[1, -1]).mean())

    yours, wanted = ([size(make, bias) for bias in (0.0, 3.0)] for make in (answer, lstm_start))
    told = f"After {STEPS} steps of noise the mean |c| is {yours[0]:.2g} with a forget bias of 0 and {yours[1]:.2g} with one of 3"
    if holds({"input_size": 2, "hidden_size": 16, "forget_bias": 3.0}, answer(2, 16, 3.0, 8)) is None:
        return f"{told}: larger, because more is kept. All is well."
    return f"{told}; a start that is in order gives {wanted[0]:.2g} and {wanted[1]:.2g}."


EXERCISE = Repair(
    id="8.5",
    title="Clinic: a forget bias that makes it worse",
    section="8.4",
    label="ablation",
    statement=r"""
A colleague has read that a large forget bias helps an LSTM to remember. With `forget_bias=0` her networks train as everybody's do. With
3 they remember *worse*: whatever comes in changes the state, and after a while all states look alike. The shapes are those that torch
has. Find out by experiment what else the bias does, and repair `lstm_start`.

Rows in the order i, f, g, o; `b` is the only bias.
""",
    cases=cases,
    solution=lstm_start,
    broken=BROKEN,
    reference=shown,
    symptom=symptom,
    holds=holds,
    returns=("W_ih", "W_hh", "b"),
    also_right=(with_torch, block_by_block),
    hints=(
        "Build it with a forget bias of 3 and let a cell (`rnnlab.scratch.LSTM`, its `gates`) read zeros. What do all of "
        "its four gates say, not only f?",
        "Look at b as four blocks of H: b.reshape(4, H). Which of the blocks should know of the forget bias, and which do?",
        "There is one bias for all gates: b is the same H numbers, tiled four times. So the input gate and the output gate are opened "
        "and the candidate is pushed to tanh(3). Start from zeros of 4H numbers and set those from H to 2H, the second block, to "
        "forget_bias.",
    ),
    why=r"""
Four gates have four biases. With one for all, a bias that should open the memory opens the entrance as well and
sets the candidate to nearly 1: the cell adds nearly 1 at every step, keeps nearly all of it, and after a few dozen steps its tanh is flat.
Section 8.4 found the closed entrance to matter as much as the open memory; this start does the opposite. Broadcasting makes the
mistake easy: $H$ numbers fit wherever a block of $H$ is expected, four times in a row, and nothing complains. With a bias of 0 nobody
notices, since four times zero is right.
""",
    wrong=(
        Wrong(
            edited(lstm_start, "bias[1] = forget_bias", "bias[0] = forget_bias"),
            "the input gate is opened. The rows stand in the order i, f, g, o, so the forget gate is the second block, not "
            "the first.",
        ),
        Wrong(
            edited(lstm_start, "bias[1] = forget_bias", "bias[2] = forget_bias"),
            "the candidate gets the bias. The rows stand in the order i, f, g, o, and counting begins at 0.",
        ),
        Wrong(
            edited(
                lstm_start,
                "np.zeros((4, hidden_size))\n    bias[1] = forget_bias",
                "np.zeros((hidden_size, 4))\n    bias[:, 1] = forget_bias",
            ),
            "the layout is unit by unit. That is i f g o of the first unit, then of the second; the rows stand gate by gate: H "
            "of i, H of f, H of g, H of o.",
        ),
        Wrong(
            edited(lstm_start, "    bias[1] = forget_bias\n", ""),
            "no gate has the bias. Now the forget gate begins at one half, whatever is asked for.",
        ),
        Wrong(
            edited(lstm_start, "bias[1] = forget_bias", "bias[:2] = forget_bias"),
            "the input gate is opened as well. It lets in what comes as readily as it keeps what is there. "
            "Only the second block is asked for.",
        ),
    ),
)
