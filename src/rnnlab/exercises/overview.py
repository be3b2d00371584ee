"""How far a reader has come, as a table of Markdown."""

from __future__ import annotations

from rnnlab.exercises import catalogue, ledger
from rnnlab.exercises.exercise import Exercise
from rnnlab.exercises.ledger import Entry


def overview() -> str:
    """Every exercise of the course with its state, and the points so far."""
    known = ledger.read()
    rows, earned, possible, solved = [], 0.0, 0, 0
    everything = [exercise for id in catalogue.ids() for exercise in [catalogue.find(id)]]
    for exercise in everything:
        entry = known.get(exercise.id, Entry())
        earned, possible, solved = earned + entry.points, possible + exercise.points, solved + bool(entry.solved)
        rows.append(f"| {exercise.id} | {exercise.title} | {_state(entry)} | {entry.points:g} of {exercise.points} |")
    table = "\n".join(["| | exercise | | points |", "|---|---|---|---|", *rows])
    total = f"{solved} of {len(everything)} exercises solved, {earned:g} of {possible} points."
    return f"{total} Kept in `{ledger.place()}`, on this machine alone.\n\n{table}"


def kind(exercise: Exercise) -> str:
    """code, repair, prediction or design."""
    return type(exercise).__name__.lower()


def _state(entry: Entry) -> str:
    if entry.solved:
        return "✓ solved"
    if entry.guess is not None:
        return "guessed"
    if entry.failures:
        return f"tried {entry.failures} {'time' if entry.failures == 1 else 'times'}"
    return "solution seen" if entry.solution_seen else "–"
