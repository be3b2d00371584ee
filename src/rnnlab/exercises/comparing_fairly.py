"""Further criteria of a fair comparison: a choice of one's own for everything compared, a control, enough values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnlab.exercises.exercise import Criterion

if TYPE_CHECKING:
    from rnnlab.studies import Study


def tuned_for_each(*compared: str, name: str = "learning_rate", worth: int = 1) -> Criterion:
    """`name` is tuned over three values or more, anew for each value of the compared settings, on other seeds."""

    def judge(design: Study) -> str | None:
        tune = design.tune
        if tune is None or name not in tune.grid:
            return (
                f"{name} is not tuned, and one value suits one of them. Give tune=Tuning(grid={{{name!r}: (…)}}, on=…)."
            )
        if len(tune.grid[name]) < 3:
            count = len(tune.grid[name])
            return f"the grid of {name} has {count} values; with three one sees whether the best lies inside."
        shared = [setting for setting in compared if setting in tune.at]
        if shared:
            names = " and ".join(shared)
            return (
                f"tune.at fixes {names}, so all that is compared takes the choice of one. Let each choose for itself."
            )
        both = sorted(set(tune.seeds) & set(design.seeds))
        if both:
            return f"seed {both[0]} chooses the {name} and is then judged; tune on other seeds than the study's."
        return None

    return Criterion(
        "equal tuning", f"the same grid of {name} for each, and a choice of its own, on seeds of its own", worth, judge
    )


def values_of(name: str, at_least: int, why: str, worth: int = 1) -> Criterion:
    """`name` varies over so many values; `why` is said where it does not."""

    def judge(design: Study) -> str | None:
        there = design.vary.get(name, ())
        return None if len(there) >= at_least else f"{name} takes {len(there)} values in vary; {why}"

    return Criterion(f"values of {name}", f"{at_least} or more", worth, judge)


def a_question_first(worth: int = 1) -> Criterion:
    """A question with a question mark, and a prediction."""

    def judge(design: Study) -> str | None:
        if not design.question.strip().endswith("?"):
            return f"the question is {design.question!r}; put it so that it ends with '?' and a run can answer it."
        return None if design.prediction.strip() else "no prediction: write down what you expect before you run."

    return Criterion("question and prediction", "both are there, and were before the run", worth, judge)
