"""Shows Markdown: rendered in a notebook, laid out on a terminal, as plain text everywhere else."""

from __future__ import annotations

import sys


def show(markdown: str) -> None:
    """Shows it where the reader is."""
    if _in_notebook():
        from IPython.display import display

        display({"text/markdown": markdown, "text/plain": markdown}, raw=True)
        return
    if not sys.stdout.isatty():
        print(markdown)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(markdown))


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")
