"""Design: what makes a state of a given size hold more?"""

from __future__ import annotations

from typing import Any

from rnnlab.exercises.exercise import Criterion, Design, Wrong
from rnnlab.exercises.planted import a_study, can_be_refuted, measured_by
from rnnlab.exercises.rubrics import enough_seeds
from rnnlab.exercises.source import edited
from rnnlab.studies import Claim, Study, paired
from rnnlab.studies.memory_capacity import measure_memory


def keeping_more():
    """A study of one thing that might change how much a state holds."""

    def orthogonal_holds_more(records):
        orthogonal = records.where(start="orthogonal").values()
        default = records.where(start="default").values()
        return paired(orthogonal, default, better="higher", unit="inputs")

    return Study(
        name="keeping_more",
        question="When inputs are faint, does the start of the weights still matter?",
        prediction="Less than with loud inputs, but orthogonal holds more.",
        section="2.2",
        trial=measure_memory,
        measure="capacity",
        vary={"start": ("default", "orthogonal")},
        hold={"hidden_size": 24, "scale": 0.1, "steps": 4_000},
        seeds=range(10),
        quick={"seeds": range(5), "hold": {"steps": 2_000}},
        claims=(Claim("A", "An orthogonal start holds more", orthogonal_holds_more),),
    )


def loudness():
    """Another right design: the start is held, the size of the input varies."""

    def fades(records):
        faint, loud = (records.where(scale=scale).values("of_bound") for scale in (0.1, 2.0))
        return paired(faint, loud, better="higher")

    return Study(
        name="loudness",
        question="How loud may the input of a delay line be before it forgets?",
        prediction="At size 2 it holds less than nine tenths of what it holds at size 0.1.",
        section="2.2",
        trial=measure_memory,
        measure="of_bound",
        vary={"scale": (0.1, 0.5, 2.0)},
        hold={"start": "delay line", "hidden_size": 16, "steps": 2_000},
        seeds=range(20, 32),
        claims=(Claim("1", "A delay line holds more of faint inputs than of loud ones", fades),),
    )


def _one_thing(design: Any) -> str | None:
    study = a_study(design)
    several = [name for name, values in study.vary.items() if len(values) > 1]
    if not several:
        return "nothing is compared. Put one setting into `vary`, with two values or more: `start`, `hidden_size` or `scale`."
    if len(several) > 1:
        return (
            f"several things change at once: {', '.join(several)}. Whatever comes out, you will not know which of them it was. "
            "Vary one and hold the others."
        )
    return None


def _enough_steps(design: Any) -> str | None:
    study = a_study(design)
    for mode in ("quick", "full"):
        for settings in study.settings(mode):
            steps, units = settings.get("steps", 0), settings.get("hidden_size", 0)
            if steps < 20 * units:
                return (
                    f"too few steps to fit on. In {mode} mode {units} weights are fitted to {steps // 2} steps, half of {steps}. Memory that "
                    "is read off so few is mostly noise. Take at least 20 steps for each unit."
                )
    return None


EXERCISE = Design(
    id="2.6",
    title="What makes a state hold more?",
    section="2.2",
    label="capacity",
    points=5,
    statement="""
You have a budget of units and want as much memory in them as you can get, without training. What would you change: the start of the weights, the size of the
input, the number of units? Pick one, say what you expect, and design the study that could prove you wrong. `keeping_more()` returns a `Study`.

The trial is there: `measure_memory` of `rnnlab.studies.memory_capacity` takes `start` ("default", "orthogonal" or "delay line"), `hidden_size`, `scale` (the size of the input) and
`steps` (half of them to fit the map, half to score it), and gives `capacity` and `of_bound` (capacity divided by the units). Or write one of your own around
`rnnlab.probes.memory_curve`. What is judged is your design. Then run it: `studies.run(keeping_more())` takes seconds.
""",
    hints=(
        "Look at `MEMORY_CAPACITY` in `rnnlab.studies.memory_capacity`; yours asks one thing of the many that it asks. What varies goes into `vary`, everything "
        "else into `hold`.",
        "Section 2.2 compares the starts with inputs of size 1. Does that still hold when they are faint? `vary={\"start\": (\"default\", \"orthogonal\")}`, "
        '`hold={"hidden_size": 24, "scale": 0.1, "steps": 4_000}`, `seeds=range(10)`, `measure="capacity"`.',
        'The claim reads the records: `paired(records.where(start="orthogonal").values(), records.where(start="default").values(), better="higher")` is its '
        "verdict. Wrap it into a function of `records` and give that to `Claim(\"A\", \"…\", judge)`.",
    ),
    why="""
One setting varies, so that a difference has one cause. Ten seeds draw ten networks *and* ten inputs, the same ten for either start, so the comparison is paired: what is lucky about a seed's
input helps both. There are many more steps than units, or the map would fit noise and call it memory (the second half would find that out, and the estimate would be coarse). And the judge compares two
arrays that can come out either way. Run it. Is the gain larger or smaller than the one that the chapter saw with loud inputs, and had you said so?
""",
    solution=keeping_more,
    also_right=(loudness,),
    rubric=(
        Criterion("one thing varies", "one setting takes two values or more, everything else is held", 1, _one_thing),
        measured_by(
            ("capacity", "of_bound"), "How much a state holds is its `capacity`, or `of_bound`, the capacity divided by the units."
        ),
        Criterion("enough steps", "at least 20 steps for each unit whose weight is fitted", 1, _enough_steps),
        enough_seeds(),
        can_be_refuted(2.0, 10.0, ("capacity", "of_bound")),
        Criterion("a prediction", "it was written before the run, with a reason, and what would refute it can be named"),
    ),
    wrong=(
        Wrong(edited(keeping_more, "seeds=range(10)", "seeds=range(1)"), "one run is an anecdote"),
        Wrong(
            edited(keeping_more, '"start": ("default", "orthogonal")', '"start": ("default", "orthogonal"), "hidden_size": (8, 24)',
                   '"hidden_size": 24, ', "", 'start="orthogonal"', 'start="orthogonal", hidden_size=24', 'start="default"', 'start="default", hidden_size=24'),
            "several things change at once",
        ),
        Wrong(edited(keeping_more, '"steps": 4_000', '"steps": 100'), "too few steps to fit on"),
        Wrong(
            edited(keeping_more, "return paired(orthogonal, default,", "return paired(orthogonal, orthogonal - 1,"),
            "cannot come out any other way",
        ),
        Wrong(edited(keeping_more, '        claims=(Claim("A", "An orthogonal start holds more", orthogonal_holds_more),),\n', ""), "nothing is at stake"),
        Wrong(edited(keeping_more, '"start": ("default", "orthogonal")', '"start": ("default",)', 'start="orthogonal"', 'start="default", scale=0.1'), "nothing is compared"),
    ),
    imports="from rnnlab import studies\nfrom rnnlab.studies import Claim, Study, paired\nfrom rnnlab.studies.memory_capacity import measure_memory",
)  # fmt: skip
