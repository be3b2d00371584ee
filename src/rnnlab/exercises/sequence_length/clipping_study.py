"""Design: does the clipping of gradients decide how long a sequence an RNN can learn from?"""

from rnnlab.exercises.comparing_fairly import a_question_first, tuned_for_each, values_of
from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import can_be_refuted
from rnnlab.exercises.rubrics import a_study, enough_seeds, equal_size, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired


def clipping_study():
    """A Study: does clip_norm decide how far back an RNN learns to look?"""
    from rnnlab.studies.sequence_length import learn

    def judge(records):
        far = records.where(length=50)
        tight, usual = (far.where(clip_norm=norm).values() for norm in (0.1, 1.0))
        return paired(tight, usual, margin=0.1)

    return Study(
        name="clipping_and_length",
        question="Does an RNN add over longer sequences if clipped harder?",
        prediction="No: at 50 steps the gradient is too small, not too large.",
        section="4.2",
        trial=learn,
        measure="loss",
        vary={"clip_norm": (0.1, 1.0, 10.0), "length": (10, 25, 50)},
        hold={
            "task": "adding",
            "cell": "rnn",
            "schedule": "fixed",
            "shortest": 10,
            "parameters": 1_000,
            "updates": 1_500,
            "batch_size": 32,
            "evaluate_every": 75,
            "goal": 0.05,
            "tested_at": (),
        },
        tune=Tuning(
            grid={"learning_rate": (3e-3, 1e-2, 3e-2)},
            on="effort",
            at={"length": 25},
        ),
        seeds=range(10),
        claims=(Claim("A", "At 50 steps 0.1 leaves a lower loss than 1", judge),),
    )


EXERCISE = Design(
    id="4.6",
    title="Your own map: does clipping move the border?",
    section="4.2",
    label="reach",
    points=5,
    statement=r"""
The map of section 4.2 was drawn with gradients clipped at a norm of 1. A friend says that the RNN would reach further with another threshold. Design the study that can
tell, before you run it: `clipping_study()` takes nothing and returns a `rnnlab.studies.Study`. Use the trial of the map,
`rnnlab.studies.sequence_length.learn`, whose docstring says what it takes and measures; vary `clip_norm`, with the value of the map among its values, and `length`.
The rubric asks for a question and a prediction, ten seeds, one size for all, a learning rate that each threshold chooses for itself, and a claim that
the records could refute. Running it is up to you: `studies.run(clipping_study(), "full")`.
""",
    hints=(
        "Print `rnnlab.studies.sequence_length.ADDING_LENGTH`, the study of the map itself: yours differs in what varies and in the claim. What does it hold that you now vary?",
        "Move `clip_norm` from `hold` to `vary`, and `cell` from `vary` to `hold`. A learning rate that suits one threshold may not suit another: `tune.at` may fix the `length`, "
        "not the `clip_norm`.",
        "A judge takes the records: `a, b = (records.where(clip_norm=n, length=50).values() for n in (0.1, 1.0))` and `return paired(a, b, margin=0.1)`, where lower is better. "
        'Put it into `Claim("A", "a sentence", judge)`, and the claim into `claims=(…,)`.',
    ),
    why=r"""
Three things make it an answer instead of a run. A *control*: without the threshold of the map, nobody can say what the others changed. A *fair chance*: clipping rescales large steps, so the best learning rate
moves with it, and a rate chosen for one threshold decides the comparison in advance. And a *claim with a margin*, fixed before the run, which records can contradict: we tried yours on records that we made up, with the
effect, without it, and turned round, and it did not say the same three times.
""",
    solution=clipping_study,
    imports="from rnnlab.studies import Claim, Study, Tuning, paired",
    rubric=(
        a_study(),
        a_question_first(),
        something_varies("clip_norm", 1.0),
        values_of(
            "length",
            3,
            "a border is found between lengths that are learnt and lengths that are not, so take three or more.",
        ),
        enough_seeds(10),
        equal_size(),
        tuned_for_each("clip_norm"),
        can_be_refuted(0.02, 1.0, ("solved", "effort", "sequences", "steps")),
        Criterion("a reason", "the prediction says why, from what a gradient does on its way back in section 4.2", 1),
    ),
    wrong=(
        Wrong(
            edited(
                clipping_study, "(0.1, 1.0, 10.0)", "(0.1, 10.0)", "for norm in (0.1, 1.0))", "for norm in (0.1, 10.0))"
            ),
            "clip_norm lacks 1.0",
        ),
        Wrong(edited(clipping_study, "seeds=range(10)", "seeds=range(3)"), "3 seeds; one run is an anecdote"),
        Wrong(edited(clipping_study, '{"length": 25}', '{"length": 25, "clip_norm": 1.0}'), "tune.at fixes clip_norm"),
        Wrong(edited(clipping_study, "(10, 25, 50)", "(50,)"), "a border is found between lengths"),
        Wrong(
            edited(clipping_study, "for norm in (0.1, 1.0))", "for norm in (1.0, 1.0))"),
            "cannot come out any other way",
        ),
    ),
)
