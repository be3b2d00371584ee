"""Trials that take no time, for the tests of what runs them. Worker processes import this file."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from rnnlab.studies import Claim, Records, Study, Tuning, Verdict, paired


def quick_trial(*, seed: int, cell: str, hidden_size: int, learning_rate: float = 0.1) -> dict[str, Any]:
    time.sleep(float(os.environ.get("SAMPLE_PAUSE", "0")))
    rng = np.random.default_rng([seed, hidden_size, len(cell)])
    noise = rng.normal(size=3)
    error = {"rnn": 3.0, "lstm": 1.0}[cell] + 0.1 * noise[0]
    return {"mae": error, "validation": (learning_rate - len(cell) / 100) ** 2, "curve": noise, "never": float("nan")}


def matrix_trial(*, seed: int) -> dict[str, Any]:
    import torch  # here, so that the processes of the other tests start fast
    from threadpoolctl import threadpool_info

    a = np.random.default_rng(seed).normal(size=(300, 300)).astype(np.float32)
    for _ in range(3):
        a = np.tanh(a @ a)
    threads = [library["num_threads"] for library in threadpool_info()]
    return {
        "mae": float(a.sum()),
        "bits": a[0].tobytes().hex(),
        "threads": max(threads),
        "torch": torch.get_num_threads(),
    }


def has_imported(module: str) -> tuple[int, bool]:
    time.sleep(0.2)  # so that one process does not take both tasks
    return os.getpid(), module in sys.modules


def troubled_trial(*, seed: int, folder: str) -> dict[str, Any]:
    marks = Path(folder)
    with (marks / f"seed{seed}").open("a") as file:
        file.write("x")
    if seed == 1:
        raise ValueError("the loss turned\ninto a pumpkin")
    if seed == 2:
        return {"mae": float("inf")}
    if seed == 3:  # always
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == 4 and (marks / "seed4").read_text() == "x":  # the first time
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == 5:
        return {"rmse": 1.0}
    if seed == 6:
        return {"mae": "good"}
    if seed == 7:
        return {"mae": 1.0, "seconds": 2.0}
    return {"mae": float(seed)}


def broken_trial(*, seed: int) -> dict[str, Any]:
    raise OSError(f"no data for seed {seed}")


def slow_trial(*, seed: int, folder: str) -> dict[str, Any]:
    if seed == 2:
        (Path(folder) / f"at-{os.getpid()}").touch()
        time.sleep(60)
    return {"mae": float(seed)}


def paced_trial(*, seed: int, folder: str) -> dict[str, Any]:
    """Leaves a mark as it begins, so that a test knows how far a study is."""
    (Path(folder) / f"{seed}-{os.getpid()}").touch()
    time.sleep(float(os.environ.get("SAMPLE_PAUSE", "0")))
    return {"mae": float(np.random.default_rng(seed).normal())}


def gated_is_better(records: Records) -> Verdict:
    lstm, rnn = (records.where(cell=cell, hidden_size=8).values() for cell in ("lstm", "rnn"))
    return paired(lstm, rnn, unit="°C")


def sample(**changes: Any) -> Study:
    """A study of quick_trial, with changes."""
    fields: dict[str, Any] = {
        "name": "sample",
        "question": "Which cell forecasts better?",
        "prediction": "The LSTM.",
        "section": "10.3",
        "trial": quick_trial,
        "measure": "mae",
        "vary": {"cell": ("rnn", "lstm"), "hidden_size": (4, 8)},
        "seeds": range(8),
        "claims": (Claim("10.3", "The LSTM's error is below the RNN's.", gated_is_better),),
    }
    return Study(**(fields | changes))


def tuned(**changes: Any) -> Study:
    """The same, each cell with its own learning rate."""
    return sample(tune=Tuning(grid={"learning_rate": (0.01, 0.03, 0.04)}, on="validation"), **changes)


def troubled(folder: Path, seeds: Any = range(8)) -> Study:
    hold = {"folder": str(folder)}
    return sample(name="troubled", trial=troubled_trial, vary={}, hold=hold, seeds=seeds, claims=())


def slow(folder: Path) -> Study:
    return sample(name="slow", trial=slow_trial, vary={}, hold={"folder": str(folder)}, seeds=range(4), claims=())


def paced(folder: Path) -> Study:
    return sample(name="paced", trial=paced_trial, vary={}, hold={"folder": str(folder)}, seeds=range(60), claims=())
