"""What a document says is there, is there: links, files, commands, docstrings; and no measured number is typed."""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

import readme
from blocks import Box, Figure, Page, PageDirective, Prose, all_blocks
from course import ROOT, Course
from graft import Graft
from inline import PIECE, plain
from lower import notebook
from measured import Measured
from rnnlab.cli import rnnlab_command

TOP = ("src/", "tests/", "course/", "book/", "notebooks/", "results/", "benchmarks/", ".github/")
FENCED = re.compile(
    r"^(?P<marks>```+|~~~+)(?P<language>[^\n]*)\n(?P<body>.*?)^(?P=marks)\s*$", re.MULTILINE | re.DOTALL
)


def documents() -> list[Path]:
    """Every Markdown file of the repository; the fixtures of tests are examples, not documents."""
    found = [*ROOT.glob("*.md"), *(ROOT / "course").glob("*.md"), *(ROOT / ".github").rglob("*.md")]
    return sorted([*found, *(ROOT / "benchmarks").glob("*.md"), *(ROOT / "results").glob("*.md")])


DOCUMENTS = documents()


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Links and files


def github_anchor(heading: str) -> str:
    words = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def dead_links(text: str, folder: Path) -> list[str]:
    """Relative links of a document in `folder` that lead to no file, or to no heading."""
    prose = FENCED.sub("", text)
    anchors = {github_anchor(h) for h in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}
    anchors |= set(re.findall(r"^\(([\w-]+)\)=$", prose, re.MULTILINE)) | set(re.findall(r'<a id="([^"]+)"', prose))
    dead = []
    for match in PIECE.finditer(prose):
        target = match["link"] if match["link"] is not None else match["image"]
        if target is None or re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        if not (folder / path).exists() if path else anchor not in anchors:
            dead.append(target)
    return dead


def missing_files(text: str) -> list[str]:
    """Paths of the repository that stand in code spans and are not there; with a placeholder in it, it is no path."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCED.sub("", text))
    paths = [s for s in spans if s.startswith(TOP) and not re.search(r"[ *<>…{}\[\]]|\bN+\b|NAME|NN", s)]
    return [path for path in paths if not (ROOT / path.split(":")[0]).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_and_file_names_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert dead_links(text, path.parent) == []
    assert missing_files(text) == []


def test_every_page_of_the_course_can_be_shown_and_lowered(tmp_path: Path) -> None:
    course = Course()
    graft = Graft(course, tmp_path, tmp_path)
    for page in course.pages.values():
        if page.name in course.executed:
            assert notebook(course, page)["cells"]
        else:
            # the front page's figure is the one thing that waits for a run
            shown = [b for b in page.blocks if not (isinstance(b, PageDirective) and b.name == "front-figure")]
            assert graft.markdown(page, tuple(shown))


def test_the_guards_of_links_and_files_see_dead_ones() -> None:
    text = "# A place\n[x](#a-place) [y](README.md) [z](gone.md) [w](#nowhere) `src/gone.py` `src/NAME.py` `src/rnnlab`"
    assert dead_links(text, ROOT) == ["gone.md", "#nowhere"]
    assert missing_files(text) == ["src/gone.py"]


# Commands


def command_lines(text: str) -> Iterator[str]:
    """Lines that a reader may type: of shell listings, and code spans; alternatives (a|b) one by one."""
    lines: list[str] = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", FENCED.sub("", text))
    for match in FENCED.finditer(text):
        if match["language"].strip() in {"bash", "sh", "shell", "console", ""}:
            lines += [line.lstrip("$ ").split("#")[0].strip() for line in match["body"].splitlines()]
    for line in lines:
        words = re.sub(r"[\[\]…]|\.\.\.", " ", line)
        choice = re.search(r"(\S+\|\S+)", words)
        for each in choice[1].split("|") if choice else [""]:
            yield words.replace(choice[1], each) if choice else words


def unknown_words(line: str) -> list[str]:
    """Commands and options in the line that neither `rnnlab` nor the Makefile has."""
    try:
        words = shlex.split(re.sub(r"^(\w+=\S+ )*(python\d?(\.\d+)? -m )?", "", line.strip()))
    except ValueError:  # a lone quotation mark: prose in a code span
        return []
    if words[:1] == ["make"]:
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
        return [word for word in words[1:] if re.fullmatch(r"[a-z]+", word) and word not in targets]
    if words[:1] != ["rnnlab"]:
        return []
    command: click.Command = rnnlab_command
    for word in words[1:]:
        if word.startswith("-"):
            options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
            if word.split("=")[0] not in options:
                return [word]
        elif isinstance(command, click.Group):
            inner = command.get_command(click.Context(command), word)
            if inner is None:
                return [word]
            command = inner
    return []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_and_option_in_a_document_exists(path: Path) -> None:
    unknown = {line: words for line in command_lines(path.read_text("utf-8")) if (words := unknown_words(line))}
    assert unknown == {}


def test_the_guard_of_commands_sees_unknown_ones() -> None:
    text = "`rnnlab course --chapter N --fast`, `rnnlab study list|remove`, `make coffee`\n"
    text += "```bash\n$ rnnlab cook  # now\n```"
    assert [words for line in command_lines(text) if (words := unknown_words(line))] == [
        ["--fast"],
        ["remove"],
        ["coffee"],
        ["cook"],
    ]
    fine = "`rnnlab course [--chapter N] [--full]` `PYTHON=python3.12 make test` `python -m rnnlab doctor` `rnnlab`"
    assert not any(unknown_words(line) for line in command_lines(fine))


# Docstrings


def packages() -> list[str]:
    return sorted(
        ".".join(path.parent.relative_to(ROOT / "src").parts) for path in (ROOT / "src" / "rnnlab").rglob("__init__.py")
    )


def undocumented(module: ModuleType) -> list[str]:
    """Public functions and classes without a docstring of their own; a data class's automatic one is none."""
    lacking = []
    for name in getattr(module, "__all__", []):
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isroutine(value):
            text = value.__dict__.get("__doc__") if inspect.isclass(value) else inspect.getdoc(value)
            if not text or text.startswith(f"{name}("):
                lacking.append(name)
    return lacking


