"""The map of the course on the book's front page: a card a chapter, with what it measured and where it teaches what."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path

from course import Course, Entry
from measured import Measured


def course_map(course: Course, measured: Measured, executed: Path, sentence: Callable[[str], str]) -> str:
    """The ten chapters as HTML; `executed` holds the notebooks of the last run, `sentence` makes HTML of a claim's."""
    cards = (chapter(course, measured, entry, executed, sentence) for entry in course.map)
    return f'<ol class="course-map">{"".join(cards)}</ol>'


def chapter(course: Course, measured: Measured, entry: Entry, executed: Path, sentence: Callable[[str], str]) -> str:
    """Title, goal, how long the run took, the one observation, and key concepts that lead to their sections."""
    title, goal = html.escape(entry.title), html.escape(entry.goal)
    if entry.name not in course.pages:
        names = " · ".join(html.escape(concept.name) for concept in entry.concepts)
        return card("planned", entry.number, f'{title}<span class="state">in preparation</span>', goal, "", names)
    if (run := executed / f"{entry.name}.ipynb").is_file():
        about = json.loads(run.read_text("utf-8"))["metadata"]["rnnlab"]
        goal += f' <span class="ran">Ran in {about["seconds"]:.0f} s.</span>'
    row = measured.observation(entry.number, entry.observation) if entry.observation else None
    said = f"{sentence(row.claim.sentence)}: <strong>{row.decision}</strong>." if row else ""
    names = " · ".join(
        f'<a href="{entry.name}.html#{concept.section}">{html.escape(concept.name)}</a>' for concept in entry.concepts
    )
    return card("written", entry.number, f'<a href="{entry.name}.html">{title}</a>', goal, said, names)


def card(kind: str, number: int, title: str, goal: str, measured: str, concepts: str) -> str:
    """One item of the list, of HTML that is ready."""
    observed = f'<p class="observed">{measured}</p>' if measured else ""
    return (
        f'<li class="{kind}"><span class="number">{number}</span><div><p class="title">{title}</p>'
        f'<p class="goal">{goal}</p>{observed}<p class="concepts">{concepts}</p></div></li>'
    )
