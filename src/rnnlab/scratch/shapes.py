"""The shapes that cells take, and what they say about others."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import Array


class Shaped(Protocol):
    """What a cell's shapes follow from."""

    input_size: int

    def state_shape(self, B: int) -> tuple[int, ...]: ...  # noqa: D102  (each cell documents its own)


def step_input(cell: Shaped, x: npt.ArrayLike, state: npt.ArrayLike) -> tuple[Array, Array]:
    """The input (B, I) and the state of one step as float64, or ValueError."""
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != cell.input_size:
        raise ValueError(
            f"x has shape {x.shape}; a step of {_name(cell)} takes (B, {cell.input_size}). "
            f"forward takes a whole sequence, (T, B, {cell.input_size})."
        )
    return x, _state(cell, "the state", state, len(x))


def forward_input(cell: Shaped, x: npt.ArrayLike, state: npt.ArrayLike | None) -> tuple[Array, Array]:
    """The sequence (T, B, I) as float64, and room for T+1 states of which the first is filled in; or ValueError."""
    x = _sequence(cell, x)
    T, B, _ = x.shape
    states = np.zeros(_over_time(cell, T + 1, B))
    if state is not None:
        states[..., 0, :, :] = _state(cell, "the initial state", state, B)
    return x, states


def backward_input(
    cell: Shaped, x: npt.ArrayLike, states: npt.ArrayLike, dstates: npt.ArrayLike
) -> tuple[Array, Array, Array]:
    """The sequence, its T+1 states and the T gradients that arrive at the states after the first; or ValueError."""
    x = _sequence(cell, x)
    T, B, _ = x.shape
    states = _fitted(cell, "states", states, _over_time(cell, T + 1, B), "T+1, B, H")
    return x, states, _fitted(cell, "dstates", dstates, _over_time(cell, T, B), "T, B, H")


def _name(cell: Shaped) -> str:
    return f"{type(cell).__name__}(input_size={cell.input_size}, hidden_size={cell.state_shape(1)[-1]})"


def _over_time(cell: Shaped, steps: int, B: int) -> tuple[int, ...]:
    *pair, _, H = cell.state_shape(B)
    return (*pair, steps, B, H)


def _sequence(cell: Shaped, x: npt.ArrayLike) -> Array:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 3 or x.shape[2] != cell.input_size:
        raise ValueError(
            f"x has shape {x.shape}; {_name(cell)} takes (T, B, {cell.input_size}), time first. "
            f"A single series of length T is x[:, None, None]; a batch (B, T, {cell.input_size}) is x.swapaxes(0, 1)."
        )
    return x


def _state(cell: Shaped, what: str, state: npt.ArrayLike, B: int) -> Array:
    return _fitted(cell, what, state, cell.state_shape(B), "B, H")


def _fitted(cell: Shaped, what: str, array: npt.ArrayLike, wanted: tuple[int, ...], letters: str) -> Array:
    array = np.asarray(array, dtype=np.float64)
    if array.shape != wanted:
        pair = "2, " if len(cell.state_shape(1)) == 3 else ""
        raise ValueError(
            f"{what} has shape {array.shape}; {_name(cell)} with this x takes ({pair}{letters}) = {wanted}"
            + (", h first and c second." if pair else ".")
        )
    return array
