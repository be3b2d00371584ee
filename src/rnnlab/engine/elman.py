"""The simple recurrent network (Elman, 1990) with torch's two biases (E.1-E.2).

    a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh                                  (E.1)
    h_t = tanh(a_t)    or    h_t = max(a_t, 0)                                   (E.2)

Backward, with dh the gradient of h_t:

    da = dh ⊙ (1 - h_t²)    or    da = dh where h_t > 0                          (E.3)
    dh_{t-1} = W_hhᵀ da                                                          (E.4)

The outputs alone tell what backward needs: nothing else is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine import arguments, weights
from rnnlab.engine.compiled import Flat, Indices, Strided2, Strided3, inlined, kernel
from rnnlab.engine.matmul import padded, product
from rnnlab.engine.pointwise import relu, tanh
from rnnlab.engine.sequences import (
    add_columns,
    add_row,
    aligned,
    chunk_rows,
    fill,
    first_step,
    gather_rows,
    gather_steps,
    last_step,
    moment,
    padded_size,
    place3,
    running,
    scatter_inputs,
    scatter_rows,
)
from rnnlab.engine.simd import lanes, load, load_first, splat, store, store_first, where_at_most
from rnnlab.engine.threads import run_slices

Array = npt.NDArray[Any]

GATES = np.array([0])
NONLINEARITIES = ("tanh", "relu")


def saved_shape(rows: int, hidden_size: int, dtype: Any) -> tuple[int, int]:
    """The shape of what forward keeps for backward: nothing."""
    return 0, 0


def forward(
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    *,
    nonlinearity: str = "tanh",
    lengths: Array | None = None,
    batch_sizes: Array | None = None,
    reverse: bool = False,
    keep: bool = True,
    out: Array | None = None,
) -> tuple[Array, Array, Array | None]:
    """Equations E.1-E.2 along time: x (T, B, I), h0 (B, H) → outputs (T, B, H), h_n (B, H), saved.

    Weights are torch's: w_ih (H, I), w_hh (H, H), b_ih and b_hh (H,) or both None; nonlinearity "tanh" or "relu".
    `lengths` (B,): outputs beyond a sequence's length are zero and h_n is its own last state. `reverse` walks each
    sequence from its own last step to its first. `batch_sizes` (T,): x is packed as torch packs, (N, I) with
    the rows of the sequences that still run, step by step, and so are the outputs, (N, H). `keep=False` keeps nothing
    for backward and saved is None. `out` receives the outputs. Raises ValueError or TypeError for arrays that do not
    fit each other.
    """
    x, (h0,), w_ih, w_hh, bias = arguments.checked("elman", 1, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, outputs = arguments.prepared(x, h0, lengths, batch_sizes, out)
    hidden_size, dtype = h0.shape[1], x.dtype
    width = padded(hidden_size, dtype.itemsize)
    saved = np.empty(saved_shape(batch.steps, hidden_size, dtype), dtype) if keep else None
    h_n = np.empty_like(h0)
    packed_ih, packed_hh = packed(w_ih, w_hh)
    biases = packed_bias(bias, hidden_size, dtype)
    relu_units = rectified(nonlinearity)
    x, places = arguments.by_step(x), arguments.by_step(outputs)
    run = forward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        chunk = aligned((limit * padded(x.shape[-1], dtype.itemsize),), dtype)
        sums = aligned((limit * width,), dtype)
        state = aligned((rows * width,), dtype)
        run(
            x, h0, packed_ih, packed_hh, biases, batch.order, batch.lengths, batch.starts, first, rows, reverse, limit,
            relu_units, chunk, sums, state, places, h_n,
        )  # fmt: skip

    run_slices(block, batch.blocks, 2.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
    return outputs, h_n, saved


def backward(
    d_outputs: Array | None,
    d_h_n: Array | None,
    x: Array,
    h0: Array,
    outputs: Array,
    saved: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    *,
    nonlinearity: str = "tanh",
    lengths: Array | None = None,
    batch_sizes: Array | None = None,
    reverse: bool = False,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array, Array, Array | None, Array | None]:
    """The gradients of sum(d_outputs ⊙ outputs) + sum(d_h_n ⊙ h_n), equations E.3-E.4 back through time.

    Takes what forward took, gave and kept; d_outputs or d_h_n None stands for zero. Returns dx (None without
    `input_gradient`), dh0, dw_ih, dw_hh, db_ih, db_hh (None without biases).
    """
    x, (h0,), w_ih, w_hh, bias = arguments.checked("elman", 1, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, dx = arguments.prepared_backward(x, lengths, batch_sizes, input_gradient)
    hidden_size, dtype = h0.shape[1], x.dtype
    width, depth = padded(hidden_size, dtype.itemsize), padded(x.shape[-1], dtype.itemsize)
    d_outputs = arguments.cotangent(d_outputs, outputs.shape, dtype, missing=(0, 0, 0))
    d_h_n = arguments.cotangent(d_h_n, h0.shape, dtype, missing=h0.shape)
    outputs = arguments.readable(outputs)
    x, outputs, d_outputs, d_inputs = map(arguments.by_step, (x, outputs, d_outputs, dx))
    dh0 = np.empty_like(h0)
    padded_ih = weights.for_backward(w_ih, GATES, hidden_size)
    padded_hh = weights.for_backward(w_hh, GATES, hidden_size)
    dw_ih = aligned((batch.blocks, width * depth), dtype, zero=True)
    dw_hh = aligned((batch.blocks, width * width), dtype, zero=True)
    db = aligned((batch.blocks, width), dtype, zero=True)
    relu_units = rectified(nonlinearity)
    run = backward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        inputs = aligned((limit * depth,), dtype)
        previous = aligned((limit * width,), dtype)
        d_sums = aligned((limit * width,), dtype, zero=True)
        d_state = aligned((rows * width,), dtype)
        run(
            d_outputs, d_h_n, x, h0, outputs, padded_ih, padded_hh, batch.order,
            batch.lengths, batch.starts, first, rows, reverse, limit, relu_units, inputs, previous, d_sums, d_state,
            d_inputs, dh0, dw_ih[index], dw_hh[index], db[index],
        )  # fmt: skip

    run_slices(block, batch.blocks, 4.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
    db_ih = db_hh = None
    if bias is not None:
        db_ih = db.sum(0)[:hidden_size]
        db_hh = db_ih.copy()
    dw_ih = weights.gradient_of(w_ih, dw_ih, GATES, hidden_size)
    dw_hh = weights.gradient_of(w_hh, dw_hh, GATES, hidden_size)
    return (dx if input_gradient else None), dh0, dw_ih, dw_hh, db_ih, db_hh


def rectified(nonlinearity: str) -> bool:
    """Whether the hidden units are relu; ValueError for anything but "tanh" and "relu"."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"nonlinearity is {nonlinearity!r}; engine.elman knows 'tanh' and 'relu'.")
    return nonlinearity == "relu"


