"""Reads a page of the course: MyST Markdown of few constructs into blocks; what is not known is refused with its line.

A page is a sequence of blocks. Chapters become notebooks (`lower`) and pages of the book (`graft`) from the same ones,
so what one of them cannot say, neither can.
"""

from __future__ import annotations

import re
from pathlib import Path

from blocks import (
    CHAPTER_NAME,
    EQUATION_LABEL,
    Block,
    Box,
    Code,
    Equation,
    Exercise,
    Figure,
    Page,
    PageDirective,
    Prose,
    Target,
    Verbatim,
    all_blocks,
)
from rnnlab.errors import InputError
from rnnlab.exercises.catalogue import find

BOXES = {"note": "Note", "tip": "Tip", "warning": "Warning", "important": "Important", "admonition": ""}
# Directives of the pages around the chapters; Sphinx and `graft` know them, notebooks have no counterpart.
PAGE_DIRECTIVES = {"toctree", "glossary", "course-map", "front-figure", "bibliography"}
CELL_TAGS = {
    "hide-input",
    "hide-output",
    "remove-input",
    "remove-output",
    "raises-exception",
    "front-page",
    "speed-chart",
}
# `given` marks a number in prose that is set or quoted, not measured here; tests/test_docs.py asks for it.
ROLES = {"eq", "cite:p", "cite:t", "term", "given"}

FENCE = re.compile(r"^(?P<indent>\s*)(?P<marks>`{3,}|~{3,}|:{3,})(?P<info>.*)$")
DIRECTIVE = re.compile(r"^\{(?P<name>[^}]*)\}\s*(?P<argument>.*)$")
TARGET = re.compile(r"^\((?P<name>[A-Za-z0-9_-]+)\)=\s*$")
HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*$")
OPTION = re.compile(r"^:(?P<key>[a-z_-]+):\s*(?P<value>.*)$")
MATH_END = re.compile(r"\$\$\s*(?:\((?P<label>[^)]*)\))?\s*$")


def refuse(path: Path, line: int, what: str) -> InputError:
    return InputError(f"{path}, line {line}: {what}")


def read_page(path: Path) -> Page:
    """The page's blocks. Raises InputError with file and line at the first construct that it does not know.

    A chapter's number stands in its file's name alone; here it comes before the title.
    """
    blocks = Reader(path, path.read_text(encoding="utf-8").splitlines()).blocks()
    titles = [i for i, block in enumerate(blocks) if isinstance(block, Prose) and block.text.startswith("# ")]
    if len(titles) != 1:
        raise refuse(path, 1, f"a page has one heading of the first level (# Title); this one has {len(titles)}.")
    heading = blocks[titles[0]]
    assert isinstance(heading, Prose)
    chapter = CHAPTER_NAME.fullmatch(path.stem)
    text = heading.text.replace("# ", f"# {chapter[1]}. ", 1) if chapter else heading.text
    blocks[titles[0]] = Prose(text, heading.line)
    page = Page(path, tuple(blocks), text.splitlines()[0][2:].strip(), named_targets(path, blocks))
    check_equations(page)
    return page


def named_targets(path: Path, blocks: list[Block]) -> dict[str, str]:
    """Name of each target → the heading, box or figure that it names."""
    found: dict[str, str] = {}
    for target, following in zip(blocks, [*blocks[1:], None], strict=True):
        if not isinstance(target, Target):
            continue
        if target.name in found:
            raise refuse(path, target.line, f"the target ({target.name})= stands here twice; give one another name.")
        match = HEADING.match(following.text.splitlines()[0]) if isinstance(following, Prose) else None
        found[target.name] = match["title"] if match else getattr(following, "title", "")
    return found


def check_equations(page: Page) -> None:
    """Labels carry the number that readers and code comments cite, so they count up from 1 without a gap."""
    labelled = [b for b in all_blocks(page.blocks) if isinstance(b, Equation) and b.label]
    for count, equation in enumerate(labelled, start=1):
        if page.chapter is None:
            raise refuse(page.path, equation.line, "only an equation of a chapter is numbered; leave its label out.")
        wanted = f"eq-{page.chapter}-{count}"
        if equation.label != wanted:
            raise refuse(
                page.path,
                equation.line,
                f"the equation is labelled ({equation.label}); the next one here is ({wanted}).",
            )


