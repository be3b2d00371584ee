"""What an exercise is: four kinds of question, each a frozen value that a file of its own defines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rnnlab.exercises.drawing import Draw

Answer = Callable[..., Any]


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer and the sentence that its author needs: the mistake by its name, and why it is one.

    `answer` is a function, often `edited(solution, "old", "new")`; for a prediction, what a wrong argument leads to: a
    number, or a function of nothing that computes it.
    """

    answer: Any
    diagnosis: str


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What all kinds share.

    id         "3.2": chapter and number in it;  title  a few words;  points  1 … 5
    section    the section to reread, as its heading has it: "1.4";  label  its target in the page: "bptt"
    statement  Markdown with $mathematics$: the concrete case first, then exactly what is wanted
    hints      three, each saying more; the last is enough to solve it
    why        why the solution is right, Markdown: the reason, not the code again
    """

    id: str
    title: str
    section: str
    label: str
    statement: str
    hints: tuple[str, str, str]
    why: str
    points: int = 2

    @property
    def chapter(self) -> int:
        """3 for "3.2"."""
        return int(self.id.split(".")[0])


@dataclass(frozen=True, kw_only=True)
class Code(Exercise):
    """Derive and code: a function whose values are held to `reference` on random inputs, in float64.

    cases      cases(draw) → {name: value}: one random input, in the order of the function's arguments (`Draw`)
    solution   the worked answer, plain Python and NumPy that runs in an empty notebook with `imports` alone
    reference  computes the truth by another way than the solution (rnnlab.scratch, autograd, a closed formula)
    returns    what a tuple's parts are called: ("dx", "dW_hh")
    wrong      known wrong answers; also_right  right answers by other routes, autograd for one
    holds      for a question with many right answers: holds(case, result) → None, or a sentence saying what fails.
               `reference` then only shows one of them
    stub       a function with a beginning in it; without one, the solution's head and docstring
    """

    cases: Callable[[Draw], dict[str, Any]]
    solution: Answer
    reference: Answer
    wrong: tuple[Wrong, ...]
    also_right: tuple[Answer, ...] = ()
    returns: tuple[str, ...] = ()
    holds: Callable[[dict[str, Any], Any], str | None] | None = None
    stub: Answer | None = None
    imports: str = "import numpy as np"
    rtol: float = 1e-6
    atol: float = 1e-8


@dataclass(frozen=True, kw_only=True)
class Repair(Code):
    """The clinic: `broken` runs and looks right. What is wrong is found by experiment.

    symptom    symptom(answer) → one or two measured sentences: what a run with this code shows, not why. It is called
               with the reader's code at every failing check; for right code it says that all is well.
    wrong      other repairs that do not heal. The code as it came has no diagnosis but the last hint.
    """

    broken: Answer
    symptom: Callable[[Answer], str]


@dataclass(frozen=True, kw_only=True)
class Prediction(Exercise):
    """A number committed before the run.

    truth      computes it: runs a quick study or reads results/
    scale      "log": the distance is |log10(guess / truth)|; "absolute": |guess - truth|
    close      the distance up to which a guess is right and earns all points; at `far` it earns none
    experiment the code that a reader can run to see it, shown with the solution
    wrong      what known wrong arguments lead to
    """

    truth: Callable[[], float]
    unit: str = ""
    scale: Literal["log", "absolute"]
    close: float
    far: float
    experiment: str
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """One line of a rubric: what a good design has, and what that is worth.

    judge(design) → None where it is met, else the sentence that says what is missing and what to do. Without a judge
    the reader, or an instructor, decides.
    """

    name: str
    text: str
    points: int = 1
    judge: Callable[[Any], str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Design(Exercise):
    """A study of the reader's own: a function of nothing that returns it, judged by a rubric, partly by the reader.

    solution   a worked design, a function that returns a Study (or the plan that the statement asks for)
    rubric     its criteria; those with a judge are checked, the others are printed to be decided
    wrong      designs that lack one thing; the diagnosis is the sentence of the criterion that they fail, or part of it
    """

    solution: Answer
    rubric: tuple[Criterion, ...]
    wrong: tuple[Wrong, ...] = ()
    also_right: tuple[Answer, ...] = ()
    stub: Answer | None = None
    imports: str = "from rnnlab.studies import Study, Tuning"
