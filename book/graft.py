"""A page of the course as the book shows it: its own Markdown, with the outputs of its executed notebook in place.

Cells are matched in order and by their source, so a page can only carry the outputs of the code that it shows.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from blocks import Block, Box, Code, Equation, Exercise, Figure, Page, PageDirective, Prose, Target, Verbatim, number_of
from cards import course_map
from course import Course
from exercise_cells import code_sources, on_page
from inline import Translation, translate
from lower import code_cell, prose_cell, with_ids
from mathematics import TeXError, typeset
from measured import Measured
from rnnlab.errors import InputError
from source import refuse

FIGURE_MIME = "application/vnd.rnnlab.figure+json"
VERDICT_MIME = "application/vnd.rnnlab.verdict+json"
MARKDOWN = MarkdownIt()


class Graft:
    """Writes the book's source into `source`; what goes into the site as it is goes to `source`/_extra."""

    def __init__(self, course: Course, executed: Path, source: Path):
        self.course, self.executed, self.source = course, executed, source
        self.extra = source / "_extra"

    def write(self, page: Page) -> None:
        """The page as name.md, or name.ipynb where it holds cells."""
        if page.name in self.course.executed:
            text = json.dumps(self.notebook(page), indent=1, ensure_ascii=False)
            (self.source / f"{page.name}.ipynb").write_text(text, "utf-8")
        else:
            (self.source / f"{page.name}.md").write_text(self.markdown(page, page.blocks), "utf-8")

    def run_of(self, page: Page) -> dict[str, Any]:
        """The page's executed notebook. Raises InputError where it was not run, or was run from other code."""
        path = self.executed / f"{page.name}.ipynb"
        if not path.is_file():
            raise InputError(f"{page.path.name} has not been run; run `make course` first, then build the book.")
        notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
        ran = ["".join(cell["source"]) for cell in self.cells_of(notebook)]
        if ran != [source for block in page.blocks for source in self.sources(page, block)]:
            raise InputError(f"{page.path.name} has changed since it was run; run `make course` again.")
        return notebook

    @staticmethod
    def sources(page: Page, block: Block) -> list[str]:
        """The code that the block brings into the page's notebook."""
        if isinstance(block, Exercise):
            return code_sources(page, block)
        return [block.source] if isinstance(block, Code) else []

    @staticmethod
    def cells_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
        """The page's own code cells: all but the set-up."""
        return [
            c for c in notebook["cells"] if c["cell_type"] == "code" and "set-up" not in c["metadata"].get("tags", [])
        ]

    def notebook(self, page: Page) -> dict[str, Any]:
        """MyST prose cells and code cells with outputs, for MyST-NB."""
        run = self.run_of(page)
        outputs = iter(self.cells_of(run))
        cells: list[dict[str, Any]] = []
        prose: list[Block] = []

        def end_prose() -> None:
            if prose:
                cells.append(prose_cell(self.markdown(page, tuple(prose))))
                prose.clear()

        for block in page.blocks:
            if isinstance(block, Code):
                end_prose()
                shown = [self.output(output) for output in next(outputs)["outputs"]]
                cells.append(code_cell(block.source, block.tags) | {"outputs": shown, "execution_count": 1})
            else:
                for _ in self.sources(page, block):  # what a stub's check says is no part of the page
                    next(outputs)
                prose.append(block)
        end_prose()
        heading, _, rest = "".join(cells[0]["source"]).partition("\n")
        cells[0] = prose_cell(f"{heading}\n\n{self.tools(page, run)}\n{rest}")
        metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        return {"cells": with_ids(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}

    def tools(self, page: Page, run: dict[str, Any]) -> str:
        """The line under a chapter's title: open in Colab, download, how the outputs below came about."""
        about = run["metadata"]["rnnlab"]
        ran = f"Outputs measured in {about['mode']} mode in {about['seconds']:.0f} s"
        return raw_html(
            f'<p class="page-tools"><a class="tool" href="{self.course.publication.colab(page.name)}">Open in Colab</a>'
            f'<a class="tool" href="notebooks/{page.name}.ipynb" download>Download notebook</a>'
            f'<span class="ran">{ran}</span></p>'
        )

    # Markdown: what MyST knows stays, the rest of the course's constructs becomes what MyST knows

    def markdown(self, page: Page, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(self.block(page, block) for block in blocks) + "\n"

    def block(self, page: Page, block: Block) -> str:
        """The block in MyST Markdown."""
        if isinstance(block, Prose):
            return self.prose(page, block.text, block)
        if isinstance(block, Verbatim):
            return block.text
        if isinstance(block, Target):
            return f"({block.name})="
        if isinstance(block, Equation):
            if block.number is None:
                return f"$$\n{block.tex}\n$$"
            return f"({block.label})=\n$$\n{block.tex} \\tag{{{block.number}}}\n$$"
        if isinstance(block, Box):
            body = self.markdown(page, block.blocks)
            colons = ":" * (3 + depth(block))
            title = f" {self.prose(page, block.title, block)}" if block.kind in ("admonition", "dropdown") else ""
            return f"{colons}{{{block.kind}}}{title}\n\n{body}\n{colons}"
        if isinstance(block, Figure):
            width = f":width: {block.width}\n" if block.width else ""
            caption = self.markdown(page, block.caption)
            return f":::::{{figure}} {self.image(page, block.path)}\n:alt: {block.alt}\n{width}\n{caption}\n:::::"
        if isinstance(block, Exercise):
            return on_page(page, block)
        assert isinstance(block, PageDirective)
        return self.page_directive(page, block)

    def prose(self, page: Page, text: str, block: Prose | Box) -> str:
        """A text with its roles, links and images translated."""
        translation = Translation(
            role=self.role,
            link=lambda words, target: self.link(page, words, target),
            image=lambda alt, path: f"![{alt}]({self.image(page, path)})",
        )

        def refusing(line: int, what: str) -> InputError:
            return refuse(page.path, block.line + line, what)

        return translate(text, translation, refusing)

    def image(self, page: Page, path: str) -> str:
        """Copies the image beside the pages; its path there."""
        file = page.path.parent / path
        if not file.is_file():
            raise InputError(f"the image {path} is not there.")
        (self.source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, self.source / path)
        return path

    def role(self, name: str, content: str) -> str:
        if name == "eq":
            self.course.equation(content)
            return f"[({number_of(content)})](#{content})"
        if name == "term":
            return f"{{term}}`{content}`"
        if name == "given":
            return content
        return self.course.references.cite(name, content, "")

    def link(self, page: Page, words: str, target: str) -> str:
        path, _, name = target.partition("#")
        if re.match(r"[a-z]+:", target):
            return f"[{words}]({target})"
        linked = self.course.page_at(page, path) if path else page
        if linked and name:
            self.course.target(linked, name)
            # a label that is a word of the glossary, too, is only told apart by the role, which takes plain words
            return f"[{words}](#{name})" if re.search(r"[`$*<]", words) else f"{{ref}}`{words} <{name}>`"
        if linked:
            return f"[{words}]({linked.name}.{'ipynb' if linked.name in self.course.executed else 'md'})"
        return f"[{words}]({self.course.public_file(page, path)})"

    def page_directive(self, page: Page, block: PageDirective) -> str:
        """Ours are filled in; Sphinx's own stay."""
        if block.name == "course-map":
            names = [*(entry.name for entry in self.course.map), "measured"]
            written = "\n".join(name for name in names if name in self.course.pages)
            contents = f"```{{toctree}}\n:hidden:\n:caption: Chapters\n\n{written}\n```"
            return raw_html(course_map(self.course, self.measured, self.executed, sentence_html)) + "\n\n" + contents
        if block.name == "front-figure":
            return self.front_figure()
        if block.name == "bibliography":
            entries = self.course.references.listed(set(self.course.references.works.entries))
            return "\n\n".join(
                ["::::{container} references", *(f"(cite-{key})=\n{text}" for key, text in entries), "::::"]
            )
        return self.prose(page, block.text, Prose(block.text, block.line))

    def front_figure(self) -> str:
        """The figure of the cell tagged front-page, with a link to where it is explained."""
        for page in self.course.executed.values():
            tagged = [c for c in self.cells_of(self.run_of(page)) if "front-page" in c["metadata"].get("tags", [])]
            figures = [o["data"] for c in tagged for o in c["outputs"] if FIGURE_MIME in o.get("data", {})]
            if figures:
                link = f'<a href="{page.name}.html">{html.escape(page.title)}</a>'
                return raw_html(self.figure(figures[0][FIGURE_MIME], f"Measured in chapter {link}"))
        return ""

    @cached_property
    def measured(self) -> Measured:
        """The verdicts of the course, judged once."""
        return Measured(self.course)

    # Outputs

    def output(self, output: dict[str, Any]) -> dict[str, Any]:
        """The output as the book shows it; what is neither a figure nor a verdict stays."""
        data = output.get("data", {})
        if FIGURE_MIME in data:
            return shown(self.figure(data[FIGURE_MIME]))
        if VERDICT_MIME in data:
            return shown(verdict(data[VERDICT_MIME]))
        if "text/html" in data:  # pandas sends a style sheet along with every table
            table = re.sub(r"<style.*?</style>", "", "".join(data["text/html"]), flags=re.DOTALL)
            return output | {"data": data | {"text/html": table}}
        return output

    def figure(self, bundle: dict[str, str], caption: str = "") -> str:
        """A pair of pictures of which the theme shows one; as files, for ids of SVGs in one page would clash."""
        images = []
        for theme in ("light", "dark"):
            svg = bundle[theme]
            path = Path("figures") / f"{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
            (self.extra / path).parent.mkdir(parents=True, exist_ok=True)
            (self.extra / path).write_text(svg, "utf-8")
            box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
            wide, high = (float(side) for side in box.groups()) if box else (0.0, 0.0)
            size = f' width="{wide:.0f}" height="{high:.0f}" style="--drawn: {wide:.0f}px"' if box else ""
            alt = html.escape(bundle["alt"])
            images.append(f'<img class="only-{theme}" src="{path.as_posix()}" alt="{alt}"{size}>')
        words = f"<figcaption>{caption}</figcaption>" if caption else ""
        return f'<figure class="measured">{"".join(images)}{words}</figure>'


def depth(box: Box) -> int:
    """How many boxes are inside it, so that its fence is the longer one."""
    return max((1 + depth(block) for block in box.blocks if isinstance(block, Box)), default=0)


def raw_html(text: str) -> str:
    return f"```{{raw}} html\n{text}\n```"


def shown(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}


def sentence_html(text: str) -> str:
    """One line of Markdown with $mathematics$ as HTML."""
    formulas: list[str] = []

    def kept(match: re.Match[str]) -> str:
        try:
            formulas.append(typeset(match[1], False))
        except TeXError as error:
            raise InputError(f"The sentence {text!r} holds TeX that KaTeX refuses: {error}") from None
        return f"\x02{len(formulas) - 1}\x03"

    rendered = MARKDOWN.renderInline(re.sub(r"(?<!\\)\$([^$]+)\$", kept, text))
    return re.sub("\x02([0-9]+)\x03", lambda match: formulas[int(match[1])], rendered)


def verdict(bundle: dict[str, Any]) -> str:
    """A claim with its verdict, as a card."""
    kind = str(bundle["decision"]).replace(" ", "-")
    interval = bundle.get("interval")
    measured = "" if bundle.get("estimate") is None else f"{bundle['estimate']:.3g}"
    if interval and None not in interval:
        measured += f" [{interval[0]:.3g}, {interval[1]:.3g}]"
    seeds = f"{bundle['seeds']} {'seed' if bundle['seeds'] == 1 else 'seeds'}"
    facts = [sentence_html(bundle.get("detail") or "") or measured, f"{bundle['mode']} mode, {seeds}"]
    return (
        f'<div class="verdict {kind}">'
        f'<p class="claim"><span class="number">Claim {html.escape(str(bundle["claim"]))}</span>'
        f'<span class="decision">{html.escape(bundle["decision"])}</span></p>'
        f'<p class="sentence">{sentence_html(bundle["sentence"])}</p>'
        f'<p class="facts">{" · ".join(filter(None, facts))}</p></div>'
    )
