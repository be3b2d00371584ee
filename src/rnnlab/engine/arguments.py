"""What the cells are called with: checked once, in sentences, and brought into the form that the kernels take."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine.sequences import Batch, cut

Array = npt.NDArray[Any]
DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def readable(array: Array) -> Array:
    """The array itself if kernels can walk it (last axis dense, aligned, writeable as they type it), else a copy."""
    item = array.itemsize
    dense = array.shape[-1] <= 1 or array.strides[-1] == item
    if dense and array.flags.writeable and array.flags.aligned and not any(stride % item for stride in array.strides):
        return array
    return array.copy()


def checked(
    cell: str,
    gates: int,
    x: Array,
    states: tuple[Array, ...],
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    batch_sizes: Array | None = None,
) -> tuple[Array, tuple[Array, ...], Array, Array, tuple[Array, Array] | None]:
    """The arguments of a cell, if shapes and types fit each other; ValueError or TypeError with a sentence if not."""
    if x.dtype not in DTYPES:
        raise TypeError(
            f"x is {x.dtype}; engine.{cell} computes in float32 or float64: convert it with x.astype(np.float32)."
        )
    if batch_sizes is not None:
        _check_packed(cell, x, batch_sizes)
    elif x.ndim != 3:
        raise ValueError(
            f"x has shape {x.shape}; engine.{cell} takes (T, B, I), time first. "
            "A single series of length T is x[:, None, None]."
        )
    batch_size, input_size = int(batch_sizes[0]) if batch_sizes is not None else x.shape[1], x.shape[-1]
    if w_hh.ndim != 2 or w_hh.shape[0] != gates * w_hh.shape[1] or w_hh.shape[1] == 0:
        raise ValueError(f"w_hh has shape {w_hh.shape}; engine.{cell} takes ({gates}·H, H) with H of 1 or more.")
    hidden_size = w_hh.shape[1]
    wanted: list[tuple[str, Array, tuple[int, ...]]] = [("w_ih", w_ih, (gates * hidden_size, input_size))]
    wanted += [(name, state, (batch_size, hidden_size)) for name, state in zip(("h0", "c0"), states, strict=False)]
    if (b_ih is None) != (b_hh is None):
        raise ValueError(f"Only one of b_ih and b_hh was given; engine.{cell} takes both, or None for both.")
    if b_ih is not None and b_hh is not None:
        wanted += [("b_ih", b_ih, (gates * hidden_size,)), ("b_hh", b_hh, (gates * hidden_size,))]
    for name, array, shape in wanted:
        if array.shape != shape:
            raise ValueError(
                f"{name} has shape {array.shape}; with x {x.shape} and w_hh {w_hh.shape}, engine.{cell} takes {shape}."
            )
    for name, array in [("w_hh", w_hh), *((name, array) for name, array, _ in wanted)]:
        if array.dtype != x.dtype:
            raise TypeError(
                f"{name} is {array.dtype} and x is {x.dtype}; engine.{cell} takes one type: convert one of them."
            )
    bias = None if b_ih is None or b_hh is None else (b_ih, b_hh)
    return readable(x), tuple(readable(state) for state in states), readable(w_ih), readable(w_hh), bias


def by_step(array: Array) -> Array:
    """As kernels walk it, with three axes: a packed (N, size) becomes (1, N, size), its first two strides the same."""
    if array.ndim == 3:
        return array
    array = np.ascontiguousarray(array)
    return np.ndarray((1, *array.shape), array.dtype, array, 0, (array.strides[0], *array.strides))


def prepared(
    x: Array, h0: Array, lengths: Array | None, batch_sizes: Array | None, out: Array | None
) -> tuple[Batch, Array]:
    """The batch cut into blocks, and the array of outputs with zeros wherever no step will write."""
    shape = (*x.shape[:-1], h0.shape[1])
    batch = _batch(x, lengths, batch_sizes)
    if out is None:
        outputs = np.empty(shape, x.dtype) if lengths is None else np.zeros(shape, x.dtype)
    else:
        if out.shape != shape or out.dtype != x.dtype or readable(out) is not out:
            raise ValueError(
                f"out is {out.dtype} {out.shape} with strides {out.strides}; wanted is a writeable {x.dtype} array "
                f"{shape} whose last axis is dense. Without out= a new array is made."
            )
        outputs = out
        if lengths is not None:
            outputs[...] = 0
    return batch, outputs


def prepared_backward(
    x: Array, lengths: Array | None, batch_sizes: Array | None, input_gradient: bool
) -> tuple[Batch, Array]:
    """The batch cut into blocks as it was for forward, and dx with zeros wherever no step will write."""
    batch = _batch(x, lengths, batch_sizes)
    if not input_gradient:
        return batch, np.empty((0, 0, 0), x.dtype)
    return batch, (np.empty if lengths is None else np.zeros)(x.shape, x.dtype)


def cotangent(gradient: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any], missing: tuple[int, ...]) -> Array:
    """A gradient that came from outside, or zeros of the shape `missing` where none came."""
    if gradient is None:
        return np.zeros(missing, dtype)
    if gradient.shape != shape or gradient.dtype != dtype:
        raise ValueError(
            f"A gradient is {gradient.dtype} {gradient.shape}; backward takes one for what forward gave, "
            f"{dtype} {shape}."
        )
    return readable(gradient)


def _batch(x: Array, lengths: Array | None, batch_sizes: Array | None) -> Batch:
    if batch_sizes is None:
        return cut(x.shape[1], x.shape[0], None if lengths is None else _checked_lengths(lengths, x.shape))
    if lengths is not None:
        raise ValueError("lengths belong to a padded x (T, B, I) and batch_sizes to a packed one (N, I): pass one.")
    sizes = batch_sizes.astype(np.int64)
    ends = np.searchsorted(-sizes, -np.arange(sizes[0]))  # sequence b runs while the size is above b
    return cut(int(sizes[0]), len(sizes), ends, np.cumsum(sizes) - sizes)


def _check_packed(cell: str, x: Array, sizes: Array) -> None:
    if x.ndim != 2:
        raise ValueError(f"x has shape {x.shape}; with batch_sizes, engine.{cell} takes packed rows (N, I).")
    whole = sizes.ndim == 1 and sizes.size > 0 and sizes.dtype.kind in "iu"
    if not whole or sizes[-1] < 1 or (np.diff(sizes) > 0).any() or sizes.sum() != len(x):
        raise ValueError(
            f"batch_sizes is {sizes.dtype} {sizes.shape}, {sizes.tolist()}; wanted is one positive integer for each "
            f"step, none larger than the one before it, with the sum {len(x)}, the rows of x."
        )


def _checked_lengths(lengths: Array, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    length, batch_size, _ = shape
    lengths = np.asarray(lengths)
    if lengths.shape != (batch_size,) or lengths.dtype.kind not in "iu":
        raise ValueError(
            f"lengths is {lengths.dtype} {lengths.shape}; wanted are {batch_size} integers, one for each sequence of x."
        )
    if batch_size and not 1 <= lengths.min() <= lengths.max() <= length:
        raise ValueError(
            f"lengths go from {lengths.min()} to {lengths.max()}; x has {length} steps, so each must be 1 … {length}. "
            "Leave empty sequences out of the batch."
        )
    return lengths.astype(np.int64)
