"""Prediction: how many units of an identity start are at zero after a hundred steps of noise."""

from rnnlab.exercises.exercise import Prediction, Wrong

STEPS = 100


def truth() -> float:
    """The share of zeros among 128 ReLU units with W_hh = I and no bias, at step 100 of 100 sequences of noise."""
    import numpy as np

    from rnnlab.scratch import Elman

    cell, H = Elman(64, 128, "relu", rng=0), 128
    cell.parameters.update(weight_hh_l0=np.eye(H), bias_ih_l0=np.zeros(H), bias_hh_l0=np.zeros(H))
    x = np.random.default_rng(0).normal(size=(STEPS, 100, 64))
    return float((cell.forward(x)[-1] == 0).mean())


EXERCISE = Prediction(
    id="6.5",
    title="Who is silent after a hundred steps?",
    section="6.5",
    label="identity-start",
    points=3,
    statement=r"""
An IRNN before any training: ReLU units, $W_{hh}$ the identity, no bias, so $h_t = \operatorname{relu}(h_{t-1} + W_{ih}\, x_t)$. It reads noise, positive and
negative alike. After the first step half of the units are at 0. What share of them is at 0 after the hundredth? Commit to a number between 0 and 1.
""",
    hints=(
        "A unit adds noise to what it has, and cannot go below 0. Is it as easy to be at 0 after a hundred steps as after one? A unit that has climbed to 5 needs "
        "more than one bad step.",
        "It is a random walk with a wall at 0. Such a walk wanders off: its height grows like $\\sqrt t$, and the chance to be found at the wall falls as its width grows.",
        "For a walk with symmetric steps the chance to stand at the wall after $t$ of them is $\\binom{2t}{t} / 4^t$, whatever the size of the steps: 1/2, 3/8, …, and about "
        "$1/\\sqrt{\\pi t}$. Put in $t = 100$.",
    ),
    why=r"""
Read backwards in time, a unit is at the wall exactly if no sum of its latest steps is positive, and for symmetric continuous steps that has probability
$\binom{2t}{t} / 4^t \approx 1/\sqrt{\pi t}$, a theorem of Sparre Andersen, whatever the distribution. So the units of an identity start do not die of noise, they *wake up*: the longer the sequence, the fewer of them
are silent, and the larger their values, which grow like $\sqrt t$. Both are the trouble of this start. Nearly all slopes are 1, so the gradient neither fades nor is cut; and nothing bounds the
state, so one step too large in training sends it off. That is why section 6.5 asks about clipping.
""",
    truth=truth,
    scale="log",
    close=0.15,
    far=0.8,
    experiment=f"""
import numpy as np
from rnnlab.scratch import Elman

H = 128
cell = Elman(64, H, "relu", rng=0)
start = dict(weight_hh_l0=np.eye(H), bias_ih_l0=np.zeros(H))
cell.parameters.update(start, bias_hh_l0=np.zeros(H))
states = cell.forward(np.random.default_rng(0).normal(size=({STEPS}, 100, 64)))
for t in (1, 2, 10, {STEPS}):
    print(t, (states[t] == 0).mean())
guess_6_5 = (states[{STEPS}] == 0).mean()
""",
    wrong=(
        Wrong(
            0.5,
            "one half is right after the first step, when every unit starts at 0. Later most units have something to lose first.",
        ),
        Wrong(
            1.0,
            "do units die when they hit 0? Not here: the next positive input lifts them again, since nothing but ReLU holds them down.",
        ),
        Wrong(
            0.5**STEPS,
            "that is the chance of a hundred negative inputs in a row. A unit can also have climbed and come back.",
        ),
    ),
)
