"""Exercise 8.7, a design: what does a closed entrance cost where nobody needs it?"""

from __future__ import annotations

from typing import Any

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted
from rnnlab.exercises.rubrics import enough_seeds, something_varies
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, Tuning, paired
from rnnlab.studies.gate_ablation import learn_to_add

OPEN, CLOSED = "lstm, forget bias 0", "lstm, input gate closed"
MEASURED = ("effort", "loss", "sequences", "solved")


def price_of_a_closed_entrance():
    """A study of an LSTM whose input gates start closed, at two lengths."""

    def needs_more(length):
        def judge(records):
            closed, half_open = (
                records.where(model=model, length=length).values()
                for model in ("lstm, input gate closed", "lstm, forget bias 0")
            )
            return paired(half_open, closed, unit="of the updates")

        return judge

    return Study(
        name="price_of_a_closed_entrance",
        question="What does a closed entrance cost on short sequences?",
        prediction="At 10 steps it learns later, at 50 sooner.",
        section="8.4",
        trial=learn_to_add,
        measure="effort",
        vary={
            "model": ("lstm, forget bias 0", "lstm, input gate closed"),
            "length": (10, 50),
        },
        hold={
            "parameters": 1_000,
            "updates": 1_500,
            "batch_size": 32,
            "clip_norm": 1.0,
            "evaluate_every": 25,
            "goal": 0.05,
        },
        seeds=range(10),
        tune=Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort"),
        quick={
            "seeds": range(5),
            "tune": Tuning(grid={"learning_rate": (3e-2,)}, on="effort"),
        },
        claims=(
            Claim("A", "At 10 steps a half-open entrance learns sooner", needs_more(10)),
            Claim("B", "So does it at 50 steps", needs_more(50)),
        ),
    )


def three_lengths():
    """Another right design: three lengths, how often each start solves the task, and the sequences that it reads."""
    from rnnlab.studies import unpaired

    def more_sequences(length):
        def judge(records):
            closed, half_open = (
                records.where(model=model, length=length).values()
                for model in ("lstm, input gate closed", "lstm, forget bias 0")
            )
            return unpaired(closed, half_open)

        return judge

    return Study(
        name="three_lengths",
        question="At which length does a closed entrance begin to pay?",
        prediction="At none below twenty.",
        section="8.4",
        trial=learn_to_add,
        measure="sequences",
        vary={
            "length": (8, 16, 32),
            "model": ("lstm, forget bias 0", "lstm, input gate closed", "lstm, forget bias 2"),
        },
        hold={
            "parameters": 800,
            "updates": 1_000,
            "batch_size": 32,
            "clip_norm": 1.0,
            "evaluate_every": 20,
            "goal": 0.05,
        },
        seeds=range(20, 28),
        tune=Tuning(grid={"learning_rate": (5e-3, 2e-2)}, on="loss"),
        claims=tuple(Claim(str(n), f"With {n} steps it reads fewer", more_sequences(n)) for n in (8, 32)),
    )


def _both_lengths(design: Any) -> str | None:
    lengths = a_study(design).vary.get("length", ())
    if len(lengths) < 2 or not min(lengths) <= 20 <= max(lengths) / 1.5:
        return (
            "only one side of the question. A price shows on short sequences, and only beside longer ones, on which the closed "
            "entrance pays, do you know that the experiment can see a difference at all. Vary `length`: one of at most 20 steps, one "
            "of at least 30."
        )
    return None


def _held_equal(design: Any) -> str | None:
    study = a_study(design)
    moving = [name for name in ("parameters", "updates", "batch_size") if len(study.vary.get(name, (0,))) > 1]
    if moving:
        return (
            f"something else changes too. `{'` and `'.join(moving)}` varies beside start and length. Whatever comes out, you will "
            "not know which of them it was: hold it."
        )
    tune = study.tune
    if tune is None or len(tune.grid.get("learning_rate", ())) < 2:
        return (
            "one learning rate for all. The rate that suits one of them need not suit the other, and a network may lose because its rate was bad. Let each "
            'choose from the same small grid: `tune=Tuning(grid={"learning_rate": (…, …)}, on=…)`.'
        )
    if study.measure not in MEASURED:
        return f"measured elsewhere. {study.measure!r} does not say how soon or how often it learns; take one of {', '.join(MEASURED)}."
    return None


