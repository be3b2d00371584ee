"""Do the full studies still come out the same, and how long do all of them take? From a sample of each one's records.

    python benchmarks/full_studies.py           three trials of each study, some minutes on two cores
    python benchmarks/full_studies.py 10        ten of each

As many trials at once as there are cores, as a full run has them. The time of a study is what its records say it took,
times how much faster or slower the sample is today, over the cores; a run on a busy machine says so in its records, and
this takes it out. Each trial of the sample is run twice and timed the second time: what a process does once, compiled
kernels, data, baselines, a full run spreads over hundreds of trials. Measurements of time never repeat their bits.
Writes results/benchmarks/full_studies.json.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import torch

from rnnlab import engine
from rnnlab.errors import InputError
from rnnlab.files import whole_file
from rnnlab.studies import results_folder
from rnnlab.studies.catalogue import catalogue, find
from rnnlab.studies.machine import machine
from rnnlab.studies.store import read_records
from rnnlab.studies.verification import verify

PATH = results_folder() / "benchmarks" / "full_studies.json"


def one_thread() -> None:
    torch.set_num_threads(1)
    engine.set_threads(1)


def sampled(name: str, sample: int) -> dict[str, Any]:
    """How many of the sample came out the same, what did not, and the seconds of a core of the whole study."""
    study = find(name)
    written = sum(record.seconds for record in read_records(results_folder(), name))
    repeats = list(verify(study, sample=sample))
    now, then = sum(each.seconds for each in verify(study, sample=sample)), sum(each.record.seconds for each in repeats)
    return {
        "study": name,
        "sample": len(repeats),
        "same": sum(each.same for each in repeats),
        "moved": max((each.shift(study.measure) for each in repeats), default=0.0),  # the measure, as a share of itself
        "differing": sorted({measurement for each in repeats for measurement in each.differing}),
        "errors": [each.error for each in repeats if each.error is not None],
        "seconds_recorded": round(written, 1),
        "seconds": round(written * now / then, 1),
    }


def said(one: dict[str, Any]) -> str:
    """What did not come out the same, in words."""
    if one["errors"]:
        return "; ".join(one["errors"])
    if not one["differing"]:
        return "every bit"
    moved = f"its measure by {one['moved']:.1g} of itself, " if one["moved"] > 0 else ""
    return f"{moved}in {', '.join(one['differing'])}"


def main(sample: int) -> None:
    cores = int(machine()["cores"])
    with ProcessPoolExecutor(cores, get_context("spawn"), one_thread) as pool:
        studies = []
        for one in pool.map(sampled, catalogue(), [sample] * len(catalogue())):
            studies.append(one)
            print(f"{one['study']:24} {one['same']} of {one['sample']} the same;", said(one), flush=True)
    minutes = {one["study"]: one["seconds"] / cores / 60 for one in studies}
    longest, total = max(minutes, key=lambda name: minutes[name]), sum(minutes.values())
    print(f"All full studies: {total:.0f} min on {cores} cores, the longest {longest}: {minutes[longest]:.1f} min.")
    about = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    with whole_file(PATH) as part:
        found = {"about": about, "minutes": round(total, 1), "studies": studies}
        part.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    except InputError as error:
        sys.exit(str(error))
