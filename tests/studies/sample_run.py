"""Runs a sample study from the command line, so that a test can kill it: python sample_run.py NAME STORE WORKERS."""

from __future__ import annotations

import sys
from pathlib import Path

import sample_trials

from rnnlab.errors import InputError
from rnnlab.studies import run

if __name__ == "__main__":
    name, store, workers = sys.argv[1:]
    study = sample_trials.tuned(seeds=range(40)) if name == "tuned" else sample_trials.slow(Path(store))
    try:
        records = run(study, "full", workers=int(workers), store=store)
    except InputError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    print(len(records))
