"""The clinic: a forward pass that was made faster."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def fast_forward(x, W_ih, W_hh, b):
    """States (T+1, B, H) of x (T, B, I), from h_0 = 0; b adds up the two biases."""
    h = np.zeros((len(x) + 1, x.shape[1], len(W_hh)))
    for t, x_t in enumerate(x):
        from_input = x_t @ W_ih.T + b
        from_state = h[t] @ W_hh.T
        h[t + 1] = np.tanh(from_input + from_state)
    return h


broken = edited(
    fast_forward,
    "np.tanh(from_input + from_state)",
    "from_input + from_state",
    "    return h",
    "    h = np.tanh(h)  # one call for all steps is much faster\n    return h",
)


def by_torch(x, W_ih, W_hh, b):
    """torch.nn.RNN with these weights."""
    import torch

    net = torch.nn.RNN(x.shape[2], len(W_hh)).double()
    weights = {"weight_ih_l0": W_ih, "weight_hh_l0": W_hh, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
    net.load_state_dict({name: torch.from_numpy(w) for name, w in weights.items()})
    with torch.no_grad():
        h = net(torch.from_numpy(x))[0].numpy()
    return np.concatenate([np.zeros_like(h[:1]), h])


def by_recursion(x, W_ih, W_hh, b):
    """The last state from the states of everything before it."""
    if len(x) == 0:
        return np.zeros((1, x.shape[1], len(W_hh)))
    before = by_recursion(x[:-1], W_ih, W_hh, b)
    return np.concatenate([before, [np.tanh(x[-1] @ W_ih.T + before[-1] @ W_hh.T + b)]])


def _reference(x: Any, W_ih: Any, W_hh: Any, b: Any) -> Any:
    cell = Elman(x.shape[2], len(W_hh), rng=0)
    weights = {"weight_ih_l0": W_ih, "weight_hh_l0": W_hh, "bias_ih_l0": b, "bias_hh_l0": 0 * b}
    cell.parameters.update(weights)
    return cell.forward(x)


def _cases(draw: Draw) -> dict[str, Any]:
    T, B, I, H = draw.size(4), draw.size(2), draw.size(2), draw.size(3)
    return {"x": draw.array(T, B, I), "W_ih": draw.array(H, I), "W_hh": draw.array(H, H), "b": draw.array(H)}


def _symptom(answer: Answer) -> str:
    """How far the states are off after one step, after two, after ten, and the same without a recurrent weight."""
    rng = np.random.default_rng(0)
    x, W_ih, W_hh, b = rng.normal(size=(10, 3, 2)), rng.normal(size=(4, 2)), rng.normal(size=(4, 4)), rng.normal(size=4)
    off = np.abs(answer(x, W_ih, W_hh, b) - _reference(x, W_ih, W_hh, b)).max(axis=(1, 2))
    without = np.abs(answer(x, W_ih, 0 * W_hh, b) - _reference(x, W_ih, 0 * W_hh, b)).max()
    return (
        f"Largest error of a state after one step: {off[1]:.2g}; after two: {off[2]:.2g}; after ten: {off[10]:.2g}. "
        f"With W_hh set to zero, over all ten steps: {without:.2g}."
    )


EXERCISE = Repair(
    id="1.2",
    title="A faster forward pass",
    section="1.1",
    label="one-state",
    statement="""
Somebody has made the forward pass of (1.1) faster: `tanh` is called once, on the states of all steps together. All states that
it gives lie between −1 and 1, as they should, they have the right shape, and the first step was compared with `torch.nn.RNN` and agrees.

It computes something else. Find out by experiment what, and repair it. `fast_forward(x, W_ih, W_hh, b)` takes inputs (T, B, I) and gives
the states (T+1, B, H), the first of them zero.
""",
    hints=(
        "Do not read the code yet; turn two knobs. Give it a sequence of one step, then of two. Then set `W_hh` to zero and "
        "ask for ten. When is it right, and what do the cases in which it is right have in common?",
        "So each step by itself is right, and what is handed from one step to the next is not. Print, at every step, the "
        "largest number that is multiplied by `W_hh.T`, for inputs of size 5. Equation (1.1) says between which bounds it lies.",
        "**The tanh is missing inside the loop.** What enters step t+1 is $a_t$ and not $\\tanh a_t$: the states are squashed "
        "after the loop, when every step has already used the unsquashed ones. The next step must read "
        "`np.tanh(from_input + from_state)`, and the call after the loop has to go.",
    ),
    why="""
In (1.1) the state that is handed on is $h_{t-1} = \\tanh a_{t-1}$. The fast version hands on $a_{t-1}$: between the first step and the
last it is a *linear* network, and only what it shows at the end is bent. One step is right, because $h_0 = 0$ either way; the error begins at the
second. That is also why the check on the range of the output saw nothing: the states that were *returned* lie between −1 and 1, those that were *used* do not. A
recurrent loop cannot be vectorised over time for exactly this reason; chapter 7 shows what can be.
""",
    cases=_cases,
    solution=fast_forward,
    reference=_reference,
    broken=broken,
    symptom=_symptom,
    also_right=(by_torch, by_recursion),
    wrong=(
        Wrong(
            edited(fast_forward, "np.tanh(from_input + from_state)", "from_input + from_state"),
            "there is no tanh left. Your states leave the range from −1 to 1 and grow from step to step: this is a linear "
            "network. Equation (1.1) bends every sum before it becomes a state.",
        ),
        Wrong(
            edited(fast_forward, "    return h", "    return np.tanh(h)"),
            "the tanh is applied twice. Now every state is bent inside the loop, and once more at the end: your states are "
            "tanh(tanh(a)), too small already after one step.",
        ),
        Wrong(
            edited(fast_forward, "np.tanh(from_input + from_state)", "from_input + np.tanh(from_state)"),
            "the tanh bends only one of the two sums. What comes in and what was there are added first; their sum goes "
            "through tanh. As it is, a large input makes a large state.",
        ),
        Wrong(
            edited(
                fast_forward,
                "h[t] @ W_hh.T",
                "np.tanh(h[t]) @ W_hh.T",
                "np.tanh(from_input + from_state)",
                "from_input + from_state",
            ),
            "what is handed on is right now, and what is returned is not. You squash a state where it is used; the array "
            "that you return still holds the sums $a_t$.",
        ),
        Wrong(
            edited(fast_forward, "h[t] @ W_hh.T", "h[t] @ W_hh"),
            "the recurrent matrix is transposed. Rows of `W_hh` belong to the units that receive; with sequences as rows "
            "the product is `h @ W_hh.T`.",
        ),
    ),
)
