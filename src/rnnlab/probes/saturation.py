"""Saturation: what every nonlinear function of a layer does with what it gets, and which units do nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.errors import InputError
from rnnlab.probes.trajectory import ELMAN, Array, Trajectory
from rnnlab.scratch.activation import ACTIVATIONS

STEEPEST = {"tanh": 1.0, "relu": 1.0, "sigmoid": 0.25}  # γ, the largest slope that each function has


@dataclass(frozen=True, eq=False)
class Saturation:
    """Of one nonlinear function of a layer, unit by unit, over all steps and sequences of a batch."""

    function: str
    """tanh, relu or sigmoid"""
    value: Array
    """(T, B, H): what came out"""
    low: Array
    """(H,): share of the steps at which the unit is saturated at its lower end: −1, 0; a relu that is off"""
    high: Array
    """(H,): likewise at its upper end, 1; a relu has none"""

    @property
    def saturated(self) -> Array:
        """(H,): the share of the steps at either end."""
        return self.low + self.high

    @property
    def dead(self) -> NDArray[np.bool_]:
        """(H,): saturated at one and the same end at every step of every sequence, so that hardly a gradient passes.

        Of a relu none passes at all: on these inputs nothing can wake it.
        """
        return np.asarray((self.low == 1) | (self.high == 1))


def saturation(
    layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None, *, below: float = 0.1
) -> dict[str, Saturation]:
    """Of each nonlinear function by the letter of its value: h of an RNN; r, z, n of a GRU; i, f, g, o of an LSTM.

    A unit is saturated where its slope is less than `below` of the largest that its function has: with a tenth, tanh
    beyond ±0.949 and σ below 0.026 or above 0.974. A relu is so where it is off, whatever `below` is.

    layer, x and start as in `step_jacobians`. Computed in float64: a unit that float32 rounds to the end itself is one
    whose slope is below 1e-6. InputError: `below` outside (0, 1), or what `step_jacobians` refuses.
    """
    if not 0 < below < 1:
        raise InputError(f"below is {below}; it is a share of the largest slope: give a number between 0 and 1.")
    return {
        letter: _saturation(function, value, below) for letter, (function, value) in _values(layer, x, start).items()
    }


@contextmanager
def during(model: nn.Module, updates: Sequence[int], look: Callable[[], Any]) -> Iterator[dict[int, Any]]:
    """Inside, a training of `model` calls look() after so many updates, 0 for before the first; fills {update: found}.

        with during(model, (0, 10, 100), lambda: saturation(model.core, x)) as found:
            fit(model, …)

    An update is a call of the model in training mode, which is what `training.fit` makes of it. Nothing of the training
    changes, not a bit. An update that the training does not begin is not looked at: look once more after it.
    """
    found: dict[int, Any] = {}
    begun = 0

    def before(module: nn.Module, _: Any) -> None:
        nonlocal begun
        if module.training:
            if begun in updates:
                found[begun] = look()
            begun += 1

    hook = model.register_forward_pre_hook(before)
    try:
        yield found
    finally:
        hook.remove()


def _values(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any) -> dict[str, tuple[str, Array]]:
    trajectory = Trajectory(layer, x, start)
    cell, states = trajectory.cell, trajectory.states
    if isinstance(cell, scratch.GRU):
        r, z, _, n = cell.gates(trajectory.x, states[:-1])
        return {"r": ("sigmoid", r), "z": ("sigmoid", z), "n": ("tanh", n)}
    if isinstance(cell, scratch.LSTM):
        i, f, g, o = cell.gates(trajectory.x, states[0, :-1])
        return {"i": ("sigmoid", i), "f": ("sigmoid", f), "g": ("tanh", g), "o": ("sigmoid", o)}
    return {"h": (ELMAN[layer.mode], states[1:])}


def _saturation(function: str, value: Array, below: float) -> Saturation:
    _, slope = ACTIVATIONS[function]
    flat = slope(value) < below * STEEPEST[function]
    middle = 0.5 if function == "sigmoid" else 0.0
    upper = value > middle
    return Saturation(function, value, (flat & ~upper).mean(axis=(0, 1)), (flat & upper).mean(axis=(0, 1)))
