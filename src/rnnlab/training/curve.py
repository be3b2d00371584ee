"""The learning curve: a row for each evaluation, the best one so far, and when to stop waiting for a better."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from torch import Tensor, nn


@dataclass(frozen=True)
class Row:
    """One point of the curve, taken after `update` updates; loss and norm are means since the row before."""

    update: int
    loss: float
    """training loss, dropout and all"""
    validation: float
    """mean loss over the validation data; NaN where there are none"""
    gradient_norm: float
    """before clipping"""
    clipped: float
    """share of the updates whose gradient was clipped"""
    seconds: float
    """since training began, evaluations included"""


@dataclass
class Curve:
    """Rows, and the weights of the best one (lowest validation loss, the earliest of equals)."""

    rows: list[Row] = field(default_factory=list)
    best: Row | None = None
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    _losses: list[float] = field(default_factory=list)
    _norms: list[float] = field(default_factory=list)

    def note(self, loss: float, norm: float) -> None:
        """One update was made."""
        self._losses.append(loss)
        self._norms.append(norm)

    def add(self, update: int, validation: float, clip_norm: float | None, seconds: float, model: nn.Module) -> Row:
        """Closes a row over the updates noted since the last one; keeps the weights if it is the best."""
        made = len(self._norms)
        over = 0 if clip_norm is None else sum(norm > clip_norm for norm in self._norms)
        row = Row(update, sum(self._losses) / made, validation, sum(self._norms) / made, over / made, seconds)
        self._losses, self._norms = [], []
        self.rows.append(row)
        if validation < (self.best.validation if self.best else math.inf):
            self.best = row
            self.best_weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
        return row

    def is_over(self, patience: int | None) -> bool:
        """Whether the last `patience` evaluations brought no new best."""
        since = sum(row.update > (self.best.update if self.best else 0) for row in self.rows)
        return patience is not None and since >= patience
