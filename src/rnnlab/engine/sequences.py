"""A batch as the kernels see it: sorted by length, cut into blocks of rows, each block walked step by step.

Step s of a sequence is its s-th in reading order: s = 0 is the first step, or with `reverse` the sequence's own last
one. Sorted from long to short, the sequences that still run at step s are the first so many rows, so a step costs
what it has rows and padding costs nothing: the work is the sum of the lengths.

Where a step of time begins, `starts` says, in strides of the arrays' first axis: 0, 1, 2, … for a padded batch
(T, B, size); for a packed one (N, size), whose rows follow step by step without padding, how many rows come before.

A block reads and writes *chunks* of steps whose rows lie one under another without gaps: step by step, row by row.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnlab.engine.compiled import Flat, Indices, Strided2, Strided3, inlined, shared
from rnnlab.engine.simd import BYTES, lanes, load, load_first, splat, store, store_first

Array = npt.NDArray[Any]

BLOCK = 16  # rows of a block: two tiles of eight, and few enough that their state stays in the first-level cache
BLOCKS = 16  # at most; larger batches get taller blocks, each of which has weight gradients of its own
CHUNK = 64  # rows of a chunk, at least: the terms of a tile of the weight gradients


class Batch(NamedTuple):
    """Which sequences, how long, in which order, and where the blocks begin."""

    order: npt.NDArray[np.int64]  # (B,) sequences from long to short
    lengths: npt.NDArray[np.int64]  # (B,) their lengths, in that order
    first: list[int]  # (blocks + 1,) the first row of each block, and B
    starts: npt.NDArray[np.int64]  # (T,) where each step of time begins along the first axis
    saved_at: list[int]  # (blocks,) rows before the block's own in what is saved for backward
    steps: int  # the sum of the lengths

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self.first) - 1

    def block(self, index: int) -> tuple[int, int]:
        """The first row of a block and how many rows it has."""
        return self.first[index], self.first[index + 1] - self.first[index]


def cut(
    batch_size: int, length: int, lengths: npt.NDArray[np.int64] | None, starts: npt.NDArray[np.int64] | None = None
) -> Batch:
    """Cuts a batch into blocks. It depends on the batch alone, never on the number of threads."""
    starts = np.arange(length) if starts is None else starts
    tall = 8 if batch_size < 2 * BLOCK else BLOCK * -(-batch_size // (BLOCK * BLOCKS))
    first = [*range(0, batch_size, tall), batch_size]
    if lengths is None:
        order = np.arange(batch_size)
        saved_at = [row * length for row in first[:-1]]
        return Batch(order, np.full(batch_size, length), first, starts, saved_at, batch_size * length)
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    before = np.concatenate(([0], np.cumsum(lengths)))
    return Batch(order, lengths, first, starts, [int(before[row]) for row in first[:-1]], int(before[-1]))


def chunk_rows(block_rows: int) -> int:
    """The most rows of a chunk: at least one step of a whole block."""
    return max(CHUNK, block_rows)


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any], zero: bool = False) -> Array:
    """An array that starts on a cache line, so that no register of a padded row crosses one."""
    room = (np.zeros if zero else np.empty)(math.prod(shape) * dtype.itemsize + BYTES, np.uint8)
    return np.ndarray(shape, dtype, room, -room.ctypes.data % BYTES)


@inlined
def padded_size(size: int, array: Flat) -> int:
    """`size` rounded up to whole registers of the array's type, for kernels."""
    wide: int = lanes(array)
    return (size + wide - 1) // wide * wide


@inlined
def running(lengths: Indices, first: int, rows: int, step: int) -> int:
    """How many rows of the block still run at this step."""
    while rows > 0 and lengths[first + rows - 1] <= step:
        rows -= 1
    return rows


@inlined
def moment(starts: Indices, length: int, step: int, reverse: bool) -> int:
    """Where along the first axis a sequence's step begins."""
    begin: int = starts[length - 1 - step if reverse else step]
    return begin


@inlined
def place3(array: Strided3, start: int, b: int) -> int:
    """The offset of sequence b's row in the step that begins at `start`, in elements."""
    item: int = BYTES // lanes(array)
    return (start * array.strides[0] + b * array.strides[1]) // item


@inlined
def place2(array: Strided2, b: int) -> int:
    """The offset of array[b, 0], in elements."""
    item: int = BYTES // lanes(array)
    return b * array.strides[0] // item


