"""Runs studies once on the engine and once on torch: the same verdicts? In how much time?

    python benchmarks/studies.py                           the quick size of chapter 10's studies, some minutes
    python benchmarks/studies.py --full stock_forecast     the full size of one

Each in turn on one core, from the same seeds, remembering nothing. Time is processor time, so that what else runs on
the machine changes it little; everything that a trial does is in it, data, Adam and scoring too. Adds what it found
to results/benchmarks/studies.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import torch

import rnnlab
from rnnlab import engine
from rnnlab.errors import InputError
from rnnlab.files import whole_file
from rnnlab.layers import by_torch
from rnnlab.studies import Mode, Records, results_folder, run
from rnnlab.studies.catalogue import find
from rnnlab.studies.machine import machine

CHAPTER_10 = ("weather_forecast", "stock_forecast")
PATH = results_folder() / "benchmarks" / "studies.json"


def timed(name: str, mode: Mode, on: str) -> tuple[Records, float]:
    began = time.process_time()
    with by_torch() if on == "torch" else nullcontext():
        records = run(find(name), mode)
    return records, time.process_time() - began


def compared(name: str, mode: Mode) -> dict[str, Any]:
    """Verdicts and processor seconds of both; the kernels were compiled before."""
    found = {on: timed(name, mode, on) for on in ("engine", "torch")}
    records, others = (found[on][0] for on in ("engine", "torch"))
    pairs = zip(records.study.verdicts(records), others.study.verdicts(others), strict=True)
    return {
        "study": name,
        "mode": mode,
        "networks": len(records),
        "seconds": {on: seconds for on, (_, seconds) in found.items()},
        "verdicts": [
            {"claim": ours.claim, "engine": ours.decision, "torch": theirs.decision,
             "estimates": {"engine": ours.estimate, "torch": theirs.estimate}}
            for ours, theirs in pairs
        ],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Studies on the engine and on torch: verdicts and time.")
    parser.add_argument("studies", nargs="*", default=CHAPTER_10, metavar="STUDY")
    parser.add_argument("--full", action="store_true", help="the full size instead of the quick one")
    asked = parser.parse_args()
    mode: Mode = "full" if asked.full else "quick"
    engine.set_threads(1)
    before = json.loads(PATH.read_text("utf-8"))["studies"] if PATH.is_file() else []
    for name in asked.studies:
        try:
            found = compared(name, mode)
        except InputError as error:
            sys.exit(str(error))
        before = [one for one in before if (one["study"], one["mode"]) != (name, mode)] + [found]
        same = all(one["engine"] == one["torch"] for one in found["verdicts"])
        ratio = found["seconds"]["torch"] / found["seconds"]["engine"]
        print(f"{name} ({mode}): {ratio:.1f} times faster on the engine, verdicts {'the same' if same else 'differ'}")
        versions = {"rnnlab": f"rnnlab {rnnlab.__version__}", "torch": f"torch {torch.__version__}"}
        when = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"when": when, "machine": machine(), "threads": 1, "peers": versions}
        with whole_file(PATH) as part:
            part.write_text(json.dumps({"about": about, "studies": before}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
