"""Exercise 9.2: the hidden size that a number of parameters pays for."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Code, Wrong
from rnnlab.exercises.source import edited

BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}


def units_for(parameters, blocks, inputs, outputs):
    """The number of units whose cell and readout come nearest to so many parameters."""
    # blocks·(H² + (I + 2)·H) + (H + 1)·O = P, solved for H, and the nearer neighbour
    linear = blocks * (inputs + 2) + outputs
    square = linear**2 + 4 * blocks * (parameters - outputs)
    root = (np.sqrt(square) - linear) / (2 * blocks)
    low = max(1, int(np.floor(root)))

    def apart(H):
        core = blocks * (H**2 + (inputs + 2) * H)
        return abs(core + (H + 1) * outputs - parameters)

    return low if apart(low) <= apart(low + 1) else low + 1


def by_counting(parameters, blocks, inputs, outputs):
    """Goes up, size by size, until the distance grows."""

    def apart(H):
        core = blocks * (H * inputs + H * H + 2 * H)
        return abs(core + H * outputs + outputs - parameters)

    H = 1
    while apart(H + 1) < apart(H):
        H += 1
    return H


def by_asking_torch(parameters, blocks, inputs, outputs):
    """Builds the networks and counts their parameters, as matched_size does."""
    from torch import nn

    from rnnlab.layers import matched_size

    layer = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}[blocks]
    return matched_size(lambda H: nn.ModuleList([layer(inputs, H), nn.Linear(H, outputs)]), parameters)


def cases(draw):
    """A budget that lies clearly on the side of one size, so that no rounding decides."""
    inputs, outputs, units = draw.size(12), draw.size(24), draw.size(40, smallest=2)
    blocks = draw.choice(1, 3, 4)
    here, after = (blocks * (H**2 + (inputs + 2) * H) + (H + 1) * outputs for H in (units, units + 1))
    parameters = int(here + (after - here) * draw.choice(0.1, 0.35, -0.2, 0.4))
    return {"parameters": parameters, "blocks": blocks, "inputs": inputs, "outputs": outputs}


EXERCISE = Code(
    id="9.2",
    title="How many units does a budget pay for?",
    section="9.4",
    label="equal",
    statement=r"""
A thousand parameters, five inputs, one output: how many units may a GRU have, if an RNN is to get as many parameters? Every comparison of this course at equal size asks
that, and (9.2) answers it backwards.

Write `units_for(parameters, blocks, inputs, outputs)`. `blocks` is $G$: 1 for an RNN, 3 for a GRU, 4 for an LSTM. Return the whole number $H \ge 1$ whose count $P$, readout included, is nearest
to `parameters`.
""",
    cases=cases,
    solution=units_for,
    reference=by_counting,
    also_right=(by_counting, by_asking_torch),
    hints=(
        "Write (9.2) as a polynomial in H. What is the factor of H², of H, and what is left without H? Or count upwards from H = 1 and stop when the distance grows again.",
        "G·H² + (G·(I + 2) + O)·H + O = P. There are two biases in every block, b_ih and b_hh, which is the 2; and the readout has a weight for every unit and a bias, for each output.",
        "Solve the quadratic for H, and compare the counts of the whole numbers below and above with P; or loop: H = 1, and H += 1 while the count of H + 1 is nearer to P than that of H.",
    ),
    why=r"""
For large $H$ the square rules, and $H \approx \sqrt{P/G}$: with the same parameters a GRU has about $1/\sqrt{3}$ and an LSTM half of the units of an RNN. For the sizes of this
course the other terms are not small. With ten inputs, twenty outputs and 1,000 parameters they take most of what an RNN has. Whoever leaves them out gives
one of the cells more than the others, which is what a comparison at equal size was to avoid. `matched_size` does not solve anything; it builds networks and counts, so that no formula can drift away
from the code.
""",
    wrong=(
        Wrong(
            edited(
                units_for,
                "(inputs + 2) + outputs\n",
                "(inputs + 1) + outputs\n",
                "(inputs + 2) * H)\n",
                "(inputs + 1) * H)\n",
            ),
            "one bias a block. torch's cells have two, b_ih and b_hh, and both count in (9.2).",
        ),
        Wrong(
            edited(
                units_for,
                "(inputs + 2) + outputs\n",
                "(inputs + 2)\n",
                "4 * blocks * (parameters - outputs)",
                "4 * blocks * parameters",
                "core + (H + 1) * outputs - parameters",
                "core - parameters",
            ),
            "the readout is left out. It has (H + 1)·O parameters of its own, which also grow with H.",
        ),
        Wrong(
            edited(
                units_for,
                "root = (np.sqrt(square) - linear) / (2 * blocks)",
                "root = np.sqrt(parameters / blocks)",
            ),
            "only the square is counted. H ≈ √(P/G) is what large networks come to; inputs, biases and readout are a large share of a small one.",
        ),
        Wrong(
            edited(
                units_for,
                "linear = blocks * (inputs + 2) + outputs",
                "linear = inputs + 2 + outputs",
                "blocks * (H**2 + (inputs + 2) * H)",
                "blocks * H**2 + (inputs + 2) * H",
            ),
            "the blocks are counted in the recurrent weights alone. Every block has input weights and biases too: G multiplies all of H² + H·I + 2H.",
        ),
        Wrong(
            edited(units_for, "low if apart(low) <= apart(low + 1) else low + 1", "low"),
            "it is always rounded down. Asked for is the nearest count, and that may be the next larger size.",
        ),
    ),
)
