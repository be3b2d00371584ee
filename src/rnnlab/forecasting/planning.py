"""What a comparison will run, said before anything runs, with an estimate of its time."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from rnnlab.errors import InputError
from rnnlab.forecasting import network, statistical
from rnnlab.forecasting.findings import Finding, counted, plain
from rnnlab.forecasting.options import Mode, Options
from rnnlab.forecasting.series import Series, Table
from rnnlab.forecasting.subject import Subject
from rnnlab.layers import count_parameters
from rnnlab.studies.workers import Lost, Workers, one_thread

if TYPE_CHECKING:
    from rnnlab.forecasting.result import Result


@dataclass(frozen=True, eq=False)
class Plan:
    """A table and how its series will be compared: print(plan), plan.estimate(), plan.run()."""

    table: Table
    options: Options

    def subject(self, name: str) -> Subject:
        """One series by its id; InputError where it cannot be read."""
        table = self.table
        return Subject(table.read(name), self.options, table.target, table.frequency, table.time, table.id)

    @cached_property
    def example(self) -> Subject:
        """The first series that can be compared; InputError that says what the first one lacks where none can."""
        reason: InputError | None = None
        for name in self.table.ids:
            try:
                subject = self.subject(name)
                subject.split()
            except InputError as error:
                reason = reason or error
            else:
                return subject
        raise reason or InputError(f"{self.table.source} has no series.")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of reading: those on the table, and of a single series those on it too (gaps, averaged rows)."""
        own = self.example.series.findings if len(self.table) == 1 else ()
        return (*self.table.findings, *own)

    @property
    def trials(self) -> int:
        """Trainings and fits in all."""
        return len(self.table) * self.trials_each

    @property
    def trials_each(self) -> int:
        """Of one series."""
        grid = len(self.options.views) * len(self.options.learning_rates)
        tuning = grid if grid > 1 else 0
        nets = len(self.options.nets) * (tuning + self.options.seeds)
        return nets + 1 + (len(statistical.MODELS) if self.options.statistical else 0)  # 1: ridge

    def estimate(self, workers: int = 1) -> float:
        """Seconds that all trials take at most, on `workers` cores like this one: no training is stopped early.

        Measured on the first series: a few updates and one look at the validation part, of each network. Where
        processes will do the work, one is started to measure it, so that the time to start them is in the estimate.
        """
        looks = -(-self.options.updates // self.options.evaluate_every)
        trials = looks * self.trials_each / len(self.options.nets) * len(self.table)
        if workers == 1:
            _, each = _timed(self.example)
            return each * trials
        began = time.perf_counter()
        with Workers(1) as pool:
            (found,) = pool.imap_unordered(_timed, [self.example])
        took = time.perf_counter() - began
        measuring, each = _timed(self.example) if isinstance(found, Lost) else found
        starting = max(0.0, took - measuring)
        return starting + each * trials / workers

    def run(self, *, store: Path | str | None = None, workers: int = 1, on: str | None = None) -> Result:
        """Measures what is missing and judges: see `compare`."""
        from rnnlab.forecasting.comparison import run

        return run(self, store=store, workers=workers, on=on)

    def __str__(self) -> str:
        options, split = self.options, self.example.split()
        task = split.task
        built = {net: network.build(net, options.views[-1], split, options) for net in options.nets}
        sizes = ", ".join(
            f"{net.upper()} with {each.head.in_features} units ({count_parameters(each):,} numbers)"
            for net, each in built.items()
        )
        many = f" (of the first series; there are {len(self.table)})" if len(self.table) > 1 else ""
        season = "no season" if split.season == 1 else f"a season of {split.season} steps"
        spans = "; ".join(f"{part} {_span(task.parts[part], split)}" for part in ("train", "validation", "test"))
        grid = f"{counted(len(options.views), 'view')} × {counted(len(options.learning_rates), 'step size')}"
        return "\n".join(
            [
                f"Forecast {task.target!r} of {self.table.source}: {counted(options.horizon, 'step')} ahead, {season}, "
                f"reading {task.window} steps of {', '.join(map(plain, task.channels))}.",
                f"Parts{many}: {spans}.",
                f"Windows: {len(task.train):,} to train on, {len(task.validation):,} to choose on, "
                f"{counted(len(task.test), 'origin')} to be scored on.",
                f"Baselines: {', '.join(_baselines(split.season, options))}.",
                f"Networks: {sizes}; each chooses among {grid} on the validation part, then trains with "
                f"{options.seeds} seeds, at most {counted(options.updates, 'update')} of {options.batch_size} windows.",
                f"{self.trials:,} trials in all.",
            ]
        )


def _timed(subject: Subject) -> tuple[float, float]:
    """Seconds that this measurement took, and of a few updates and one look of every network together."""
    options, split = subject.options, subject.split()
    some = min(options.evaluate_every, options.updates)
    began, each = time.perf_counter(), 0.0
    for net in options.nets:
        how: dict[str, Any] = {"view": options.views[-1], "learning_rate": options.learning_rates[0], "seed": 0}
        with one_thread():
            network.train(split, options, net=net, updates=1, **how)  # compiles what is not compiled yet
            started = time.perf_counter()
            network.train(split, options, net=net, updates=some, **how)
            each += time.perf_counter() - started
    return time.perf_counter() - began, each


def plan(data: Any, *, mode: Mode = "full", **given: Any) -> Plan:
    """What would be run on `data`: a path, a data frame or a series (as `read_table` takes them), a Table, a Series.

    `given` are the keywords of `read_table` (target, time, id, inputs, …) and the fields of `Options` (horizon, which
    is needed, season, window, …). Nothing is trained. InputError for data or settings that do not fit.
    """
    from rnnlab.forecasting.reading import read_table

    options = {each.name for each in fields(Options)}
    readable = [name for name in inspect.signature(read_table).parameters if name != "source"]
    unknown = [name for name in given if name not in options and name not in readable]
    if unknown:
        raise InputError(
            f"There is no option {unknown[0]!r}; for reading there are {', '.join(readable)}, and for the comparison "
            f"{', '.join(sorted(options))}."
        )
    chosen = Options.of(mode, **{name: value for name, value in given.items() if name in options})
    chosen = chosen.having(statistical=statistical.takes_part(chosen.statistical))
    reading = {name: value for name, value in given.items() if name not in options}
    if isinstance(data, Series | Table) and reading:
        raise InputError(f"{next(iter(reading))!r} is for reading, and these data are read already; leave it out.")
    table = data if isinstance(data, Table) else _of_series(data) if isinstance(data, Series) else None
    planned = Plan(read_table(data, **reading) if table is None else table, chosen)
    assert planned.example
    return planned


def _of_series(series: Series) -> Table:
    frequency = series.time.freqstr if isinstance(series.time, pd.DatetimeIndex) else None
    return Table(
        source="series", target=series.id, time=(), id=None, inputs=tuple(series.inputs), columns=(),
        frequency=frequency, seasons=(), findings=(), ids=(series.id,), read=lambda _: series,
    )  # fmt: skip


def _baselines(season: int, options: Options) -> list[str]:
    naive = ["persistence", *(["seasonal_naive"] if season > 1 else []), "drift", "mean", "ridge"]
    return naive + (list(statistical.MODELS) if options.statistical else [])


def _span(span: tuple[Any, Any], split: Any) -> str:
    if not isinstance(split.series.time, pd.DatetimeIndex):
        first, last = (f"{each.timestamp():,.0f}" for each in span)  # split.py counts steps in seconds
        return f"step {first} to {last}"
    return f"{span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}"
