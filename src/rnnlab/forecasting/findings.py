"""What was met while a table was read, and what was done about it: nothing is mended in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing found and done, in a sentence that ends with the argument that overrules it."""

    code: str  # a word for programs: delimiter, decimal, frequency, gaps, duplicates, season, …
    sentence: str  # for people; may hold text from the file, so whoever renders it escapes it
    lines: tuple[
        int, ...
    ] = ()  # of the file, counted from 1 (rows, for a data frame); the first few, if there are many
    place: str = ""  # the column, series or file that it concerns

    def __str__(self) -> str:
        return self.sentence


def counted(count: int, thing: str) -> str:
    """The count with its thing: 1 step, 1,200 steps."""
    return f"{count:,} {thing if count == 1 else f'{thing}s'}"


def plain(text: str) -> str:
    """Text from a file on a line of its own kind: what cannot be printed (a line's end, a signal to the terminal, a
    change of direction) is escaped.
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def shown(text: str) -> str:
    """Text from a file in a sentence: quoted, what cannot be printed escaped, no more than some 40 characters of it."""
    quoted = repr(text if len(text) <= 40 else text[:39] + "…")
    return quoted if len(quoted) <= 60 else f"{quoted[:58]}…{quoted[0]}"
