"""All that a training must carry over a stop so that it goes on with the same bits: the state, saved and put back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.training import checkpoint
from rnnlab.training.adam import Adam
from rnnlab.training.curve import Curve, Row
from rnnlab.training.objective import Objective
from rnnlab.training.precision import Precision
from rnnlab.training.seeding import noise_state, restore_noise
from rnnlab.training.settings import Settings

Status = Literal["running", "finished", "reached the goal", "stopped early", "diverged"]


@dataclass
class Training:
    """A training on its way, between two updates. Its place in the data is `update`, and what the objective adds."""

    model: nn.Module
    objective: Objective
    optimiser: Adam
    precision: Precision
    device: torch.device
    curve: Curve = field(default_factory=Curve)
    update: int = 0
    seconds: float = 0.0
    status: Status = "running"

    def save(self, path: Path | str, identity: dict[str, Any]) -> None:
        """Weights, best weights, Adam's moments, dropout's generators, place, clock and curve."""
        carried, place = self.objective.state()
        tensors = {
            **_under("model", self.model.state_dict()),
            **_under("best", self.curve.best_weights),
            **_under("noise", noise_state(self.device)),
            **_under("adam", self.optimiser.state()),
            **_under("carried", carried),
        }
        facts = {
            "identity": identity,
            "update": self.update,
            "seconds": self.seconds,
            "status": self.status,
            "place": place,
            "scale": [self.precision.scale, self.precision.good],
            "rows": [dataclasses.astuple(row) for row in self.curve.rows],
            "best": None if self.curve.best is None else dataclasses.astuple(self.curve.best),
        }
        checkpoint.write(path, tensors, facts)

    def load(self, path: Path | str, identity: dict[str, Any]) -> None:
        """Puts back what `save` wrote. InputError if it belongs to another model, other settings or other data."""
        tensors, facts = checkpoint.read(path)
        _refuse_another(path, facts["identity"], identity)
        self.model.load_state_dict(_below("model", tensors))
        self.optimiser.restore(_below("adam", tensors))
        restore_noise(_below("noise", tensors), self.device)
        self.objective.restore(_below("carried", tensors), facts["place"])
        self.precision.scale, self.precision.good = facts["scale"]
        self.update, self.seconds, self.status = facts["update"], facts["seconds"], facts["status"]
        self.curve.rows = [Row(*row) for row in facts["rows"]]
        self.curve.best = None if facts["best"] is None else Row(*facts["best"])
        self.curve.best_weights = _below("best", tensors)


def identity_of(model: nn.Module, settings: Settings, objective: Objective) -> dict[str, Any]:
    """What must be the same for a checkpoint to be continued: settings, the weights' shapes, the first sequences."""
    shapes = {name: [str(value.dtype), *value.shape] for name, value in model.state_dict().items()}
    return {**dataclasses.asdict(settings), "model": shapes, **objective.identity()}


def _refuse_another(path: Path | str, there: dict[str, Any], here: dict[str, Any]) -> None:
    for name in [*here, *(name for name in there if name not in here)]:
        was, now = there.get(name), here.get(name)
        if was != now:
            words = f"the {name} was another" if " " in name or name == "model" else f"{name} was {was} and is {now}"
            raise InputError(
                f"The checkpoint {path} belongs to another training: {words}. "
                f"Train as before to continue it, or choose another path."
            )


def _under(room: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{room}/{name}": value for name, value in tensors.items()}


def _below(room: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{room}/"): value for name, value in tensors.items() if name.startswith(f"{room}/")}
