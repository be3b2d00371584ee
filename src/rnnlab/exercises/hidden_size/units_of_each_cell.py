"""Exercise 9.6, a design: do a plain RNN and a GRU want the same number of units?"""

from __future__ import annotations

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted, measured_by
from rnnlab.exercises.rubrics import enough_seeds
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired
from rnnlab.studies.hidden_size import train_one

MEASURED = ("test", "validation", "training", "last_validation")


def units_of_each_cell():
    """A study of how far more units help a plain RNN and a GRU on surnames."""

    def larger_is_better(cell):
        def judge(records):
            of = records.where(cell=cell)
            large, middle = (of.where(hidden_size=size).values() for size in (128, 32))
            return paired(large, middle, unit="bits a name")

        return judge

    return Study(
        name="units_of_each_cell",
        question="Up to which number of units do an RNN and a GRU gain on surnames?",
        prediction="The GRU gains from 32 to 128 units, the RNN does not.",
        section="9.2",
        trial=train_one,
        measure="test",
        vary={"cell": ("rnn", "gru"), "hidden_size": (8, 32, 128)},
        hold={"data": "surnames", "updates": 480, "evaluate_every": 40},
        seeds=range(10),
        tune=Tuning(grid={"learning_rate": (2e-3, 6e-3, 2e-2)}, on="validation"),
        quick={
            "hold": {"updates": 120, "evaluate_every": 20},
            "seeds": range(5),
            "tune": Tuning(grid={"learning_rate": (6e-3,)}, on="validation"),
        },
        claims=(
            Claim("A", "128 units of a GRU beat 32", larger_is_better("gru")),
            Claim("B", "128 units of an RNN beat 32", larger_is_better("rnn")),
        ),
    )


def three_cells_on_weather():
    """Another right design: three cells on the weather, and the gain of one cell held to that of another."""

    def gain(records, cell):
        return records.where(cell=cell, hidden_size=4).values() - records.where(cell=cell, hidden_size=64).values()

    def gains_more(records):
        return paired(gain(records, "rnn"), 0.0, better="higher", unit="°C")

    return Study(
        name="three_cells_on_weather",
        question="Does an RNN need more units than gated cells on weather?",
        prediction="Yes: it gains more from 4 to 64 units.",
        section="9.2",
        trial=train_one,
        measure="test",
        vary={"hidden_size": (4, 16, 64), "cell": ("rnn", "gru", "lstm")},
        hold={"data": "weather", "updates": 480, "evaluate_every": 40},
        seeds=range(6),
        tune=Tuning(grid={"learning_rate": (3e-3, 1e-2)}, on="validation"),
        claims=(Claim("A", "The RNN gains from 4 to 64 units", gains_more),),
    )


def _crossed(design):
    vary = a_study(design).vary
    sizes = vary.get("hidden_size", ())
    if len(vary.get("cell", ())) < 2:
        return "one cell only. Whether more units pay is known of the GRU; the question is whether another cell differs, so put two or more into `vary`."
    if len(sizes) < 3 or max(sizes) < 8 * min(sizes):
        return (
            "a curve of two points. With two sizes, or sizes that are close together, you see which is better and not where the gain ends. "
            "Vary `hidden_size` over three or more, the largest at least eight times the smallest."
        )
    return None


def _held_equal(design):
    study = a_study(design)
    moving = [name for name in ("data", "updates", "evaluate_every") if len(study.vary.get(name, (0,))) > 1]
    if moving:
        return f"something else changes too. `{'` and `'.join(moving)}` varies beside cell and size. Hold it; another value is another study."
    tune = study.tune
    if tune is None or len(tune.grid.get("learning_rate", ())) < 2:
        return (
            "one learning rate for all. The rate that suits one of them need not suit the other, and a network may lose because its rate was bad. Let each "
            'choose from the same small grid: `tune=Tuning(grid={"learning_rate": (…, …)}, on=…)`.'
        )
    if tune.at:
        return "tuned at one size for all. `at` fixes the size while the rate is chosen; a large network wants a smaller rate than a small one. Leave it out."
    if tune.on != "validation":
        return f'tuned on what is judged. The rate is chosen by `{tune.on}`; choose it by `on="validation"`, and report the test.'
    return None


