"""The share of the steps of an epoch that are padding."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited
from rnnlab.training import padding_waste


def cases(draw: Draw) -> dict[str, Any]:
    sizes = [draw.size(3) for _ in range(draw.size(4))]
    lengths = 1 + draw.integers(sum(sizes), below=6)
    order = np.random.default_rng(draw.seed()).permutation(len(lengths))
    ends = np.cumsum(sizes)
    return {"lengths": lengths, "batches": [order[end - size : end] for end, size in zip(ends, sizes, strict=True)]}


def waste(lengths, batches):
    """The share of padding; lengths (N,), batches a list of index arrays."""
    real = sum(lengths[batch].sum() for batch in batches)
    computed = sum(len(batch) * lengths[batch].max() for batch in batches)
    return 1 - real / computed


def by_rectangles(lengths, batches):
    """Draws every rectangle, and counts its cells."""
    padded = cells = 0
    for batch in batches:
        table = np.arange(lengths[batch].max()) < lengths[batch][:, None]
        padded, cells = padded + np.sum(~table), cells + table.size
    return padded / cells


def of_the_course(lengths: Any, batches: Any) -> float:
    """rnnlab.training's own."""
    return float(padding_waste(lengths, batches))


EXERCISE = Code(
    id="7.1",
    title="A waste meter",
    section="7.3",
    label="padding",
    points=1,
    statement=r"""
Two batches: the first has sequences of 5 and 1 steps, the second a single one of 2. Each is filled up to its own longest. Twelve steps are
computed, 10 in the first batch and 2 in the second, and 8 of them are real. A third is waste.

Write `waste(lengths, batches)`, equation (7.4): `lengths (N,)` are the steps of all sequences, `batches` is a list of index arrays, which need not be equally long; return
the share of the computed steps that are padding.
""",
    hints=(
        "Count two numbers for the whole epoch: the real steps, and the steps that are computed. What is a batch's share of the second?",
        "A batch is a rectangle: as many rows as it has sequences, as long as its longest. The lengths of a batch are `lengths[batch]`.",
        "`real = sum(lengths[b].sum() for b in batches)`, `computed = sum(len(b) * lengths[b].max() for b in batches)`; return `1 - real / computed`.",
    ),
    why=r"""
Sums first, then one quotient. A mean of the batches' own shares would let a tiny batch count as much as a huge one, and time is not spent by batch but by step. That is also why the meter
is weighed by rectangles: one long sequence in a batch of short ones costs its length times the whole batch, which is what bucketing takes away.
""",
    cases=cases,
    solution=waste,
    reference=by_rectangles,
    also_right=(of_the_course,),
    wrong=(
        Wrong(
            edited(
                waste,
                "real = sum(lengths[batch].sum() for batch in batches)",
                "real = sum(lengths[batch].sum() / (len(batch) * lengths[batch].max()) for batch in batches)",
                "computed = sum(len(batch) * lengths[batch].max() for batch in batches)",
                "computed = len(batches)",
            ),
            "a mean of the batches' shares: a batch of three short names then counts as much as one of a hundred paragraphs. Add up the "
            "real and the computed steps of all batches, and divide once.",
        ),
        Wrong(
            edited(waste, "len(batch) * lengths[batch].max()", "len(batch) * lengths.max()"),
            "padded to the longest of all: each batch is filled up to its own longest sequence, lengths[batch].max().",
        ),
        Wrong(
            edited(waste, "1 - real / computed", "computed - real"),
            "a count, not a share: divide the padded steps by the computed ones.",
        ),
        Wrong(
            edited(waste, "1 - real / computed", "real / computed"),
            "the useful share: asked for is what is left of 1, the padding.",
        ),
        Wrong(
            edited(waste, "1 - real / computed", "computed / real - 1"),
            "divided by the real steps: that is how much work is added, which can exceed 1. A share of the computed steps has those below it.",
        ),
    ),
)