@inlined
def copy_row(source: Flat, source_at: int, target: Flat, target_at: int, count: int) -> None:
    """`count` numbers into a padded row; the padding receives zeros."""
    for j in range(0, count, lanes(source)):
        store(target, target_at + j, load_first(source, source_at + j, count - j))


@inlined
def copy_from_row(source: Flat, source_at: int, target: Flat, target_at: int, count: int) -> None:
    """`count` numbers out of a padded row; nothing beyond them is written."""
    for j in range(0, count, lanes(source)):
        store_first(target, target_at + j, load_first(source, source_at + j, count - j), count - j)


@inlined
def fill(target: Flat, start: int, stop: int, value: float) -> None:
    """One value into whole registers."""
    like = load_first(target, start, 0)
    for i in range(start, stop, lanes(target)):
        store(target, i, splat(like, value))


@shared
def gather_steps(
    values: Strided3,
    initial: Strided2,
    before: int,
    order: Indices,
    lengths: Indices,
    starts: Indices,
    first: int,
    rows: int,
    begin: int,
    end: int,
    reverse: bool,
    chunk: Flat,
) -> int:
    """Copies the values of the steps begin … end-1 into the chunk and returns its number of rows.

    With before = 1 the values of the step before each of them; before step 0 stands the initial one.
    """
    size = values.shape[2]
    width = padded_size(size, values)
    at = 0
    for step in range(begin, end):
        for row in range(running(lengths, first, rows, step)):
            b = order[first + row]
            if step < before:
                copy_row(initial, place2(initial, b), chunk, at * width, size)
            else:
                t = moment(starts, lengths[first + row], step - before, reverse)
                copy_row(values, place3(values, t, b), chunk, at * width, size)
            at += 1
    return at


@shared
def scatter_inputs(
    chunk: Flat,
    dx: Strided3,
    order: Indices,
    lengths: Indices,
    starts: Indices,
    first: int,
    rows: int,
    begin: int,
    end: int,
    reverse: bool,
) -> None:
    """Copies the chunk's rows to where gather_steps read them."""
    size = dx.shape[2]
    width = padded_size(size, dx)
    at = 0
    for step in range(begin, end):
        for row in range(running(lengths, first, rows, step)):
            t = moment(starts, lengths[first + row], step, reverse)
            copy_from_row(chunk, at * width, dx, place3(dx, t, order[first + row]), size)
            at += 1


@shared
def gather_rows(source: Strided2, order: Indices, first: int, rows: int, target: Flat, target_at: int) -> None:
    """Copies a block's rows of a (B, size) array, one under another."""
    size = source.shape[1]
    width = padded_size(size, source)
    for row in range(rows):
        copy_row(source, place2(source, order[first + row]), target, target_at + row * width, size)


@shared
def scatter_rows(source: Flat, source_at: int, target: Strided2, order: Indices, first: int, rows: int) -> None:
    """Copies a block's rows back into a (B, size) array."""
    size = target.shape[1]
    width = padded_size(size, target)
    for row in range(rows):
        copy_from_row(source, source_at + row * width, target, place2(target, order[first + row]), size)


@inlined
def last_step(lengths: Indices, first: int, rows: int, begin: int, limit: int) -> int:
    """The end of the chunk that begins at a step: as many steps as `limit` rows hold, at least one."""
    end, total = begin, 0
    while end < lengths[first]:
        total += running(lengths, first, rows, end)
        if total > limit and end > begin:
            return end
        end += 1
    return end


@inlined
def first_step(lengths: Indices, first: int, rows: int, end: int, limit: int) -> int:
    """The beginning of the chunk that ends before a step: as many steps as `limit` rows hold, at least one."""
    begin, total = end, 0
    while begin > 0:
        total += running(lengths, first, rows, begin - 1)
        if total > limit and begin < end:
            return begin
        begin -= 1
    return begin


@inlined
def add_row(source: Flat, source_at: int, target: Flat, target_at: int, count: int) -> None:
    """target += source for one padded row; the padding is left alone."""
    for j in range(0, count, lanes(source)):
        total = load(target, target_at + j) + load_first(source, source_at + j, count - j)
        store(target, target_at + j, total)


@inlined
def add_columns(source: Flat, rows: int, width: int, target: Flat) -> None:
    """target (width,) += the sum of source's rows, eight at a time: a sum of short sums rounds less."""
    for j in range(0, width, lanes(source)):
        total = splat(load(target, j), 0.0)
        for start in range(0, rows, 8):
            part = load(source, start * width + j)
            for row in range(start + 1, min(start + 8, rows)):
                part = part + load(source, row * width + j)
            total = total + part
        store(target, j, load(target, j) + total)
