"""The clinic: a reader whose answer depends on what it read before."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def read_all(names, order, W_ih, W_hh):
    """States (N, H) after the last letter of names (N, T, I), read two at a time."""
    N, T, _ = names.shape
    states = np.zeros((N, len(W_hh)))
    for start in range(0, N, 2):
        rows = order[start : start + 2]
        h = np.zeros((len(rows), len(W_hh)))
        for t in range(T):
            h = np.tanh(names[rows, t] @ W_ih.T + h @ W_hh.T)
        states[rows] = h
    return states


broken = edited(
    read_all,
    "    for start in range(0, N, 2):\n",
    "    h = np.zeros((2, len(W_hh)))\n    for start in range(0, N, 2):\n",
    "        h = np.zeros((len(rows), len(W_hh)))\n",
    "",
)


def by_torch(names, order, W_ih, W_hh):
    """torch.nn.RNN, all names in one batch."""
    import torch

    net = torch.nn.RNN(names.shape[2], len(W_hh), bias=False, batch_first=True).double()
    net.load_state_dict({"weight_ih_l0": torch.from_numpy(W_ih), "weight_hh_l0": torch.from_numpy(W_hh)})
    with torch.no_grad():
        return net(torch.from_numpy(names))[1][0]


def by_single_names(names, order, W_ih, W_hh):
    """One name after the other, each from an empty state."""
    states = []
    for name in names:
        h = np.zeros(len(W_hh))
        for x_t in name:
            h = np.tanh(W_ih @ x_t + W_hh @ h)
        states.append(h)
    return np.array(states)


def _reference(names: Any, order: Any, W_ih: Any, W_hh: Any) -> Any:
    cell = Elman(names.shape[2], len(W_hh), bias=False, rng=0)
    cell.parameters.update({"weight_ih_l0": W_ih, "weight_hh_l0": W_hh})
    return cell.forward(names.swapaxes(0, 1))[-1]


def _cases(draw: Draw) -> dict[str, Any]:
    N, T, I, H = 2 * draw.size(3), draw.size(3), draw.size(2), draw.size(3)
    order = np.argsort(draw.integers(N, below=256), kind="stable")
    return {
        "names": draw.array(N, T, I),
        "order": order,
        "W_ih": draw.array(H, I) / 2,
        "W_hh": draw.array(H, H),
    }


def _symptom(answer: Answer) -> str:
    """By how much the state of the same name moves when it is read in another place of the epoch."""
    rng = np.random.default_rng(0)
    names, W_ih, W_hh = rng.normal(size=(20, 3, 4)), rng.normal(size=(5, 4)) / 2, rng.normal(size=(5, 5)) / 1.5
    straight = np.arange(20)
    one, other = (answer(names, order, W_ih, W_hh) for order in (straight, straight[::-1]))
    first = np.abs(one - _reference(names, straight, W_ih, W_hh)).max(axis=1)
    return (
        "Twenty names, read from the first to the last and once more from the last to the first: the state of the same name "
        f"differs by up to {np.abs(one - other).max():.2g}. Read in order, the first two names are off by {first[:2].max():.2g}, the others by "
        f"up to {first[2:].max():.2g}."
    )


EXERCISE = Repair(
    id="2.5",
    title="The same name, another answer",
    section="2.4",
    label="reset",
    statement="""
In section 2.1 the state that one piece of text leaves behind enters the next, and that was right: the next piece goes on where the last one stopped. Here the same
loop reads surnames. `read_all(names, order, W_ih, W_hh)` gets N names (N, T, I), all of T letters, and an order in which to read them, two at a time, as a training
does that shuffles its data in every epoch. It gives the state (N, H) after the last letter of each name, in the order of `names`.

A classifier on top of these states is right about a name in one epoch and wrong in the next, with weights that have not moved. Find out by experiment why, and repair it. The network is that of (1.1)
without biases.
""",
    hints=(
        "Read the same names twice with the same weights, in two orders, and compare the states name by name. Which names agree when the order is `0, 1, 2, …` and the truth is "
        "each name read on its own?",
        "The first two are right, whatever they are. So it is not how a name is read, it is what was there before. Print `h` at t = 0, before the first letter, for every pair.",
        "**The hidden state is carried across shuffled batches.** `h` is emptied once, before the loop over the pairs, so every pair begins where a pair of strangers ended. Put "
        "`h = np.zeros((len(rows), len(W_hh)))` *into* the loop, before the loop over the letters.",
    ),
    why="""
A state is worth carrying where the next batch *continues* the last one: row $b$ of this chunk is the same text, later. In a shuffled epoch row $b$ is another name, and what is carried is a true memory of
the wrong thing, the *swapped* state of section 2.4. Its price there was bits; here it is an answer that depends on the company. It hides well. With a fixed order
nothing shows, since the same company comes every time; and copying or detaching the state, which stops the *gradient* at the border, changes nothing in the numbers.
""",
    cases=_cases,
    solution=read_all,
    reference=_reference,
    broken=broken,
    symptom=_symptom,
    also_right=(by_torch, by_single_names),
    wrong=(
        Wrong(
            edited(
                read_all, "        h = np.zeros((len(rows), len(W_hh)))\n        for t in range(T):\n",
                "        for t in range(T):\n            h = np.zeros((len(rows), len(W_hh)))\n",
            ),
            "now the state is emptied before every letter. What is left of a name is its last letter. Empty it once a pair, before the first letter.",
        ),
        Wrong(
            edited(read_all, "states[rows] = h", "states[start : start + 2] = h"),
            "the states are right and in the wrong rows. They stand in the order of reading; `names` has another. Write them to `states[rows]`.",
        ),
        Wrong(
            edited(read_all, "names[rows, t]", "names[start : start + 2, t]"),
            "the order is not obeyed. You read the names as they lie, and store what you found under the names that were meant: use `rows` for both.",
        ),
        Wrong(
            edited(read_all, "h = np.zeros((len(rows), len(W_hh)))", "h = states[rows - 1]"),
            "a name begins in the state of another one. The neighbour in the list is a stranger as well; every name starts from zero.",
        ),
        Wrong(
            edited(
                read_all, "        h = np.zeros((len(rows), len(W_hh)))\n", "", "    for start in range(0, N, 2):\n",
                "    h = np.zeros((2, len(W_hh)))\n    for start in range(0, N, 2):\n", "        states[rows] = h\n",
                "        states[rows] = h\n        h = 0.5 * h\n",
            ),
            "the state is still carried, only weaker. However little comes over from the pair before, the answer depends on it. Begin from zero.",
        ),
    ),
)  # fmt: skip
