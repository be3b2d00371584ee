"""Runs the trials of a study that are not recorded yet, here or in several processes; gives its records in order."""

from __future__ import annotations

import math
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rnnlab
from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical, decode, encode
from rnnlab.studies.machine import machine
from rnnlab.studies.records import Records
from rnnlab.studies.store import Record, Writer, read_records, results_folder
from rnnlab.studies.study import Mode, Study, Trial
from rnnlab.studies.tuning import Choice, Tuning, choose
from rnnlab.studies.workers import Here, Lost, Pool, Workers, one_thread

if TYPE_CHECKING:
    from rnnlab.training.progress import Progress


def run(study: Study, mode: Mode = "quick", *, workers: int | Pool = 1, store: Path | str | None = None) -> Records:
    """Measures what is missing and gives all records of the study, tuning first where the study tunes.

    workers  1 runs here; more are fresh processes; or any pool with imap_unordered: ray.util.multiprocessing.Pool.
             The measurements have the same bits for any of them.
    store    a folder that remembers: what it holds is not run again, and every record is on its disk before the next is
             waited for, so that a kill or Ctrl-C costs the trials in flight alone. None remembers nothing.

    A trial that raises, or whose process dies twice, is recorded with its sentence while the others go on; the next run
    tries it again. InputError when every trial fails, for a second run on the same store, a full disk, a damaged store.
    """
    sitting = _Sitting(study, mode)
    with ExitStack() as stack:
        if store is not None:
            sitting.writer = stack.enter_context(Writer(store, study.name))
            sitting.remember(sitting.writer.records)
        pool = stack.enter_context(_pool(workers, study))
        return sitting.measure_all(pool)


def read(study: Study, mode: Mode = "full", store: Path | str | None = None) -> Records:
    """What is recorded, without running anything: from results/ of the course, or from a folder of one's own.

    InputError when a trial of today's definition is missing: never run, or recorded by another definition.
    """
    sitting, folder = _Sitting(study, mode), results_folder() if store is None else Path(store)
    found = read_records(folder, study.name)
    sitting.remember(found)
    if sitting.missing:
        command = f"rnnlab study run {study.name}{' --full' if mode == 'full' else ''}"
        command += f" --store {folder}" if store is not None else ""
        stale = sum(record.fingerprint != sitting.fingerprint for record in found)
        why = f" ({stale} records there are of another definition, not of {sitting.fingerprint})" if stale else ""
        raise InputError(
            f"{sitting.missing} of the {sitting.total} {mode} trials of {study.name} are not recorded in {folder}{why}."
            f" Run `{command}`."
        )
    return sitting.records()


def recorded(study: Study, mode: Mode = "full", store: Path | str | None = None) -> tuple[int, int]:
    """How many trials of today's definition are recorded, of how many: those that tune included."""
    sitting = _Sitting(study, mode)
    sitting.remember(read_records(results_folder() if store is None else store, study.name))
    return sitting.total - sitting.missing, sitting.total


class _Sitting:
    """One study in one mode: what is known of its trials, and what remains to be measured."""

    def __init__(self, study: Study, mode: Mode) -> None:
        self.study, self.mode = study, mode
        self.fingerprint = study.fingerprint(mode)
        self.tuning = study.tuning_trials(mode)
        self.total = len(self.tuning) + len(study.seeds_of(mode)) * len(study.settings(mode))
        self.known: dict[str, Record] = {}
        self.writer: Writer | None = None

    def remember(self, records: Sequence[Record]) -> None:
        """Takes over the records that this definition may use; of two for one trial, the later."""
        for record in records:
            fits = record.error is not None or self.study.measure in record.measurements
            if record.fingerprint == self.fingerprint and fits:
                self.known[record.key] = record

    @property
    def missing(self) -> int:
        """How many trials are not known. What they will be is open until the tuning is; how many they are is not."""
        if any(trial.key not in self.known for trial in self.tuning):
            return self.total - sum(trial.key in self.known for trial in self.tuning)
        return sum(trial.key not in self.known for trial in self.trials(self.choices()))

    def measure_all(self, pool: Pool) -> Records:
        """Tunes, then runs; what failed in an earlier sitting is tried again."""
        from rnnlab.training.progress import Progress

        self.known = {key: record for key, record in self.known.items() if record.error is None}
        with Progress(self.study.name, self.total, unit="trials", done=self.total - self.missing) as progress:
            if self.writer is not None and self.writer.torn:
                _tell(self.writer.torn)
            self._measure(self.tuning, pool, progress)
            progress.update(self.total - self.missing)
            self._measure(self.trials(self.choices()), pool, progress)
        records = self.records()
        if len(records.errors) == len(records):
            raise InputError(f"No trial of {self.study.name} could run: {records.errors[0].error}")
        return records

    def choices(self) -> tuple[Choice, ...]:
        """What each group takes, by the tuning that is known."""
        tune = self.study.tuned(self.mode)
        if tune is None:
            return ()
        return tuple(choose(tune, group, self._scores(tune, group)) for group in self.study.groups(self.mode))

    def trials(self, choices: tuple[Choice, ...]) -> tuple[Trial, ...]:
        """Those that answer."""
        return self.study.trials(self.mode, choices)

    def records(self) -> Records:
        """All of them, in order, once nothing is missing."""
        choices = self.choices()
        return Records(self.study, self.mode, [self.known[trial.key] for trial in self.trials(choices)], choices)

    def _scores(self, tune: Tuning, group: Mapping[str, Any]) -> dict[str, list[float]]:
        """canonical(point) → what each tuning seed measured at it in this group; NaN for a trial that failed."""
        scores: dict[str, list[float]] = {}
        for trial in self.study.tuning_trials(self.mode):
            if (
                canonical({name: trial.settings[name] for name in group}) != canonical(group)
                or trial.key not in self.known
            ):
                continue
            record = self.known[trial.key]
            if record.error is None and tune.on not in record.measurements:
                raise InputError(
                    f"{self.study.name} tunes on {tune.on!r}, which its trial does not measure; it measures "
                    f"{', '.join(record.measurements)}."
                )
            point = canonical({name: trial.settings[name] for name in tune.grid})
            value = math.nan if record.error is not None else record.measurements[tune.on]
            scores.setdefault(point, []).append(float(value))
        return scores

    def _measure(self, trials: Sequence[Trial], pool: Pool, progress: Progress) -> None:
        """Until every one of `trials` is known. Who loses its process gets another one once."""
        todo = [trial for trial in trials if trial.key not in self.known]
        tasks = [Task(self.study.trial, self.study.measure, trial) for trial in todo]
        lost: list[Lost] = []
        for outcome in pool.imap_unordered(attempt, tasks):
            if isinstance(outcome, Lost):
                lost.append(outcome)
                _tell(f"The process at {_named(outcome.task.trial)} {outcome.reason}; the trial runs once more.")
            else:
                self._keep(outcome, progress)
        for outcome in pool.imap_unordered(attempt, [each.task for each in lost]):
            if isinstance(outcome, Lost):
                reason = f"its process {outcome.reason} twice; if memory ran out, use fewer workers"
                outcome = Outcome(outcome.task.trial, {}, reason, "error", math.nan)
            self._keep(outcome, progress)

    def _keep(self, outcome: Outcome, progress: Progress) -> None:
        record = Record(
            study=self.study.name,
            fingerprint=self.fingerprint,
            mode=self.mode,
            settings=decode(encode(outcome.trial.settings)),
            seed=outcome.trial.seed,
            status=outcome.status,
            measurements=decode(outcome.measurements),
            error=outcome.error,
            seconds=round(outcome.seconds, 3),
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            version=rnnlab.__version__,
            machine=dict(machine()),
        )
        if self.writer is not None:
            self.writer.append(record)
        self.known[record.key] = record
        if record.error is not None:
            _tell(f"{self.study.name}, {_named(outcome.trial)}: {record.error}")
        varied = {name: outcome.trial.settings[name] for name in self.study.varied(self.mode)}
        progress.advance(note=_named(Trial(varied, outcome.trial.seed)))


