"""Exercise 10.6, a design: is a shorter window kinder to a network than to the line?"""

from __future__ import annotations

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted, measured_by
from rnnlab.exercises.rubrics import enough_seeds
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired
from rnnlab.studies.weather_forecast import CUTOFFS, by_seed, forecast_temperature

MEASURED = ("dm_difference", "mae", "baseline_mae", "validation")


def worth_of_a_window():
    """A study of a GRU beside the best baseline, with one day to read and with two."""

    def beats(window):
        def judge(records):
            apart = by_seed(records.where(window=window), "dm_difference")
            return paired(apart, 0.0, unit="°C")

        return judge

    return Study(
        name="worth_of_a_window",
        question="With one day to read, does a GRU catch up with the line?",
        prediction="Yes: it has half of the steps to learn through.",
        section="10.3",
        trial=forecast_temperature,
        measure="dm_difference",
        vary={"window": (24, 48), "cutoff": CUTOFFS},
        hold={
            "station": "JFK",
            "cell": "gru",
            "view": "levels",
            "parameters": 5_000,
            "horizon": 24,
            "batch_size": 128,
            "updates": 800,
            "evaluate_every": 40,
            "patience": 5,
        },
        seeds=range(10),
        tune=Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation"),
        quick={
            "hold": {"updates": 160, "patience": 3},
            "seeds": range(5),
            "tune": Tuning(grid={"learning_rate": (3e-3,)}, on="validation"),
        },
        claims=(
            Claim("A", "With 24 hours the GRU beats the best baseline", beats(24)),
            Claim("B", "With 48 hours it does so too", beats(48)),
        ),
    )


def three_windows():
    """Another right design: three windows and three cells, and one claim that compares the two ends."""

    def catches_up(records):
        short, long = (by_seed(records.where(window=hours, cell="rnn"), "dm_difference") for hours in (24, 72))
        return paired(short, long, unit="°C")

    return Study(
        name="three_windows",
        question="Does a plain RNN lose less against the baseline when the window is short?",
        prediction="It does.",
        section="10.3",
        trial=forecast_temperature,
        measure="dm_difference",
        vary={"window": (24, 36, 72), "cutoff": CUTOFFS, "cell": ("rnn", "gru")},
        hold={
            "station": "LGA",
            "view": "changes",
            "parameters": 3_000,
            "horizon": 12,
            "batch_size": 128,
            "updates": 400,
            "evaluate_every": 40,
            "patience": 5,
        },
        seeds=range(50, 56),
        tune=Tuning(grid={"learning_rate": (2e-3, 6e-3)}, on="validation"),
        claims=(Claim("A", "The RNN's distance to the baseline is smaller with 24 hours than with 72", catches_up),),
    )


def _crossed(design):
    vary = a_study(design).vary
    if len(set(vary.get("window", ()))) < 2:
        return "one window only. The question is what a shorter one changes: put two or more into `vary`."
    if len(set(vary.get("cutoff", ()))) < 2:
        return (
            "one season only. In section 10.3 summer and autumn contradicted each other about what a network should be shown; a result of one cut-off is one about "
            'its season. Roll the origin: put two or more into `vary["cutoff"]`.'
        )
    return None


def _held_equal(design):
    study = a_study(design)
    moving = [name for name in ("parameters", "horizon", "updates", "view") if len(study.vary.get(name, (0,))) > 1]
    if moving:
        return f"something else changes too. `{'` and `'.join(moving)}` varies beside the window; hold it, or ask about it in a study of its own."
    tune = study.tune
    if tune is None or len(tune.grid.get("learning_rate", ())) < 2:
        return (
            "one learning rate for all. The rate that suits one of them need not suit the other, and a network may lose because its rate was bad. Let each "
            'choose from the same small grid: `tune=Tuning(grid={"learning_rate": (…, …)}, on=…)`.'
        )
    if tune.on != "validation":
        return f'tuned on what is judged. The rate is chosen by `{tune.on}`, which belongs to the test part; choose it by `on="validation"`.'
    if "window" in tune.at:
        return "tuned at one window for all. `at` fixes the window while the rate is chosen, so the other window may lose by its rate. Leave it out."
    return None