@pytest.mark.parametrize("name", packages())
def test_every_public_name_has_a_docstring(name: str) -> None:
    assert undocumented(importlib.import_module(name)) == []


# Measured numbers

MEASURED = (
    r"\d\s?%",
    r"\bpercent\b",
    r"\d(\.\d+)?\s?(×|times)\s(as|faster|slower|smaller|larger|more|less|better|worse|lower|higher)",
    r"\b(MAE|RMSE|MASE|R²|loss|error|accuracy|perplexity|median|mean)s? "
    r"(of|is|was|are|were|=|falls to|drops to|reaches) [−-]?\d",
    r"(?<![\d.])\d*\.\d{2,}(?![\d.])",
    r"\d\s?(ms|µs|°F|°C|mph)\b",
)


def typed_measurements(page: Page) -> list[str]:
    """Numbers in a chapter's prose that read like a measurement. {given}`5 %` says that one is set or quoted."""
    found = []
    for block in all_blocks(page.blocks):
        text = block.text if isinstance(block, Prose) else block.title if isinstance(block, Box) else ""
        text = block.alt if isinstance(block, Figure) else plain(text)
        for pattern in MEASURED:
            found += [f"line {block.line}: {match[0]}" for match in re.finditer(pattern, text)]
    return found


@pytest.mark.parametrize("page", Course().executed.values(), ids=lambda page: page.name)
def test_no_measured_number_is_typed_into_a_chapter(page: Page) -> None:
    assert typed_measurements(page) == [], "compute it and say() it, or mark a number that is set: {given}`80 %`"


def test_the_guard_of_numbers_sees_measurements_and_lets_definitions_pass() -> None:
    def prose(text: str) -> Page:
        return Page(Path("10_x.md"), (Prose(text, 1),), "x")

    for measured in ("30 % less", "an MAE of 2", "3.5 times faster", "it is 0.37", "takes 5 ms", "3 × as long"):
        assert typed_measurements(prose(measured)), measured
    for fine in (
        "section 10.3",
        "(10.1)",
        "$5\\,\\%$",
        "`0.37`",
        "24 hours ahead",
        "{given}`80 %`",
        "T = 100",
        "two times",
    ):
        assert not typed_measurements(prose(fine)), fine


# README


def tree_paths(text: str) -> list[str]:
    """Paths that the tree in README names: a line is indented under its folder and begins with names."""
    paths = []
    for match in FENCED.finditer(text):
        if match["language"].strip() != "text" or "src/rnnlab" not in match["body"]:
            continue
        folders: list[tuple[int, str]] = []
        for line in match["body"].splitlines():
            indent = len(line) - len(line.lstrip())
            folders = [(depth, folder) for depth, folder in folders if depth < indent]
            above = folders[-1][1] if folders else ""
            for word in line.split():
                if not re.fullmatch(
                    r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|toml|txt|cff|jsonl|ipynb|bib))|Makefile|LICENSE", word
                ):
                    break
                paths.append(above + word)
                if word.endswith("/"):
                    folders.append((indent, above + word))
    return paths


def test_every_path_in_the_map_of_the_readme_exists() -> None:
    paths = tree_paths((ROOT / "README.md").read_text("utf-8"))
    assert paths, "README.md has no map: a ```text block with the tree"
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_reader_of_the_map_knows_folders_and_files() -> None:
    text = "```text\nsrc/rnnlab/   the laboratory\n  scratch/    theory\n    elman.py  gru.py   by hand\n"
    text += "course/  pages\nMakefile   x\n```"
    assert tree_paths(text) == [
        "src/rnnlab/",
        "src/rnnlab/scratch/",
        "src/rnnlab/scratch/elman.py",
        "src/rnnlab/scratch/gru.py",
        "course/",
        "Makefile",
    ]


def test_the_chapters_in_the_readme_are_those_of_the_map() -> None:
    found = readme.between("map").search((ROOT / "README.md").read_text("utf-8"))
    assert found, "README.md lacks the marks <!-- map: … --> and <!-- end of map -->"
    course = Course()
    assert found[0] == found[1] + readme.chapters(course, Measured(course)) + "\n" + found[2], "run `make readme`"


def test_the_durations_in_the_readme_are_the_measured_ones() -> None:
    found = readme.between("durations").search((ROOT / "README.md").read_text("utf-8"))
    assert found, "README.md lacks the marks <!-- durations: … --> and <!-- end of durations -->"
    assert found[0] == found[1] + readme.durations() + "\n" + found[2], "run `make readme`"


def test_where_the_repository_is_published_is_the_same_everywhere() -> None:
    publication = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["rnnlab"]
    here = f"{publication['owner']}/{publication['repository']}"
    for path in [*DOCUMENTS, ROOT / "CITATION.cff"]:
        for found in re.findall(r"git\+https://github\.com/([\w.-]+/[\w.-]+?)(?:@|\"|'|\s|$)", path.read_text("utf-8")):
            assert found == here, f"{named(path)} installs from {found}"
