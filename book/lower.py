"""A page of the course as a Jupyter notebook that reads well in Colab, in Jupyter and on GitHub.

Boxes become quotations, dropdowns <details>, equations carry their number as a tag, citations lead to a list of
references at the end, links to chapters lead to their notebooks. The same source gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from blocks import Block, Box, Code, Equation, Exercise, Figure, Page, PageDirective, Prose, Target, Verbatim, number_of
from course import Course
from exercise_cells import check_source, solution_source, statement, stub_source, why
from inline import Translation, translate
from rnnlab.errors import InputError
from source import HEADING, refuse

IMAGE_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}

SET_UP = '''\
# Set up: on Colab this installs the course; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install -q "{install}"'''


def notebook(course: Course, page: Page) -> dict[str, Any]:
    """The page as nbformat 4.5, without outputs."""
    lowering = Lowering(course, page)
    cells = [cell for block in page.blocks for cell in lowering.cells(block)]
    first, rest = split_title(merge_prose(cells))
    if lowering.cited:
        rest.append(prose_cell(lowering.references()))
    return assembled(course, page.name, first, rest)


def solutions(course: Course, page: Page) -> dict[str, Any]:
    """The page's exercises alone, each with its worked answer, the check that it passes, and why it is right."""
    cells = []
    for block in page.blocks:
        if isinstance(block, Exercise):
            cells += [
                prose_cell(statement(block)),
                code_cell(solution_source(block), ("exercise",)),
                code_cell(check_source(page, block), ("exercise",)),
                prose_cell(why(block)),
            ]
    chapter = f"[the chapter](../{page.name}.ipynb)"
    title = f"# {page.title}: solutions\n\nThe exercises of {chapter}, worked. Try them there first."
    return assembled(course, f"solutions/{page.name}", title, cells)


