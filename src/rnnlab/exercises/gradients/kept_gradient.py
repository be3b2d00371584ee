"""Design: what keeps a gradient, before any training?"""

from __future__ import annotations

from typing import Any

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted, measured_by
from rnnlab.exercises.rubrics import enough_seeds
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, paired
from rnnlab.studies.gradient_flow import follow_gradient


def keeping_a_gradient():
    """A study of one thing that might change how fast a gradient fades."""

    def wider_keeps_more(records):
        wide = records.where(hidden_size=128).values()
        narrow = records.where(hidden_size=16).values()
        return paired(wide, narrow, margin=0.02, better="higher")

    return Study(
        name="keeping_a_gradient",
        question="Does a wider network of the same radius keep more of a gradient?",
        prediction="No: (3.4) gives the factor a step, and has no H in it.",
        section="3.1",
        trial=follow_gradient,
        measure="rate",
        vary={"hidden_size": (16, 128)},
        hold={"spectral_radius": 0.9, "input_scale": 1.0, "input_size": 8, "lags": 60},
        seeds=range(10),
        quick={"seeds": range(5)},
        claims=(Claim("A", "128 units keep a larger factor a step than 16", wider_keeps_more),),
    )


def which_start():
    """Another right design: gates and starts, by the instrument of section 3.6."""
    from rnnlab.studies.gated_gradient_flow import follow_started

    def open_gates_keep_more(records):
        wide_open, orthogonal = (
            records.where(start=start).values() for start in ("lstm, forget bias 3", "rnn, orthogonal")
        )
        return paired(wide_open, orthogonal, better="higher", unit="powers of ten")

    return Study(
        name="which_start",
        question="Does an LSTM with its forget gates wide open keep more than an orthogonal tanh network?",
        prediction="Yes, by more than a power of ten over fifty steps.",
        section="3.6",
        trial=follow_started,
        measure="h_50",
        vary={"start": ("rnn, orthogonal", "lstm, forget bias 3")},
        hold={"hidden_size": 32, "input_size": 4, "lags": 60},
        seeds=range(40, 50),
        claims=(Claim("A", "Wide open gates keep more than an orthogonal start", open_gates_keep_more),),
    )


def _one_thing(design: Any) -> str | None:
    study = a_study(design)
    several = [name for name, values in study.vary.items() if len(values) > 1]
    if not several:
        return "nothing is compared. Put one setting into `vary`, with two values or more."
    if len(several) > 1:
        return (
            f"several things change at once: {', '.join(several)}. Whatever comes out, you will not know which of them it was. "
            "Vary one and hold the others."
        )
    return None


def _far_enough(design: Any) -> str | None:
    study = a_study(design)
    for mode in ("quick", "full"):
        for settings in study.settings(mode):
            lags = settings.get("lags", 50)
            if lags < 50:
                return (
                    f"the gradient is not followed far enough. In {mode} mode it goes back {lags} steps. The first few are not geometric yet, "
                    "and a small difference a step shows only in a long product. Take `lags` of 50 or more."
                )
    return None


EXERCISE = Design(
    id="3.6",
    title="What keeps a gradient?",
    section="3.6",
    label="gates",
    points=5,
    statement="""
You may change one thing of an untrained network so that a gradient gets further: its width, its spectral radius, the size of its inputs, its start, its cell.
Pick one for which this chapter has not given the answer, say what you expect and why, and design the study that could prove you wrong. `keeping_a_gradient()` returns a `Study`.

Two trials are there. `follow_gradient` of `rnnlab.studies.gradient_flow` takes `spectral_radius`, `input_scale`, `input_size`, `hidden_size` and `lags`, and gives, among others, `rate` (the factor a step), `left_50`
(the power of ten that is left after 50 steps), and `older_than_20` (by what share the steps before the last 20 change the gradient of the weights). `follow_started` of `rnnlab.studies.gated_gradient_flow` takes `start` (see `STARTS`
there), `input_size`, `hidden_size` and `lags`, and gives `h_50`, `memory_50`, `h_rate` and `memory_rate`. What is judged is your design. Then run it:
`studies.run(keeping_a_gradient())` takes seconds.
""",
    hints=(
        "Look at (3.4). Does anything in it depend on the number of units? Then you have a prediction and a reason, and nobody has measured it yet in this chapter.",
        '`vary={"hidden_size": (16, 128)}`, everything else into `hold` (`spectral_radius`, `input_scale`, `input_size`, `lags` of 60), `seeds=range(10)`, and `measure="rate"`: follow the '
        "gradient along the *states*, since the gradient of the weights looks healthy in any case (section 3.3).",
        "The claim compares two arrays, one number a seed: "
        '`paired(records.where(hidden_size=128).values(), records.where(hidden_size=16).values(), margin=0.02, better="higher")`. Wrap that into a function of `records` and give it to '
        '`Claim("A", "128 units keep a larger factor a step than 16", judge)`.',
    ),
    why="""
One setting varies; the spectral radius and the input are held, so that width is the only cause. The measure is taken along the states, where section 3.3 says one has to look, and far enough back for a rate to be a rate. A margin says
beforehand how much would be worth talking about: without it, ten seeds can find a difference of a thousandth. And the prediction comes with a reason, (3.4), so that whatever is measured says something about
the reason too. Run it: did the equation, which was derived for wide networks, still hold for 16 units?
""",
    solution=keeping_a_gradient,
    also_right=(which_start,),
    rubric=(
        Criterion("one thing varies", "one setting takes two values or more, everything else is held", 1, _one_thing),
        measured_by(
            ("rate", "left_50", "h_50", "h_rate", "memory_50", "memory_rate", "left"),
            "The gradient of the *weights* is healthy even where nothing arrives (section 3.3). Follow it along the states: `rate` or `left_50`, `h_50` or `h_rate`.",
        ),
        Criterion("far enough", "the gradient is followed back over 50 steps or more", 1, _far_enough),
        enough_seeds(),
        can_be_refuted(0.4, 0.9, ("rate", "left_50", "h_50", "h_rate", "memory_50", "memory_rate", "left", "older_than_20")),
        Criterion("a prediction", "it was written before the run, with a reason, and what would refute it can be named"),
    ),
    wrong=(
        Wrong(edited(keeping_a_gradient, "seeds=range(10)", "seeds=range(2)"), "one run is an anecdote"),
        Wrong(edited(keeping_a_gradient, 'measure="rate"', 'measure="older_than_20"'), "measured in the wrong place"),
        Wrong(edited(keeping_a_gradient, '"lags": 60', '"lags": 10'), "not followed far enough"),
        Wrong(edited(keeping_a_gradient, "return paired(wide, narrow,", "return paired(wide, wide,"), "cannot come out any other way"),
        Wrong(
            edited(keeping_a_gradient, '{"hidden_size": (16, 128)}', '{"hidden_size": (16, 128), "spectral_radius": (0.5, 0.9)}', '"spectral_radius": 0.9, ', "",
                   "hidden_size=128", "hidden_size=128, spectral_radius=0.9", "hidden_size=16)", "hidden_size=16, spectral_radius=0.9)"),
            "several things change at once",
        ),
        Wrong(edited(keeping_a_gradient, '        claims=(Claim("A", "128 units keep a larger factor a step than 16", wider_keeps_more),),\n', ""), "nothing is at stake"),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, paired\nfrom rnnlab.studies.gradient_flow import follow_gradient",
)  # fmt: skip