EXERCISE = Design(
    id="10.6",
    title="What is a window worth?",
    section="10.3",
    label="networks",
    points=5,
    statement="""
Section 10.3 ended with a guess: shorten the window and see whom that hurts. A line that reads two days sees the same hour twice. Let it read one day, and a network that reads the same day has lost as much; or has it? Design the study.
`worth_of_a_window()` returns a `Study` in which the window varies, and which makes at least one claim that can turn out false.

You need not write the training: `forecast_temperature` of `rnnlab.studies.weather_forecast` is the trial of section 10.3. It takes `cell`, `view` ("levels" or "changes"), `station` ("JFK", "LGA", "EWR"), `cutoff` (one of the two `CUTOFFS` of the module), `window` (24 or more: one baseline looks a day back), `horizon`,
`parameters`, `learning_rate`, `updates`, `batch_size`, `evaluate_every` and `patience`, and gives, among others, `validation`, `mae`, `baseline_mae` (of the baseline that was best on the validation part of the *same* window) and `dm_difference`, the mean by which
the network's error is larger than that baseline's, in °C. Your design is judged; no network is trained for it. Then run it: `studies.run(worth_of_a_window(), workers=2)` takes a minute or two.
""",
    hints=(
        "Three questions decide whether a forecast is worth anything, says the first paragraph of the chapter: better than what, on which days, how sure? Go through your design with each of them.",
        'Better than what: `measure="dm_difference"`, which holds every network to the best baseline of its own window. On which days: `vary={"window": (24, 48), "cutoff": CUTOFFS}`. How sure: ten seeds and an interval. Everything else is held; '
        "the learning rate is tuned on validation data, for each window.",
        'A claim: `by_seed(records.where(window=24), "dm_difference")` of the same module is one number a seed, the mean over the cut-offs, and `paired(those, 0.0, unit="°C")` judges whether it is below zero. `Claim("A", "With 24 hours the GRU beats the best baseline", judge)`. Tuning: `Tuning(grid={"learning_rate": (1e-3, 3e-3, 1e-2)}, on="validation")`.',
    ),
    why="""
A larger error with one day than with two says that the first task is harder, nothing more; a forecaster may gain by reading more, whichever it is. Held to the best baseline *of the same window* the same numbers say who makes the more of what there is to read. Two
cut-offs, since a single test part is a single season. Each window chooses its own learning rate, because backpropagation through 24 steps and through 48 are different problems. And zero is the natural mark for the claim: above it, the matrix wins.
""",
    solution=worth_of_a_window,
    also_right=(three_windows,),
    rubric=(
        measured_by(("dm_difference",), "Any forecaster may err less when it reads more, so an error alone cannot tell who gains. Hold it to the best baseline of the same window: `dm_difference`."),
        Criterion("what varies", "the window, and the season: two cut-offs or more", 1, _crossed),
        Criterion("all else equal", "nothing but window, season, cell and station varies, and the rate is chosen on validation data", 1, _held_equal),
        enough_seeds(),
        can_be_refuted(-1.0, 1.0, MEASURED),
        Criterion("a prediction", "it was written before the run, with a reason, and what would refute it can be named"),
    ),
    wrong=(
        Wrong(edited(worth_of_a_window, "range(10)", "range(3)"), "one run is an anecdote"),
        Wrong(edited(worth_of_a_window, 'measure="dm_difference"', 'measure="mae"'), "so an error alone cannot tell who gains"),
        Wrong(edited(worth_of_a_window, '"cutoff": CUTOFFS', '"cutoff": CUTOFFS[:1]'), "one season only."),
        Wrong(edited(worth_of_a_window, '(1e-3, 3e-3, 1e-2)}, on="validation"', '(1e-3, 3e-3, 1e-2)}, on="mae"'), "tuned on what is judged."),
        Wrong(edited(worth_of_a_window, "(1e-3, 3e-3, 1e-2)", "(3e-3, )"), "one learning rate for all."),
        Wrong(
            edited(worth_of_a_window, '"cutoff": CUTOFFS}', '"cutoff": CUTOFFS, "view": ("levels", "changes")}', '            "view": "levels",\n', ""),
            "something else changes too.",
        ),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, Tuning, paired\nfrom rnnlab.studies.weather_forecast import CUTOFFS, by_seed, forecast_temperature",
)  # fmt: skip
