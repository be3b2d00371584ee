"""The clinic: a backward pass whose loss still falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def cell_gradients(x, h, dstates, W_hh):
    """dW_ih, dW_hh, db, from x (T, B, I), h (T+1, B, H) and dstates (T, B, H)."""
    T, B, I = x.shape
    H = len(W_hh)
    dW_ih, dW_hh, db = np.zeros((H, I)), np.zeros((H, H)), np.zeros(H)
    back = np.zeros((B, H))
    for t in reversed(range(T)):
        dh = dstates[t] + back  # (1.10)
        da = dh * (1 - h[t + 1] ** 2)  # (1.11)
        dW_hh += da.T @ h[t]  # (1.12)
        dW_ih += da.T @ x[t]  # (1.14)
        db += da.sum(axis=0)  # (1.15)
        back = da @ W_hh  # (1.13)
    return dW_ih, dW_hh, db


broken = edited(
    cell_gradients,
    "    back = np.zeros((B, H))\n    for t in reversed(range(T)):\n",
    "    for t in reversed(range(T)):\n        back = np.zeros((B, H))\n",
)


def by_autograd(x, h, dstates, W_hh):
    """Each step in torch: the sum that enters tanh is a leaf that receives its gradient."""
    import torch

    W = torch.from_numpy(W_hh)
    a = [torch.zeros(h[0].shape, dtype=W.dtype, requires_grad=True) for _ in x]
    state, loss = torch.from_numpy(h[0]), torch.zeros(())
    for t, a_t in enumerate(a):
        fixed = torch.from_numpy(np.arctanh(h[t + 1]) - h[t] @ W_hh.T)  # what came in at this step
        state = torch.tanh(a_t + fixed + state @ W.T)
        loss = loss + (state * torch.from_numpy(dstates[t])).sum()
    loss.backward()
    da = np.stack([a_t.grad.numpy() for a_t in a])
    return np.einsum("tbh,tbi->hi", da, x), np.einsum("tbh,tbk->hk", da, h[:-1]), da.sum(axis=(0, 1))


def by_all_pairs(x, h, dstates, W_hh):
    """Every output sends its blame to every earlier step on its own: O(T²), no running sum."""
    dW_ih, dW_hh, db = np.zeros((len(W_hh), x.shape[2])), np.zeros_like(W_hh), np.zeros(len(W_hh))
    for last in range(len(x)):
        dh = dstates[last]
        for t in range(last, -1, -1):
            da = dh * (1 - h[t + 1] ** 2)
            dW_ih, dW_hh, db = dW_ih + da.T @ x[t], dW_hh + da.T @ h[t], db + da.sum(axis=0)
            dh = da @ W_hh
    return dW_ih, dW_hh, db


def _states(x: Any, W_ih: Any, W_hh: Any) -> Any:
    cell = Elman(x.shape[2], len(W_hh), rng=0, bias=False)
    cell.parameters.update({"weight_ih_l0": W_ih, "weight_hh_l0": W_hh})
    return cell.forward(x)


def _reference(x: Any, h: Any, dstates: Any, W_hh: Any) -> Any:
    cell = Elman(x.shape[2], len(W_hh), rng=0)
    cell.parameters["weight_hh_l0"] = W_hh
    gradients = cell.backward(x, h, dstates)[2]
    return tuple(gradients[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"))


def _cases(draw: Draw) -> dict[str, Any]:
    T, B, I, H = draw.size(4), draw.size(2), draw.size(2), draw.size(3)
    x, W_hh = draw.array(T, B, I) / 2, draw.array(H, H)
    h = _states(x, draw.array(H, I) / 2, W_hh)
    return {"x": x, "h": h, "dstates": draw.array(T, B, H), "W_hh": W_hh}


def _symptom(answer: Answer) -> str:
    """The error of dW_hh for one step and for ten, and for ten when only the last output, or only the first, errs."""
    rng = np.random.default_rng(0)
    x, W_hh, dstates = rng.normal(size=(10, 3, 2)), rng.normal(size=(4, 4)) / 2, rng.normal(size=(10, 3, 4))
    h = _states(x, rng.normal(size=(4, 2)) / 2, W_hh)

    def off(steps: int, said: Any) -> float:
        mine, true = answer(x[:steps], h[: steps + 1], said, W_hh), _reference(x[:steps], h[: steps + 1], said, W_hh)
        return 100 * max(
            float(np.linalg.norm(a - b) / np.linalg.norm(b))
            for a, b in zip(mine[:1] + mine[2:], true[:1] + true[2:], strict=True)
        )

    first, last = np.zeros_like(dstates), np.zeros_like(dstates)
    first[0], last[-1] = dstates[0], dstates[-1]
    return (
        f"Largest relative error of dW_ih and db for a sequence of one step: {off(1, dstates[:1]):.3g} %; of ten steps: "
        f"{off(10, dstates):.3g} %. Ten steps of which only the first output errs: {off(10, first):.3g} %; only the last: "
        f"{off(10, last):.3g} %."
    )


EXERCISE = Repair(
    id="1.4",
    title="The loss still falls",
    section="1.4",
    label="bptt",
    statement="""
