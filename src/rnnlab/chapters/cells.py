"""What a chapter's cells call: which size of experiment to run, and how a measured sentence is said."""

from __future__ import annotations

import os
import sys
from typing import Literal, cast

from rnnlab.errors import InputError

Mode = Literal["quick", "full"]


def mode() -> Mode:
    """quick (few seeds, seconds; what a reader runs) or full (what results/ holds), from the variable RNNLAB_MODE."""
    value = os.environ.get("RNNLAB_MODE", "quick")
    if value not in ("quick", "full"):
        raise InputError(f"RNNLAB_MODE is {value!r}; it takes quick or full. Unset it to run the quick size.")
    return cast(Mode, value)


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