def packed(w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
    """The weights as forward takes them."""
    hidden_size = w_hh.shape[1]
    return weights.for_forward(w_ih, GATES, hidden_size), weights.for_forward(w_hh, GATES, hidden_size)


def packed_bias(bias: tuple[Array, Array] | None, hidden_size: int, dtype: np.dtype[Any]) -> Array:
    """The sum of the two biases."""
    biases = aligned((padded(hidden_size, dtype.itemsize),), dtype, zero=True)
    if bias is not None:
        biases[:hidden_size] = bias[0] + bias[1]
    return biases


@kernel
def forward_block(
    x: Strided3,
    h0: Strided2,
    w_ih: Flat,
    w_hh: Flat,
    bias: Flat,
    order: Indices,
    lengths: Indices,
    starts: Indices,
    first: int,
    rows: int,
    reverse: bool,
    limit: int,
    rectified: bool,
    chunk: Flat,
    sums: Flat,
    state: Flat,
    outputs: Strided3,
    h_n: Strided2,
) -> None:
    """Forward for the rows first … first+rows-1 of the sorted batch."""
    I, H = x.shape[2], h0.shape[1]
    W, K = padded_size(H, x), padded_size(I, x)
    gather_rows(h0, order, first, rows, state, 0)
    begin = 0
    while begin < lengths[first]:
        end = last_step(lengths, first, rows, begin, limit)
        total = gather_steps(x, h0, 0, order, lengths, starts, first, rows, begin, end, reverse, chunk)
        product(chunk, 0, K, 1, w_ih, 0, W, bias, 0, 0, sums, 0, W, total, W, I)
        at = 0
        for step in range(begin, end):
            count = running(lengths, first, rows, step)
            product(state, 0, W, 1, w_hh, 0, W, sums, at, W, sums, at, W, count, W, H)
            for row in range(count):
                t = moment(starts, lengths[first + row], step, reverse)
                update_row(
                    sums, at + row * W, rectified, state, row * W, outputs, place3(outputs, t, order[first + row]), H, W
                )
            at += count * W
        begin = end
    scatter_rows(state, 0, h_n, order, first, rows)


@inlined
def update_row(
    sums: Flat, at: int, rectified: bool, state: Flat, state_at: int, outputs: Strided3, output_at: int, H: int, W: int
) -> None:
    """Sums → the new state (E.2)."""
    for j in range(0, W, lanes(state)):
        a = load(sums, at + j)
        h = relu(a) if rectified else tanh(a)
        store_first(state, state_at + j, h, H - j)
        store_first(outputs, output_at + j, h, H - j)


@kernel
def backward_block(
    d_outputs: Strided3,
    d_h_n: Strided2,
    x: Strided3,
    h0: Strided2,
    outputs: Strided3,
    w_ih: Flat,
    w_hh: Flat,
    order: Indices,
    lengths: Indices,
    starts: Indices,
    first: int,
    rows: int,
    reverse: bool,
    limit: int,
    rectified: bool,
    inputs: Flat,
    previous: Flat,
    d_sums: Flat,
    d_state: Flat,
    dx: Strided3,
    dh0: Strided2,
    dw_ih: Flat,
    dw_hh: Flat,
    db: Flat,
) -> None:
    """Backward for the rows first … first+rows-1 of the sorted batch, from the last chunk to the first."""
    I, H = x.shape[2], h0.shape[1]
    W, K = padded_size(H, x), padded_size(I, x)
    gather_rows(d_h_n, order, first, rows, d_state, 0)
    end = lengths[first]
    while end > 0:
        begin = first_step(lengths, first, rows, end, limit)
        total = gather_steps(x, h0, 0, order, lengths, starts, first, rows, begin, end, reverse, inputs)
        gather_steps(outputs, h0, 1, order, lengths, starts, first, rows, begin, end, reverse, previous)
        behind = total
        for step in range(end - 1, begin - 1, -1):
            count = running(lengths, first, rows, step)
            behind -= count
            for row in range(count):
                t = moment(starts, lengths[first + row], step, reverse)
                if d_outputs.shape[0] > 0:
                    add_row(d_outputs, place3(d_outputs, t, order[first + row]), d_state, row * W, H)
                output_at = place3(outputs, t, order[first + row])
                differentiate_row(outputs, output_at, rectified, d_sums, (behind + row) * W, d_state, row * W, H, W)
            product(d_sums, behind * W, W, 1, w_hh, 0, W, d_state, 0, W, d_state, 0, W, count, W, W)
        product(d_sums, 0, 1, W, inputs, 0, K, dw_ih, 0, K, dw_ih, 0, K, W, K, total)
        product(d_sums, 0, 1, W, previous, 0, W, dw_hh, 0, W, dw_hh, 0, W, W, W, total)
        add_columns(d_sums, total, W, db)
        if dx.shape[0] > 0:
            fill(inputs, 0, total * K, 0.0)
            product(d_sums, 0, W, 1, w_ih, 0, K, inputs, 0, K, inputs, 0, K, total, K, W)
            scatter_inputs(inputs, dx, order, lengths, starts, first, rows, begin, end, reverse)
        end = begin
    scatter_rows(d_state, 0, dh0, order, first, rows)


@inlined
def differentiate_row(
    outputs: Strided3, at: int, rectified: bool, d_sums: Flat, d_at: int, d_state: Flat, state_at: int, H: int, W: int
) -> None:
    """dh → the sums' gradients (E.3); nothing passes beside them."""
    for j in range(0, W, lanes(d_state)):
        h = load_first(outputs, at + j, H - j)
        dh = load(d_state, state_at + j)
        zero = splat(dh, 0.0)
        da = where_at_most(h, zero, zero, dh) if rectified else dh * (1.0 - h * h)
        store_first(d_sums, d_at + j, da, H - j)
        store(d_state, state_at + j, zero)