def assembled(course: Course, name: str, title: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook of these cells under its title, with the badge and the cell that sets Colab up."""
    colab = course.publication.colab(name)
    badge = f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
    set_up = code_cell(SET_UP.format(install=course.publication.install), ("set-up",))
    cells = [prose_cell(f"{title}\n\n{badge}"), set_up, *cells]
    return {
        "cells": with_ids(cells),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def as_bytes(notebook: dict[str, Any]) -> bytes:
    """The one way in which a notebook is written down."""
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def prose_cell(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def code_cell(source: str, tags: tuple[str, ...]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if tags:
        metadata["tags"] = list(tags)
    if "hide-input" in tags:
        metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}  # JupyterLab's fold, Colab's fold
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def merge_prose(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring prose in one cell, a new one at every heading: one cell is one thing to edit."""
    merged: list[dict[str, Any]] = []
    for cell in cells:
        both = merged and merged[-1]["cell_type"] == cell["cell_type"] == "markdown"
        if both and (is_anchor(merged[-1]) or not (HEADING.match(cell["source"][0]) or is_anchor(cell))):
            merged[-1] = prose_cell("".join(merged[-1]["source"]) + "\n\n" + "".join(cell["source"]))
        else:
            merged.append(cell)
    return merged


def is_anchor(cell: dict[str, Any]) -> bool:
    """A target and nothing else: it belongs to the heading that follows."""
    return all(line.startswith("<a id=") for line in cell["source"])


def split_title(cells: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The title's line, and the cells without it."""
    lines = "".join(cells[0]["source"]).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("# "))
    rest = "\n".join(lines[at + 1 :]).strip("\n")
    return "\n".join(lines[: at + 1]), ([prose_cell(rest)] if rest else []) + cells[1:]


def with_ids(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An id made of the cell's content, and of its rank among equal ones: editing one cell leaves the others' ids."""
    seen: Counter[str] = Counter()
    for cell in cells:
        content = cell["cell_type"] + "".join(cell["source"])
        cell["id"] = hashlib.sha256(f"{seen[content]}{content}".encode()).hexdigest()[:12]
        seen[content] += 1
    return cells


class Lowering:
    """Translates the blocks of one page and remembers what it cites."""

    def __init__(self, course: Course, page: Page):
        self.course, self.page = course, page
        self.cited: set[str] = set()
        self.translation = Translation(self.role, self.link, self.image)

    def cells(self, block: Block) -> list[dict[str, Any]]:
        if isinstance(block, Code):
            return [code_cell(block.source, block.tags)]
        if isinstance(block, Exercise):
            stub = code_cell(stub_source(block), ("exercise",))
            return [prose_cell(statement(block)), stub, code_cell(check_source(self.page, block), ("exercise",))]
        return [prose_cell(self.markdown(block))]

    def markdown(self, block: Block, nested: bool = False) -> str:
        """The block in the Markdown that all notebook readers share."""
        if isinstance(block, Prose):
            return translate(block.text, self.translation, self.refusing(block))
        if isinstance(block, Verbatim):
            return block.text
        if isinstance(block, Equation):
            return self.equation(block, nested)
        if isinstance(block, Target):
            return f'<a id="{block.name}"></a>'
        if isinstance(block, Figure):
            caption = "\n\n".join(self.markdown(b, nested=True) for b in block.caption)
            return "\n\n".join(filter(None, [self.image(block.alt, block.path), caption]))
        if isinstance(block, Box):
            return self.box(block)
        assert isinstance(block, PageDirective | Code | Exercise)
        name = block.name if isinstance(block, PageDirective) else "code-cell"
        raise refuse(self.page.path, block.line, f"{{{name}}} has no counterpart in a notebook.")

    def refusing(self, block: Block) -> Callable[[int, str], InputError]:
        return lambda offset, what: refuse(self.page.path, block.line + offset, what)

    def equation(self, equation: Equation, nested: bool) -> str:
        tex = equation.tex + (rf" \tag{{{equation.number}}}" if equation.number else "")
        anchor = f'<a id="{equation.label}"></a>\n\n' if equation.label else ""
        # Inside a quotation every line begins with ">", which Jupyter would take into the mathematics: one line there.
        return f"{anchor}$$ {' '.join(tex.split())} $$" if nested else f"{anchor}$$\n{tex}\n$$"

    def box(self, box: Box) -> str:
        body = "\n\n".join(self.markdown(block, nested=True) for block in box.blocks)
        title = translate(box.title, self.translation, self.refusing(box))
        if box.kind == "dropdown":
            summary = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(title, quote=False))
            return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"
        return "\n".join(f"> {line}".rstrip() for line in f"**{title}**\n\n{body}".splitlines())

    def role(self, name: str, content: str) -> str:
        if name == "eq":
            page = self.course.equation(content)
            place = "" if page is self.page else f"{page.name}.ipynb"
            return f"[({number_of(content)})]({place}#{content})"
        if name in ("term", "given"):
            return content.split(" <")[0]
        self.cited |= {key.strip() for key in content.split(",")}
        return self.course.references.cite(name, content, "")

    def link(self, text: str, target: str) -> str:
        if re.match(r"[a-z]+:", target):
            return f"[{text}]({target})"
        path, _, name = target.partition("#")
        if not path:
            page, names = self.course.target(self.page, name)
            place = "" if page is self.page else self.place(page)
            return f"[{text or names}]({place}#{name})"
        if linked := self.course.page_at(self.page, path):
            return f"[{text or linked.title}]({self.place(linked)}{'#' + name if name else ''})"
        return f"[{text}]({self.course.public_file(self.page, path)})"

    def place(self, page: Page) -> str:
        """Where a page stands as seen from a notebook: its own notebook, else its source in the public repository."""
        if page.name in self.course.executed:
            return f"{page.name}.ipynb"
        return self.course.public_file(page, page.path.name)

    def image(self, alt: str, path: str) -> str:
        file = self.course.folder / path
        if file.suffix not in IMAGE_TYPES or not file.is_file():
            raise InputError(f"the image {path} is not in the course's folder as .png, .svg or .jpg.")
        data = base64.b64encode(file.read_bytes()).decode("ascii")
        return f"![{alt}](data:{IMAGE_TYPES[file.suffix]};base64,{data})"

    def references(self) -> str:
        """The list that the citations lead to."""
        entries = self.course.references.listed(self.cited)
        return "\n\n".join(["## References", *(f'<a id="cite-{key}"></a>{text}' for key, text in entries)])
