"""What a cell learns: names, layout and first values as torch has them."""

from __future__ import annotations

import math

import numpy as np

from rnnlab.scratch.activation import Array

NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def initial_parameters(
    gates: int, input_size: int, hidden_size: int, bias: bool, rng: np.random.Generator | int
) -> dict[str, Array]:
    """W_ih (G·H, I), W_hh (G·H, H), b_ih and b_hh (G·H), every element drawn from U(-1/√H, 1/√H) as torch.nn does.

    The G gates stand one below the other, H rows each. `rng` is a seed or a generator. Sizes below 1: ValueError.
    """
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if size < 1:
            raise ValueError(f"{name} is {size}; a cell needs at least 1.")
    rows, bound = gates * hidden_size, 1 / math.sqrt(hidden_size)
    shapes = ((rows, input_size), (rows, hidden_size), (rows,), (rows,))
    rng = np.random.default_rng(rng)
    return {
        name: rng.uniform(-bound, bound, shape)
        for name, shape in zip(NAMES, shapes, strict=True)
        if bias or name.startswith("weight")
    }


def letters(parameters: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
    """W_ih, W_hh, b_ih, b_hh, as the equations write them; a bias that a cell does not have is zero."""
    zero = np.zeros(parameters["weight_hh_l0"].shape[0])
    W_ih, W_hh = parameters["weight_ih_l0"], parameters["weight_hh_l0"]
    return W_ih, W_hh, parameters.get("bias_ih_l0", zero), parameters.get("bias_hh_l0", zero)


def named(parameters: dict[str, Array], *gradients: Array) -> dict[str, Array]:
    """The gradients of W_ih, W_hh, b_ih, b_hh under the names of those that the cell has."""
    return {name: gradient for name, gradient in zip(NAMES, gradients, strict=True) if name in parameters}
