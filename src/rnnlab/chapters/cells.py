"""What a chapter calls: which size of experiment to run, how a measured sentence is said and a claim is judged."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Literal, cast

from rnnlab.errors import InputError

if TYPE_CHECKING:
    from rnnlab.studies import Records, Verdict

Mode = Literal["quick", "full"]


def mode() -> Mode:
    """quick (few seeds, seconds; what a reader runs) or full (what results/ holds), from the variable RNNLAB_MODE."""
    value = os.environ.get("RNNLAB_MODE", "quick")
    if value not in ("quick", "full"):
        raise InputError(f"RNNLAB_MODE is {value!r}; it takes quick or full. Unset it to run the quick size.")
    return cast(Mode, value)


def verdict_on(claim: str, live: Records, full: Records | None = None) -> Verdict:
    """Shows what the run just made says about a claim and, beside it, what the recorded full study says.

    Gives the verdict that the text goes by: the full study's where there is one. AssertionError when the two contradict
    each other, one *holds* and the other *does not hold*; that the smaller run cannot tell is no contradiction.
    """
    found = [_judged(claim, records) for records in (live, full) if records is not None]
    for verdict in found:
        _show(verdict)
    decided = {verdict.decision for verdict in found} - {"cannot tell"}
    assert len(decided) < 2, (
        f"{claim}: this run and the recorded study contradict each other; the claim no longer stands"
    )
    return found[-1]


def key_observations(*full: Records) -> None:
    """Shows every claim of these studies with its verdict, as a list in the order of the chapter."""
    marks = {"holds": "✓", "does not hold": "✗", "cannot tell": "?"}
    verdicts = (verdict for records in full for verdict in records.study.verdicts(records))
    lines = [
        f"- {marks[verdict.decision]} **{verdict.claim} {verdict.decision}.** {verdict.sentence}. {verdict.detail}"
        for verdict in sorted(verdicts, key=lambda verdict: _place(verdict.claim))
    ]
    say("\n".join([*lines, "", *(f"*{records.source}*  " for records in full)]))


def _place(claim: str) -> list[int | str]:
    """2.10b stands after 2.9 and 2.10a."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"\d+|[a-z]+", claim)]


def _judged(claim: str, records: Records) -> Verdict:
    claims = {each.number: each for each in records.study.claims}
    if claim not in claims:
        raise InputError(f"{records.study.name} has no claim {claim!r}; it has {', '.join(claims) or 'none'}.")
    chosen = claims[claim]  # alone: a neighbour's judgement may cost seconds
    return chosen.judge(records).on(chosen.number, chosen.sentence, records.mode)


def _show(verdict: Verdict) -> None:
    if "IPython" in sys.modules and _in_notebook():
        from IPython.display import display

        display(verdict)
    else:
        print(verdict)


def say(sentence: str) -> None:
    """Shows a sentence whose numbers were computed: as prose in a notebook and on a page, as a line in a terminal.

    Markdown and $mathematics$ are rendered where the place can.
    """
    if "IPython" in sys.modules and _in_notebook():
        from IPython.display import display

        display({"text/markdown": sentence, "text/plain": sentence}, raw=True)
    else:
        print(sentence)


def _in_notebook() -> bool:
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")
