"""What a page of the course is made of, whatever it is shown as."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

CHAPTER_NAME = re.compile(r"0*([0-9]+)_[a-z0-9_]+")
EQUATION_LABEL = re.compile(r"eq-([0-9]+|[A-Z])-([0-9]+)")


@dataclass(frozen=True)
class Prose:
    """Paragraphs, headings, lists, tables: Markdown that needs no translation but for what stands inside its lines."""

    text: str
    line: int


@dataclass(frozen=True)
class Verbatim:
    """A fenced listing that is shown and not run."""

    text: str
    line: int


@dataclass(frozen=True)
class Code:
    """A cell that is run."""

    source: str
    tags: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Equation:
    """A displayed equation; `number` is "10.1" when its label is eq-10-1."""

    tex: str
    label: str | None
    line: int

    @property
    def number(self) -> str | None:
        return number_of(self.label) if self.label else None


@dataclass(frozen=True)
class Target:
    """`(name)=`: a place that `[](#name)` leads to."""

    name: str
    line: int


@dataclass(frozen=True)
class Box:
    """A note, tip, warning, important, or an admonition with a title of its own; or, folded away, a dropdown."""

    kind: str
    title: str
    blocks: tuple[Block, ...]
    line: int


@dataclass(frozen=True)
class Figure:
    """An image of the course's folder with its caption."""

    path: str
    alt: str
    width: str | None
    caption: tuple[Block, ...]
    line: int


@dataclass(frozen=True)
class PageDirective:
    """A directive that only the pages around the chapters use, as it stands."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Exercise:
    """`:::{exercise} 3.2`: an exercise of `rnnlab.exercises`, where its statement, stub and solution are written."""

    id: str
    line: int


Block = Prose | Verbatim | Code | Equation | Target | Box | Figure | Exercise | PageDirective


@dataclass(frozen=True)
class Page:
    """One source file: its blocks, its title (the only heading of the first level) and where its targets lead."""

    path: Path
    blocks: tuple[Block, ...]
    title: str
    targets: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.stem.lower()

    @property
    def chapter(self) -> str | None:
        """What its equations are numbered with: "10" for 10_time_series, "E" for engine; None for a plain page."""
        if match := CHAPTER_NAME.fullmatch(self.name):
            return match[1]
        return self.name[0].upper() if any(isinstance(b, Code) for b in self.blocks) else None


def number_of(label: str) -> str:
    """eq-10-1 → 10.1"""
    match = EQUATION_LABEL.fullmatch(label)
    if match is None:
        raise ValueError(f"{label!r} is not an equation's label such as eq-10-1")
    return f"{match[1]}.{match[2]}"


def all_blocks(blocks: tuple[Block, ...]) -> list[Block]:
    """The blocks and those inside boxes, in reading order."""
    flat: list[Block] = []
    for block in blocks:
        flat.append(block)
        if isinstance(block, Box):
            flat += all_blocks(block.blocks)
        elif isinstance(block, Figure):
            flat += all_blocks(block.caption)
    return flat
