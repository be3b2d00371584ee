"""Storing a value under a key so that nothing else changes: the delta rule."""

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    keys, values = draw.size(4), draw.size(3)
    key = draw.array(keys)
    key[0] += 3  # never all zeros
    return {"W": draw.array(values, keys), "key": key, "value": draw.array(values)}


def store(W, key, value):
    """The memory W (V, K) after `value` (V,) was stored under `key` (K,)."""
    surprise = value - W @ key
    return W + np.outer(surprise, key) / (key @ key)


def by_projection(W, key, value):
    """What W says along the key is taken out, the value put in."""
    along = np.outer(key, key) / (key @ key)
    return W @ (np.eye(len(key)) - along) + np.outer(value, key) / (key @ key)


def by_autograd(W, key, value):
    """One gradient step on half the squared error, exactly as long as it has to be."""
    import torch

    weights = torch.tensor(W, requires_grad=True)
    told, k = torch.from_numpy(value), torch.from_numpy(key)
    (0.5 * ((weights @ k - told) ** 2).sum()).backward()
    return (weights - weights.grad / (k @ k)).detach().numpy()


def least_change(W: Any, key: Any, value: Any) -> npt.NDArray[np.float64]:
    """The smallest change D with (W + D) key = value: D is least squares' answer of minimal norm."""
    change: npt.NDArray[np.float64] = np.linalg.lstsq(key[None], (value - W @ key)[None], rcond=None)[0].T
    return np.asarray(W + change)


EXERCISE = Code(
    id="5.2",
    title="Whose locker was that?",
    section="5.4",
    label="wrong-tool",
    points=3,
    statement=r"""
Her locker was 23; now she has moved to 41. A state that only ever *adds* what it reads would hold both numbers under her name, and give back their
sum. The recurrent nets of section 5.4 failed at undoing the right knot; here you tie it by hand.

The memory is a matrix $W$ of shape $(V, K)$; asked with a key $k$ of $K$ numbers it answers $W k$. Write `store(W, key, value)`: a new memory
$W'$ that answers `value` to `key`,

$$\begin{aligned} W' k &= v \\ W' u &= W u \ \text{ for every } u \text{ perpendicular to } k, \end{aligned}$$

so that all that was stored under perpendicular keys is as it was. Keys have any length; `W` itself must stay unchanged.
""",
    hints=(
        "Write $W' = W + D$. Then $D u = 0$ for every $u$ perpendicular to $k$. Which matrices do that? Try $D = a\\, k^\\top$ with "
        "some column $a$.",
        "$D k$ must be what is missing, $v - W k$. With $D = a\\, k^\\top$ it is $a\\, (k^\\top k)$, so $a$ is what is missing, divided by $k^\\top k$.",
        "Return `W + np.outer(value - W @ key, key) / (key @ key)`.",
    ),
    why=r"""
Two conditions and no freedom left: every vector is a multiple of $k$ plus something perpendicular to it, so $W'$ is known everywhere. What is written is
not the value but the *surprise*, the value minus what the memory would have said: for a key that is known already, nothing at all. That is the delta
rule, and it is one gradient step on $\tfrac12 \lVert W k - v \rVert^2$ with a learning rate of $1 / \lVert k \rVert^2$. Without the subtraction it is
Hebb's rule, which cannot overwrite. The room is $K$ perpendicular keys: a memory of fixed size again, as section 5.4 said, but one that knows
which knot to undo.
""",
    cases=cases,
    solution=store,
    reference=least_change,
    also_right=(by_projection, by_autograd),
    wrong=(
        Wrong(
            edited(store, "value - W @ key", "value"),
            "added, not overwritten: what W said to this key before is still in it, and W' answers with the sum of old and new. "
            "Write what is missing, value - W @ key.",
        ),
        Wrong(
            edited(store, " / (key @ key)", ""),
            "the key's length is forgotten: W' key has the surprise times key · key in it. Divide by key @ key.",
        ),
        Wrong(
            edited(store, "(key @ key)", "np.sqrt(key @ key)"),
            "divided by the key's length instead of its square: the key is in the outer product and in the question, so twice.",
        ),
        Wrong(
            edited(store, "return W + np", "return np", "value - W @ key", "value"),
            "everything else is wiped out: W' answers this key and says zero to every key perpendicular to it. Start from W.",
        ),
        Wrong(
            edited(store, "surprise = value - W @ key", "surprise = W @ key - value"),
            "the surprise has the wrong sign: what is missing is value - W @ key.",
        ),
    ),
)
