"""An exercise of `rnnlab.exercises` as the cells of a notebook and as a part of a page."""

from __future__ import annotations

from blocks import Exercise, Page
from rnnlab.exercises.catalogue import find
from rnnlab.exercises.source import name_of, solution_of, stub_of


def statement(block: Exercise) -> str:
    """Its heading, with what it is worth, and what is asked."""
    exercise = find(block.id)
    worth = "1 point" if exercise.points == 1 else f"{exercise.points} points"
    title = exercise.title[0].upper() + exercise.title[1:]
    return f"### Exercise {block.id}: {title} ({worth})\n\n{exercise.statement.strip()}"


def stub_source(block: Exercise) -> str:
    """The cell that the reader writes in."""
    return stub_of(find(block.id))


def solution_source(block: Exercise) -> str:
    """The same cell, worked."""
    return solution_of(find(block.id))


def check_source(page: Page, block: Exercise) -> str:
    """The cell that judges; the first one of a page imports what all of them call."""
    first = next(each for each in page.blocks if isinstance(each, Exercise))
    imports = "from rnnlab.exercises import check, hint, progress, solution\n\n" if block == first else ""
    return f'{imports}check("{block.id}", {name_of(find(block.id))})'


def code_sources(page: Page, block: Exercise) -> list[str]:
    """What the exercise's cells in the chapter's notebook hold."""
    return [stub_source(block), check_source(page, block)]


def why(block: Exercise) -> str:
    return f"**Why.** {find(block.id).why.strip()}"


def on_page(page: Page, block: Exercise) -> str:
    """Statement and stub; hints and the worked answer are folded away. MyST Markdown."""
    exercise = find(block.id)
    hints = "\n".join(f"{i}. {hint}" for i, hint in enumerate(exercise.hints, 1))
    start = f"{stub_source(block)}\n\n\n{check_source(page, block)}"
    return "\n\n".join(
        [
            statement(block),
            f"```python\n{start}\n```",
            f":::{{dropdown}} Hints\n\n{hints}\n:::",
            f":::{{dropdown}} Solution, and why\n\n```python\n{solution_source(block)}\n```\n\n{why(block)}\n:::",
        ]
    )
