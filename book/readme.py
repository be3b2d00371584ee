"""What README.md shows and nobody types: the table of chapters, the figure, how long the two commands take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from course import ROOT, Course
from rnnlab.errors import InputError
from rnnlab.files import whole_file

DURATIONS = ROOT / "benchmarks" / "durations.json"
FIGURE_MIME = "application/vnd.rnnlab.figure+json"
# The cell tag of a figure that README shows, and what its files beside the chapters are called.
FIGURES = {"front-page": "front", "speed-chart": "speed"}


def chapters(course: Course) -> str:
    """The ten chapters as a table: notebook, goal, key concepts."""
    rows = ["| | chapter | you learn to | key concepts |", "| ---: | --- | --- | --- |"]
    for entry in course.map:
        written = entry.name in course.pages
        title = f"[{entry.title}](notebooks/{entry.name}.ipynb)" if written else f"{entry.title} *(in preparation)*"
        if written:
            badge = "https://colab.research.google.com/assets/colab-badge.svg"
            title += f" [![Open in Colab]({badge})]({course.publication.colab(entry.name)})"
        rows.append(
            f"| {entry.number} | {title} | {entry.goal} | *{', '.join(concept.name for concept in entry.concepts)}* |"
        )
    return "\n".join(rows)


def durations() -> str:
    """What `python benchmarks/durations.py` measured."""
    if not DURATIONS.is_file():
        raise InputError(f"{DURATIONS.name} is missing; run `python benchmarks/durations.py`, which measures it.")
    measured = json.loads(DURATIONS.read_text("utf-8"))
    times = " and ".join(f"`{command}` took {spoken(seconds)}" for command, seconds in measured["seconds"].items())
    return (
        f"From a clean clone in an empty home, downloads included, {times} ({measured['machine']}, {measured['when']})."
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
    """Puts each generated part between its marks."""
    text = path.read_text("utf-8")
    parts = {"map": chapters(course), "durations": durations()}
    parts |= {name: figure(executed, tag) for tag, name in (("front-page", "figure"), ("speed-chart", "speed"))}
    for name, part in parts.items():
        marks = between(name)
        match = marks.search(text)
        if not match:
            raise InputError(f"{path} lacks the marks <!-- {name}: … --> and <!-- end of {name} -->; put them back.")
        text = f"{text[: match.start()]}{match[1]}{part}\n{match[2]}{text[match.end() :]}"
    with whole_file(path) as file:
        file.write_text(text, "utf-8")
