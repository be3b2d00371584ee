"""Exercise 9.3: how often one seed of each misleads about which of two sizes is better."""

from __future__ import annotations

from rnnlab.exercises.exercise import Prediction, Wrong


def misled():
    """The share of all pairs, a seed of 32 units beside one of 64, in which the size with the worse mean looks better."""
    from rnnlab.studies import read
    from rnnlab.studies.hidden_size import HIDDEN_SIZE

    names = read(HIDDEN_SIZE).where(data="surnames")
    small, large = (names.where(hidden_size=size).values("validation") for size in (32, 64))
    better = small.mean() - large.mean()
    return float(((small[:, None] - large[None, :]) * better < 0).mean())


EXPERIMENT = """
from rnnlab.studies import read
from rnnlab.studies.hidden_size import HIDDEN_SIZE

names = read(HIDDEN_SIZE).where(data="surnames")
small = names.where(hidden_size=32).values("validation")
large = names.where(hidden_size=64).values("validation")
for units, errors in ((32, small), (64, large)):
    print(f"{units} units: {errors.mean():.3f} ± {errors.std(ddof=1):.3f} bits")
# every seed of one beside every seed of the other
guess_9_3 = (small[:, None] < large[None, :]).mean()
print(f"32 units look better in {guess_9_3:.0%} of the pairs")
"""

EXERCISE = Prediction(
    id="9.3",
    title="One seed of each",
    section="9.5",
    label="rule",
    points=1,
    statement=r"""
On surnames, 64 units are better than 32. The mean over ten seeds says so, and section 9.2 saw that more units pay here almost to the end. Somebody in a hurry trains one network of each size, and keeps the
size whose validation error came out lower.

Take all pairs of one recorded seed with 32 units and one with 64. **In what share of them is he misled?** Zero would mean never; one half, that he might have tossed a coin.
""",
    truth=misled,
    scale="absolute",
    close=0.05,
    far=0.3,
    experiment=EXPERIMENT,
    hints=(
        "Two things decide it: how far apart the two means are, and how much one seed differs from the next. The third panel of section 9.5 shows both, as the distance between two points and as their bars.",
        "A bar in that panel is a *standard error* over ten seeds. One seed scatters √10 times as far. And the difference of two single seeds scatters √2 times as far as one.",
        "The means are about one and a half times as far apart as one seed scatters. So the difference of two seeds lies about one of its own standard deviations above zero, and what is below zero "
        "then is about one in six or seven.",
    ),
    why=r"""
The difference between the two sizes is real, and not much larger than the noise of a single seed. That is no unlucky case: on a sixteenth of the weather, where the curve is flat, one seed
of each comes close to a coin. A comparison with one seed answers a question that nobody asked, which of *these two networks* is better. What one wants to
know of a size is its mean, and an interval around it.
""",
    wrong=(
        Wrong(
            0.0,
            "the difference is real, so it is seen. A mean over ten seeds shows it; a single seed scatters as much as the sizes differ.",
        ),
        Wrong(
            0.5,
            "the noise decides alone. It does on a flat curve; here the means differ by more than one standard deviation of a seed.",
        ),
    ),
)
