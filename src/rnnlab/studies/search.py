"""A search over settings where a grid would be too large: Optuna's sampler proposes, a study's trial answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnnlab.errors import InputError
from rnnlab.studies.encoding import decode
from rnnlab.studies.runner import Task, attempt
from rnnlab.studies.study import Study, Trial


@dataclass(frozen=True)
class Found:
    """The best settings, their score, and everything that was tried, in order."""

    settings: dict[str, Any]
    score: float
    tried: tuple[tuple[dict[str, Any], float], ...]


def search(
    study: Study,
    space: Mapping[str, tuple[float, float]],
    *,
    at: Mapping[str, Any],
    on: str,
    points: int = 30,
    seeds: tuple[int, ...] = (1_000, 1_001),
    pick: Literal["lowest", "highest"] = "lowest",
    seed: int = 0,
) -> Found:
    """The settings in `space` with the best mean of `on` over `seeds`, out of `points` that a sampler proposes.

    space  name → (low, high): two whole numbers are searched as such, a range of positive numbers whose ends are a
           factor of ten or more apart on a logarithmic scale
    at     a value for each varied setting of the study, as a search serves one of its columns
    on     a recorded value, measured on validation data; a point at which a run diverges or fails comes last
    seed   of the sampler: the tree-structured Parzen estimator (Bergstra et al., 2011), which with the same seed
           proposes the same points

    For a comparison give each model the same number of points. Errors: InputError where Optuna is missing or a name is
    unknown.
    """
    try:
        import optuna
    except ImportError as error:
        raise InputError("A search needs Optuna, which is not installed: pip install 'rnnlab[search]'.") from error
    held = study.settings("full")[0]
    unknown = sorted({*space, *at} - held.keys() - set(study.tune.grid if study.tune else ()))
    if unknown or set(at) != set(study.vary):
        raise InputError(
            f"search() takes at= a value for each of {', '.join(study.vary) or 'no setting'}"
            f"{f', and {study.name} has no {unknown[0]!r}' if unknown else ''}."
        )
    optuna.logging.disable_default_handler()
    sampler = optuna.samplers.TPESampler(seed=seed)
    sitting = optuna.create_study(sampler=sampler, direction="minimize" if pick == "lowest" else "maximize")
    worst = math.inf if pick == "lowest" else -math.inf
    tried: list[tuple[dict[str, Any], float]] = []

    def score(proposal: Any) -> float:
        point = {name: _proposed(proposal, name, *ends) for name, ends in space.items()}
        outcomes = [attempt(Task(study.trial, on, Trial(held | dict(at) | point, each))) for each in seeds]
        values = [decode(one.measurements[on]) if one.error is None else worst for one in outcomes]
        mean = float(np.mean(values))
        tried.append((point, mean if math.isfinite(mean) else worst))
        return tried[-1][1]

    sitting.optimize(score, n_trials=points)
    best = min(tried, key=lambda one: one[1] if pick == "lowest" else -one[1])
    if not math.isfinite(best[1]):
        raise InputError(f"Every point that was tried diverged or failed; give {', '.join(space)} other ranges.")
    return Found(*best, tuple(tried))


def _proposed(proposal: Any, name: str, low: float, high: float) -> float:
    if isinstance(low, int) and isinstance(high, int):
        whole: int = proposal.suggest_int(name, low, high)
        return whole
    number: float = proposal.suggest_float(name, low, high, log=low > 0 and high >= 10 * low)
    return number
