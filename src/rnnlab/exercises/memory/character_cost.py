"""The clinic: a cross-entropy that was written for one character at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import cross_entropy


def cost(y, targets):
    """Nats a character, and the gradient by logits y (B, T, V); targets (B, T)."""
    p = np.exp(y - y.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    wanted = np.eye(y.shape[2])[targets]
    loss = -np.log((p * wanted).sum(axis=2)).mean()  # (2.1)
    return loss, (p - wanted) / targets.size  # (2.2)


broken = edited(cost, "y.max(axis=2,", "y.max(axis=1,", "p.sum(axis=2,", "p.sum(axis=1,")


def by_torch(y, targets):
    """torch's own loss, and autograd."""
    import torch

    logits = torch.tensor(y, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, y.shape[2]), torch.from_numpy(targets).reshape(-1))
    loss.backward()
    return loss.item(), logits.grad.numpy()


def by_logarithms(y, targets):
    """The logarithm of the normaliser minus the logit of the true character; no probability is made."""
    normaliser = np.logaddexp.reduce(y, axis=-1)
    chosen = np.take_along_axis(y, targets[..., None], axis=-1)[..., 0]
    gradient = np.exp(y - normaliser[..., None])
    np.put_along_axis(
        gradient, targets[..., None], np.take_along_axis(gradient, targets[..., None], axis=-1) - 1, axis=-1
    )
    return np.mean(normaliser - chosen), gradient / targets.size


def _reference(y: Any, targets: Any) -> Any:
    loss, dy = cross_entropy(y.swapaxes(0, 1), targets.T)
    return loss / targets.shape[1], dy.swapaxes(0, 1) / targets.shape[1]


def _cases(draw: Draw) -> dict[str, Any]:
    B, T, V = draw.size(3), draw.size(3), draw.size(4, smallest=2)
    return {"y": draw.array(B, T, V), "targets": draw.integers(B, T, below=V)}


def _symptom(answer: Answer) -> str:
    """What a network pays that knows nothing, and what the first character costs when a later logit changes."""
    rng = np.random.default_rng(0)
    flat, targets = np.zeros((4, 20, 60)), rng.integers(0, 60, (4, 20))
    knows_nothing = answer(flat, targets)[0] / np.log(2)
    one_step = abs(answer(rng.normal(size=(4, 1, 60)), targets[:, :1])[0]) / np.log(2)
    y = rng.normal(size=(1, 2, 60))
    before = answer(y, targets[:1, :2])[1][0, 0].copy()
    y[0, 1] += rng.normal(size=60)
    moved = np.abs(answer(y, targets[:1, :2])[1][0, 0] - before).max()
    return (
        f"All 60 logits equal, 20 characters: {knows_nothing:.2f} bits a character ($\\log_2 60$ is {np.log2(60):.2f}). "
        f"Random logits, sequences of one character: {one_step:.2f} bits. The gradient of the first character's logits "
        f"moves by {moved:.2g} when only the second character's logits change."
    )


EXERCISE = Repair(
    id="2.1",
    title="A loss that is too low",
    section="2.1",
    label="forty-lines",
    statement="""
A colleague trains the network of section 2.1 with `batch_first`: logits are (B, T, V) instead of (T, B, V). She took the loss from a notebook
in which characters come one at a time, (B, V), where it had been tested. Now a network that has learnt nothing yet pays less than $\\log_2 V$ bits for a
character, when it reads 20 at a time out of an alphabet of 60; and the shorter the pieces that it reads, the less it pays.

Find out by experiment what is wrong, and repair it. `cost(y, targets)` takes logits y (B, T, V) and the true characters targets (B, T), and gives the mean
cross-entropy in nats a character (2.1) and its gradient by y (2.2).
""",
    hints=(
        "Ask it things that you know. All logits equal: everybody who has no idea pays $\\ln V$. Sequences of one character: what should "
        "that cost, and what does it? Then change a logit of the *second* character and look at the gradient of the first.",
        "Compute `p` for one small case and add it up along each of its axes. Along which axis do probabilities of the *next character* have to sum to one? "
        "Along which do yours?",
        "**The softmax runs over time.** In (B, V) the characters were axis 1; in (B, T, V) axis 1 is time, and they are axis 2. Both the "
        "`max` and the `sum` belong on `axis=2` (or −1, which is right in either form).",
    ),
    why="""
A softmax turns numbers that compete into shares. At a step the $V$ characters compete, since exactly one of them comes. Steps do not compete: there is no
sense in which the third character is more probable than the fourth. Over axis 1 every logit is held against the *same character at other times*; for $T = 1$ there is
no other time, every share is 1, and the loss is zero whatever the network says. And because later logits enter the sum, the gradient of a character depends on what comes after it: the
loss looks into the future. Nothing warns: the shapes are right. An axis counted from the end, −1, would have survived the move.
""",
    cases=_cases,
    solution=cost,
    reference=_reference,
    returns=("loss", "dy"),
    broken=broken,
    symptom=_symptom,
    also_right=(by_torch, by_logarithms),
    wrong=(
        Wrong(
            edited(cost, "y.max(axis=2,", "y.max(axis=1,"),
            "the largest logit is still sought over time. What is subtracted has to be one number for all characters of a step: "
            "then softmax stays as it is. Over axis 1 each character has another number taken off.",
        ),
        Wrong(
            edited(cost, "y.max(axis=2,", "y.max(axis=(1, 2),", "p.sum(axis=2,", "p.sum(axis=(1, 2),"),
            "now all steps and characters share one probability. Your p sums to one over the whole sequence; every step is "
            "owed a one of its own.",
        ),
        Wrong(
            edited(cost, "y.max(axis=2,", "y.max(axis=0,", "p.sum(axis=2,", "p.sum(axis=0,"),
            "the softmax runs over the batch. Now the sequences compete with each other. The characters are the last axis.",
        ),
        Wrong(
            edited(cost, "/ targets.size  # (2.2)", "/ len(targets)  # (2.2)"),
            "the gradient belongs to another mean. The loss is a mean over steps *and* sequences, so its gradient is divided "
            "by their product, `targets.size`.",
        ),
        Wrong(
            edited(cost, "/ targets.size  # (2.2)", "  # (2.2)"),
            "the gradient is not divided. The loss is a mean over all `targets.size` characters; (2.2) is the gradient of one.",
        ),
        Wrong(
            edited(
                cost, "-np.log((p * wanted).sum(axis=2)).mean()", "-np.log((p * wanted).sum(axis=2)).sum(axis=1).mean()"
            ),
            "the loss is a sum over time. Nats a *character*: a mean over the steps as well, so that long and short sequences "
            "can be compared.",
        ),
    ),
)
