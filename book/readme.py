"""What README.md shows and nobody types: chapters, figures, how long commands take; the page of verdicts; what the
comparison of forecasters said on known series.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import known
from course import ROOT, Course, Entry
from measured import MARKS, Measured, experiment, page, section
from rnnlab.errors import InputError
from rnnlab.files import whole_file

DURATIONS = ROOT / "benchmarks" / "durations.json"
FIGURE_MIME = "application/vnd.rnnlab.figure+json"
# The cell tag of a figure that README shows, and what its files beside the chapters are called.
FIGURES = {"front-page": "front", "speed-chart": "speed"}


def chapters(course: Course, measured: Measured) -> str:
    """The ten chapters as a list: notebook, goal, time of a run, one observation, key concepts with two links each."""
    return "\n\n".join(chapter(course, measured, entry) for entry in course.map)


def chapter(course: Course, measured: Measured, entry: Entry) -> str:
    """One item of the list; of a chapter in preparation title, goal and the names of its concepts."""
    if entry.name not in course.pages:
        names = ", ".join(concept.name for concept in entry.concepts)
        return (
            f"{entry.number}. **{entry.title}** *(in preparation)*<br>\n   {entry.goal}<br>\n   Key concepts: *{names}*"
        )
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    lines = [
        f"{entry.number}. **[{entry.title}](notebooks/{entry.name}.ipynb)** "
        f"[![Open in Colab]({badge})]({course.publication.colab(entry.name)})<br>",
        f"   {entry.goal}{lasts(entry.name)}<br>",
    ]
    if row := measured.observation(entry.number, entry.observation):
        assert row.verdict is not None
        source = f"course/{entry.name}.md"
        number = f"[{row.claim.number}]({source}#{anchor(row.place.heading)})" if row.place else row.claim.number
        said = f"*{row.claim.sentence}:* **{row.decision}** ({number}). {row.verdict.detail}"
        lines.append(f"   Measured: {MARKS[row.decision]} {said}<br>")
    concepts = [
        f"[{each.name}](course/{entry.name}.md#{anchor(section(course, entry, each))}) "
        f"([experiment]({experiment(measured, entry, each)}))"
        for each in entry.concepts
    ]
    return "\n".join([*lines, f"   Key concepts: {' · '.join(concepts)}"])


def lasts(name: str) -> str:
    """How long the chapter's quick run took, where `python benchmarks/durations.py` recorded it."""
    seconds = json.loads(DURATIONS.read_text("utf-8")).get("chapters", {}).get(name) if DURATIONS.is_file() else None
    return f" *Runs in {spoken(seconds)}.*" if seconds else ""


def anchor(heading: str) -> str:
    """The place of a heading on GitHub's page."""
    words = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def durations() -> str:
    """What `python benchmarks/durations.py` measured."""
    if not DURATIONS.is_file():
        raise InputError(f"{DURATIONS.name} is missing; run `python benchmarks/durations.py`, which measures it.")
    measured = json.loads(DURATIONS.read_text("utf-8"))
    times = " and ".join(f"`{command}` took {spoken(seconds)}" for command, seconds in measured["seconds"].items())
    each = " A chapter's time below is its quick run, cell by cell, within that." if "chapters" in measured else ""
    return (
        f"From a clean clone in an empty home, downloads included, {times} "
        f"({measured['machine']}, {measured['when']}).{each}"
    )


def spoken(seconds: float) -> str:
    """95 → 1 min 35 s"""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def figure(executed: Path, tag: str) -> str:
    """Writes a tagged figure in both themes beside the chapters; the HTML that shows the fitting one."""
    found = tagged_figure(executed, tag)
    files = {theme: f"course/{FIGURES[tag]}-{theme}.svg" for theme in ("light", "dark")}
    for theme, path in files.items():
        with whole_file(ROOT / path) as part:
            part.write_text(found[theme], "utf-8")
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="{files["dark"]}">\n'
        f'  <img src="{files["light"]}" alt="{found["alt"]}">\n</picture>'
    )


def tagged_figure(executed: Path, tag: str) -> dict[str, Any]:
    """The output of the first cell with this tag, in the chapters' last run."""
    for path in sorted(executed.glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []) if tag in cell["metadata"].get("tags", []) else []:
                if FIGURE_MIME in output.get("data", {}):
                    found: dict[str, Any] = output["data"][FIGURE_MIME]
                    return found
    raise InputError(
        f"No chapter has been run that has a figure in a cell with the tag {tag}; run `make course` first."
    )


def between(name: str) -> re.Pattern[str]:
    """The marks that enclose a generated part of README, and what stands between them."""
    return re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)


def write_readme(course: Course, executed: Path, path: Path) -> None:
    """Puts each generated part between its marks, and writes the page of all verdicts."""
    text = path.read_text("utf-8")
    measured = Measured(course)
    with whole_file(course.folder / "measured.md") as file:
        file.write_text(page(measured), "utf-8")
    forecast = (course.folder / "forecast.md").read_text("utf-8")
    with whole_file(course.folder / "forecast.md") as file:
        file.write_text(known.written(forecast), "utf-8")
    parts = {"map": chapters(course, measured), "durations": durations()}
    parts |= {name: figure(executed, tag) for tag, name in (("front-page", "figure"), ("speed-chart", "speed"))}
    for name, part in parts.items():
        marks = between(name)
        match = marks.search(text)
        if not match:
            raise InputError(f"{path} lacks the marks <!-- {name}: … --> and <!-- end of {name} -->; put them back.")
        text = f"{text[: match.start()]}{match[1]}{part}\n{match[2]}{text[match.end() :]}"
    with whole_file(path) as file:
        file.write_text(text, "utf-8")
