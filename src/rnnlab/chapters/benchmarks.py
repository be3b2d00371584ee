"""What the benchmarks recorded: results/benchmarks/NAME.json, written by `make bench` and read by pages."""

from __future__ import annotations

import json
import math
from typing import Any

from rnnlab.errors import InputError
from rnnlab.studies import results_folder

Size = tuple[int, int, int, int]


def benchmark(name: str) -> dict[str, Any]:
    """The record of a benchmark: `about` (when, machine, versions) and what it measured.

    InputError when there is none.
    """
    folder = results_folder() / "benchmarks"
    path = folder / f"{name}.json"
    if not path.is_file():
        there = ", ".join(sorted(found.stem for found in folder.glob("*.json"))) or "none"
        raise InputError(
            f"No benchmark named {name!r} is recorded; there are: {there}. `make bench` measures the engine."
        )
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def speed_ups(record: dict[str, Any], peer: str) -> tuple[list[Size], dict[str, list[float]]]:
    """Sizes (B, T, I, H), and for each cell the peer's median time of a training step over ours; NaN where untimed.

    `record` is benchmark("engine"); float32, all sizes at which the peer was timed.
    """
    times = {
        (row["cell"], tuple(row[letter] for letter in "BTIH"), row["peer"]): row["median"]
        for row in record["milliseconds"]
        if (row["what"], row["dtype"]) == ("training", "float32")
    }
    sizes = list(dict.fromkeys(size for _, size, who in times if who == peer))
    return sizes, {
        cell.lower(): [
            times.get((cell, size, peer), math.nan) / times.get((cell, size, "rnnlab"), math.nan) for size in sizes
        ]
        for cell in ("RNN", "GRU", "LSTM")
    }


def on_what(record: dict[str, Any]) -> str:
    """The machine, the peers and the day of a record, in a sentence."""
    about = record["about"]
    machine = about["machine"]
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['system']}, {about['when'][:10]}; "
        f"{'; '.join(about['peers'].values())}."
    )
