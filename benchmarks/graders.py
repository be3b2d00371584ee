"""Do Otter Grader and nbgrader really grade an exported assignment: full marks for the solutions, none for the stubs?

python benchmarks/graders.py [--ids 1.3,2.3] [FOLDER]

Each grader gets an environment of its own in FOLDER (build/graders), which sees the packages of this one behind its
own; an assignment is exported, a worked and an untouched submission are graded, and the marks go to
results/benchmarks/graders.json. Exit code 1 when a mark is not what it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import rnnlab
from rnnlab.exercises.assignment import chosen_ids, deal, export

ROOT = Path(__file__).parents[1]
PACKAGES = {"otter": "otter-grader", "nbgrader": "nbgrader"}


def environment(folder: Path, grader: str) -> Path:
    """The grader's own environment, made where it is missing; its folder of commands."""
    place = folder / grader
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    if not (commands / grader).exists():
        print(f"Installing {PACKAGES[grader]} into {place}", file=sys.stderr)
        venv.create(place, with_pip=True, clear=True)
        python = commands / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGES[grader]], check=True)
        found = [python, "-c", "import site; print(site.getsitepackages()[0])"]
        packages = Path(subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip())
        here = [*site.getsitepackages(), str(Path(rnnlab.__file__).parents[1])]
        (packages / "zz_course.pth").write_text("\n".join(here) + "\n", "utf-8")
    return commands


def run(command: list[object], folder: Path, commands: Path) -> str:
    """What the command prints; its own kernel is the grader's environment. A command that fails ends the script."""
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    private = {"RNNLAB_PROGRESS": str(folder / "progress.json"), "JUPYTER_DATA_DIR": str(folder / "jupyter")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": path} | private,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def by_otter(out: Path, commands: Path) -> dict[str, tuple[float, float]]:
    """Submission → points, of how many."""
    variant = out / "variant_01"
    pack = [commands / "otter", "generate", "-t", "tests", "-c", "otter_config.json", "-r", "requirements.txt"]
    run([*pack, "-o", "autograder.zip"], variant / "autograder", commands)
    marks = {}
    for kind in ("solutions", "student"):
        graded = out / f"graded_{kind}"
        graded.mkdir()
        submission = variant / kind / "assignment.ipynb"
        zipped = variant / "autograder" / "autograder.zip"
        run([commands / "otter", "run", "--no-logo", "-a", zipped, "-o", graded, submission], out, commands)
        tests = [test for test in json.loads((graded / "results.json").read_text("utf-8"))["tests"] if "score" in test]
        marks[kind] = sum(test["score"] for test in tests), sum(test["max_score"] for test in tests)
    return marks


def by_nbgrader(out: Path, commands: Path) -> dict[str, tuple[float, float]]:
    """The same: the release as it is, and the source with its solutions in the release's place."""
    nbgrader, name = commands / "nbgrader", "variant_01"
    run([nbgrader, "generate_assignment", name], out, commands)
    for kind, folder in (("solutions", "source"), ("student", "release")):
        place = out / "submitted" / kind / name
        place.mkdir(parents=True)
        shutil.copy(out / folder / name / "assignment.ipynb", place)
    run([nbgrader, "autograde", name], out, commands)
    run([nbgrader, "export", "--to", "marks.csv"], out, commands)
    head, *rows = [line.split(",") for line in (out / "marks.csv").read_text("utf-8").splitlines()]
    students = [dict(zip(head, row, strict=True)) for row in rows]
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in students}


def main() -> int:
    """Grades with both; 0 when every mark is right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "graders")
    parser.add_argument("--ids", default="1,2")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    variants = deal(chosen_ids(chosen.ids), variants=1, seed=1)
    points = float(sum(question.exercise.points for question in variants[0].questions))
    seen, well = {}, True
    for grader, grade in (("otter", by_otter), ("nbgrader", by_nbgrader)):
        commands = environment(folder, grader)
        out = folder / f"assignment_{grader}"
        shutil.rmtree(out, ignore_errors=True)
        export(variants, grader, out)
        marks = grade(out, commands)
        version = run([commands / "python", "-m", "pip", "show", PACKAGES[grader]], out, commands).splitlines()[1]
        seen[grader] = {"version": version.split()[1], "solutions": marks["solutions"], "stubs": marks["student"]}
        well &= marks == {"solutions": (points, points), "student": (0.0, points)}
        print(f"{grader}: solutions {marks['solutions']}, stubs {marks['student']}, of {points:g} points")
    record = {"exercises": [q.exercise.id for q in variants[0].questions], "points": points, **seen}
    if well:
        place = ROOT / "results" / "benchmarks" / "graders.json"
        place.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
