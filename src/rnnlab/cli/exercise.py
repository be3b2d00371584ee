"""`rnnlab exercise` and `rnnlab exercises`: one answer judged, all of them listed, a chosen set exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnlab.errors import InputError

if TYPE_CHECKING:
    from rnnlab.exercises.assignment import Format


@click.command(short_help="Show an exercise, or check the answer in a file.")
@click.argument("id")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--hint", "wants_hint", is_flag=True, help="Show its next hint.")
@click.option("--solution", "wants_solution", is_flag=True, help="Show a worked answer and why it is right.")
def exercise(id: str, file: Path | None, wants_hint: bool, wants_solution: bool) -> int:
    """rnnlab exercise 3.2 my_file.py

    Checks the answer in my_file.py; without a file, shows what is asked and what to start from. Exit code 1 when the
    answer is not right.
    """
    from rnnlab.exercises import catalogue
    from rnnlab.exercises.answering import hint, solution
    from rnnlab.exercises.showing import show
    from rnnlab.exercises.source import stub_of

    asked = catalogue.find(id)
    if (file is not None) + wants_hint + wants_solution > 1:
        raise InputError("Give a file, or --hint, or --solution; one of them at a time.")
    if wants_hint:
        hint(id)
    elif wants_solution:
        solution(id)
    elif file is not None:
        from rnnlab.exercises.in_file import check_file

        return check_file(id, file)
    else:
        start = f"```python\n{stub_of(asked)}\n```"
        how = f"Write your answer into a file, then: `rnnlab exercise {id} my_file.py`"
        show(
            f"**Exercise {id}: {asked.title}** ({asked.points} points)\n\n{asked.statement.strip()}\n\n{start}\n\n{how}"
        )
    return 0


@click.group(invoke_without_command=True)
@click.pass_context
def exercises(context: click.Context) -> None:
    """rnnlab exercises list

    The exercises of the course: what is solved, and assignments for a class.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@exercises.command("list", short_help="The exercises, and which are solved.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(as_json: bool = False) -> None:
    """rnnlab exercises list

    Lists every exercise with its kind and points, and what you have solved. That is kept in a file on this machine and
    sent nowhere.
    """
    from rnnlab.exercises import catalogue, ledger
    from rnnlab.exercises.ledger import Entry
    from rnnlab.exercises.overview import kind, overview
    from rnnlab.exercises.showing import show

    if not as_json:
        show(overview())
        return
    known = ledger.read()
    rows = []
    for id in catalogue.ids():
        each, entry = catalogue.find(id), known.get(id, Entry())
        about = {"id": id, "title": each.title, "kind": kind(each), "points": each.points}
        rows.append(about | {"solved": bool(entry.solved), "earned": entry.points, "failures": entry.failures})
    click.echo(json.dumps(rows, ensure_ascii=False))


@exercises.command("export", short_help="Write an assignment for Otter Grader or nbgrader.")
@click.option("--format", "format", type=click.Choice(["otter", "nbgrader"]), required=True, help="The grader.")
@click.option("--ids", required=True, help="Exercises and chapters: 1.3,3 is exercise 1.3 and all of chapter 3.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
@click.option("--variants", default=1, show_default=True, help="Variants for students to be dealt.")
@click.option("--each", type=int, help="Exercises in each variant, drawn from the chosen. Default: all.")
@click.option("--seed", default=0, show_default=True, help="Deals exercises and the inputs of the tests.")
def export_(format: Format, ids: str, out: Path, variants: int, each: int | None, seed: int) -> None:
    """rnnlab exercises export --format otter --ids 1.3,3 --variants 20 --seed 7 --out assignment

    Writes notebooks for students, public and hidden tests with points, and worked notebooks.
    """
    from rnnlab.exercises.assignment import chosen_ids, deal, export

    dealt = deal(chosen_ids(ids), variants, seed, each)
    written = export(dealt, format, out)
    points = sum(question.exercise.points for question in dealt[0].questions)
    click.echo(f"{len(dealt)} variants, {len(dealt[0].questions)} exercises in each, {points} points in the first.")
    click.echo(f"{len(written)} files in {out}; its README.md says how they are graded.")
