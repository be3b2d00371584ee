"""Predict: what twice the units remember."""

from __future__ import annotations

from rnnlab.exercises.exercise import Prediction, Wrong


def _truth() -> float:
    """The capacity of 32 units as torch starts them, for inputs of size 1: mean over the seeds of the full study."""
    return _held(32)


def _held(units: int) -> float:
    from rnnlab import studies
    from rnnlab.studies.memory_capacity import MEMORY_CAPACITY

    found = studies.read(MEMORY_CAPACITY).where(start="default", scale=1.0, hidden_size=units)
    return float(found.values().mean())


EXERCISE = Prediction(
    id="2.4",
    title="Half as many units",
    section="2.2",
    label="capacity",
    points=1,
    statement="""
Section 2.2 said how many inputs of size 1 an untrained network holds, with the weights as torch draws them, when it has 16 units and when it has 64. Run that cell again and keep the
two numbers. **How many does a network of 32 units hold?**
""",
    hints=(
        "In proportion to the units would be half of what 64 hold, or twice what 16 hold. Both cannot be right. What did four times the units do?",
        "Each doubling multiplies by about the same factor. Two doublings lead from 16 to 64.",
        "So the factor of one doubling is the root of the ratio of the two numbers. Multiply what 16 units hold by it.",
    ),
    why="""
The bound is $H$, and what is held has little to do with it. Torch draws $W_{hh}$ so that its spectral radius is about $1/\\sqrt 3$ for any number of units: an input is
down to a hundredth after eight or nine steps, in a small network as in a large one. More units help to read it off when it is faint, since more of them have each seen a different mixture of it; so
the capacity grows, but like a power of $H$ well below one. On a logarithmic axis the points for 16, 32 and 64 lie close to a line, and the middle one is their geometric mean.
""",
    truth=_truth,
    unit="inputs",
    scale="log",
    close=0.06,
    far=0.5,
    experiment="""
from rnnlab import studies
from rnnlab.studies.memory_capacity import MEMORY_CAPACITY

drawn = studies.read(MEMORY_CAPACITY).where(start="default", scale=1.0)
for units in (8, 16, 32, 64):
    held = drawn.where(hidden_size=units).values().mean()
    print(f"{units} units hold {held:.1f} inputs")
guess_2_4 = drawn.where(hidden_size=32).values().mean()
""",
    wrong=(
        Wrong(
            32,
            "that is the bound. 32 numbers *can* hold 32 independent inputs; a delay line does. Weights that were drawn by lot do not.",
        ),
        Wrong(
            lambda: _held(64) / 2,
            "you took it in proportion from 64. Half the units do not hold half as much: what 16 hold is more than a quarter of what 64 hold.",
        ),
        Wrong(
            lambda: 2 * _held(16),
            "you took it in proportion from 16. Twice the units do not hold twice as much: then 64 would hold four times what 16 do.",
        ),
        Wrong(
            lambda: _held(64),
            "you took it as if units no longer counted. They do, only little: 64 hold more than 16, and 32 lies between.",
        ),
    ),
)
