"""Predict: what a window can know, and what a coin adds."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Prediction, Wrong

BITS = 48


def _truth() -> float:
    """The share of right answers over the first 48 bits, mean over the windowed MLPs of the full study."""
    from rnnlab import studies
    from rnnlab.studies.parity_length import PARITY_LENGTH

    runs = studies.read(PARITY_LENGTH).where(cell="mlp")
    return 100 * float(np.mean([run.measurements["by_bit"][:BITS] for run in runs]))


EXERCISE = Prediction(
    id="1.1",
    title="Twelve bits of forty-eight",
    section="1.3",
    label="length",
    points=1,
    statement="""
The MLPs of section 1.3 see a window of the last 12 bits, and after every bit they say whether the number of ones *since
the first bit* is odd. The chapter scored the last twelve answers of 120.

Now give them sequences of **48 bits** and score **all 48 answers**, from the first to the last. How many per cent are
right, on average over the ten networks of the full study?
""",
    hints=(
        "Sort the 48 answers into two heaps: those for which everything that matters lies inside the window, and the others.",
        "After bit 12 the window still holds all bits so far. After bit 13 one is missing, and it is as likely a one as a "
        "zero. What is the best that anybody can do who does not know it?",
        "Twelve answers can all be right. Of the other thirty-six a coin gets half. Add the two, divide by 48, and take off "
        "a little for networks that are trained and not perfect.",
    ),
    why="""
The parity after bit $t$ depends on *every* bit up to $t$. While $t \\le 12$ all of them lie in the window: these twelve answers
can be right. From bit 13 on at least one is outside, and that one bit turns the answer over with probability one half whatever the
other twelve say. So nobody who sees only the window can do better than a coin there, and

$$\\frac{12 + 36 / 2}{48} = 0.625$$

is a bound for *every* function of the window, of any size and however trained. The networks stay a little below it, because not all of
them got the twelve right. `Parity(48).windowed(12)` computes the same bound.
""",
    truth=_truth,
    unit="%",
    scale="absolute",
    close=2.0,
    far=12.0,
    experiment="""
import numpy as np

from rnnlab import studies
from rnnlab.studies.parity_length import PARITY_LENGTH
from rnnlab.tasks import Parity

runs = studies.read(PARITY_LENGTH).where(cell="mlp")
share = np.mean([run.measurements["by_bit"][:48] for run in runs])
bound = Parity(48).windowed(12)  # of any function of 12 bits
print(f"right: {share:.1%}; nobody with this window can do better than {bound:.1%}")
guess_1_1 = 100 * share
""",
    wrong=(
        Wrong(
            50.0,
            "you scored only what lies beyond the window. There a coin is all that is left. But 12 of the 48 answers "
            "come before the window's edge is reached, and they can be right.",
        ),
        Wrong(
            25.0,
            "you left out the coin. 12 of 48 answers can be known, and that is 25 of 100. The others are not all wrong: "
            "a guess between two is right every second time.",
        ),
        Wrong(
            100.0,
            "you let the window's edge move the question along. The window does move with every bit, but the question "
            "stays: all ones since the *first* bit. Bit 1 is still asked for when it has long left the window.",
        ),
        Wrong(
            55.0,
            "that is the share of 120 bits. The twelve answers that can be known weigh more among 48.",
        ),
        Wrong(
            75.0,
            "that is the share of 24 bits, where half of the answers lie inside the window. Of 48 it is a quarter.",
        ),
    ),
)
