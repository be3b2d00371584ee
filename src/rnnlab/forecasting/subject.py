"""One series of a comparison with all that its trials need: it travels to other processes."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from rnnlab.forecasting import baselines, network, statistical
from rnnlab.forecasting.options import Options
from rnnlab.forecasting.series import Series
from rnnlab.forecasting.split import Split, split
from rnnlab.studies.encoding import canonical
from rnnlab.studies.fingerprint import fingerprint
from rnnlab.studies.study import Trial
from rnnlab.studies.tuning import Choice, Tuning

TUNING_SEED = 1_000  # apart from the seeds that are judged
MEASURE = "validation"


@dataclass(frozen=True, eq=False)
class Subject:
    """A series, how it is compared, and which trials that takes."""

    series: Series
    options: Options
    target: str
    frequency: str | None
    time: tuple[str, ...] = ()  # the columns that a table has of times and ids
    id_column: str | None = None

    def split(self) -> Split:
        """The series laid out. A process remembers the last one: the trials of a series come one after the other."""
        if self.identity not in _SPLITS:
            _SPLITS.clear()
            _SPLITS[self.identity] = split(self.series, self.options, target=self.target, frequency=self.frequency)
        return _SPLITS[self.identity]

    @property
    def tuning(self) -> Tuning:
        """The same small grid for every network: each of its points once, on a seed of its own."""
        grid = {"view": self.options.views, "learning_rate": self.options.learning_rates}
        return Tuning(grid=grid, on=MEASURE, seeds=(TUNING_SEED,))

    def tuning_trials(self) -> list[Trial]:
        """What each network tries before it chooses; nothing where there is no choice."""
        points = self.tuning.points
        if len(points) < 2:
            return []
        return [self.trial(net, TUNING_SEED, **point) for net in self.options.nets for point in points]

    def final_trials(self, choices: dict[str, Choice]) -> list[Trial]:
        """Those that are judged: every seed of every network as it chose, the statistical models, and ridge's time."""
        seeds, nets = range(self.options.seeds), self.options.nets
        models = statistical.MODELS if self.options.statistical else ()
        return [
            *(self.trial(net, seed, **choices[net].chosen) for seed in seeds for net in nets),
            *(self.trial(model, 0) for model in (*models, "ridge")),
        ]

    def trial(self, model: str, seed: int, **settings: Any) -> Trial:
        """A training of a network, or the fit of a statistical model."""
        return Trial({"series": self.series.id, "model": model, **settings}, seed)

    @cached_property
    def identity(self) -> str:
        """What a stored trial must share to be one of these: the data, the options that decide it, and the code."""
        options = asdict(self.options)
        for name in ("nets", "seeds", "learning_rates", "views", "statistical"):  # how many trials, not what they do
            del options[name]
        held = {
            "data": self._digest(),
            "options": options,
            "code": _code(),
            "target": self.target,
            "frequency": self.frequency,
        }
        return hashlib.sha256(canonical(held).encode()).hexdigest()[:16]

    def _digest(self) -> str:
        series = self.series
        digest = hashlib.sha256(f"{series.id}\0{series.zone}".encode())
        for column in (series.time.to_numpy().astype("int64"), series.values, *series.inputs.values()):
            digest.update(np.ascontiguousarray(column).tobytes())
        digest.update("\0".join(series.inputs).encode())
        return digest.hexdigest()


@cache
def _code() -> list[str]:
    """Fingerprints of what a trial runs."""
    return [fingerprint(function, {}) for function in (network.train, split, statistical.fit)]


_SPLITS: dict[str, Split] = {}


def measured(subject: Subject, *, seed: int, model: Any, **settings: Any) -> dict[str, Any]:
    """One trial of one series."""
    if model == "ridge":
        return _timed_ridge(subject.split())
    if model in statistical.MODELS:
        return statistical.fit(subject.split(), model)
    return network.train(subject.split(), subject.options, net=model, seed=seed, **settings)


def _timed_ridge(laid_out: Split) -> dict[str, Any]:
    """The seconds that ridge takes, stored like those of the others: the same report comes from the same store."""
    began = time.perf_counter()
    baselines.ridge(laid_out.task)
    return {"fitting": time.perf_counter() - began, MEASURE: 0.0}


@dataclass(frozen=True, eq=False)
class Measuring:
    """`measured` for one subject, as the machinery of studies calls a trial."""

    subject: Subject
    __name__ = "measured"

    def __call__(self, *, seed: int, series: str, **settings: Any) -> dict[str, Any]:
        """What is recorded; `series` is in the record for whoever reads it."""
        return measured(self.subject, seed=seed, **settings)