@dataclass(frozen=True)
class Task:
    """What a worker needs to know of a trial."""

    trial_function: Callable[..., Mapping[str, Any]]
    measure: str
    trial: Trial


@dataclass(frozen=True)
class Outcome:
    """What came of it: measurements as JSON holds them, or a sentence."""

    trial: Trial
    measurements: dict[str, Any]
    error: str | None
    status: str
    seconds: float


def attempt(task: Task) -> Outcome:
    """One trial from its beginning to its end; what it raises becomes a sentence, what it measures JSON."""
    began = time.perf_counter()
    measured: dict[str, Any] = {}
    error, status = None, "done"
    try:
        with one_thread():
            measured = _checked(task, task.trial_function(seed=task.trial.seed, **task.trial.settings))
        if not math.isfinite(decode(measured[task.measure])):
            status = "diverged"
    except Exception as raised:  # whatever a trial raises is its record; the others go on
        error, status = _sentence(raised), "error"
    return Outcome(task.trial, measured, error, status, time.perf_counter() - began)


def _checked(task: Task, measured: Any) -> dict[str, Any]:
    name = task.trial_function.__name__
    if not isinstance(measured, Mapping):
        raise TypeError(f"{name} returned {type(measured).__name__}; a trial returns a dict of measurements")
    encoded: dict[str, Any] = encode(measured)
    taken = sorted({"seed", "status", "seconds", *task.trial.settings} & encoded.keys())
    if taken:
        raise ValueError(f"{name} measures {', '.join(taken)}, which every record has already; choose another name")
    if task.measure not in encoded:
        raise KeyError(
            f"{name} returned {', '.join(encoded) or 'nothing'}, and not the study's measure {task.measure!r}"
        )
    if not isinstance(decode(encoded[task.measure]), bool | int | float):
        raise TypeError(f"{name} measured {task.measure}={measured[task.measure]!r}; a study's measure is one number")
    return encoded


def _sentence(error: Exception) -> str:
    """What was raised and where, on one line, without the folders of this machine."""
    said = " ".join(str(error.args[0] if isinstance(error, KeyError) and error.args else error).split())
    if isinstance(error, InputError):
        return said
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {said} ({Path(last.filename).name}, line {last.lineno})"


@contextmanager
def _pool(workers: int | Pool, study: Study) -> Iterator[Pool]:
    if not isinstance(workers, int):
        yield workers
        return
    if workers < 1:
        raise InputError(f"workers is {workers}; give 1 to run here, or the number of processes.")
    if workers == 1:
        yield Here()
        return
    if study.trial.__module__ == "__main__" and not hasattr(sys.modules["__main__"], "__file__"):
        raise InputError(
            f"{study.name}'s trial is defined in this session, where no other process can find it. Use workers=1, or "
            "put it into a file and import it."
        )
    with Workers(workers) as pool:
        yield pool


def _named(trial: Trial) -> str:
    return ", ".join([*(f"{name}={value}" for name, value in trial.settings.items()), f"seed {trial.seed}"])


def _tell(sentence: str) -> None:
    """Beside the progress, at once."""
    print(sentence, file=sys.stderr, flush=True)