EXERCISE = Design(
    id="8.7",
    title="What does a closed entrance cost?",
    section="8.4",
    label="ablation",
    points=5,
    statement="""
Section 8.4 started an LSTM with its input gates closed, and over a hundred steps it learnt far sooner. Is that a start for every task? A gate
that is closed has to be opened before anything can be learnt, and on short sequences nobody needed it closed. Design the study that finds out
whether there is a price. `price_of_a_closed_entrance()` returns a `Study` and makes at least one claim that can turn out false.

You need not write the training: `learn_to_add` of `rnnlab.studies.gate_ablation` is the trial of section 8.4. It takes `model`
(`"lstm, forget bias 0"` and `"lstm, input gate closed"` differ in the start of the input gate and in nothing else), `length`, `learning_rate`, `parameters`, `updates`,
`batch_size`, `clip_norm`, `evaluate_every` and `goal`, and gives, among others, `sequences` (read until the goal), `solved`, `loss` and `effort` (the share of the updates that it
needed; above 1 where it did not get there). Your design is judged; no network is trained for it. Then run it:
`studies.run(price_of_a_closed_entrance(), workers=2)` takes a minute or two.
""",
    hints=(
        "Look at `GATE_ABLATION` in `rnnlab.studies.gate_ablation`: almost everything can stay as it is. What varies there, and what has "
        "to vary beside it for this question? What is the control, the start that the closed entrance is compared with?",
        'Two things vary, crossed: `vary={"model": ("lstm, forget bias 0", "lstm, input gate closed"), "length": (10, 50)}`. Parameters, updates and the '
        "rest are held, and each combination chooses its learning rate from the same grid. Ten seeds, five in `quick`.",
        'A claim compares the two models at one length: `records.where(model="lstm, input gate closed", length=10).values()` is one number a seed, '
        'and `paired(half_open, closed)` judges whether the first is lower. `Claim("A", "At 10 steps a half-open entrance learns with '
        'fewer updates", judge)`, and another for 50. Measure: `"effort"` or `"sequences"`. Tuning: '
        '`Tuning(grid={"learning_rate": (3e-3, 1e-2, 3e-2)}, on="effort")`.',
    ),
    why="""
The design crosses two settings, because the question is about how the effect of one depends on the other. The long sequences are its positive control: had it found no difference there
either, it would have been blind, and a null result at 10 steps would mean nothing. Each combination has its own learning rate, since a gate that has to be
opened first may want a larger one; with one rate for all you would measure that instead. And the claim is written so that it can fail, which on the short sequences it may well do: run it and see
whether there is a price at all. If your run finds none, that is the result.
""",
    solution=price_of_a_closed_entrance,
    also_right=(three_lengths,),
    rubric=(
        something_varies("model", OPEN, CLOSED),
        Criterion("both lengths", "short sequences, and longer ones on which a difference is known to exist", 1, _both_lengths),
        Criterion("all else equal", "start and length differ and nothing else, each with the same grid of learning rates; measured by how soon or how often it learns", 1, _held_equal),
        enough_seeds(),
        can_be_refuted(0.0, 1.0, MEASURED),
        Criterion("a prediction", "it was written before the run, with a reason, and what would refute it can be named"),
    ),
    wrong=(
        Wrong(edited(price_of_a_closed_entrance, "range(10)", "range(2)"), "one run is an anecdote"),
        Wrong(
            edited(price_of_a_closed_entrance, '"model": ("lstm, forget bias 0", "lstm, input gate closed")', '"model": ("lstm, chrono start", "lstm, input gate closed")'),
            "without it there is nothing to compare with",
        ),
        Wrong(
            edited(price_of_a_closed_entrance, '"length": (10, 50)', '"length": (10,)', "needs_more(50)", "needs_more(10)"),
            "only one side of the question.",
        ),
        Wrong(edited(price_of_a_closed_entrance, "(3e-3, 1e-2, 3e-2)", "(1e-2,)"), "one learning rate for all."),
        Wrong(
            edited(
                price_of_a_closed_entrance,
                'for model in ("lstm, input gate closed", "lstm, forget bias 0")',
                'for model in ("lstm, input gate closed", "lstm, input gate closed")',
            ),
            "cannot come out any other way",
        ),
        Wrong(
            edited(
                price_of_a_closed_entrance,
                '"length": (10, 50),',
                '"length": (10, 50), "parameters": (200, 1_000),',
                '            "parameters": 1_000,\n',
                "",
                "length=length)",
                "length=length, parameters=1_000)",
            ),
            "something else changes too.",
        ),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, Tuning, paired\nfrom rnnlab.studies.gate_ablation import learn_to_add",
)  # fmt: skip
