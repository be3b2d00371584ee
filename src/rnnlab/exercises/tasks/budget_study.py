"""Design: does a larger budget change the winner on the speeches?"""

from rnnlab.exercises.comparing_fairly import a_question_first, tuned_for_each
from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import can_be_refuted, measured_by
from rnnlab.exercises.rubrics import a_study, enough_seeds, equal_size, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired


def budget_study():
    """A Study: do more updates change who leads on the speeches?"""
    from rnnlab.studies.suitability import compare

    def judge(records):
        late = records.where(updates=4.0)
        gru, tcn = (late.where(cell=cell).values() for cell in ("gru", "tcn"))
        return paired(gru, tcn, margin=0.02, unit="bits")

    return Study(
        name="budget",
        question="After four times the updates, is a GRU still ahead of a TCN?",
        prediction="No: the TCN was improving, and has more layers to train.",
        section="5.1",
        trial=compare,
        measure="error",
        vary={"cell": ("gru", "tcn"), "updates": (1.0, 4.0)},
        hold={"task": "speeches", "parameters": 5_000},
        tune=Tuning(
            grid={"learning_rate": (3e-3, 1e-2, 3e-2)},
            on="validation",
        ),
        seeds=range(10),
        claims=(Claim("A", "The GRU then costs fewer bits than the TCN", judge),),
    )


EXERCISE = Design(
    id="5.5",
    title="Your own budget: who wins in the long run?",
    section="5.1",
    label="three-tasks",
    points=5,
    statement=r"""
Section 5.1 ends with a suspicion: of all orders in the table, the one on the speeches is the first to change with a larger budget. Design the study that tells. `budget_study()` takes nothing and returns a
`rnnlab.studies.Study` with the trial of the table, `rnnlab.studies.suitability.compare`, on the speeches. At least a `"gru"` and a `"tcn"` are compared, and `updates`, which
counts in multiples of the table's own number, varies, with the table's 1.0 among its values. The rubric asks for a question and a prediction, ten seeds, equal size, a learning rate that each chooses for itself *at each
budget*, an error that is measured where it counts, and a claim that the records could refute. Running it takes a while and is up to you.
""",
    hints=(
        "Print `rnnlab.studies.suitability.SUITABILITY`: yours holds one of its tasks, varies fewer cells, and varies something that the table holds. What does the table choose the learning rate `on`, and what does it report?",
        '`vary={"cell": ("gru", "tcn"), "updates": (1.0, 4.0)}` and `hold={"task": "speeches", "parameters": 5_000}`. With more updates a smaller learning rate may win, so `tune.at` must fix neither of the '
        'two; `on="validation"`.',
        'The measure is `"error"`, on the test part. A judge: `gru, tcn = (records.where(cell=c, updates=4.0).values() for c in ("gru", "tcn"))`, then `return paired(gru, tcn, margin=0.02)`, in bits; '
        '`claims=(Claim("A", "a sentence", judge),)`.',
    ),
    why=r"""
The budget is a setting like any other, so its old value has to be run again beside the new one: records of the table would do, had they been measured with the same code. The choice of a learning rate belongs *inside* each
budget, because a rate found for short trainings is too large for long ones, and both nets would be compared at a loss. What chooses is the validation part and what is reported the test part; let the same numbers do both, and the
winner is whoever was luckier. And whatever comes out, it is a statement on these sizes: Bai et al. (2018) had six hundred times the parameters.
""",
    solution=budget_study,
    imports="from rnnlab.studies import Claim, Study, Tuning, paired",
    rubric=(
        a_study(),
        a_question_first(),
        something_varies("cell", "gru", "tcn"),
        something_varies("updates", 1.0),
        enough_seeds(10),
        equal_size(),
        tuned_for_each("cell", "updates"),
        measured_by(("error",), "What was chosen on is flattered; report the error on the test part, `error`."),
        can_be_refuted(1.5, 3.5, ("error", "validation")),
        Criterion(
            "a margin that matters",
            "the claim's margin is a difference that somebody would notice, and was set before the run",
            1,
        ),
    ),
    wrong=(
        Wrong(edited(budget_study, '"updates": (1.0, 4.0)}', '"updates": (2.0, 4.0)}'), "updates lacks 1.0"),
        Wrong(edited(budget_study, "seeds=range(10)", "seeds=range(1)"), "1 seed; one run is an anecdote"),
        Wrong(
            edited(budget_study, 'on="validation",', 'on="validation", at={"updates": 1.0},'),
            "tune.at fixes updates",
        ),
        Wrong(edited(budget_study, 'measure="error"', 'measure="validation"'), "What was chosen on is flattered"),
        Wrong(
            edited(budget_study, 'for cell in ("gru", "tcn")', 'for cell in ("gru", "gru")'),
            "cannot come out any other way",
        ),
    ),
)
