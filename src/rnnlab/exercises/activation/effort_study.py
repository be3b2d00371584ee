"""Design: does the sigmoid only need longer?"""

from rnnlab.exercises.comparing_fairly import a_question_first, tuned_for_each
from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import can_be_refuted, measured_by
from rnnlab.exercises.rubrics import a_study, enough_seeds, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired


def effort_study():
    """A Study: is a sigmoid network slower than tanh, or worse?"""
    from rnnlab.studies.activation_choice import compare

    def judge(records):
        late = records.where(effort=4.0)
        sigmoid, tanh = (late.where(model=model).values() for model in ("sigmoid", "rnn"))
        return paired(sigmoid, tanh, margin=-0.01)

    return Study(
        name="effort",
        question="After four times the updates, is σ as far as tanh?",
        prediction="No: what does not arrive does not arrive more often.",
        section="6.3",
        trial=compare,
        measure="error",
        vary={"model": ("rnn", "sigmoid"), "effort": (1.0, 4.0)},
        hold={"task": "digits"},
        tune=Tuning(
            grid={"learning_rate": (1e-3, 3e-3, 1e-2)},
            on="validation",
        ),
        seeds=range(10),
        claims=(Claim("A", "σ is then at most a digit in a hundred behind", judge),),
    )


EXERCISE = Design(
    id="6.6",
    title="Your own patience: does the sigmoid only need longer?",
    section="6.3",
    label="accuracy-by-activation",
    points=5,
    statement=r"""
A network that learns slowly and one that cannot learn look alike when both are stopped early. Which of the two is a sigmoid? Design the study that tells. `effort_study()` takes nothing and returns a
`rnnlab.studies.Study` with the trial of section 6.3, `rnnlab.studies.activation_choice.compare`, on the digits. `model` has `"rnn"`, which is tanh, and `"sigmoid"` among its values; `effort`, which counts in multiples of the
chapter's own number of updates, varies, with 1.0 as control. The rubric asks for a question and a prediction, ten seeds, a learning rate that each activation chooses for itself at each
effort, an error that is measured where it counts, and a claim that the records could refute. Running it is up to you.
""",
    hints=(
        "What does the trial take? Print `rnnlab.studies.activation_choice.compare.__doc__` and its signature. Two of its arguments vary in your study, one is held, one is tuned, and `seed` has its own field.",
        '`vary={"model": ("rnn", "sigmoid"), "effort": (1.0, 4.0)}`, `hold={"task": "digits"}`. A slope of at most a quarter wants another learning rate than tanh does, and a long training another than a short one: '
        '`tune.at` fixes nothing, and `on="validation"` chooses.',
        '"Comes as far as" is a claim with a negative margin: `a, b = (records.where(model=m, effort=4.0).values() for m in ("sigmoid", "rnn"))`, then `return paired(a, b, margin=-0.01)`: at most a hundredth '
        'worse. `claims=(Claim("A", "a sentence", judge),)`.',
    ),
    why=r"""
"Slower" and "worse" are two claims, and only a longer run can part them. Train both longer, not the slow one alone: the fast one may not have been at its end either. And say before the run what *catching up* means.
That no difference was found is not a proof that there is none; that the difference is smaller than a margin can be shown, and this is what a negative margin asks.
""",
    solution=effort_study,
    imports="from rnnlab.studies import Claim, Study, Tuning, paired",
    rubric=(
        a_study(),
        a_question_first(),
        something_varies("model", "rnn", "sigmoid"),
        something_varies("effort", 1.0),
        enough_seeds(10),
        tuned_for_each("model", "effort"),
        measured_by(("error",), "What was chosen on is flattered; report the error on the test part, `error`."),
        can_be_refuted(0.02, 0.9, ("error", "validation")),
        Criterion("slow or unable", "it says which outcome would mean *slower* and which *worse*", 1),
    ),
    wrong=(
        Wrong(
            edited(
                effort_study,
                '("rnn", "sigmoid"), "effort"',
                '("relu", "sigmoid"), "effort"',
                '("sigmoid", "rnn")',
                '("sigmoid", "relu")',
            ),
            "model lacks 'rnn'",
        ),
        Wrong(edited(effort_study, '"effort": (1.0, 4.0)}', '"effort": (2.0, 4.0)}'), "effort lacks 1.0"),
        Wrong(edited(effort_study, "(1e-3, 3e-3, 1e-2)", "(3e-3,)"), "the grid of learning_rate has 1 values"),
        Wrong(edited(effort_study, 'on="validation",', 'on="validation", at={"model": "rnn"},'), "tune.at fixes model"),
        Wrong(edited(effort_study, 'measure="error"', 'measure="validation"'), "What was chosen on is flattered"),
    ),
)
