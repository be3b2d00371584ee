"""A study: a question about recurrent networks as a frozen value that can be run, recorded and judged."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from rnnlab.errors import InputError
from rnnlab.studies.encoding import canonical
from rnnlab.studies.fingerprint import fingerprint
from rnnlab.studies.tuning import Choice, Tuning, checked_seeds, combinations, frozen_values

if TYPE_CHECKING:
    from rnnlab.studies.records import Records
    from rnnlab.studies.verdict import Verdict

Mode = Literal["quick", "full"]


@dataclass(frozen=True)
class Claim:
    """A sentence of the course that a study can refute: its number, itself, and how its records judge it."""

    number: str
    sentence: str
    judge: Callable[[Records], Verdict]


class Trial(NamedTuple):
    """One run: what the trial function is called with."""

    settings: dict[str, Any]
    seed: int

    @property
    def key(self) -> str:
        """What its record is found by, within one study and one fingerprint."""
        return canonical([self.settings, self.seed])


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question, what is expected, what varies, what is held, over which seeds, and which measured value answers.

    name        of the study, of its file in studies/ and of its records: lower case with underscores
    question    what it asks;  prediction  what we expect before running;  section  where the course uses it: "10.3"
    trial       a top-level function trial(*, seed, **settings) → dict of measurements (numbers, text, lists of them)
    vary        setting → the values that are compared;  hold  setting → its one value;  seeds  of the runs, paired
    measure     the measurement that answers. A run whose measure is not finite counts as diverged.
    tune        settings that each varied combination chooses for itself first, on validation data (`Tuning`)
    quick       what a reader's run of seconds takes instead: {"vary": {…}, "hold": {…}, "seeds": …, "tune": …}
    claims      the sentences that the records judge

    A definition that cannot be meant (a misspelt name, a setting that the trial does not take, no seeds) is refused.
    """

    name: str
    question: str
    prediction: str
    section: str
    trial: Callable[..., Mapping[str, Any]]
    measure: str
    vary: Mapping[str, Sequence[Any]]
    hold: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int]
    tune: Tuning | None = None
    quick: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()

    def __new__(cls, **given: Any) -> Self:
        """Refuses a misspelt field by a sentence, before dataclass refuses it by a TypeError."""
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise InputError(
                    f"A Study has no field {name!r}{_meant(name, known)}; its fields are {_listed(known)}."
                )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        freeze = object.__setattr__
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise InputError(f"A study is named {self.name!r}; a name is lower case with underscores: sequence_length.")
        freeze(self, "vary", frozen_values(self.vary, f"{self.name}'s vary"))
        freeze(self, "hold", MappingProxyType(dict(self.hold)))
        freeze(self, "seeds", checked_seeds(self.seeds, self.name))
        freeze(self, "quick", MappingProxyType(dict(self.quick)))
        self._check_quick()
        self._check_trial()
        for mode in ("quick", "full"):
            _check_apart(self.name, *self._definition(mode))

    def settings(self, mode: Mode) -> tuple[dict[str, Any], ...]:
        """Every varied combination with what is held, the last name varying fastest; what is tuned is not among it."""
        vary, hold, _, _ = self._definition(mode)
        return tuple({**varied, **hold} for varied in combinations(vary))

    def tuning_trials(self, mode: Mode) -> tuple[Trial, ...]:
        """What runs before `trials`, so that each group can choose its point; nothing where there is no choice."""
        _, hold, _, tune = self._definition(mode)
        if tune is None or len(tune.points) < 2:
            return ()
        return tuple(
            Trial({**group, **tune.at, **hold, **point}, seed)
            for seed in tune.seeds
            for group in self.groups(mode)
            for point in tune.points
        )

    def groups(self, mode: Mode) -> tuple[dict[str, Any], ...]:
        """The varied combinations that choose a point of their own: all of them, but for the names in tune.at."""
        vary, _, _, tune = self._definition(mode)
        return tuple(combinations({name: vary[name] for name in vary if tune is None or name not in tune.at}))

    def trials(self, mode: Mode, choices: Sequence[Choice] = ()) -> tuple[Trial, ...]:
        """The runs that answer, in the order of their records: seed after seed, in each every setting.

        So an interrupted study has compared everything on its first seeds. `choices`: one for each of `groups`.
        """
        vary, hold, seeds, tune = self._definition(mode)
        chosen = {canonical(choice.group): choice.chosen for choice in choices}
        runs = []
        for varied in combinations(vary):
            group = {name: value for name, value in varied.items() if tune is None or name not in tune.at}
            runs.append({**varied, **hold, **(chosen[canonical(group)] if tune else {})})
        return tuple(Trial(settings, seed) for seed in seeds for settings in runs)

    def seeds_of(self, mode: Mode) -> tuple[int, ...]:
        """The seeds of the runs that answer."""
        return self._definition(mode)[2]

    def varied(self, mode: Mode) -> Mapping[str, tuple[Any, ...]]:
        """What varies, with its values."""
        return self._definition(mode)[0]

    def tuned(self, mode: Mode) -> Tuning | None:
        """The tuning, if there is one."""
        return self._definition(mode)[3]

    def fingerprint(self, mode: Mode) -> str:
        """What a record must share with this definition to be one of its answers.

        Stale is every record when a held setting changes, or the code of the trial: the function itself, and the
        functions, classes and constants of its own file and of rnnlab.studies that it uses.

        Not stale: comments, docstrings, annotations and layout; the question, prediction, claims and section; another
        `measure`, since a record holds everything that its trial measured; more or fewer seeds and varied values, since
        a record is found by its own settings and seed; another grid of `tune`, for the same reason: where it leads to
        another choice, the runs with that choice are other runs. The libraries below (rnnlab's layers, torch) are told
        by the versions in each record, not by the fingerprint: a faster kernel must not cost a night of measuring.
        """
        return fingerprint(self.trial, dict(self._definition(mode)[1]))

    def verdicts(self, records: Records) -> tuple[Verdict, ...]:
        """One for each claim, in order."""
        return tuple(claim.judge(records).on(claim.number, claim.sentence, records.mode) for claim in self.claims)

    def _definition(
        self, mode: Mode
    ) -> tuple[Mapping[str, tuple[Any, ...]], Mapping[str, Any], tuple[int, ...], Tuning | None]:
        """vary, hold, seeds and tune as the mode has them."""
        if mode not in ("quick", "full"):
            raise InputError(f"The mode is {mode!r}; a study runs in quick or in full mode.")
        change = self.quick if mode == "quick" else {}
        return (
            frozen_values({**self.vary, **change.get("vary", {})}, f"{self.name}'s vary"),
            {**self.hold, **change.get("hold", {})},
            checked_seeds(change.get("seeds", self.seeds), f"{self.name} in {mode} mode"),
            change.get("tune", self.tune),
        )

    def _check_quick(self) -> None:
        known = ["vary", "hold", "seeds", "tune"]
        for part, change in self.quick.items():
            if part not in known:
                raise InputError(
                    f"{self.name}'s quick has {part!r}{_meant(part, known)}; it can change {_listed(known)}."
                )
            for name in change if part in ("vary", "hold") else ():
                there = list(getattr(self, part))
                if name not in there:
                    raise InputError(
                        f"{self.name}'s quick changes {part}[{name!r}]{_meant(name, there)}, which the study does not "
                        f"{part}; it has {_listed(there)}."
                    )
        for tune in (self.tune, self.quick.get("tune", self.tune)):
            if tune is not None and not isinstance(tune, Tuning):
                raise InputError(f"{self.name}'s tune is {tune!r}; write Tuning(grid={{…}}, on=…).")
            if set(tune.grid if tune else ()) != set(self.tune.grid if self.tune else ()):
                raise InputError(
                    f"{self.name} tunes other settings in quick mode; change their values, not their names."
                )

    def _check_trial(self) -> None:
        if not inspect.isfunction(self.trial) or self.trial.__qualname__ != self.trial.__name__ or self._is_lambda():
            raise InputError(
                f"{self.name}'s trial is {self.trial!r}; it must be a function at the top of a file, so that another "
                "process can find it by its name."
            )
        takes = inspect.signature(self.trial).parameters
        open_ended = any(each.kind is each.VAR_KEYWORD for each in takes.values())
        known = [name for name in takes if name != "seed"]
        tune = self.tune.grid if self.tune else {}
        for part, names in (("varies", self.vary), ("holds", self.hold), ("tunes", tune)):
            for name in names:
                if name == "seed":
                    raise InputError(f"{self.name} {part} 'seed'; seeds have their own field: seeds=range(10).")
                if name not in takes and not open_ended:
                    raise InputError(
                        f"{self.name} {part} {name!r}{_meant(name, known)}, which {self.trial.__name__} does not take; "
                        f"it takes {_listed(known)}."
                    )
        given = {"seed", *self.vary, *self.hold, *tune}
        for name, each in takes.items():
            needed = each.default is each.empty and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
            if each.kind is each.POSITIONAL_ONLY or (needed and name not in given):
                raise InputError(
                    f"{self.trial.__name__} needs {name!r}, which {self.name} neither varies nor holds; add it to hold."
                )
        if "seed" not in takes and not open_ended:
            raise InputError(f"{self.trial.__name__} takes no seed; write it as {self.trial.__name__}(*, seed, …).")

    def _is_lambda(self) -> bool:
        return self.trial.__name__ == "<lambda>"


def _check_apart(
    study: str, vary: Mapping[str, Any], hold: Mapping[str, Any], seeds: tuple[int, ...], tune: Tuning | None
) -> None:
    """Refuses a name with two roles, tuning on the seeds that are judged, and values that cannot be recorded."""
    both = sorted(set(vary) & set(hold))
    if both:
        raise InputError(f"{study} both varies and holds {_listed(both)}; keep each in one of the two.")
    try:
        canonical(hold)
    except TypeError as error:
        raise InputError(f"{study} holds what cannot be recorded: {error}.") from error
    if tune is None:
        return
    double = sorted(set(tune.grid) & (set(vary) | set(hold)))
    if double:
        raise InputError(f"{study} tunes {_listed(double)} and also varies or holds it; keep each in one place.")
    for name, value in tune.at.items():
        if name not in vary:
            raise InputError(
                f"{study} tunes at {name}={value!r}, which it does not vary; it varies {_listed(list(vary))}."
            )
    shared = sorted(set(tune.seeds) & set(seeds))
    if shared:
        raise InputError(
            f"{study} tunes on the seeds {_listed(shared)} that it is also judged on; give Tuning seeds of its own."
        )


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(str(name) for name in names) or "none"


def _meant(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
