"""The course's one builder: notebooks from its pages, a run of them, and the site with what the run measured.

python book/build.py notebooks         course/*.md → notebooks/*.ipynb
python book/build.py course [--full]   notebooks, run, site, table of verdicts
python book/build.py site              the site from the last run
python book/build.py readme            what is generated in README.md
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import click

from blocks import Exercise
from course import ROOT, Course
from graft import Graft
from lower import as_bytes, notebook, solutions
from readme import write_readme
from rnnlab.chapters.run import run_course
from rnnlab.errors import InputError
from rnnlab.files import whole_file

BUILD = ROOT / "build"


def build_notebooks(course: Course, folder: Path) -> list[Path]:
    """Writes every notebook that is missing or differs, removes those without a page; the paths that changed."""
    wanted = {folder / f"{name}.ipynb": as_bytes(notebook(course, page)) for name, page in course.executed.items()}
    for name, page in course.executed.items():
        if any(isinstance(block, Exercise) for block in page.blocks):
            wanted[folder / "solutions" / f"{name}.ipynb"] = as_bytes(solutions(course, page))
    changed = []
    for path, data in wanted.items():
        if not path.is_file() or path.read_bytes() != data:
            with whole_file(path) as part:
                part.write_bytes(data)
            changed.append(path)
    for path in {*folder.glob("*.ipynb"), *folder.glob("solutions/*.ipynb")} - set(wanted):
        path.unlink()
        changed.append(path)
    return changed


def build_site(course: Course, executed: Path, notebooks: Path, out: Path) -> None:
    """Grafts the executed notebooks onto the pages and has Sphinx build the site; every warning is an error."""
    source = out.parent / f"{out.name}-source"
    shutil.rmtree(source, ignore_errors=True)
    graft = Graft(course, executed, source)
    extra = graft.extra
    extra.mkdir(parents=True)
    for page in course.pages.values():
        graft.write(page)
    shutil.copytree(notebooks, extra / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (extra / ".nojekyll").touch()
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        "-c",
        str(Path(__file__).parent),
    ]
    command += ["-d", str(source / "_doctrees"), "-D", f"html_extra_path={extra}", str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"The book was not built; Sphinx says:\n{done.stderr.strip()}")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command(help="course/*.md → notebooks/*.ipynb")
def notebooks() -> None:
    changed = build_notebooks(Course(), ROOT / "notebooks")
    for path in changed:
        print(f"wrote {path.relative_to(ROOT)}" if path.exists() else f"removed {path.relative_to(ROOT)}")
    if not changed:
        print("notebooks/ is up to date")


@main.command(help="Builds the notebooks, runs them, builds the site, prints the verdicts.")
@click.option("--full", is_flag=True, help="Run the full studies instead of the quick ones.")
@click.option("--again", is_flag=True, help="Run chapters again that have not changed.")
def course(full: bool, again: bool) -> None:
    whole = Course()
    build_notebooks(whole, ROOT / "notebooks")
    run = run_course(mode="full" if full else "quick", out=BUILD / "course", again=again, folder=ROOT / "notebooks")
    if run.ok:
        print_site(whole)
    run.print()
    sys.exit(run.exit_code)


@main.command(help="Builds the site from the chapters' last run.")
def site() -> None:
    print_site(Course())


@main.command(help="Writes what is generated in README.md: chapters, figure, durations.")
def readme() -> None:
    write_readme(Course(), BUILD / "course", ROOT / "README.md")


def print_site(course: Course) -> None:
    began = time.monotonic()
    print("Building the book", file=sys.stderr, flush=True)
    build_site(course, BUILD / "course", ROOT / "notebooks", BUILD / "book")
    index = BUILD / "book" / "index.html"
    print(f"The book (built in {time.monotonic() - began:.0f} s): {index}\nOpen it in a browser: {index.as_uri()}")


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (InputError, click.Abort, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted; finished chapters are kept.", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 130)
