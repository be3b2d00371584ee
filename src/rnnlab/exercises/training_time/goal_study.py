"""Design: does the best batch size depend on the size of the network?"""

from rnnlab.exercises.comparing_fairly import a_question_first, tuned_for_each, values_of
from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import can_be_refuted, measured_by
from rnnlab.exercises.rubrics import a_study, enough_seeds, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired


def goal_study():
    """A Study: does a larger network want a larger batch?"""
    from rnnlab.studies.batch_size import time_to_goal

    def judge(records):
        wide = records.where(hidden_size=96)
        large, small = (wide.where(batch_size=size).values() for size in (512, 32))
        return paired(large, small, unit="s")

    return Study(
        name="batch_and_units",
        question="With three times the units, is the largest batch first?",
        prediction="No: an update is dearer, but need not be more precise.",
        section="7.2",
        trial=time_to_goal,
        measure="seconds_to_goal",
        vary={"hidden_size": (32, 96), "batch_size": (8, 32, 128, 512)},
        hold={
            "goal": 1.1,
            "sequences": 120_000,
            "look_every": 2_048,
            "rounds": 9,
        },
        tune=Tuning(
            grid={"learning_rate": (1e-3, 3e-3, 1e-2, 3e-2)},
            on="sequences_to_goal",
            seeds=(1_000,),
        ),
        seeds=range(10),
        claims=(Claim("A", "With 96 units 512 is sooner there than 32", judge),),
    )


EXERCISE = Design(
    id="7.6",
    title="Your own clock: which batch for a larger network?",
    section="7.2",
    label="batch",
    points=5,
    statement=r"""
In section 7.2 the largest batch read fastest and did not learn fastest, at 32 units. "With a larger network that changes," says the friend from the beginning. Design the study that tells. `goal_study()` takes nothing and returns a
`rnnlab.studies.Study` with the trial of section 7.2, `rnnlab.studies.batch_size.time_to_goal`. `batch_size` takes at least three values, 32 and 512 among them, and `hidden_size` varies, with the 32 units of
section 7.2 as control. The rubric asks for a question and a prediction, ten seeds, a learning rate that each batch size *and* each network chooses for itself, the clock that matters, one goal for all, and a claim that the records could
refute. Running it is up to you, on a quiet machine.
""",
    hints=(
        "Print `rnnlab.studies.batch_size.BATCH_SIZE`. What does it hold that you now vary? Which of the numbers that its trial returns answers the friend: sequences a second, or something else?",
        '`hidden_size` moves from `hold` to `vary`, 32 among its values; `goal` stays in `hold`, the same for all, or the race has several finishing lines. The measure is `"seconds_to_goal"`. `tune.at` fixes nothing.',
        "A judge: `large, small = (records.where(hidden_size=96, batch_size=b).values() for b in (512, 32))`, then `return paired(large, small)`, where lower is better; "
        '`claims=(Claim("A", "a sentence", judge),)`.',
    ),
    why=r"""
Two clocks, and only one of them is what anybody wants: the time to the same loss. The goal must be held, or a network that stops early wins. The learning rate must be free for each combination, because a
large batch wants a larger one and a large network a smaller one; with one rate for all, the study measures whose favourite it was. And the control matters more than usual here: a time is a property of your machine, so section 7.2's
own 32 units have to be timed again on it, beside the others.
""",
    solution=goal_study,
    imports="from rnnlab.studies import Claim, Study, Tuning, paired",
    rubric=(
        a_study(),
        a_question_first(),
        something_varies("hidden_size", 32),
        something_varies("batch_size", 32, 512),
        values_of("batch_size", 3, "an optimum lies between two others, so take three or more."),
        enough_seeds(10),
        tuned_for_each("batch_size", "hidden_size"),
        measured_by(
            ("seconds_to_goal",),
            "Sequences a second are the other clock; nobody wants them. Measure `seconds_to_goal`.",
        ),
        Criterion(
            "one goal",
            "goal is held, the same for everything compared",
            1,
            lambda design: (
                None
                if "goal" in design.hold
                else "the goal is not held; with several finishing lines nobody has won. Put goal into hold."
            ),
        ),
        can_be_refuted(1.0, 60.0, ("seconds_to_goal", "sequences_to_goal", "sequences_a_second")),
        Criterion(
            "a quiet clock",
            "it is said on which machine and with how many threads it runs, and that nothing else does",
            1,
        ),
    ),
    wrong=(
        Wrong(edited(goal_study, '"hidden_size": (32, 96)', '"hidden_size": (64, 96)'), "hidden_size lacks 32"),
        Wrong(
            edited(goal_study, 'measure="seconds_to_goal"', 'measure="sequences_a_second"'),
            "Sequences a second are the other clock",
        ),
        Wrong(
            edited(goal_study, "seeds=(1_000,),", 'seeds=(1_000,), at={"hidden_size": 32},'),
            "tune.at fixes hidden_size",
        ),
        Wrong(
            edited(
                goal_study,
                'vary={"hidden_size": (32, 96), ',
                'vary={"hidden_size": (32, 96), "goal": (1.1, 1.4), ',
                '            "goal": 1.1,\n',
                "",
                "hidden_size=96",
                "hidden_size=96, goal=1.1",
            ),
            "the goal is not held",
        ),
        Wrong(
            edited(
                goal_study,
                '        claims=(Claim("A", "With 96 units 512 is sooner there than 32", judge),),\n',
                "",
            ),
            "nothing is at stake",
        ),
    ),
)
