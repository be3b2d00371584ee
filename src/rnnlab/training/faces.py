"""How progress looks where it is watched: a bar on a terminal, a line of HTML in a notebook, sparse lines in a log."""

from __future__ import annotations

import html
import multiprocessing
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from rnnlab.training.progress import Progress

FaceName = Literal["terminal", "notebook", "log", "silent"]

NOTEBOOK_SECONDS = 0.25  # between two updates of the display: a kernel that sends more only makes the page stutter
LOG_SECONDS = 3.0  # a log line needs a tenth of the work more than the line before, and this much time
LOG_LONGEST = 30.0  # but after this long it comes anyway, so that a log that stands still means a job that stands still


class Face(Protocol):
    """What Progress tells to its face."""

    def start(self, progress: Progress) -> None:
        """Once, before anything is done."""

    def draw(self, progress: Progress) -> None:
        """After every change."""

    def stop(self, progress: Progress) -> None:
        """Once, at the end, whether it came as wanted or by an exception."""


def face_here() -> FaceName:
    """The face that suits the place where the program runs; worker processes stay silent."""
    if multiprocessing.parent_process() is not None or sys.stderr is None:
        return "silent"
    if _in_a_notebook():
        return "notebook"
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return "terminal"
    return "log"


def _in_a_notebook() -> bool:
    if "IPython" not in sys.modules:  # a notebook has loaded it already; nobody else should pay for it
        return False
    shell: Any = sys.modules["IPython"].get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


class Silent:
    """Draws nothing."""

    def start(self, progress: Progress) -> None:
        """Nothing to begin."""

    def draw(self, progress: Progress) -> None:
        """Nothing to draw."""

    def stop(self, progress: Progress) -> None:
        """Nothing to end."""


class Terminal:
    """A bar on stderr, drawn by rich, which honours NO_COLOR and gives the cursor back; one line is left at the end."""

    def start(self, progress: Progress) -> None:
        """Shows the bar; what the program prints meanwhile scrolls past above it."""
        from rich.console import Console
        from rich.live import Live
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        def line() -> Table:
            grid = Table.grid(padding=(0, 1))
            bar = ProgressBar(progress.total, progress.done, width=24, pulse=progress.total is None)
            words = Text(progress.text(), no_wrap=True, overflow="ellipsis")
            grid.add_row(Text(progress.title, no_wrap=True, overflow="ellipsis"), bar, words)
            return grid

        self.console = Console(stderr=True)
        self.live = Live(
            console=self.console,
            get_renderable=line,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # results that go to a file or a pipe must go on going there
        )
        self.live.start()

    def draw(self, progress: Progress) -> None:
        """Nothing: rich's own thread looks at the numbers eight times a second."""

    def stop(self, progress: Progress) -> None:
        """Clears the bar and leaves the last line."""
        self.live.stop()
        self.console.print(progress.last_words(), markup=False, highlight=False, soft_wrap=True)


class Notebook:
    """One display handle updated in place: plain HTML with a text twin, no widget: a saved notebook shows it."""

    def start(self, progress: Progress) -> None:
        """Opens the display."""
        from IPython.display import display

        self.display: Any = display(self._bundle(progress), raw=True, display_id=True)
        self.drawn = time.monotonic()

    def draw(self, progress: Progress) -> None:
        """Updates the display, a few times a second at most."""
        now = time.monotonic()
        if now - self.drawn >= NOTEBOOK_SECONDS:
            self.drawn = now
            self.display.update(self._bundle(progress), raw=True)

    def stop(self, progress: Progress) -> None:
        """Leaves one short line."""
        words = progress.last_words()
        self.display.update({"text/plain": words, "text/html": f"<div>{html.escape(words)}</div>"}, raw=True)

    @staticmethod
    def _bundle(progress: Progress) -> dict[str, str]:
        words = html.escape(f"{progress.title}: {progress.text()}")
        bar = "" if progress.total is None else f'<progress max="{progress.total}" value="{progress.done}"></progress> '
        return {"text/plain": f"{progress.title}: {progress.text()}", "text/html": f"<div>{bar}{words}</div>"}


class Log:
    """Plain lines on stderr, few enough to read later: one for each tenth of the work, some seconds apart."""

    def start(self, progress: Progress) -> None:
        """Begins to count; a log needs no line for what has not happened yet."""
        self.written, self.done = time.monotonic(), progress.done

    def draw(self, progress: Progress) -> None:
        """Writes a line if a tenth more is done, or nothing was written for long."""
        if progress.done == progress.total:
            return  # the last line says it
        now = time.monotonic()
        tenth = progress.total is not None and progress.done - self.done >= progress.total / 10
        if now - self.written >= (LOG_SECONDS if tenth else LOG_LONGEST):
            self.written, self.done = now, progress.done
            print(f"{progress.title}: {progress.text()}", file=sys.stderr, flush=True)

    def stop(self, progress: Progress) -> None:
        """Writes the last line."""
        print(progress.last_words(), file=sys.stderr, flush=True)


FACES: dict[FaceName, type[Face]] = {"terminal": Terminal, "notebook": Notebook, "log": Log, "silent": Silent}
