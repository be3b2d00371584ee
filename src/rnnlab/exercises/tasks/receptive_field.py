"""How many steps an output of a stack of causal convolutions has seen."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited


def cases(draw: Draw) -> dict[str, Any]:
    dilations = [int(d) + 1 for d in draw.integers(draw.size(4), below=4)]
    return {"kernel": draw.size(4), "dilations": dilations, "layers": draw.size(3)}


def steps_seen(kernel, dilations, layers):
    """Steps that an output of a TCN sees, the present one counted."""
    further = 0
    for d in dilations:
        further += layers * (kernel - 1) * d
    return 1 + further


def by_sets(kernel, dilations, layers):
    """Follows which steps the present output is made of, layer by layer."""
    seen = {0}
    for d in dilations:
        for _ in range(layers):
            seen = {lag + j * d for lag in seen for j in range(kernel)}
    return max(seen) + 1


def by_a_network(kernel: int, dilations: list[int], layers: int) -> int:
    """Convolutions of ones over a sequence that is 1 at one step: the last step at which something arrives."""
    x = np.zeros(1 + layers * kernel * sum(dilations))
    x[0] = 1
    for d in dilations:
        weights = np.zeros(1 + (kernel - 1) * d)
        weights[::d] = 1
        for _ in range(layers):
            x = np.convolve(x, weights)[: len(x)]
            x = np.minimum(x, 1)
    return int(np.flatnonzero(x)[-1]) + 1


EXERCISE = Code(
    id="5.1",
    title="How far back does a TCN see?",
    section="5.1",
    label="three-tasks",
    points=1,
    statement=r"""
The TCN of section 5.1 has $n$ blocks of two layers with three weights each and dilations 1, 2, 4, …, and an output of it sees $1 + 4\,(2^n - 1)$ steps.
You have bought another one: kernels of 5, three layers a block, dilations 1, 3, 9. Before you use it: does it see a day of hours?

Write `steps_seen(kernel, dilations, layers)`: how many steps an output sees, the present one counted. A layer looks at `kernel` inputs
that lie `d` steps apart, the last of them the present one; a block has `layers` such layers, all with the dilation `d` of that block; `dilations` is a
list with one whole number a block. Return a whole number.
""",
    hints=(
        "Take one layer with 3 weights and dilation 4. It looks at the present step and at two older ones. How far back is the oldest?",
        "The oldest of `kernel` inputs lies `(kernel - 1) * d` steps back. A layer on top of another looks that far back among outputs that "
        "themselves look back: the distances add up, over all layers of all blocks.",
        "Return `1 + layers * (kernel - 1) * sum(dilations)`; the 1 is the present step. For three weights, two layers and "
        "dilations 1, 2, 4 that is 1 + 2 · 2 · 7, which the formula of the chapter says too.",
    ),
    why=r"""
Every layer widens the view by the distance between its newest and its oldest input, $(\text{kernel} - 1)\, d$: between five posts there are
four gaps. Distances of stacked layers add, as a step of the second one starts from wherever the first one got. Doubling $d$ from block to block
makes the sum a geometric series, $1 + 2 + \dots + 2^{n-1} = 2^n - 1$, and that is how a TCN sees exponentially far with linear
depth. And beyond that step there is nothing, not even faintly: a recurrent net forgets gradually, a convolution at an edge.
""",
    cases=cases,
    solution=steps_seen,
    reference=by_a_network,
    also_right=(by_sets,),
    wrong=(
        Wrong(
            edited(steps_seen, "(kernel - 1)", "kernel"),
            "posts and gaps: between the newest and the oldest of `kernel` inputs lie kernel - 1 gaps of d steps.",
        ),
        Wrong(
            edited(steps_seen, "layers * ", ""),
            "one layer a block: every layer of a block looks back once more, so each block counts `layers` times.",
        ),
        Wrong(
            edited(steps_seen, "1 + further", "further"),
            "the present step is missing: a layer with one weight sees one step, not none.",
        ),
        Wrong(
            edited(steps_seen, "further += layers * (kernel - 1) * d", "further = layers * (kernel - 1) * d"),
            "only the last block counts: the distances of all blocks add up, since each block looks back from where the one below ended.",
        ),
        Wrong(
            edited(
                steps_seen,
                "    further = 0\n",
                "    further = 1\n",
                "further += layers * (kernel - 1) * d",
                "further *= kernel**layers",
                "1 + further",
                "further",
            ),
            "products instead of sums: kernel to the power of the layers is what dilations of 1, kernel, kernel², … over layers would reach. "
            "In general the reaches of stacked layers add up.",
        ),
    ),
)