`cell_gradients(x, h, dstates, W_hh)` is the backward pass of section 1.4 without the readout. It gets inputs `x` (T, B, I), the states `h` (T+1, B, H) of a forward pass and what each output says to its own state,
`dstates[t]` $= W_{hy}^\\top \\mathrm{d}y_t$, and gives `dW_ih`, `dW_hh` and `db`. Every line has its number, training with it runs, and the loss falls.

Still it is wrong. Find out by experiment what is wrong, and repair it.
""",
    hints=(
        "Compare with a gradient that you trust, `rnnlab.scratch.Elman(I, H, rng=0)` with its `forward(x)` and `backward(x, h, dstates)`, on one step, then on two. "
        "Then on ten steps with `dstates` zero everywhere but at the first step, and zero everywhere but at the last.",
        "When only the first output errs, it is right; when only the last one errs, it is wrong. So the blame of a step is "
        "spent at that step. Print `back` where it is used, in the line of (1.10), at every t.",
        "**dh is not carried back.** `back` is emptied at the beginning of *every* step, so that what step t+1 sent (1.13) is "
        "thrown away before step t can read it. The line `back = np.zeros(...)` belongs before the loop.",
    ),
    why="""
Two arrows leave $h_t$ in the unrolled drawing: up to $y_t$ and on to $h_{t+1}$. (1.10) adds what comes back along both, and this code keeps the first
only. It is a gradient, of another function: of a network whose every state was *handed* its predecessor as if it were data. Such a gradient trains whatever can be
learnt from one step back, so the loss falls. What needs two steps is learnt by accident at most, and nothing complains: chapter 7 meets it again under the name *truncated*, with
$k_2 = 1$. Only a comparison with another gradient shows it.
""",
    cases=_cases,
    solution=cell_gradients,
    reference=_reference,
    returns=("dW_ih", "dW_hh", "db"),
    broken=broken,
    symptom=_symptom,
    also_right=(by_autograd, by_all_pairs),
    wrong=(
        Wrong(
            edited(cell_gradients, "back = da @ W_hh ", "back = dh @ W_hh "),
            "the blame that travels skips the tanh. What goes through `W_hh` on the way back is da, after the slope, and "
            "not dh (1.13).",
        ),
        Wrong(
            edited(cell_gradients, "back = da @ W_hh ", "back = da @ W_hh.T "),
            "the blame travels through the matrix the wrong way round. Forwards it was `h @ W_hh.T`; back it is "
            "`da @ W_hh` (1.13).",
        ),
        Wrong(
            edited(cell_gradients, "back = da @ W_hh ", "back = back + da @ W_hh "),
            "what was sent is never used up. `back` is what the step right after this one sent. If you add to it, the "
            "blame of step 5 arrives at step 1 once by itself and once more inside what step 2 sends.",
        ),
        Wrong(
            edited(cell_gradients, "back = da @ W_hh ", "back = da "),
            "the blame travels without the matrix. It has to go back through `W_hh`, by which the state entered the sum.",
        ),
        Wrong(
            edited(cell_gradients, "dh = dstates[t] + back ", "dh = back if t < T - 1 else dstates[t] "),
            "only the last output is heard now. (1.10) is a sum: what this step's own output says, *and* what the next "
            "step sent.",
        ),
        Wrong(
            edited(cell_gradients, "dW_hh += da.T @ h[t] ", "dW_hh += da.T @ h[t + 1] "),
            "dW_hh takes the wrong state. `h[t]` entered this step, `h[t + 1]` left it; the weight was multiplied with the "
            "one that entered (1.12).",
        ),
    ),
)