class Reader:
    """Reads lines into blocks; `first` is the number in the file of lines[0]."""

    def __init__(self, path: Path, lines: list[str], first: int = 1, inside: str = ""):
        self.path, self.lines, self.first, self.inside = path, lines, first, inside
        self.at = 0

    def blocks(self) -> list[Block]:
        """All blocks of these lines."""
        found: list[Block] = []
        prose: list[str] = []
        start = 0

        def end_prose() -> None:
            text = "\n".join(prose).strip("\n")
            if text.strip():
                skipped = next(i for i, line in enumerate(prose) if line.strip())
                found.append(Prose(text, self.first + start + skipped))
            prose.clear()

        while self.at < len(self.lines):
            line = self.lines[self.at]
            special = self.special(line)
            if special is None:
                if HEADING.match(line):
                    end_prose()
                if not prose:
                    start = self.at
                self.check_line(line)
                prose.append(line)
                self.at += 1
                continue
            end_prose()
            found.append(special)
        end_prose()
        return found

    def special(self, line: str) -> Block | None:
        """The block that begins on this line, or None where it is prose."""
        if line.strip() and line.lstrip().startswith("$$"):
            return self.equation()
        if match := TARGET.match(line):
            self.at += 1
            return Target(match["name"], self.first + self.at - 1)
        if match := FENCE.match(line):
            return self.fenced(match)
        return None

    def refuse(self, what: str, line: int | None = None) -> InputError:
        return refuse(self.path, self.first + (self.at if line is None else line), what)

    def check_line(self, line: str) -> None:
        """Refuses whole-line constructs that have no counterpart in a notebook."""
        if line.startswith("+++") or re.match(r"^%(\s|$)", line):
            raise self.refuse("block breaks (+++) and comments (%) are not known; leave the line out.")
        if self.at == 0 and self.first == 1 and line.strip() == "---":
            raise self.refuse(
                "front matter is not known; the title is the page's heading, the rest is in course/map.toml."
            )

    def equation(self) -> Equation:
        """`$$ … $$ (eq-10-1)` on one line or over several."""
        start = self.at
        text = self.lines[start].strip()[2:]
        while not (end := MATH_END.search(text)):
            self.at += 1
            if self.at >= len(self.lines) or FENCE.match(self.lines[self.at]):
                raise self.refuse("the $$ that opens here is never closed.", start)
            text += "\n" + self.lines[self.at]
        self.at += 1
        label = end["label"]
        if label is not None and not EQUATION_LABEL.fullmatch(label):
            raise self.refuse(f"({label}) is not an equation's label; write (eq-10-1) for equation (10.1).", start)
        return Equation(text[: end.start()].strip(), label, self.first + start)

    def fenced(self, match: re.Match[str]) -> Block:
        """A listing, or a directive."""
        start, marks, info = self.at, match["marks"], match["info"].strip()
        if marks[0] == ":" and not info:
            raise self.refuse(f"{marks} closes a box that was never opened.")
        closing = re.compile(rf"^\s*{re.escape(marks[0])}{{{len(marks)},}}\s*$")
        end = next((i for i in range(start + 1, len(self.lines)) if closing.match(self.lines[i])), None)
        if end is None:
            raise self.refuse(f"the {marks} that opens here is never closed.")
        body = self.lines[start + 1 : end]
        self.at = end + 1
        directive = DIRECTIVE.match(info)
        if directive is None:
            if marks[0] == ":":
                raise self.refuse(f"{marks}{info} is not known; a box is {marks}{{note}}.", start)
            return Verbatim("\n".join(self.lines[start : end + 1]), self.first + start)
        if match["indent"]:
            raise self.refuse("a directive begins at the start of its line, not inside a list.", start)
        options, skipped = self.options(body)
        return self.directive(directive["name"], directive["argument"], options, body, skipped, start, marks)

    @staticmethod
    def options(body: list[str]) -> tuple[dict[str, str], int]:
        found: dict[str, str] = {}
        for i, line in enumerate(body):
            match = OPTION.match(line)
            if match is None:
                return found, i
            found[match["key"]] = match["value"].strip()
        return found, len(body)

    def directive(
        self, name: str, argument: str, options: dict[str, str], body: list[str], skipped: int, start: int, marks: str
    ) -> Block:
        """The block of a known directive."""
        line = self.first + start
        known = {"code-cell": {"tags"}, "figure": {"alt", "width"}}.get(name, set())
        if name not in PAGE_DIRECTIVES and (unknown := set(options) - known):
            raise self.refuse(f"{{{name}}} takes no option :{min(unknown)}: here.", start)
        content = body[skipped:]
        if name == "code-cell":
            return self.code(argument, options, content, start)
        if name in BOXES or name == "dropdown":
            if (not argument) != (name in BOXES and name != "admonition"):
                wants = "no title; with a title it is {admonition} Title" if argument else "a title on the same line"
                raise self.refuse(f"{{{name}}} takes {wants}.", start)
            inner = Reader(self.path, content, line + 1 + skipped, name).blocks()
            return Box(name, argument or BOXES[name], tuple(inner), line)
        if name == "figure":
            if not options.get("alt"):
                raise self.refuse("a figure needs :alt: that says what is seen.", start)
            caption = Reader(self.path, content, line + 1 + skipped, name).blocks()
            return Figure(argument, options["alt"], options.get("width"), tuple(caption), line)
        if name == "exercise":
            return self.exercise(argument, content, start)
        if name in PAGE_DIRECTIVES:
            return PageDirective(name, "\n".join([f"{marks}{{{name}}} {argument}".rstrip(), *body, marks]), line)
        raise self.refuse(f"the directive {{{name}}} is not known; see CONTRIBUTING.md for those that are.", start)

    def exercise(self, argument: str, content: list[str], start: int) -> Exercise:
        if self.inside:
            raise self.refuse(f"an exercise cannot stand inside {{{self.inside}}}; end the box before it.", start)
        if any(line.strip() for line in content):
            raise self.refuse("{exercise} takes no body: statement and solution stand in rnnlab.exercises.", start)
        try:
            find(argument)
        except InputError as error:
            raise self.refuse(str(error), start) from None
        return Exercise(argument, self.first + start)

    def code(self, language: str, options: dict[str, str], content: list[str], start: int) -> Code:
        if self.inside:
            raise self.refuse(f"a code cell cannot stand inside {{{self.inside}}}; end the box before it.", start)
        if language != "python":
            raise self.refuse(f"a code cell is {{code-cell}} python, not {language!r}.", start)
        tags = tuple(tag.strip() for tag in options.get("tags", "").strip("[]").split(",") if tag.strip())
        if unknown := set(tags) - CELL_TAGS:
            raise self.refuse(f"the tag {min(unknown)} is not known; known are {', '.join(sorted(CELL_TAGS))}.", start)
        source = "\n".join(content).strip("\n")
        if not source.strip():
            raise self.refuse("the code cell is empty.", start)
        return Code(source, tags, self.first + start)
