"""A small exercise of the kind Code, which the tests of the machinery judge."""

import numpy as np

from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def cases(draw):
    T, B, I, H = draw.size(4), draw.size(3), draw.size(3), draw.size(3)
    return {
        "x": draw.array(T, B, I),
        "W_ih": draw.array(H, I),
        "W_hh": draw.array(H, H),
        "b": draw.array(H),
        "h0": draw.array(B, H),
    }


def hidden_states(x, W_ih, W_hh, b, h0):
    """The states h_1 … h_T as one array (T, B, H), of inputs x (T, B, I) and the initial state h0 (B, H)."""
    states = []
    h = h0
    for x_t in x:
        h = np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)
        states.append(h)
    return np.stack(states)


def by_the_laboratory(x, W_ih, W_hh, b, h0):
    cell = Elman(W_ih.shape[1], len(W_ih), rng=0)
    cell.parameters = dict(zip(cell.parameters, (W_ih, W_hh, b, np.zeros_like(b)), strict=True))
    return cell.forward(x, h0)[1:]


def by_torch(x, W_ih, W_hh, b, h0):
    import torch

    net = torch.nn.RNN(W_ih.shape[1], len(W_ih), dtype=torch.float64)
    for parameter, value in zip(net.parameters(), (W_ih, W_hh, b, np.zeros_like(b)), strict=True):
        parameter.data = torch.tensor(value)
    return net(torch.tensor(x), torch.tensor(h0)[None])[0]


STATES = Code(
    id="1.1",
    title="the states, one after another",
    section="1.1",
    label="one-state",
    points=2,
    statement="""
Write the network of equation (1.1) as a loop. For inputs `x` of shape (T, B, I), the weights `W_ih` (H, I) and `W_hh` (H, H), one bias
`b` (H) and an initial state `h0` (B, H), give all states $h_1 \\dots h_T$ as one array of shape (T, B, H); $\\phi$ is $\\tanh$.

One sequence with one input of one number, say $x_1 = 0.5$, $W_{ih} = 2$, $W_{hh} = 1$, $b = 0$, $h_0 = -1$, has one state: $\\tanh(1 - 1) = 0$.
""",
    hints=(
        "Carry one array `h` (B, H) through a loop over the T steps, and keep a list of what it was after each step.",
        "A row of `x[t]` is one sequence's input. $W_{ih} x$ for all rows at once is `x[t] @ W_ih.T`: (B, I) times (I, H).",
        "In the loop: `h = np.tanh(x[t] @ W_ih.T + h @ W_hh.T + b)`, with `h = h0` before it; append `h` to a list, "
        "and return `np.stack(list)`.",
    ),
    why="The only thing that step t knows of the steps before it is `h`. That is why it must be carried from step to step, and why "
    "the same two matrices serve a sequence of any length.",
    cases=cases,
    solution=hidden_states,
    reference=by_the_laboratory,
    also_right=(by_torch,),
    wrong=(
        Wrong(
            edited(hidden_states, "np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)", "x_t @ W_ih.T + h @ W_hh.T + b"),
            "the tanh is missing. Without it the state is a linear function of everything that came, and can grow without bound.",
        ),
        Wrong(
            edited(hidden_states, "h @ W_hh", "h0 @ W_hh"),
            "the state is not carried on: every step starts from h0 again, so step 3 knows nothing of step 2.",
        ),
        Wrong(
            edited(hidden_states, "h = h0", "h = np.zeros_like(h0)"),
            "the initial state is not used: the loop starts from zeros instead of h0.",
        ),
        Wrong(
            edited(hidden_states, "h @ W_hh.T", "h @ W_hh"),
            "W_hh is transposed: unit j takes what unit i should. A column vector takes W h, a row of a batch takes h @ W.T.",
        ),
        Wrong(
            edited(hidden_states, "states = []", "states = [h0]"),
            "h0 is returned among the states; wanted are h_1 … h_T, T of them.",
        ),
    ),
)