EXERCISE = Design(
    id="9.6",
    title="Do all cells want as many units?",
    section="9.2",
    label="errors",
    points=5,
    statement="""
Section 9.2 walked through the sizes with one cell, the GRU, and found that on surnames more units pay almost to the end. Is that a property of the task, or of the cell? Design the study that finds out. `units_of_each_cell()` returns
a `Study` in which the number of units and the cell both vary, and which makes at least one claim that can turn out false.

You need not write the training: `train_one` of `rnnlab.studies.hidden_size` is the trial of section 9.2. It takes `data` (`"weather"`, `"weather, 1/16"` or `"surnames"`), `cell` (`"rnn"`, `"gru"`, `"lstm"`), `hidden_size`, `learning_rate`,
`updates` and `evaluate_every`, and gives the errors `training`, `validation` and `test` of the weights that validated best, and `last_validation`. Your design is judged; no network is trained for it. Then run it:
`studies.run(units_of_each_cell(), workers=2)` takes a minute or two.
""",
    hints=(
        "Look at `HIDDEN_SIZE` in `rnnlab.studies.hidden_size` and change what has to change. Which of its measurements had no say in anything, neither in the learning rate nor in the update at which a network was stopped?",
        'Cross the two: `vary={"cell": ("rnn", "gru"), "hidden_size": (8, 32, 128)}`, hold data, updates and evaluate_every, let each combination choose its learning rate on `"validation"`, and answer by `measure="test"`. Ten seeds.',
        'A claim: `records.where(cell="rnn", hidden_size=128).values()` is one number a seed, and `paired(large, middle)` judges whether the first is lower. `Claim("B", "128 units of an RNN beat 32", judge)`, and '
        'one for the GRU. Tuning: `Tuning(grid={"learning_rate": (2e-3, 6e-3, 2e-2)}, on="validation")`.',
    ),
    why="""
Validation data have had their say twice here: they chose the learning rate and the update at which each network was stopped, the best of many. A number that has chosen is too good, the more so the more there was to choose from; the test part
has chosen nothing. Each combination needs its own rate, because larger networks, and plain ones, want smaller ones: with a single rate you would measure whom it suits. Three sizes or more, far apart, show where a curve bends. One limit remains
and belongs in your text: at equal units a GRU has three times the parameters, so this compares how each cell *gains*, not which is better (section 9.4).
""",
    solution=units_of_each_cell,
    also_right=(three_cells_on_weather,),
    rubric=(
        Criterion("what varies", "two cells or more, crossed with three sizes or more, the largest at least eight times the smallest", 1, _crossed),
        measured_by(("test",), "Validation data chose the learning rate and the update; a number that has chosen is too good. Answer by `test`."),
        Criterion("all else equal", "cell and size vary and nothing else, and each combination tunes its own rate on validation data", 1, _held_equal),
        enough_seeds(),
        can_be_refuted(1.0, 3.0, MEASURED),
        Criterion("a limit", "the text says what equal units leave unequal, and what would refute the prediction"),
    ),
    wrong=(
        Wrong(edited(units_of_each_cell, '"cell": ("rnn", "gru")', '"cell": ("gru",)', 'larger_is_better("rnn")', 'larger_is_better("gru")'), "one cell only."),
        Wrong(edited(units_of_each_cell, "(2e-3, 6e-3, 2e-2)", "(6e-3, )"), "one learning rate for all."),
        Wrong(edited(units_of_each_cell, "range(10)", "range(1)"), "one run is an anecdote"),
        Wrong(edited(units_of_each_cell, 'measure="test"', 'measure="validation"'), "measured in the wrong place. The study's measure is"),
        Wrong(edited(units_of_each_cell, '"hidden_size": (8, 32, 128)', '"hidden_size": (32, 128)'), "a curve of two points."),
        Wrong(
            edited(units_of_each_cell, '(2e-3, 6e-3, 2e-2)}, on="validation")', '(2e-3, 6e-3, 2e-2)}, on="validation", at={"hidden_size": 8})'),
            "tuned at one size for all.",
        ),
        Wrong(edited(units_of_each_cell, '(2e-3, 6e-3, 2e-2)}, on="validation"', '(2e-3, 6e-3, 2e-2)}, on="test"'), "tuned on what is judged."),
        Wrong(edited(units_of_each_cell, "for size in (128, 32)", "for size in (128, 128)"), "cannot come out any other way"),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, Tuning, paired\nfrom rnnlab.studies.hidden_size import train_one",
)  # fmt: skip
