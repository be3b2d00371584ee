"""The clinic: a loss that is averaged over padding."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    B, T, V = 1 + draw.size(3), 1 + draw.size(3), 1 + draw.size(2)
    lengths = 1 + draw.integers(B, below=T)
    lengths[0], lengths[1] = T, min(lengths[1], T - 1)
    targets = draw.integers(B, T, below=V) * (np.arange(T) < lengths[:, None])
    return {"logits": draw.array(B, T, V), "targets": targets, "lengths": lengths}


def mean_loss(logits, targets, lengths):
    """Mean cost of a step, in nats: logits (B, T, V), targets (B, T)."""
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    cost = -np.take_along_axis(log_p, targets[:, :, None], axis=2)[:, :, 0]
    real = np.arange(logits.shape[1]) < lengths[:, None]
    return (cost * real).sum() / real.sum()


broken = edited(mean_loss, "(cost * real).sum() / real.sum()", "(cost * real).mean()")


def ignored(logits, targets, lengths):
    """torch's cross-entropy, told which steps to ignore."""
    import torch

    told = torch.as_tensor(np.where(np.arange(targets.shape[1]) < lengths[:, None], targets, -100))
    return torch.nn.functional.cross_entropy(torch.as_tensor(logits).flatten(0, 1), told.flatten(), ignore_index=-100)


def step_by_step(logits: Any, targets: Any, lengths: Any) -> float:
    """One real step after the other."""
    costs = [
        np.log(np.exp(logits[b, t]).sum()) - logits[b, t, targets[b, t]]
        for b, length in enumerate(lengths)
        for t in range(length)
    ]
    return float(np.mean(costs))


def symptom(answer: Answer) -> str:
    """The same two sequences in wider and wider rectangles, and each alone."""
    rng = np.random.default_rng(0)
    logits, targets, lengths = rng.standard_normal((2, 8, 3)), rng.integers(3, size=(2, 8)), np.array([8, 2])
    told = []
    for wide in (8, 16, 80):
        fill = wide - 8
        more = np.pad(logits, ((0, 0), (0, fill), (0, 0))), np.pad(targets, ((0, 0), (0, fill)))
        told.append(f"{float(answer(*more, lengths)):.3f}")
    alone = [
        float(answer(logits[b : b + 1, :n], targets[b : b + 1, :n], lengths[b : b + 1])) for b, n in enumerate(lengths)
    ]
    wide_text = f"Two sequences, filled up to 8, 16 and 80 steps, cost {', '.join(told)} nats a step."
    return f"{wide_text} Alone and unpadded the one of 8 steps costs {alone[0]:.3f}, the one of 2 steps {alone[1]:.3f}."


EXERCISE = Repair(
    id="7.3",
    title="Clinic: a loss that falls by itself",
    section="7.3",
    label="padding",
    points=2,
    statement=r"""
A character model trains on padded batches. One paragraph more in the data, a very long one, and the loss of its batch is the best ever seen; the text that the model writes is no
better. After bucketing the loss is *worse* by half, though nothing but the order has changed. The code even knows the lengths and masks the padding. It runs and looks
right. Fill the same two sequences up further and further and watch the loss; then repair it. Every real step is to count the same, whichever sequence it is in.
""",
    hints=(
        "Compute the loss of a batch, then of the same batch with ten more columns of padding. Should it change? By which factor does it?",
        "A mean is a sum over a count. Masked steps add nothing to the sum. What are they doing in the count?",
        "The cause: the loss is averaged *over padding*: `.mean()` divides by all B · T steps of the rectangle. Divide by the number of real ones: "
        "`(cost * real).sum() / real.sum()`.",
    ),
    why=r"""
The mask took the padding out of the sum and left it in the count, so the loss is multiplied by the batch's share of real steps, one minus the waste of (7.4). The gradient is multiplied with it: a batch with much
padding counts for less, and nobody said so. Whether to divide by real steps or to take a mean of the sequences' means is a choice: the first weighs every step alike, which is what a model of characters wants; the second every sequence, which a classifier of whole
sequences would. Padding has a say in neither. The test: *more padding, same loss*.
""",
    cases=cases,
    solution=mean_loss,
    broken=broken,
    symptom=symptom,
    reference=step_by_step,
    also_right=(ignored,),
    wrong=(
        Wrong(
            edited(mean_loss, "(cost * real).sum() / real.sum()", "cost.mean()"),
            "the mask is gone: now the padded steps are in the sum as well, and the model is asked to predict padding.",
        ),
        Wrong(
            edited(mean_loss, "(cost * real).sum() / real.sum()", "((cost * real).sum(axis=1) / lengths).mean()"),
            "a mean of means: each sequence counts alike, so a step of a short one counts for more. Asked for is the mean over all real steps.",
        ),
        Wrong(
            edited(mean_loss, "< lengths", "<= lengths"),
            "one padded step too many: step ℓ, counted from 0, is the first that is padding. Real are those below the length.",
        ),
        Wrong(
            edited(mean_loss, "(cost * real).sum() / real.sum()", "(cost * real).sum() / len(cost)"),
            "a sum over steps, a mean over sequences: long sequences now cost more than short ones. Divide by the real steps.",
        ),
    ),
)
