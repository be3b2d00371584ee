"""The course as a whole: its pages, its map, its references, and where it is published."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blocks import Code, Equation, Page, all_blocks
from citations import References
from rnnlab.errors import InputError
from source import read_page

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Publication:
    """Where the repository is published; written once, in pyproject.toml's [tool.rnnlab]."""

    owner: str
    repository: str
    tag: str

    @property
    def install(self) -> str:
        return f"rnnlab[course] @ git+https://github.com/{self.owner}/{self.repository}@{self.tag}"

    def file(self, path: str) -> str:
        """A file or folder of the repository on its public page."""
        return f"https://github.com/{self.owner}/{self.repository}/blob/{self.tag}/{path}"

    def colab(self, name: str) -> str:
        return f"https://colab.research.google.com/github/{self.owner}/{self.repository}/blob/{self.tag}/notebooks/{name}.ipynb"


@dataclass(frozen=True)
class Concept:
    """A key concept: the label of the section that teaches it and the name of the study that measures it."""

    name: str
    section: str
    study: str


@dataclass(frozen=True)
class Entry:
    """A chapter as the map of the course knows it, written or not; `observation` is the claim that stands for it."""

    number: int
    name: str
    title: str
    goal: str
    concepts: tuple[Concept, ...]
    observation: str | None = None


class Course:
    """Reads a course's folder once; `root` is the repository that holds pyproject.toml."""

    def __init__(self, folder: Path = ROOT / "course", root: Path = ROOT):
        self.folder, self.root = folder, root

    @cached_property
    def publication(self) -> Publication:
        return Publication(**tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))["tool"]["rnnlab"])

    @cached_property
    def references(self) -> References:
        return References(self.folder / "references.bib")

    @cached_property
    def map(self) -> tuple[Entry, ...]:
        """The chapters in order. A chapter in preparation has no source yet, so they stand in a file of their own."""
        chapters = tomllib.loads((self.folder / "map.toml").read_text("utf-8"))["chapter"]
        return tuple(Entry(**{**c, "concepts": tuple(Concept(**each) for each in c["concepts"])}) for c in chapters)

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Every page by its name. NOTATION.md is one; it stands at the root, where GitHub's readers look for it."""
        pages = {path.stem: read_page(path) for path in sorted(self.folder.glob("*.md"))}
        if (notation := self.folder.parent / "NOTATION.md").is_file():
            pages["notation"] = read_page(notation)
        for entry in self.map:
            if entry.name in pages and pages[entry.name].title != (wanted := f"{entry.number}. {entry.title}"):
                raise InputError(
                    f"{pages[entry.name].path}: its heading is {pages[entry.name].title!r}; map.toml has {wanted!r}."
                )
        return pages

    @cached_property
    def executed(self) -> dict[str, Page]:
        """The pages that hold code cells: chapters in order, then the others."""
        pages = [page for page in self.pages.values() if any(isinstance(block, Code) for block in page.blocks)]
        return {page.name: page for page in sorted(pages, key=lambda page: (not page.name[0].isdigit(), page.name))}

    @cached_property
    def equations(self) -> dict[str, Page]:
        """Label of every numbered equation → its page."""
        return {
            block.label: page
            for page in self.pages.values()
            for block in all_blocks(page.blocks)
            if isinstance(block, Equation) and block.label
        }

    def target(self, page: Page, name: str) -> tuple[Page, str]:
        """The page on which the target stands, and what it names there."""
        for candidate in (page, *self.pages.values()):
            if name in candidate.targets:
                return candidate, candidate.targets[name]
        raise InputError(f"#{name} leads nowhere; write ({name})= on the line before its heading.")

    def page_at(self, page: Page, path: str) -> Page | None:
        """The page of the course that `page`'s link to `path` leads to, if it is one."""
        file = (page.path.parent / path).resolve()
        return next((other for other in self.pages.values() if other.path.resolve() == file), None)

    def public_file(self, page: Page, path: str) -> str:
        """Where on the public repository `page`'s link to `path` leads."""
        file, root = (page.path.parent / path).resolve(), self.root.resolve()
        if not file.exists() or not file.is_relative_to(root):
            raise InputError(f"the link to {path} leads to no file of the repository.")
        return self.publication.file(file.relative_to(root).as_posix())

    def equation(self, label: str) -> Page:
        if label not in self.equations:
            raise InputError(f"no equation is labelled ({label}).")
        return self.equations[label]
