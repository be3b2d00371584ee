"""The clinic: a state that takes its history along into the next segment."""

from typing import Any

import numpy as np
import torch

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import LSTM


def cases(draw: Draw) -> dict[str, Any]:
    k, H = draw.size(2), draw.size(2)
    T = k + 1 + draw.size(2)
    return {
        "x": draw.array(T, 1),
        "g": draw.array(T, H),
        "W_ih": draw.array(4 * H, 1),
        "W_hh": draw.array(4 * H, H),
        "k": k,
    }


def gradient_of_segments(x, g, W_ih, W_hh, k):
    """dW_hh of L = sum(g * h), cut off after k steps; an LSTM reads x (T, I)."""
    x, g, W_ih = torch.tensor(x)[:, None], torch.tensor(g), torch.tensor(W_ih)
    W_hh = torch.tensor(W_hh, requires_grad=True)
    total = torch.zeros_like(W_hh)
    h = c = torch.zeros(1, W_hh.shape[1], dtype=W_hh.dtype)
    for start in range(0, len(x), k):
        loss = 0.0
        for t in range(start, min(start + k, len(x))):
            h, c = torch.lstm_cell(x[t], (h, c), W_ih, W_hh)
            loss = loss + (g[t] * h).sum()
        total += torch.autograd.grad(loss, W_hh)[0]
        h, c = h.detach(), c.detach()
    return total


RETAINED = ("torch.autograd.grad(loss, W_hh)", "torch.autograd.grad(loss, W_hh, retain_graph=True)")

broken = edited(gradient_of_segments, *RETAINED, "        h, c = h.detach(), c.detach()\n", "")


def states_first(x, g, W_ih, W_hh, k):
    """All states without any gradient first; then each segment by itself, from the state it begins with."""
    x, g, W_ih = torch.tensor(x)[:, None], torch.tensor(g), torch.tensor(W_ih)
    W_hh = torch.tensor(W_hh, requires_grad=True)
    state, entering = (torch.zeros(1, g.shape[1], dtype=g.dtype),) * 2, []
    with torch.no_grad():
        for x_t in x:
            entering.append(state)
            state = torch.lstm_cell(x_t, state, W_ih, W_hh)
    loss = 0.0
    for t in range(len(x)):
        if t % k == 0:
            state = entering[t]
        state = torch.lstm_cell(x[t], state, W_ih, W_hh)
        loss = loss + (g[t] * state[0]).sum()
    return torch.autograd.grad(loss, W_hh)[0]


def by_segments(x: Any, g: Any, W_ih: Any, W_hh: Any, k: int) -> Any:
    """rnnlab.scratch: the gradient of each segment, whose initial state is given."""
    cell = LSTM(x.shape[1], g.shape[1], bias=False, rng=0)
    cell.parameters.update(weight_ih_l0=W_ih, weight_hh_l0=W_hh)
    total, state = np.zeros_like(W_hh), None
    for start in range(0, len(x), k):
        piece = x[start : start + k, None]
        states = cell.forward(piece, state)
        dstates = np.zeros_like(states[:, 1:])
        dstates[0, :, 0] = g[start : start + k]
        total += cell.backward(piece, states, dstates)[2]["weight_hh_l0"]
        state = states[:, -1]
    return total


def symptom(answer: Answer) -> str:
    """Whether the reach k has any effect; whether the numbers of the state are carried."""
    rng = np.random.default_rng(0)
    given = (
        rng.standard_normal((12, 1)),
        rng.standard_normal((12, 2)),
        rng.standard_normal((8, 1)),
        rng.standard_normal((8, 2)),
    )
    whole, short = (np.asarray(answer(*given, k)) for k in (12, 2))
    apart = float(np.linalg.norm(short - whole) / np.linalg.norm(whole))
    return f"On 12 steps, the gradient that reaches back 2 steps differs from the one that reaches back all 12 by {apart:.1%} of its length."


EXERCISE = Repair(
    id="7.4",
    title="Clinic: memory that grows with the text",
    section="7.4",
    label="truncation",
    points=3,
    statement=r"""
Truncated BPTT was to train on a book in constant memory. The code below does it, segment by segment, for an LSTM; the loss falls nicely. But each segment takes longer than
the one before, and at chapter five the machine is out of memory. At first it had stopped with *Trying to backward through the graph a second time*; the message suggested
`retain_graph=True`, and since then it runs. Compute the gradient for several `k` and compare; then repair it, so that it is the gradient of (7.5) with $k_1 = k_2 = k$: every loss counts once, a
segment's gradient goes back to the segment's first step, and the *numbers* of the state go on. Return `dW_hh (4H, H)`.
""",
    hints=(
        "Take `k = 2` and `k = 12` on a sequence of 12 steps. Which of the two should be the full gradient, and is the other one any different?",
        "`retain_graph=True` cured a symptom: why would a backward pass of the second segment want the graph of the first? Something still leads from one into the other. An LSTM hands "
        "two things on.",
        "The cause: the state is *not detached*, so each segment's gradient runs back to the very first step. After each segment: `h, c = h.detach(), c.detach()`, both of them, and "
        "`retain_graph` can go.",
    ),
    why=r"""
A tensor carries its numbers and the story of where they came from. What goes into the next segment must be the numbers without the story: that is `detach`. With the story, the backward pass of segment ten walks
through all ten, so the time of a book grows with the square of its length and nothing can ever be freed; the gradient is the full one, which is why the loss looked so good. Detach *both* parts of an LSTM's state: the cell is the long road, and a
gradient that is stopped on $h$ alone still travels it. Resetting the state instead would cure the memory and forget the book. And an error message that suggests `retain_graph` is nearly always about a missing `detach`.
""",
    cases=cases,
    solution=gradient_of_segments,
    broken=broken,
    symptom=symptom,
    reference=by_segments,
    also_right=(states_first,),
    imports="import torch",
    wrong=(
        Wrong(
            edited(gradient_of_segments, *RETAINED, "h, c = h.detach(), c.detach()", "h = h.detach()"),
            "only half of the state is detached: c, the long road of an LSTM, still leads back into the segments before.",
        ),
        Wrong(
            edited(gradient_of_segments, *RETAINED, "h, c = h.detach(), c.detach()", "c = c.detach()"),
            "only half of the state is detached: h still leads back into the segments before, through the gates.",
        ),
        Wrong(
            edited(gradient_of_segments, "h, c = h.detach(), c.detach()", "h = c = torch.zeros_like(h)"),
            "the state is thrown away: its history has to stop at the border, its numbers must go on. Detach it, do not reset it.",
        ),
        Wrong(
            edited(
                gradient_of_segments,
                "loss = loss + (g[t] * h).sum()\n",
                "loss = loss + (g[t] * h).sum()\n            h, c = h.detach(), c.detach()\n",
                "[0]\n        h, c = h.detach(), c.detach()",
                "[0]",
            ),
            "detached at every step: now no gradient passes from any step to the one before, whatever k is. Detach once a segment, after its gradient.",
        ),
    ),
)
