"""A small exercise of the kind Repair, which the tests of the machinery judge."""

import numpy as np

from rnnlab.exercises.exercise import Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def cases(draw):
    T, B, H = draw.size(4), draw.size(2), draw.size(3)
    return {"h": np.tanh(draw.array(T + 1, B, H)), "dstates": draw.array(T, B, H), "W_hh": draw.array(H, H)}


def recurrent_gradient(h, dstates, W_hh):
    """dW_hh (H, H) of L = sum(dstates * h[1:]); h (T+1, B, H) begins with the initial state."""
    dW_hh = np.zeros_like(W_hh)
    dh = np.zeros_like(h[0])
    for t in reversed(range(len(dstates))):
        dh = dstates[t] + dh
        da = dh * (1 - h[t + 1] ** 2)
        dW_hh += da.T @ h[t]
        dh = da @ W_hh
    return dW_hh


broken = edited(recurrent_gradient, "dh = da @ W_hh", "dh = np.zeros_like(da)")


def by_the_laboratory(h, dstates, W_hh):
    cell = Elman(1, len(W_hh), rng=0)
    cell.parameters["weight_hh_l0"] = W_hh
    return cell.backward(np.zeros((len(dstates), h.shape[1], 1)), h, dstates)[2]["weight_hh_l0"]


def by_autograd(h, dstates, W_hh):
    import torch

    W, h = torch.tensor(W_hh, requires_grad=True), torch.tensor(h)
    loss, state = torch.zeros((), dtype=torch.float64), h[0]
    for t in range(len(dstates)):
        a = torch.atanh(h[t + 1])  # the input that makes this state, whatever came before
        state = torch.tanh(a + (state - h[t]) @ W.T + h[t] @ (W - W.detach()).T)
        loss = loss + (torch.tensor(dstates[t]) * state).sum()
    (gradient,) = torch.autograd.grad(loss, W)
    return gradient


def symptom(answer):
    """Its gradient beside central differences, for sequences of one step and of six."""
    rng = np.random.default_rng(0)
    cell = Elman(2, 3, rng=rng)
    W_hh = cell.parameters["weight_hh_l0"]
    told = []
    for T in (1, 6):
        x, h0, dstates = rng.normal(size=(T, 4, 2)), rng.normal(size=(4, 3)), rng.normal(size=(T, 4, 3))
        nudge = rng.normal(size=W_hh.shape)
        losses = []
        for sign in (1, -1):
            cell.parameters["weight_hh_l0"] = W_hh + sign * 1e-5 * nudge
            losses.append((dstates * cell.forward(x, h0)[1:]).sum())
        cell.parameters["weight_hh_l0"] = W_hh
        measured = (losses[0] - losses[1]) / 2e-5
        claimed = (answer(cell.forward(x, h0), dstates, W_hh) * nudge).sum()
        told.append(f"{abs(claimed - measured) / abs(measured):.1%} for sequences of {T} step{'s' if T > 1 else ''}")
    return f"Beside central differences its slope along a random direction is off by {' and by '.join(told)}."


CARRIED = Repair(
    id="1.4",
    title="a gradient that looks right",
    section="1.4",
    label="bptt",
    points=3,
    statement="""
This function computes $\\mathrm{d}W_{hh}$ by backpropagation through time. It runs, its shapes are right, and a network trained with it does learn something.
Still it is wrong. `h` (T+1, B, H) holds all states with the initial one first, `dstates` (T, B, H) what the loss sends to each of them, and
the loss is $\\sum_t \\mathrm{dstates}_t \\cdot h_t$.

Find out by experiment: check it against central differences for sequences of different lengths, then mend it.
""",
    hints=(
        "Compare sequences of one step with longer ones. What happens between two steps that cannot happen in a single one?",
        "Two arrows leave every state: to the output, and on to the next step. Which of the two brings blame back in this code?",
        "The cause: dh, which should hold what step t+1 sends back, is set to zero after every step, so no blame travels. By "
        "equation (1.13) the last line of the loop is `dh = da @ W_hh`.",
    ),
    why="A state has two ways to the loss: through its own output and through the next state. With the second one cut the function gives the gradient of a "
    "network that starts anew at every step. It still points downhill often enough for a loss to fall, which is why nobody notices. "
    "Only a comparison with differences on more than one step shows it.",
    cases=cases,
    solution=recurrent_gradient,
    broken=broken,
    symptom=symptom,
    reference=by_the_laboratory,
    also_right=(by_autograd,),
    wrong=(
        Wrong(
            edited(recurrent_gradient, "da @ W_hh", "da @ W_hh.T"),
            "blame goes back through W_hh the wrong way round. Forward is h @ W_hh.T, so backward is da @ W_hh, equation (1.13).",
        ),
        Wrong(
            edited(recurrent_gradient, "dh = da @ W_hh", "dh = dh @ W_hh"),
            "what is sent back is dh, before it passed the tanh; by equation (1.13) it is da, after it.",
        ),
        Wrong(
            edited(recurrent_gradient, "da.T @ h[t]", "da.T @ h[t + 1]"),
            "one step off: W_hh met the state that entered step t, h[t] here, not the one that left it.",
        ),
        Wrong(
            edited(recurrent_gradient, "dh = dstates[t] + dh", "dh = dstates[t]"),
            "what step t+1 sent is computed and then overwritten: equation (1.10) adds the two.",
        ),
    ),
)
