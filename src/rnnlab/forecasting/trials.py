"""The trials of a comparison: each is stored when it ends, and one that is stored is not run again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import rnnlab
from rnnlab.errors import InputError
from rnnlab.forecasting.findings import plain
from rnnlab.forecasting.subject import MEASURE, Measuring, Subject
from rnnlab.studies.encoding import canonical, decode, encode
from rnnlab.studies.machine import machine
from rnnlab.studies.runner import Outcome, Task, attempt
from rnnlab.studies.store import Record, Writer
from rnnlab.studies.study import Trial
from rnnlab.studies.tuning import Choice, choose
from rnnlab.studies.workers import Here, Lost, Pool, Workers
from rnnlab.training.progress import Progress


class Trials:
    """Those that are known, and the pool and the store for the others:

    with Trials("forecast-…", store, workers, on) as trials: trials.measure(subjects, progress)

    A trial is on the store's disk before the next is waited for: a kill costs those in flight alone. It has the same
    bits on any number of workers, and on a cluster of machines like this one.
    InputError: a second run on the same file, a full disk, no cluster, a process that dies twice on one trial.
    """

    def __init__(self, name: str, store: Path | str | None, workers: int, on: str | None) -> None:
        self.failed: dict[str, str] = {}  # series → why its trials cannot be measured
        self._name, self._store, self._workers, self._on = name, store, workers, on
        self._known: dict[tuple[str, str], Record] = {}
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self._store is not None:
                self._writer = stack.enter_context(Writer(self._store, self._name))
                self._known = {(each.fingerprint, each.key): each for each in self._writer.records}
            self.pool = stack.enter_context(_pool(self._workers, self._on))
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def measure(self, subjects: Sequence[Subject], progress: Progress) -> None:
        """Until every trial of these series is known: first those that choose, then those that are judged."""
        self._measure([(each, trial) for each in subjects for trial in each.tuning_trials()], progress)
        left = [each for each in subjects if each.series.id not in self.failed]
        self._measure([(each, trial) for each in left for trial in each.final_trials(self.choices(each))], progress)

    def choices(self, subject: Subject) -> dict[str, Choice]:
        """What each network takes of the grid: the point with the lowest validation error."""
        scores: dict[str, dict[str, list[float]]] = {net: {} for net in subject.options.nets}
        for trial in subject.tuning_trials():
            point = canonical({name: trial.settings[name] for name in subject.tuning.grid})
            scores[trial.settings["model"]].setdefault(point, []).append(
                self.of(subject, trial).measurements.get(MEASURE, math.nan)
            )
        return {net: choose(subject.tuning, {"model": net}, found) for net, found in scores.items()}

    def of(self, subject: Subject, trial: Trial) -> Record:
        """The record of a trial that is known."""
        return self._known[subject.identity, trial.key]

    def records(self, subject: Subject) -> list[Record]:
        """All of one series: those that chose, then those that are judged."""
        trials = [*subject.tuning_trials(), *subject.final_trials(self.choices(subject))]
        return [self.of(subject, trial) for trial in trials]

    def _measure(self, wanted: Sequence[tuple[Subject, Trial]], progress: Progress) -> None:
        """Who loses its process gets another one once."""
        todo = [(each, trial) for each, trial in wanted if (each.identity, trial.key) not in self._known]
        progress.advance(len(wanted) - len(todo))
        subjects = {each.series.id: each for each, _ in todo}
        tasks = [Task(Measuring(each), MEASURE, trial) for each, trial in todo]
        lost: list[Any] = []
        for outcome in self.pool.imap_unordered(attempt, tasks):
            if isinstance(outcome, Lost):
                lost.append(outcome.task)
            else:
                self._keep(outcome, subjects, progress)
        for outcome in self.pool.imap_unordered(attempt, lost):
            if isinstance(outcome, Lost):
                raise InputError(
                    f"The process at {_said(outcome.task.trial)} {outcome.reason} twice; if memory ran out, use fewer "
                    "workers. What was measured before is kept."
                )
            self._keep(outcome, subjects, progress)

    def _keep(self, outcome: Outcome, subjects: dict[str, Subject], progress: Progress) -> None:
        name = outcome.trial.settings["series"]
        progress.advance(note=_said(outcome.trial))
        if outcome.error is not None:
            self.failed[name] = outcome.error
            return
        record = Record(
            study=self._name,
            fingerprint=subjects[name].identity,
            mode="full",
            settings=decode(encode(outcome.trial.settings)),
            seed=outcome.trial.seed,
            status=outcome.status,
            measurements=decode(outcome.measurements),
            error=None,
            seconds=round(outcome.seconds, 3),
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            version=rnnlab.__version__,
            machine=dict(machine()),
        )
        if self._writer is not None:
            self._writer.append(record)
        self._known[record.fingerprint, record.key] = record


def each_in(pool: Pool, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
    """function(task) for every task, in their order; a task whose process died is done here."""
    found: dict[int, Any] = {}
    for outcome in pool.imap_unordered(_numbered, [(place, function, task) for place, task in enumerate(tasks)]):
        place, value = _numbered(outcome.task) if isinstance(outcome, Lost) else outcome
        found[place] = value
    return (found[place] for place in range(len(tasks)))


def _numbered(task: tuple[int, Callable[[Any], Any], Any]) -> tuple[int, Any]:
    place, function, value = task
    return place, function(value)


@contextmanager
def _pool(workers: int, on: str | None) -> Iterator[Pool]:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers is {workers!r}; give 1 to run here, or the number of processes.")
    if on is not None:
        from rnnlab.studies.cluster import Cluster

        if on != "ray" and not on.startswith("ray://"):
            raise InputError(f"on={on!r} is no cluster; give 'ray', or its address, as in 'ray://host:10001'.")
        with Cluster(None if on == "ray" else on) as cluster:
            yield cluster
    elif workers == 1:
        yield Here()
    else:
        with Workers(workers) as pool:
            yield pool


def _said(trial: Trial) -> str:
    return ", ".join([*(plain(str(value)) for value in trial.settings.values()), f"seed {trial.seed}"])
