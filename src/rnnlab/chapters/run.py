"""Runs chapters from top to bottom and collects what they found out: one table of verdicts for the whole course."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rnnlab
from rnnlab.chapters.cells import Mode
from rnnlab.chapters.kernel import CellError, run_notebook
from rnnlab.errors import InputError
from rnnlab.files import whole_file
from rnnlab.training.progress import Progress, spoken

if TYPE_CHECKING:
    from rich.console import Console

PACKAGE = Path(rnnlab.__file__).parent
CHECKOUT = PACKAGE.parents[1]
VERDICT_MIME = "application/vnd.rnnlab.verdict+json"
COLOURS = {"holds": "green", "does not hold": "red", "cannot tell": "yellow"}
# A chapter's outputs also depend on these; the others change no number.
NUMERICS = ("numpy", "numba", "torch", "pandas", "scipy", "scikit-learn", "matplotlib")


@dataclass(frozen=True)
class Chapter:
    """A notebook of the course. `number` is None for a page around the chapters, such as the engine's."""

    number: int | None
    name: str
    title: str
    notebook: Path


@dataclass(frozen=True)
class ChapterRun:
    """What became of one chapter: where its executed notebook lies, its verdicts, or in `error` why it stopped."""

    chapter: Chapter
    notebook: Path
    seconds: float
    reused: bool
    error: str | None
    verdicts: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class CourseRun:
    """Every chapter that was asked for, in order."""

    chapters: tuple[ChapterRun, ...]
    mode: Mode

    @property
    def ok(self) -> bool:
        """Every chapter ran to its end. A claim that does not hold is a result, not a failure."""
        return all(run.error is None for run in self.chapters)

    @property
    def exit_code(self) -> int:
        """0, or 1 when a chapter stopped."""
        return 0 if self.ok else 1

    @property
    def verdicts(self) -> tuple[dict[str, Any], ...]:
        """All verdicts in the order of the course."""
        return tuple(verdict for run in self.chapters for verdict in run.verdicts)

    def as_json(self) -> dict[str, Any]:
        """The run for a program to read."""
        return {
            "mode": self.mode,
            "ok": self.ok,
            "chapters": [
                {
                    "chapter": run.chapter.name,
                    "notebook": str(run.notebook),
                    "seconds": round(run.seconds, 1),
                    "reused": run.reused,
                    "error": run.error,
                    "verdicts": list(run.verdicts),
                }
                for run in self.chapters
            ],
        }

    def print(self, console: Console | None = None) -> None:
        """The table of verdicts, then a line for every chapter."""
        from rich.console import Console as Rich
        from rich.table import Table

        console = console or Rich()
        if self.verdicts:
            table = Table(
                title="Verdicts of this run and of the recorded full studies (mode, seeds)",
                title_justify="left",
                show_lines=False,
                pad_edge=False,
            )
            table.add_column("Claim", no_wrap=True)
            table.add_column("Sentence", ratio=1)
            table.add_column("Mode", no_wrap=True)
            table.add_column("Verdict", no_wrap=True)
            table.add_column("Estimate [interval]", justify="right")
            for verdict in self.verdicts:
                colour = COLOURS.get(verdict["decision"], "")
                table.add_row(
                    str(verdict["claim"]),
                    verdict["sentence"],
                    f"{verdict['mode']}, {verdict['seeds']}",
                    f"[{colour}]{verdict['decision']}[/]" if colour else verdict["decision"],
                    measured(verdict),
                )
            console.print(table)
        for run in self.chapters:
            console.print(run_line(run), markup=False, highlight=False, soft_wrap=True)


def measured(verdict: dict[str, Any]) -> str:
    """0.123 [0.100, 0.150], three digits each; a verdict that has no interval shows its estimate alone."""
    estimate, interval = verdict.get("estimate"), verdict.get("interval")
    shown = "" if estimate is None else f"{estimate:.3g}"
    if interval and None not in interval:
        shown += rf" \[{interval[0]:.3g}, {interval[1]:.3g}]"
    return shown


def run_line(run: ChapterRun) -> str:
    """How the chapter's run ended, in a sentence."""
    if run.error is not None:
        return run.error
    how = "unchanged since its last run, which took" if run.reused else "ran from top to bottom in"
    return f"{run.chapter.title}: {how} {spoken(run.seconds)}"


def notebooks_folder() -> Path:
    """The checkout's notebooks/, or the ones that an installed wheel carries."""
    here = CHECKOUT / "notebooks"
    return here if (CHECKOUT / "pyproject.toml").is_file() and here.is_dir() else PACKAGE / "_course" / "notebooks"


def default_out() -> Path:
    """build/course in a checkout, else rnnlab-course in the working folder."""
    inside = notebooks_folder().parent == CHECKOUT
    return CHECKOUT / "build" / "course" if inside else Path("rnnlab-course")


def chapters(folder: Path | None = None) -> tuple[Chapter, ...]:
    """The chapters that are here, in order; the pages around them last."""
    found = []
    for path in (folder or notebooks_folder()).glob("*.ipynb"):
        match = re.match(r"([0-9]+)_", path.name)
        found.append(Chapter(int(match[1]) if match else None, path.stem, title_of(path), path))
    if not found:
        raise InputError(
            f"There are no notebooks in {folder or notebooks_folder()}; "
            "run `make notebooks` in a checkout, or install rnnlab again."
        )
    return tuple(sorted(found, key=lambda c: (c.number is None, c.number, c.name)))


