"""torch's weights as the products want them, and gradients of that form back as torch's.

torch stacks the gates of a cell as rows: weight (G·H, K). Going forward the products want K rows with all gates side by
side, (K, G·W); going backward G·W rows of K numbers; W and the width of a row are `padded`, and `gates` tells which of
torch's gates stands in each place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine.compiled import Flat, Indices, Strided2, kernel
from rnnlab.engine.matmul import padded
from rnnlab.engine.sequences import aligned, copy_row, padded_size, place2
from rnnlab.engine.simd import lanes, load, load_first, splat, store_first

Array = npt.NDArray[Any]


def for_forward(weight: Array, gates: Array, hidden_size: int) -> Array:
    """(G·H, K) → (K, G·W)."""
    width = padded(hidden_size, weight.itemsize)
    packed = aligned((weight.shape[1] * len(gates) * width,), weight.dtype, zero=width != hidden_size)
    _arrange[weight.dtype](weight, gates, hidden_size, True, packed)
    return packed


def for_backward(weight: Array, gates: Array, hidden_size: int) -> Array:
    """(G·H, K) → (G·W, padded K)."""
    width = padded(hidden_size, weight.itemsize)
    packed = aligned(
        (len(gates) * width * padded(weight.shape[1], weight.itemsize),), weight.dtype, zero=width != hidden_size
    )
    _arrange[weight.dtype](weight, gates, hidden_size, False, packed)
    return packed


def gradient_of(weight: Array, parts: Array, gates: Array, hidden_size: int) -> Array:
    """The sum over the blocks' parts (blocks, G·W, padded K), in their order, as torch's (G·H, K)."""
    gradient = np.empty(weight.shape, weight.dtype)
    _add_parts[weight.dtype](parts.reshape(-1), len(parts), gates, hidden_size, gradient)
    return gradient


@kernel
def _arrange(weight: Strided2, gates: Indices, hidden_size: int, turned: bool, packed: Flat) -> None:
    """One kernel for both forms: compiling a second one takes longer than it ever runs."""
    width = padded_size(hidden_size, weight)
    total = len(gates) * width
    depth = padded_size(weight.shape[1], weight)
    for slot in range(len(gates)):
        for first in range(0, hidden_size, 16):
            last = min(first + 16, hidden_size)
            if turned:
                for k in range(weight.shape[1]):
                    for j in range(first, last):
                        packed[k * total + slot * width + j] = weight[gates[slot] * hidden_size + j, k]
            else:
                for j in range(first, last):
                    row = place2(weight, gates[slot] * hidden_size + j)
                    copy_row(weight, row, packed, (slot * width + j) * depth, weight.shape[1])


@kernel
def _add_parts(parts: Flat, count: int, gates: Indices, hidden_size: int, gradient: Strided2) -> None:
    width = padded_size(hidden_size, gradient)
    depth = padded_size(gradient.shape[1], gradient)
    size = len(gates) * width * depth
    for slot in range(len(gates)):
        for j in range(hidden_size):
            row = (slot * width + j) * depth
            target = place2(gradient, gates[slot] * hidden_size + j)
            for k in range(0, gradient.shape[1], lanes(gradient)):
                total = splat(load_first(parts, 0, 0), 0.0)
                for part in range(count):
                    total = total + load(parts, part * size + row + k)
                store_first(gradient, target + k, total, gradient.shape[1] - k)
