"""Prediction: what a self-connection of 0.97 leaves of a sum of two numbers."""

from rnnlab.exercises.exercise import Prediction, Wrong

LENGTH, SELF = 100, 0.97


def truth() -> float:
    """What the napkin network with a self-connection of 0.97 says, over what it should, on 2,000 sequences."""
    import numpy as np

    from rnnlab.tasks import Adding

    task = Adding(LENGTH)
    inputs, targets = task.batch(2_000, np.random.default_rng(0))
    cell = task.solution().cell()
    cell.parameters["weight_hh_l0"][1, 1] = SELF
    states = cell.forward(np.swapaxes(inputs, 0, 1).astype(np.float64))
    return float(states[-1].sum() / targets.sum())


EXERCISE = Prediction(
    id="4.5",
    title="How much of a sum leaks away?",
    section="4.5",
    label="represent",
    points=2,
    statement=r"""
The napkin network of (4.9) keeps its sum in a unit whose self-connection is 1. Training has left you with one of 0.97 instead, and
everything else is exact. It reads adding sequences of 100 steps, in which any two steps may be the marked ones. What share of the
right sum does it say at the end, on average? Commit to a number between 0 and 1.
""",
    hints=(
        "A number that was marked $k$ steps before the end has been multiplied by 0.97 about $k$ times when the network answers. "
        "Which values does $k$ take?",
        "All of 0 to 99, each as likely as any other. So the share is not $0.97^{100}$, which is right for the very first step, but the "
        "mean of $0.97^k$ over all $k$. It is a geometric series.",
        "$\\frac{1}{100} \\sum_{k=0}^{99} 0.97^k = \\frac{1}{100} \\cdot \\frac{1 - 0.97^{100}}{1 - 0.97}$. Put it into a calculator.",
    ),
    why=r"""
A leak is not a cut-off. What was read lately is nearly all there, what was read early is nearly gone, and the share that is left on average is
$\frac{1}{T} \bigl(1 + \frac{1 - w^{T-1}}{1 - w}\bigr)$, here with $w = 0.97$, since the step that stores a number does not shrink it: about $1 / \bigl(T (1 - w)\bigr)$ once $w^T$ is small. So the effective length of
such a memory is $1/(1 - w)$, a bit over thirty steps, however long the sequence is; beyond that, the share falls with $1/T$ and not
exponentially. That is why a network can look half right on a task whose early part it cannot see at all.
""",
    truth=truth,
    scale="log",
    close=0.08,
    far=0.5,
    experiment=f"""
import numpy as np
from rnnlab.tasks import Adding

task = Adding({LENGTH})
inputs, targets = task.batch(2_000, np.random.default_rng(0))
cell = task.solution().cell()
cell.parameters["weight_hh_l0"][1, 1] = {SELF}
states = cell.forward(np.swapaxes(inputs, 0, 1).astype(float))
guess_4_5 = states[-1].sum() / targets.sum()
""",
    wrong=(
        Wrong(
            SELF**LENGTH,
            "that is 0.97^100, what is left of a number read at the very first step. The marked steps lie anywhere, and the "
            "late ones are hardly touched.",
        ),
        Wrong(
            SELF ** (LENGTH / 2),
            "that is 0.97^50, what is left of a number from the middle. A mean of powers is not the power of the mean: the late "
            "steps add more than the early ones take away.",
        ),
        Wrong(
            SELF,
            "that is what one step leaves. The sum goes through the self-connection at every step after it was stored.",
        ),
    ),
)
