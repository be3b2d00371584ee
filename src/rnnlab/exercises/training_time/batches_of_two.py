"""Prediction: the padding in random batches of two surnames."""

from rnnlab.exercises.exercise import Prediction, Wrong


def padding_in(batch_size: int) -> float:
    """The share of padding in one epoch of random batches of the surnames, each padded to its own longest."""
    import numpy as np

    from rnnlab import data

    lengths = data.surnames()["letters"].str.len().to_numpy()
    order = np.random.default_rng(0).permutation(len(lengths))
    batches = [lengths[order[n : n + batch_size]] for n in range(0, len(order), batch_size)]
    return float(1 - lengths.sum() / sum(len(batch) * batch.max() for batch in batches))


def truth() -> float:
    """Batches of two."""
    return padding_in(2)


EXERCISE = Prediction(
    id="7.5",
    title="Two names in a batch",
    section="7.3",
    label="padding",
    points=2,
    statement=r"""
In section 7.3 you measured how much of a random batch of 32 surnames is padding. Take batches of *two*, drawn at random, the shorter name filled up to the longer one. What share of
the steps is padding now? Commit to a number between 0 and 1.
""",
    hints=(
        "A batch of one has no padding. What does the second name add, on average: how different are the lengths of two surnames?",
        "In a batch of two the padding is the difference of the two lengths, and the steps are twice the longer one. For names of 6 and 8 letters that is 2 of 16.",
        '`data.surnames()["letters"].str.len()` has the lengths. Their standard deviation $s$ gives the mean difference of two, about $1.1\\, s$; the longer one is the mean plus half of that '
        "difference. The share is the difference over twice the longer one.",
    ),
    why=r"""
What fills a batch is the gap between a typical name and the *longest* of the batch. The longest of two is a bit above the mean; of 32, far above it, and it goes on growing, slowly, with every name that is added, as long as
lengths have a tail. So the waste of random batches is not a property of the data: it is one of the batch size. Larger batches, which section 7.2 praised for their speed, also pay
for more nothing, unless buckets put equals together.
""",
    truth=truth,
    scale="absolute",
    close=0.04,
    far=0.25,
    experiment="""
import numpy as np
from rnnlab import data
from rnnlab.training import padding_waste

lengths = data.surnames()["letters"].str.len().to_numpy()
order = np.random.default_rng(0).permutation(len(lengths))
for size in (1, 32, 2):
    batches = [order[n : n + size] for n in range(0, len(order), size)]
    guess_7_5 = padding_waste(lengths, batches)
    print(f"batches of {size}: {guess_7_5:.2f}")
""",
    wrong=(
        Wrong(
            lambda: padding_in(32),
            "that is the share for batches of 32: does it not depend on the batch size? The longest of two names is much shorter than the longest of 32.",
        ),
        Wrong(
            0.25,
            "a quarter would be right if lengths were spread evenly from nothing upwards, so that the shorter is half the longer. Surnames are more "
            "alike than that: hardly any has one letter.",
        ),
        Wrong(
            lambda: padding_in(32) / 16,
            "in proportion to the batch size? The padding grows with the longest of a batch, quickly at first and then ever more slowly.",
        ),
    ),
)
