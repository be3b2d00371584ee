"""The clinic: clipping that turns the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def clip(gradients, largest):
    """The gradients, of any shapes, clipped by their norm to `largest`."""
    length = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
    scale = largest / length if length > largest else 1.0
    return {name: g * scale for name, g in gradients.items()}


broken = edited(
    clip,
    "    length = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))\n    scale = largest / length if length > largest else 1.0\n    return {name: g * scale for name, g in gradients.items()}",
    "    clipped = {}\n    for name, g in gradients.items():\n        length = np.sqrt(np.sum(g**2))\n        scale = largest / length if length > largest else 1.0\n        clipped[name] = g * scale\n    return clipped",
)


def by_torch(gradients, largest):
    """torch's clip_grad_norm_, without the 1e-6 that it adds to the norm."""
    import torch

    tensors = {name: torch.from_numpy(g.copy()) for name, g in gradients.items()}
    length = torch.linalg.vector_norm(torch.cat([g.reshape(-1) for g in tensors.values()]))
    scale = torch.clamp(largest / length, max=1.0) if length > 0 else 1.0
    return {name: g * scale for name, g in tensors.items()}


def by_joining(gradients, largest):
    """All numbers in one vector, clipped, and cut up again."""
    joined = np.concatenate([g.ravel() for g in gradients.values()])
    length = np.linalg.norm(joined)
    if length > largest:
        joined = joined / length * largest
    ends = np.cumsum([g.size for g in gradients.values()])[:-1]
    pieces = np.split(joined, ends)
    return {name: piece.reshape(g.shape) for (name, g), piece in zip(gradients.items(), pieces, strict=True)}


def _reference(gradients: Any, largest: Any) -> Any:
    squares = float(np.vdot(*[np.hstack([g.ravel() for g in gradients.values()])] * 2))
    share = min(1.0, largest / max(np.sqrt(squares), 1e-300))
    return {name: share * g for name, g in gradients.items()}


def _cases(draw: Draw) -> dict[str, Any]:
    I, H = draw.size(2), draw.size(3)
    gradients = {"W_ih": draw.array(H, I), "W_hh": draw.array(H, H), "b": draw.array(H)}
    return {"gradients": gradients, "largest": draw.choice(1.0, 0.5, 0.25, 8.0)}


def _symptom(answer: Answer) -> str:
    """The joint length after clipping to 1, and the angle by which the gradient was turned."""
    rng = np.random.default_rng(0)
    gradients = {
        "W_ih": 0.2 * rng.normal(size=(8, 3)),
        "W_hh": 5 * rng.normal(size=(8, 8)),
        "b": 0.1 * rng.normal(size=8),
    }
    clipped = answer(gradients, 1.0)
    before, after = (np.concatenate([np.ravel(g[name]) for name in gradients]) for g in (gradients, clipped))
    length = float(np.linalg.norm(after))
    cosine = float(before @ after / (np.linalg.norm(before) * length))
    turned = np.degrees(np.arccos(min(cosine, 1.0)))
    alone = answer({"W_hh": gradients["W_hh"]}, 1.0)["W_hh"]
    return (
        f"Three tensors, threshold 1: after clipping, the gradient as a whole has length {length:.3g} and points {turned:.2g} degrees away from "
        f"where it pointed before. The tensor W_hh alone: length {float(np.linalg.norm(alone)):.3g}."
    )


EXERCISE = Repair(
    id="3.5",
    title="By norm, and turned all the same",
    section="3.5",
    label="clipping",
    statement="""
`clip(gradients, largest)` gets the gradients of a network by name, such as `{"W_ih": …, "W_hh": …, "b": …}`, and clips them by norm (3.9) to the length `largest`. It gives new arrays under the same names, and was tested: given any
matrix, it returned one of length `largest` that pointed the same way, and a short one it left alone.

In training the measured angle between the gradient before and after is not zero, as section 3.5 says it must be. Find out by experiment what is wrong, and repair it.
""",
    hints=(
        "It was tested with one matrix. Give it two tensors, one long and one short. Compare the length of *everything together* with the threshold, and the ratio of the two tensors before and after.",
        "The gradient is one arrow in the space of all parameters; W_ih, W_hh and b are only its coordinates under three names. By how much may each coordinate be multiplied if the arrow is not to turn?",
        "**Each tensor is clipped separately.** Each gets a factor of its own, so the arrow turns, and all together may be as long as the root of the number of tensors times the threshold. Compute one length over all of them, "
        "`np.sqrt(sum(np.sum(g**2) for g in gradients.values()))`, and one scale for all.",
    ),
    why="""
(3.9) keeps the direction because *one* number multiplies the whole gradient. With a factor for each tensor it is something between clipping by norm and clipping by value: long tensors are cut, short ones stay, and the arrow turns
towards the short ones. When a gradient explodes along time, those of $W_{hh}$ and $W_{ih}$ do, and that of the readout does not: so just the recurrent part is held back against the rest. One tensor cannot show it: there the two agree. (Keras offers both, `clipnorm` for each tensor on its own and
`global_clipnorm` for all of them; there it is a choice, and the thresholds mean different things.)
""",
    cases=_cases,
    solution=clip,
    reference=_reference,
    broken=broken,
    symptom=_symptom,
    also_right=(by_torch, by_joining),
    wrong=(
        Wrong(
            edited(clip, "largest / length if length > largest else 1.0", "largest / max(length, 1e-12)"),
            "short gradients are made long. There is a min(1, …) in (3.9): what is shorter than the threshold stays as it is.",
        ),
        Wrong(
            edited(
                clip,
                "np.sqrt(sum(np.sum(g**2) for g in gradients.values()))",
                "sum(np.sqrt(np.sum(g**2)) for g in gradients.values())",
            ),
            "the lengths are added up. The length of all together is the root of the sum of *squares*: take the root once, at the end.",
        ),
        Wrong(
            edited(
                clip,
                "np.sqrt(sum(np.sum(g**2) for g in gradients.values()))",
                "max(np.sqrt(np.sum(g**2)) for g in gradients.values())",
            ),
            "measured by the longest tensor. One scale for all is right, and it no longer turns; but the length of all together is more than that of the longest.",
        ),
        Wrong(
            edited(
                clip,
                "{name: g * scale for name, g in gradients.items()}",
                "{name: np.clip(g, -largest, largest) for name, g in gradients.items()}",
            ),
            "that is clipping by value (3.10). It cuts each number on its own and turns the gradient.",
        ),
        Wrong(
            edited(
                clip,
                "np.sqrt(sum(np.sum(g**2) for g in gradients.values()))",
                "sum(np.sum(g**2) for g in gradients.values())",
            ),
            "the root is missing. That is the square of the length.",
        ),
    ),
)
