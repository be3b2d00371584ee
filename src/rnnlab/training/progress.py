"""Progress of anything that takes a while, wherever it is watched: a terminal, a notebook, a log."""

from __future__ import annotations

import time
from types import TracebackType
from typing import ClassVar, Self

from rnnlab.training.faces import FACES, Face, FaceName, face_here


class Progress:
    """What is done, of how much, and how long the rest will take.

    with Progress("weather", total=30, unit="runs") as progress:
        for run in runs:
            ...
            progress.advance(note=f"{run.cell}, seed {run.seed}")

    `total` None counts without an end. `done` is what an earlier sitting did: it counts, but not towards the speed from
    which the time left is guessed. `face` is chosen by where the program runs (`faces.face_here`) unless it is given.
    Everything goes to stderr, or to one display of the notebook; results are other people's business.

    Only the outermost Progress of a process draws. One that is opened inside it speaks through the outer one's note, so
    that a course around a study around a training stays one line. Leaving by an exception or Ctrl-C takes the bar away,
    says how far the work came, and lets the exception pass.
    """

    _open: ClassVar[list[Progress]] = []  # outermost first

    def __init__(
        self, title: str, total: int | None = None, *, unit: str = "", done: int = 0, face: FaceName | None = None
    ) -> None:
        self.title, self.total, self.unit, self.done = title, total, unit, done
        self.note = ""
        self._already, self._asked = done, face
        self._began = self._ended = 0.0
        self._outer: Progress | None = None
        self._broken: str | None = None

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if Progress._open and self._asked != "silent":
            self._outer = Progress._open[-1]
        self._face: Face = FACES["silent" if Progress._open else self._asked or face_here()]()
        self._face.start(self)
        Progress._open.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        Progress._open.remove(self)
        self._ended = time.monotonic()
        if kind is not None:
            self._broken = "interrupted" if issubclass(kind, KeyboardInterrupt) else "stopped"
        self._face.stop(self)

    def advance(self, n: int = 1, note: str | None = None) -> None:
        """`n` more are done; `note` says which, in a few words, and stays until the next one."""
        self.update(self.done + n, note)

    def update(self, done: int | None = None, note: str | None = None) -> None:
        """Sets how many are done, or the note, or both."""
        self.done = self.done if done is None else done
        self.note = self.note if note is None else note
        if self._outer is not None:
            self._outer.update(note=f"{self.title}: {self._count()}")
        self._face.draw(self)

    @property
    def seconds(self) -> float:
        """Since the block was entered; after it, how long it took."""
        return (self._ended or time.monotonic()) - self._began

    @property
    def seconds_left(self) -> float | None:
        """At the mean speed so far; None while that cannot be known."""
        made = self.done - self._already
        if self.total is None or made <= 0:
            return None
        return self.seconds / made * max(self.total - self.done, 0)

    def text(self) -> str:
        """For example: 12/30 runs (40 %), 1 min 20 s, about 2 min left · gru, seed 3."""
        left = self.seconds_left
        parts = [self._count(), spoken(self.seconds)]
        if left is not None and self.total != self.done:
            parts.append(f"about {spoken(left)} left")
        return ", ".join(parts) + (f" · {self.note}" if self.note else "")

    def last_words(self) -> str:
        """For example: weather: 30 runs in 3 min 20 s."""
        unit = f" {self.unit}" if self.unit else ""
        if self._broken is None:
            return f"{self.title}: {self.done}{unit} in {spoken(self.seconds)}"
        return f"{self.title}: {self._broken} at {self._count()} after {spoken(self.seconds)}"

    def _count(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if not self.total:
            return f"{self.done}{unit}"
        return f"{self.done}/{self.total}{unit} ({100 * self.done // self.total} %)"


def spoken(seconds: float) -> str:
    """A duration as one says it: 0.4 s, 12 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
