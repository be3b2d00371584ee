"""The clinic: the last padded step, read as the last step."""

from typing import Any

import numpy as np

from rnnlab.exercises.drawing import Draw
from rnnlab.exercises.exercise import Answer, Repair, Wrong
from rnnlab.exercises.source import edited
from rnnlab.scratch import Elman


def cases(draw: Draw) -> dict[str, Any]:
    B, I, H = draw.size(4), draw.size(2), draw.size(3)
    sequences = [draw.array(draw.size(5), I) for _ in range(B)]
    return {"sequences": sequences, "W_ih": draw.array(H, I), "W_hh": draw.array(H, H), "b": draw.array(H)}


def encode(sequences, W_ih, W_hh, b):
    """The states (B, H) in which tanh units end the sequences (T_b, I)."""
    lengths = np.array([len(x) for x in sequences])
    batch = np.zeros((lengths.max(), len(sequences), W_ih.shape[1]))
    for place, x in enumerate(sequences):
        batch[: len(x), place] = x  # the rest stays zero
    states = np.zeros((len(batch) + 1, len(sequences), len(b)))
    for t in range(len(batch)):
        states[t + 1] = np.tanh(batch[t] @ W_ih.T + b + states[t] @ W_hh.T)
    return states[lengths, np.arange(len(sequences))]


broken = edited(encode, "states[lengths, np.arange(len(sequences))]", "states[-1]")


def held(sequences, W_ih, W_hh, b):
    """The state stands still once its sequence has ended."""
    h = np.zeros((len(sequences), len(b)))
    for t in range(max(len(x) for x in sequences)):
        for place, x in enumerate(sequences):
            if t < len(x):
                h[place] = np.tanh(W_ih @ x[t] + b + W_hh @ h[place])
    return h


def one_by_one(sequences: Any, W_ih: Any, W_hh: Any, b: Any) -> Any:
    """Each sequence alone, by rnnlab.scratch: nothing to pad."""
    cell = Elman(W_ih.shape[1], len(b), rng=0)
    cell.parameters.update(weight_ih_l0=W_ih, weight_hh_l0=W_hh, bias_ih_l0=b, bias_hh_l0=np.zeros(len(b)))
    return np.array([cell.forward(x[:, None])[-1, 0] for x in sequences])


def symptom(answer: Answer) -> str:
    """The same sequences, alone and in company; and whether the last step of one counts."""
    rng = np.random.default_rng(0)
    pair = [rng.standard_normal((3, 2)), rng.standard_normal((9, 2))]
    weights = (rng.standard_normal((4, 2)), 0.6 * rng.standard_normal((4, 4)), rng.standard_normal(4))
    together, alone = answer(pair, *weights), [answer([x], *weights)[0] for x in pair]
    told = []
    for x, one, beside in zip(pair, alone, together, strict=True):
        apart = float(np.abs(one - beside).max())
        if apart > 1e-9:
            told.append(
                f"A sequence of {len(x)} steps gives another state beside one of {12 - len(x)} than alone: a unit differs by {apart:.2g}."
            )
    pair[0][-1] += 1
    if np.abs(answer(pair[:1], *weights)[0] - alone[0]).max() < 1e-9:
        told.append("Another last input to a sequence leaves its state as it was.")
    return " ".join(told) or "Sequences of 3 and 9 steps give the same states alone and together, as they should."


EXERCISE = Repair(
    id="4.4",
    title="Clinic: a network that likes company",
    section="4.2",
    label="reach",
    points=2,
    statement=r"""
A network reads sequences of different lengths and returns the state in which each one ends; a linear readout tells classes from it. On the
training set it does well. In production, where sequences come one at a time, it is much worse, on the very same
sequences. The code below runs and looks right. Call it with a sequence alone, then with the same one beside others, and compare; then
repair it. `sequences` is a list of arrays `(T_b, I)`; return `(B, H)`.
""",
    hints=(
        "Take one short sequence. Compute its state alone, beside another of the same length, beside a longer one. Which "
        "of the three differs, and does the difference grow with the longer one's length?",
        "A batch is a rectangle, so the short sequence was filled up with zeros. Does a network whose input is zero stand "
        "still? Write out $h_t$ for $x_t = 0$: there is $b$, and there is $W_{hh} h_{t-1}$.",
        "The cause: the last *padded* step is read as the last step, so a short sequence is run on through its padding. "
        "`states[0]` is $h_0$, so sequence `b` ends in `states[lengths[b], b]`. For the whole batch that is "
        "`states[lengths, np.arange(len(sequences))]`.",
    ),
    why=r"""
Zeros are an input like any other. The bias pushes and the recurrent matrix turns the state while they are read, so what stands in the last row is the state
of a sequence followed by silence, and how much silence depends on the longest neighbour. In training the network learns
to live with the average amount of it; one at a time there is none, and the readout sees states that it never saw. Hence the test
that every batched reader should pass: *a padded batch equals its sequences one by one*. Index with the length, not with the
length minus one, because the states begin with $h_0$.
""",
    cases=cases,
    solution=encode,
    broken=broken,
    symptom=symptom,
    reference=one_by_one,
    also_right=(held,),
    wrong=(
        Wrong(
            edited(encode, "states[lengths, ", "states[lengths - 1, "),
            "one step early: states[0] is h_0, so after ℓ steps the state is states[ℓ], not states[ℓ - 1].",
        ),
        Wrong(
            edited(encode, "states[lengths, np.arange(len(sequences))]", "states[lengths.min()]"),
            "all sequences are read where the shortest ends: that cures the company and cuts off the longer ones.",
        ),
        Wrong(
            edited(
                encode,
                "batch[: len(x), place] = x  # the rest stays zero",
                "batch[len(batch) - len(x) :, place] = x",
                "states[lengths, np.arange(len(sequences))]",
                "states[-1]",
            ),
            "padded in front instead: now the state no longer starts from h_0 = 0, since the bias has moved it while the "
            "zeros in front were read.",
        ),
        Wrong(
            edited(encode, "states[lengths, np.arange(len(sequences))]", "states[1:].mean(axis=0)"),
            "a mean over all steps of the rectangle: the padded steps are in it as well, and the state in which a sequence "
            "ends was asked for.",
        ),
    ),
)
