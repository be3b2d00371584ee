"""Exercise 10.5, the clinic: a scaler that has seen the test."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Repair, Wrong
from rnnlab.exercises.source import edited


def prepared(table, train_until):
    """The scaled table (T, I), cut into the rows before `train_until` and the rest."""
    seen = table[:train_until]
    scaled = (table - seen.mean(axis=0)) / seen.std(axis=0)
    return scaled[:train_until], scaled[train_until:]


BROKEN = edited(
    prepared,
    "    seen = table[:train_until]\n    scaled = (table - seen.mean(axis=0)) / seen.std(axis=0)\n",
    "    scaled = (table - table.mean(axis=0)) / table.std(axis=0)\n",
)


def with_the_laboratory(table, train_until):
    """rnnlab.tasks' scaler, a column at a time."""
    from rnnlab.tasks.windows import Scaler

    parts = [Scaler(column[:train_until].mean(), column[:train_until].std()).scale(column) for column in table.T]
    return np.split(np.column_stack(parts), [train_until])


def by_moments(table, train_until):
    """Sums over the training rows, nothing else."""
    n = train_until
    mean = table[:n].sum(axis=0) / n
    deviation = np.sqrt((table[:n] ** 2).sum(axis=0) / n - mean**2)
    return (table[:n] - mean) / deviation, (table[n:] - mean) / deviation


def cases(draw):
    """A table that rises, so that its later part lies elsewhere."""
    train_until, rest, columns = draw.size(6, smallest=3), draw.size(4, smallest=2), draw.size(3)
    T = train_until + rest
    trend = np.arange(T)[:, None] * np.arange(1, columns + 1)
    return {"table": trend + 0.4 * draw.array(T, columns), "train_until": train_until}


def symptom(answer):
    """By how much the training rows change when the future does."""
    rng = np.random.default_rng(10)
    past = rng.normal(size=(60, 2))
    calm, storm = (np.vstack([past, past[:40] * size + shift]) for size, shift in ((1.0, 0.0), (5.0, 20.0)))
    (one, rest), (other, _) = ([np.asarray(part) for part in answer(table, 60)] for table in (calm, storm))
    changed = float(abs(one - other).max())
    told = f"Two tables agree in their 60 training rows and differ afterwards, one calm, one a storm. The scaled training rows differ by up to {changed:.2g}"
    wanted = prepared(calm, 60)
    if (
        changed < 1e-9
        and np.allclose(one, wanted[0])
        and rest.shape == wanted[1].shape
        and np.allclose(rest, wanted[1])
    ):
        return f"{told}. All is well."
    moments = f"mean {one.mean() + 0.0:.2f} and deviation {one.std():.2f}".replace("-0.00", "0.00")
    if rest.shape != wanted[1].shape:
        return f"{told}. Those of the calm table have {moments}, and the other part has shape {rest.shape} where {wanted[1].shape} is wanted."
    return f"{told}. In the calm table they have {moments}; a row with the same values before and after the cut is scaled to numbers up to {abs(rest - one[:40]).max():.2g} apart."


EXERCISE = Repair(
    id="10.5",
    title="Clinic: scaled by what comes later",
    section="10.5",
    label="leakage",
    statement=r"""
Every column is brought to mean zero and standard deviation one, then the table is cut by time, and a model is trained on the first part. The plots look tidy. When the same program runs a month later, with a month more of data, it gives *other* forecasts for days
that were forecast already, by a model trained on the same days. Find out by experiment what is wrong, and repair `prepared`.

`table` is (T, I), the rows in the order of time; the rows before `train_until` are for training. Return the scaled training rows and the scaled rest. Deviation means `np.std`, as it comes.
""",
    solution=prepared,
    broken=BROKEN,
    reference=by_moments,
    symptom=symptom,
    returns=("training", "rest"),
    also_right=(with_the_laboratory, by_moments),
    cases=cases,
    hints=(
        "Take a table, run it, add 100 to the very last row and run it again. Which of the numbers that come out may change, and which do?",
        "Two numbers are computed for every column before anything is cut. From which rows? On the day on which the model is trained, which of those rows exist?",
        "The scaler is fitted on all data. Take mean and standard deviation of `table[:train_until]` alone, and scale *all* rows by those two: the rest then need not have mean zero, and should not be forced to.",
    ),
    why=r"""
Mean and deviation are parameters, and fitting them is training. Fitted on everything they carry the level and the spread of the test period into every training row: with a share that has multiplied since, *that it will* stands in the scale itself. Section 10.5 measured how
much this flatters, nothing on the temperature and much on a share that outgrows its past; it is a leak all the same, since nobody knows beforehand which it will be. The rest is scaled by the same two numbers, for a row must mean the same before and after the cut. If it
then lies far from zero, that is no fault of the scaling. It is news: the test is not like the training.
""",
    wrong=(
        Wrong(
            edited(
                prepared,
                "    return scaled[:train_until], scaled[train_until:]",
                "    rest = table[train_until:]\n    return scaled[:train_until], (rest - rest.mean(axis=0)) / rest.std(axis=0)",
            ),
            "each part has a scaler of its own. The rest is scaled by its own mean and deviation, which nobody knows while it is still to come; and the same temperature then means one thing before the cut and another after it.",
        ),
        Wrong(
            edited(prepared, "/ seen.std(axis=0)", "/ table.std(axis=0)"),
            "half of the leak is left. The mean comes from the training rows, the deviation still from all of them.",
        ),
        Wrong(
            edited(prepared, "(table - seen.mean(axis=0))", "(table - table.mean(axis=0))"),
            "half of the leak is left. The deviation comes from the training rows, the mean still from all of them.",
        ),
        Wrong(
            edited(prepared, "seen.mean(axis=0)) / seen.std(axis=0)", "seen.mean()) / seen.std()"),
            "all columns share one scale. Degrees and hectopascals are thrown together; take mean and deviation over axis 0, column by column.",
        ),
        Wrong(
            edited(prepared, "scaled[:train_until], scaled[train_until:]", "scaled[:train_until], table[train_until:]"),
            "the rest is not scaled at all. A model that was trained on scaled rows reads it as something else: same mean, same deviation, all rows.",
        ),
    ),
)
