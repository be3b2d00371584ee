"""The table on the terminal and the numbers as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from rnnlab.files import whole_file
from rnnlab.studies.machine import machine
from speed.goals import Row
from speed.measure import Measured
from speed.quiet import cores


def surroundings(found: Measured, quick: bool) -> dict[str, Any]:
    """What the numbers depend on."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "mode": "quick" if quick else "full",
        "machine": machine(),
        "threads": cores(),
        "peers": found.versions,
        "missing": found.missing,
        "load average": {"lowest": min(found.load), "highest": max(found.load)},
        "waited for free cores": {
            "seconds": round(found.quiet.waited, 1),
            "timings": found.quiet.begun,
            "begun without": found.quiet.begun_not_free,
        },
        "method": "a process a peer; a new order each round, when the cores are free; one untimed call first; medians",
    }


def print_table(rows: Sequence[Row], about: dict[str, Any], found: Measured) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table(title="The engine's goals", title_justify="left")
    for heading in ("what", "goal", "measured", "verdict"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        colour = {True: "green", False: "red", None: "dim"}[row.met]
        table.add_row(row.what, row.goal, row.measured, f"[{colour}]{row.verdict}")
    console.print(table)
    met, missed = (sum(row.met is well for row in rows) for well in (True, False))
    console.print(f"{met} goals met, {missed} missed.")
    on = about["machine"]
    console.print(f"{on['processor']}, {on['cores']} cores, {on['system']}; " + "; ".join(found.versions.values()))
    for peer, reason in found.missing.items():
        console.print(f"Not timed: {peer}: {reason}")
    load = about["load average"]
    console.print(f"Load average {load['lowest']:.1f} … {load['highest']:.1f} on {cores()} cores; {about['method']}.")
    quiet = about["waited for free cores"]
    console.print(
        f"Waited {quiet['seconds']:.0f} s for free cores; {quiet['begun without']} of {quiet['timings']} timings began "
        "without them."
    )
    for complaint in found.complaints:
        console.print(f"[red]{complaint}", markup=True, highlight=False)


def write_json(path: Path, rows: Sequence[Row], about: dict[str, Any], found: Measured) -> None:
    """Every row and every median with its quartiles, in milliseconds."""
    times = [
        asdict(case)
        | {"peer": peer, "calls": len(seconds)}
        | dict(zip(("quartile 1", "median", "quartile 3"), 1e3 * np.quantile(seconds, (0.25, 0.5, 0.75)), strict=True))
        for (case, peer), seconds in found.times.items()
    ]
    goals = [asdict(row) | {"verdict": row.verdict} for row in rows]
    document = {"about": about, "goals": goals, "milliseconds": times, "complaints": found.complaints}
    with whole_file(path) as part:
        part.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
