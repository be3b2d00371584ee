"""Is this gradient right? Differences of the loss along random directions say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnnlab.scratch.activation import Array

DIRECTIONS = 8
STEP = 1e-5  # rounding, about 1e-16/STEP of the loss, and truncation, about STEP², are then equally small


def gradient_check(
    loss: Callable[[], float],
    arrays: Mapping[str, Array],
    gradients: Mapping[str, Array],
    *,
    rng: np.random.Generator | int,
) -> dict[str, float]:
    """The relative error of each gradient, by name: about 1e-8 where it is right, about 1 where it is wrong.

    Along a random direction v of length 1, drawn anew eight times for each array θ,

        numeric  = [L(θ + εv) - L(θ - εv)] / 2ε,    analytic = ⟨gradient, v⟩                  (1.17)
        error    = |numeric - analytic| / max(|numeric|, |analytic|)                          (1.18)

    with |·| the length over the eight directions. `loss()` is computed from the arrays as they stand (a cell's
    `parameters`, its input, its initial state); they are moved in place and put back. An array that is not float64, or
    a gradient of another shape: ValueError. At a kink (relu at 0) no difference is right, and the error says nothing.
    """
    rng = np.random.default_rng(rng)
    errors = {}
    for name, gradient in gradients.items():
        array = arrays[name]
        if array.dtype != np.float64 or gradient.shape != array.shape:
            raise ValueError(
                f"{name} is {array.dtype} of shape {array.shape} with a gradient of shape {gradient.shape}; "
                "a check takes float64 (float32 is too coarse for differences) and one shape for both."
            )
        directions = rng.normal(size=(DIRECTIONS, *array.shape))
        directions /= np.sqrt((directions**2).sum(axis=tuple(range(1, directions.ndim)), keepdims=True))
        numeric = np.array([_slope(loss, array, v) for v in directions])  # (1.17)
        analytic = np.array([np.vdot(gradient, v) for v in directions])  # (1.17)
        largest = max(np.linalg.norm(numeric), np.linalg.norm(analytic))
        errors[name] = float(np.linalg.norm(numeric - analytic) / largest) if largest else 0.0  # (1.18)
    return errors


def _slope(loss: Callable[[], float], array: Array, v: Array) -> float:
    before = array.copy()
    try:
        array += STEP * v
        above = loss()
        array[...] = before - STEP * v
        return (above - loss()) / (2 * STEP)
    finally:
        array[...] = before