def title_of(notebook: Path) -> str:
    """The notebook's first heading."""
    first = "".join(json.loads(notebook.read_text("utf-8"))["cells"][0]["source"])
    return first.lstrip("# ").splitlines()[0]


def run_course(
    numbers: Sequence[int] | None = None,
    *,
    mode: Mode = "quick",
    out: Path | None = None,
    again: bool = False,
    folder: Path | None = None,
) -> CourseRun:
    """Runs the chapters with these numbers (None: all, and the pages around them) and saves the executed notebooks.

    Each runs in an empty folder, with this interpreter as its kernel and RNNLAB_MODE set. A chapter whose cells,
    library, results and packages are those of its last run in `out` is taken from there unless `again`: then nothing
    could come out differently but the seconds. A chapter that stops is reported and the next one runs. `folder` holds
    the notebooks (default: `notebooks_folder()`). Unknown numbers raise InputError.
    """
    chosen = choose(chapters(folder), numbers)
    out = out or default_out()
    runs: dict[Chapter, ChapterRun] = {}
    keys = {chapter: fingerprint(chapter, mode) for chapter in chosen}
    if not again:
        runs = {c: run for c in chosen if (run := last_run(c, out, keys[c])) is not None}
    waiting = [chapter for chapter in chosen if chapter not in runs]
    if waiting:
        total = sum(cell["cell_type"] == "code" for c in waiting for cell in cells_of(c.notebook))
        with Progress(f"Course, {mode} mode", total, unit="cells") as progress:
            for chapter in waiting:
                runs[chapter] = run_chapter(chapter, mode, out, keys[chapter], progress)
    return CourseRun(tuple(runs[chapter] for chapter in chosen), mode)


def choose(here: tuple[Chapter, ...], numbers: Sequence[int] | None) -> tuple[Chapter, ...]:
    """The chapters with these numbers, in the course's order. Raises InputError for a number that is not there."""
    if numbers is None:
        return here
    known = {chapter.number for chapter in here}
    if missing := sorted(set(numbers) - known):
        written = ", ".join(str(n) for n in sorted(n for n in known if n is not None))
        raise InputError(f"There is no chapter {missing[0]} to run; written are: {written}.")
    return tuple(chapter for chapter in here if chapter.number in numbers)


def run_chapter(chapter: Chapter, mode: Mode, out: Path, key: str, progress: Progress) -> ChapterRun:
    """Runs one chapter; its executed notebook takes the place of an older one only when it came to its end."""
    name = f"chapter {chapter.number}" if chapter.number is not None else chapter.name
    before = progress.done
    begun = progress.seconds
    saved = out / f"{chapter.name}.ipynb"

    def on_cell(section: str, done: int) -> None:
        progress.update(before + done, note=f"{name} · {section}")

    try:
        executed = run_notebook(chapter.notebook, mode, on_cell)
    except CellError as broken:
        log = out / f"{chapter.name}.log"
        with whole_file(log) as part:
            part.write_text(broken.traceback, "utf-8")
        progress.update(before + sum(cell["cell_type"] == "code" for cell in cells_of(chapter.notebook)))
        error = f"{name[0].upper()}{name[1:]} stopped {broken}. The traceback is in {log}"
        return ChapterRun(chapter, saved, progress.seconds - begun, False, error, ())
    seconds = progress.seconds - begun
    executed["metadata"]["rnnlab"] = {"key": key, "mode": mode, "seconds": seconds, "version": rnnlab.__version__}
    with whole_file(saved) as part:
        part.write_text(json.dumps(executed, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return ChapterRun(chapter, saved, seconds, False, None, verdicts_of(executed))


def last_run(chapter: Chapter, out: Path, key: str) -> ChapterRun | None:
    """The chapter's last run if it had the same fingerprint."""
    saved = out / f"{chapter.name}.ipynb"
    try:
        executed = json.loads(saved.read_text("utf-8"))
        about = executed["metadata"]["rnnlab"]
    except (OSError, ValueError, KeyError):
        return None  # never run here, or not by us: it runs again
    if about["key"] != key:
        return None
    return ChapterRun(chapter, saved, about["seconds"], True, None, verdicts_of(executed))


def cells_of(notebook: Path) -> list[dict[str, Any]]:
    """The notebook's cells as they stand in the file."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text("utf-8"))["cells"]
    return cells


def verdicts_of(executed: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The verdicts that the notebook's cells displayed, in order."""
    return tuple(
        output["data"][VERDICT_MIME]
        for cell in executed["cells"]
        for output in cell.get("outputs", [])
        if VERDICT_MIME in output.get("data", {})
    )


def fingerprint(chapter: Chapter, mode: Mode) -> str:
    """Of everything that the chapter's outputs depend on: its cells, rnnlab, results/, the packages, the mode."""
    digest = hashlib.sha256(f"{mode} {platform.python_version()} {platform.machine()}".encode())
    for package in NUMERICS:
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    for cell in cells_of(chapter.notebook):
        if cell["cell_type"] == "code":
            digest.update("".join(cell["source"]).encode() + b"\0")
    results = CHECKOUT / "results" if notebooks_folder().parent == CHECKOUT else PACKAGE / "_course" / "results"
    for path in [*sorted(PACKAGE.rglob("*.py")), *sorted(results.rglob("*.jsonl"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
