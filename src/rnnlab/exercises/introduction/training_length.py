"""Design: how few bits teach the rule?"""

from __future__ import annotations

from typing import Any

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted, measured_by
from rnnlab.exercises.rubrics import enough_seeds, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired
from rnnlab.studies.parity_length import count_beyond


def how_few_bits():
    """A study of what networks that learned parity on few bits do with many."""

    def longer_is_better(records):
        longer, shorter = (records.where(length=n).values() for n in (12, 3))
        return paired(longer, shorter, better="higher")

    return Study(
        name="how_few_bits",
        question="On how few bits can an RNN be trained and go on to 48?",
        prediction="Twelve are enough; three bits do not force a rule.",
        section="1.3",
        trial=count_beyond,
        measure="beyond",
        vary={"length": (3, 12)},
        hold={
            "cell": "rnn",
            "long": 48,
            "longest": 48,
            "parameters": 500,
            "updates": 400,
            "batch_size": 64,
            "evaluate_every": 100,
        },
        seeds=range(10),
        tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="validation"),
        quick={"seeds": range(5), "tune": Tuning(grid={"learning_rate": (1e-2,)}, on="validation")},
        claims=(Claim("A", "Trained on 12 bits it goes on better than trained on 3", longer_is_better),),
    )


def four_lengths():
    """Another right design: four lengths, and two claims about shares of seeds."""
    from rnnlab.studies import share

    def perfect(length):
        def judge(records):
            beyond = records.where(length=length).values()
            return share(int((beyond > 0.99).sum()), len(beyond), above=0.5)

        return judge

    return Study(
        name="four_lengths",
        question="From which training length on does an RNN count as far as one asks?",
        prediction="Somewhere between 3 and 6 bits; most networks that saw 6 are faultless.",
        section="1.3",
        trial=count_beyond,
        measure="beyond",
        vary={"length": (2, 3, 4, 6)},
        hold={
            "cell": "rnn",
            "long": 60,
            "longest": 60,
            "parameters": 300,
            "updates": 400,
            "batch_size": 64,
            "evaluate_every": 100,
        },
        seeds=range(100, 112),
        tune=Tuning(grid={"learning_rate": (3e-3, 1e-2)}, on="validation"),
        claims=tuple(Claim(str(n), f"Most networks trained on {n} bits are faultless", perfect(n)) for n in (2, 6)),
    )


def _held_equal(design: Any) -> str | None:
    study = a_study(design)
    both = [name for name in ("cell", "parameters", "updates") if len(study.vary.get(name, (0,))) > 1]
    if both:
        return (
            f"two things change at once. `{'` and `'.join(both)}` varies beside the length. Whatever comes out, you will "
            "not know which of them it was; hold everything but the length."
        )
    tune = study.tuned("full")
    if tune is None or "learning_rate" not in tune.grid or len(tune.grid["learning_rate"]) < 2:
        return (
            "one learning rate for all. The rate that suits 12 bits need not suit 3; a network may lose because its rate was "
            'bad. Let each length choose from the same small grid: `tune=Tuning(grid={"learning_rate": (…, …)}, on="validation")`.'
        )
    if tune.on != "validation":
        return (
            f"tuned on what is judged. The learning rate is chosen by `{tune.on}`. Whoever picks the best of three runs by "
            'the number that he will report, reports too good a number. Choose `on="validation"`.'
        )
    return None


EXERCISE = Design(
    id="1.6",
    title="How few bits teach the rule?",
    section="1.3",
    label="length",
    points=5,
    statement="""
In section 1.3 networks were trained on 12 bits and asked for 120. Would six have been enough? Would three? Design the study that answers it.
`how_few_bits()` returns a `Study`: it compares RNNs that were trained on different lengths (two or more), asks all of them for the
parity of the same much longer sequences, and makes a claim that can turn out false.

You need not write the training. `count_beyond` of `rnnlab.studies.parity_length` is the trial of section 1.3: it takes `cell` ("rnn"), `learning_rate`,
`length` (bits in training), `long` and `longest` (bits that it is asked for), `parameters`, `updates`, `batch_size` and `evaluate_every`, and gives, among
others, `learned` (share of right answers within the trained length), `validation` (its loss there) and `beyond` (share of right answers in the last bits of
the `long` ones). What is judged is your design; no network is trained for it. Then run it: `studies.run(how_few_bits())` takes some ten seconds.
""",
    hints=(
        "Look at `PARITY_LENGTH` in `rnnlab.studies.parity_length` and change what has to change. There the cell varies and the length is held; with you it "
        "is the other way round. `measure` is the number that answers your question.",
        'A fair comparison: `vary={"length": (3, 12)}`, everything else in `hold` but the learning rate, which each length chooses for itself on validation '
        "data (`tune=Tuning(…)`). Ten seeds, five in `quick`. Take some 400 updates and ask for 48 bits.",
        "The claim is a sentence and a function of the records. `records.where(length=12).values()` is one number a seed; "
        '`paired(longer, shorter, better="higher")` compares two such arrays and gives the verdict: '
        '`Claim("A", "Trained on 12 bits it goes on better than trained on 3", judge)`.',
    ),
    why="""
One thing varies, so a difference has one cause. Each length chooses its learning rate from the same grid, on validation data, so that none of them loses by a rate that
suited another. The measure lies *beyond* everything that any of them saw in training: within the trained length all of them may be perfect, as the ten networks of
section 1.3 were. Ten paired seeds give an interval. And the judge can say no: give it records in which the short ones win, and it does. Run it before you read on; then try four and five
bits, and say where the step is.
""",
    solution=how_few_bits,
    also_right=(four_lengths,),
    rubric=(
        something_varies("length"),
        measured_by(
            ("beyond", "faultless"), "Within the bits of training every length may be perfect; ask for what lies `beyond` them."
        ),
        Criterion("all else equal", "only the length differs, and each length has the same grid of learning rates", 1, _held_equal),
        enough_seeds(),
        can_be_refuted(0.5, 1.0, ("learned", "faultless", "beyond", "validation")),
        Criterion("a prediction", "it was written before the run, with a reason, and what would refute it can be named"),
    ),
    wrong=(
        Wrong(edited(how_few_bits, "range(10)", "range(3)"), "one run is an anecdote"),
        Wrong(edited(how_few_bits, 'measure="beyond"', 'measure="learned"'), "measured in the wrong place."),
        Wrong(edited(how_few_bits, "for n in (12, 3)", "for n in (12, 12)"), "cannot come out any other way"),
        Wrong(edited(how_few_bits, '{"length": (3, 12)}', '{"length": (12,)}', "for n in (12, 3)", "for n in (12, 12)"), "nothing is compared"),
        Wrong(
            edited(how_few_bits, '"learning_rate": (3e-3, 1e-2, 3e-2)', '"learning_rate": (1e-2,)'),
            "one learning rate for all.",
        ),
        Wrong(
            edited(how_few_bits, '(3e-3, 1e-2, 3e-2)}, on="validation"', '(3e-3, 1e-2, 3e-2)}, on="beyond"'),
            "tuned on what is judged.",
        ),
        Wrong(
            edited(how_few_bits, '{"length": (3, 12)}', '{"length": (3, 12), "parameters": (100, 500)}', '            "parameters": 500,\n', "",
                   "(records.where(length=n).values() for n in (12, 3))", "(records.where(length=n, parameters=500).values() for n in (12, 3))"),
            "two things change at once.",
        ),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, Tuning, paired\nfrom rnnlab.studies.parity_length import count_beyond",
)  # fmt: skip
