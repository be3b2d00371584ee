"""What a comparison of forecasters may be told, with its defaults: written once, here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from rnnlab.errors import InputError

Mode = Literal["quick", "full"]
View = Literal["level", "change", "anchored"]
Net = Literal["rnn", "lstm", "gru"]

NETS: tuple[str, ...] = get_args(Net)

# What a network reads and what it says; the one that serves best is chosen on the validation part, with the step size.
# level: reads levels, says the level. change: reads levels, says the change from the last value. anchored: reads every
# column that drifts as its distance from its own last value, says the change.
VIEWS: tuple[str, ...] = get_args(View)

QUICK: dict[str, Any] = {
    "updates": 160,
    "evaluate_every": 20,
    "patience": 3,
    "learning_rates": (3e-3,),
    "views": ("level", "anchored"),
}


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, kw_only=True)
class Options:
    """The settings of one comparison, the same for every series in it; a field's text is its help.

    InputError for one that cannot be meant.
    """

    horizon: int = field(metadata={"help": "steps to forecast"})
    season: int | None = _option(
        None, "steps after which the series resembles itself, 1 where it does not; none: found in the training part"
    )
    window: int | None = _option(None, "steps that ridge and the networks read; none: two seasons or two horizons")
    calendar: tuple[str, ...] | None = _option(None, "cycles known in advance; none: those that training has met twice")
    train_until: str | float | None = _option(None, "where training ends: a time or a share; none: 60 %, or less")
    validation_until: str | float | None = _option(
        None, "where the test begins; none: 75 %, or two horizons from the end"
    )
    test_until: str | float | None = _option(None, "where the test ends; none: with the series")
    carry: int = _option(12, "steps for which a gap in an input may hold the last value before it")
    nets: tuple[str, ...] = _option(NETS, "recurrent networks to compare")
    statistical: bool | None = _option(
        None, "whether AutoETS takes part; none: where the extra `forecast` is installed"
    )
    seeds: int = _option(5, "trainings of each network; its forecast is their mean")
    parameters: int | None = _option(
        None, "numbers that each network learns; none: 1,000, more for many steps or inputs"
    )
    updates: int = _option(600, "updates of a training at most")
    batch_size: int = _option(64, "windows in an update")
    evaluate_every: int = _option(30, "updates between two looks at the validation part")
    patience: int = _option(5, "looks without a new best before training stops")
    learning_rates: tuple[float, ...] = _option((1e-3, 3e-3, 1e-2), "step sizes that each network may choose from")
    views: tuple[str, ...] = _option(VIEWS, "what a network may read and say, that it may choose from")

    def __post_init__(self) -> None:
        for each in fields(self):
            if isinstance(value := getattr(self, each.name), list):
                object.__setattr__(self, each.name, tuple(value))
        least = {"horizon": 1, "season": 1, "window": 2, "carry": 0, "seeds": 2, "parameters": 50, "updates": 1}
        for name, low in (least | dict.fromkeys(("batch_size", "evaluate_every", "patience"), 1)).items():
            value = getattr(self, name)
            if value is None and name in ("season", "window", "parameters"):
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise InputError(f"{name} is {value!r}; give a whole number, {low} or more.")
        for name, known in (("nets", NETS), ("views", VIEWS)):
            _check_chosen(name, getattr(self, name), known)
        if (self.train_until is None) != (self.validation_until is None):
            raise InputError("Give both train_until and validation_until, or neither: one alone leaves a part open.")
        rates = self.learning_rates
        if not rates or any(
            isinstance(rate, bool) or not isinstance(rate, float) or not 0 < rate < 1 for rate in rates
        ):
            raise InputError(f"learning_rates are {rates!r}; give one or more numbers between 0 and 1, as in (0.003,).")

    @classmethod
    def of(cls, mode: Mode = "full", **given: Any) -> Options:
        """The defaults of a mode (`QUICK`: one step size, two views, fewer updates), changed where something is given.

        None keeps the default. InputError for a name that is no option.
        """
        if mode not in get_args(Mode):
            raise InputError(f"The mode is {mode!r}; a comparison is quick or full.")
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise InputError(f"There is no option {name!r}; there are {', '.join(known)}.")
        chosen = {name: value for name, value in given.items() if value is not None}
        if "horizon" not in chosen:
            raise InputError("A comparison needs a horizon: how many steps ahead to forecast, as in horizon=14.")
        return cls(**(QUICK if mode == "quick" else {}) | chosen)

    def having(self, **changed: Any) -> Options:
        """The same with other values."""
        return replace(self, **changed)


def _check_chosen(name: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    if isinstance(chosen, str) or not chosen or set(chosen) - set(known) or len(set(chosen)) < len(chosen):
        raise InputError(f"{name} are {chosen!r}; give one or more of {', '.join(known)}, each once.")
