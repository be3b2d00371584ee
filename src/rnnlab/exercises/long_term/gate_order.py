"""Exercise 8.6, the clinic: an LSTM that trains well and cannot use anybody else's weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited

Array = npt.NDArray[np.float64]


def lstm_states(W_ih, W_hh, b_ih, b_hh, x):
    """Hidden states (T, B, H) of x (T, B, I), from zeros; weights as torch stores them."""

    def sigmoid(a):
        return 0.5 * (1 + np.tanh(0.5 * a))

    h = c = np.zeros((x.shape[1], W_hh.shape[1]))
    states = []
    for x_t in x:
        a = x_t @ W_ih.T + b_ih + h @ W_hh.T + b_hh
        a_i, a_f, a_g, a_o = np.split(a, 4, axis=-1)
        c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
        h = sigmoid(a_o) * np.tanh(c)
        states.append(h)
    return np.array(states)


ORDER = "a_i, a_f, a_g, a_o = np.split"
BROKEN = edited(lstm_states, ORDER, "a_i, a_f, a_o, a_g = np.split")


def by_torch(W_ih, W_hh, b_ih, b_hh, x):
    """The layer that the weights come from."""
    import torch

    net = torch.nn.LSTM(x.shape[2], W_hh.shape[1]).double()
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), (W_ih, W_hh, b_ih, b_hh), strict=True):
            parameter.copy_(torch.from_numpy(array))
        return net(torch.from_numpy(x))[0].numpy()


def by_scratch(W_ih, W_hh, b_ih, b_hh, x):
    """The laboratory's cell, which the battery of tests holds to torch's, names and order included."""
    from rnnlab import scratch

    cell = scratch.LSTM(x.shape[2], W_hh.shape[1], rng=0)
    cell.parameters.update(zip(list(cell.parameters), (W_ih, W_hh, b_ih, b_hh), strict=True))
    return cell.forward(x)[0, 1:]


def cases(draw: Draw) -> dict[str, Any]:
    """A layer's weights and a small batch."""
    T, B, H = draw.size(3), draw.size(2), draw.size(2)
    weights = {"W_ih": (4 * H, 2), "W_hh": (4 * H, H), "b_ih": (4 * H,), "b_hh": (4 * H,)}
    return {name: draw.array(*shape) for name, shape in weights.items()} | {"x": draw.array(T, B, 2)}


def symptom(answer: Answer) -> str:
    """How far the states are from torch's, and what comes of biases that silence torch's layer, by one gate or another."""
    rng, H = np.random.default_rng(8), 4
    x, W_ih, W_hh = rng.normal(size=(6, 5, 2)), rng.uniform(-0.5, 0.5, (4 * H, 2)), rng.uniform(-0.5, 0.5, (4 * H, H))

    def states(net: Answer, shut: int | None) -> Array:
        b = np.zeros((4, H))
        if shut is not None:
            b[shut] = -20
        return np.asarray(net(W_ih, W_hh, b.ravel(), np.zeros(4 * H), x))

    apart = abs(states(answer, None) - states(by_scratch, None)).max()
    if apart < 1e-7:
        return "With weights copied from a torch.nn.LSTM your states are its states: all is well."
    told = [
        f"with its {name} gate shut (bias −20) the largest |h| of yours is {abs(states(answer, shut)).max():.1g}, "
        f"of torch's {abs(states(by_scratch, shut)).max():.1g}"
        for name, shut in (("input", 0), ("output", 3))
    ]
    return f"With weights copied from a torch.nn.LSTM your states differ from its states by up to {apart:.2g}; {'; '.join(told)}."


EXERCISE = Repair(
    id="8.6",
    title="Clinic: it trains well, but only its own weights",
    section="8.2",
    label="needs",
    statement=r"""
An LSTM by hand. Trained from its own random start it learns whatever torch's learns, and its gradients agree with central differences.
But loaded with the weights of a trained `torch.nn.LSTM` it talks nonsense. All shapes fit. Find out by experiment what is wrong, and
repair `lstm_states`.
""",
    cases=cases,
    solution=lstm_states,
    broken=BROKEN,
    reference=by_scratch,
    symptom=symptom,
    also_right=(by_torch,),
    hints=(
        "Copy weights from torch and set one block of H biases after the other to −20, in torch's layer and in yours. Which block "
        "silences torch's layer, and which silences yours?",
        "What has to know which rows belong to which gate? Not training: at the start all rows are random numbers of the "
        "same kind, and whatever takes a block decides what it becomes. Only what comes from elsewhere knows an order.",
        "The gate order is swapped. torch stores the rows as i, f, g, o; the code splits them as i, f, o, g, so the candidate "
        "is computed from the output gate's rows and the other way round. Split into a_i, a_f, a_g, a_o.",
    ),
    why=r"""
The rows of four gates look alike, and a network that is trained from scratch gives them their meaning. So no learning curve and no gradient
check can find a wrong order: it is a convention, and shows only where two parties meet, with weights from a file, or with
a start that means a certain gate (a forget bias set in another block than the one that forgets). torch has i, f, g, o;
other libraries have other orders, and all of them document it. Compare one step with copied weights before you trust a conversion.
""",
    wrong=(
        Wrong(
            edited(lstm_states, ORDER, "a_f, a_i, a_g, a_o = np.split"),
            "the first two blocks are exchanged. Candidate and output gate are at their places, but what torch uses to let in, you "
            "use to keep, and the other way round.",
        ),
        Wrong(
            edited(lstm_states, ORDER, "a_i, a_g, a_f, a_o = np.split"),
            "the middle two blocks are exchanged. What torch squeezes into (0, 1) to keep by, you bend by tanh and let in.",
        ),
        Wrong(
            edited(lstm_states, ORDER, "a_o, a_f, a_g, a_i = np.split"),
            "first and last block are exchanged. What torch shows the state by, you let things in by.",
        ),
        Wrong(
            edited(lstm_states, ORDER, "a_f, a_i, a_o, a_g = np.split"),
            "two pairs are exchanged. The first block stands where the second belongs and the third where the fourth does, each the other way round too.",
        ),
        Wrong(
            edited(lstm_states, "c = sigmoid(a_f) * c", "c = sigmoid(a_f + 1.0) * c"),
            "a constant is added to the forget gate. So do some libraries at the start; the weights of torch hold "
            "all of their bias already.",
        ),
    ),
)
