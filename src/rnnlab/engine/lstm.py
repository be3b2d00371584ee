"""Long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate (Gers et al., 2000), as in torch.

    i_t = σ(…)   f_t = σ(…)   g_t = tanh(…)   o_t = σ(…)                         (E.20)
          each of its own W_i x_t + b_i + W_h h_{t-1} + b_h
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t                                              (E.21)
    h_t = o_t ⊙ tanh(c_t)                                                        (E.22)

Backward, with dh and dc the gradients of h_t and c_t:

    dc ← dc + dh ⊙ o ⊙ (1 - tanh²(c_t))         da_o = dh ⊙ tanh(c_t) ⊙ o ⊙ (1 - o)          (E.23)
    da_i = dc ⊙ g ⊙ i ⊙ (1 - i)                 da_f = dc ⊙ c_{t-1} ⊙ f ⊙ (1 - f)            (E.24)
    da_g = dc ⊙ i ⊙ (1 - g²)                    dc_{t-1} = dc ⊙ f                            (E.25)
    dh_{t-1} = W_hhᵀ da                                                                      (E.26)

Five places of W numbers stand in a kept row, [i f g o c]; the gradients of a step fill four, [da_i da_f da_g da_o].
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine import arguments, weights
from rnnlab.engine.activations import activations
from rnnlab.engine.compiled import Flat, Indices, Strided2, Strided3, inlined, kernel
from rnnlab.engine.matmul import padded, product
from rnnlab.engine.pointwise import logistic, tanh
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
from rnnlab.engine.simd import lanes, load, splat, store, store_first
from rnnlab.engine.threads import run_slices

Array = npt.NDArray[Any]

PLACES = 5
GATES = np.array([0, 1, 2, 3])


def saved_shape(rows: int, hidden_size: int, dtype: Any) -> tuple[int, int]:
    """The shape of what forward keeps for backward: i, f, g, o and c of every row, a step of a sequence."""
    return rows, PLACES * padded(hidden_size, np.dtype(dtype).itemsize)


def forward(
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    *,
    lengths: Array | None = None,
    batch_sizes: Array | None = None,
    reverse: bool = False,
    keep: bool = True,
    out: Array | None = None,
) -> tuple[Array, Array, Array, Array | None]:
    """Equations E.20-E.22 along time: x (T, B, I), h0, c0 (B, H) → outputs (T, B, H), h_n, c_n (B, H), saved.

    Weights are torch's: w_ih (4H, I), w_hh (4H, H), b_ih and b_hh (4H,) or both None, gates in the order i, f, g, o.
    `lengths` (B,): outputs beyond a sequence's length are zero and h_n, c_n are its own last ones. `reverse` walks each
    sequence from its own last step to its first. `batch_sizes` (T,): x is packed as torch packs, (N, I) with
    the rows of the sequences that still run, step by step, and so are the outputs, (N, H). `keep=False` keeps nothing
    for backward and saved is None. `out` receives the outputs. Raises ValueError or TypeError for arrays that do not
    fit each other.
    """
    x, (h0, c0), w_ih, w_hh, bias = arguments.checked("lstm", 4, x, (h0, c0), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, outputs = arguments.prepared(x, h0, lengths, batch_sizes, out)
    hidden_size, dtype = h0.shape[1], x.dtype
    width = padded(hidden_size, dtype.itemsize)
    saved = activations(saved_shape(batch.steps, hidden_size, dtype), dtype) if keep else None
    h_n, c_n = np.empty_like(h0), np.empty_like(c0)
    packed_ih, packed_hh = packed(w_ih, w_hh)
    biases = packed_bias(bias, hidden_size, dtype)
    x, places = arguments.by_step(x), arguments.by_step(outputs)
    run = forward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        chunk = aligned((limit * padded(x.shape[-1], dtype.itemsize),), dtype)
        gates = aligned((limit * PLACES * width,), dtype) if saved is None else saved.reshape(-1)
        state, cell = aligned((2, rows * width), dtype)
        at = -1 if saved is None else batch.saved_at[index]
        run(
            x, h0, c0, packed_ih, packed_hh, biases.reshape(-1), batch.order, batch.lengths, batch.starts, first,
            rows, reverse, limit, chunk, gates, at, state, cell, places, h_n, c_n,
        )  # fmt: skip

    run_slices(block, batch.blocks, 8.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
    return outputs, h_n, c_n, saved


def backward(
    d_outputs: Array | None,
    d_h_n: Array | None,
    d_c_n: Array | None,
    x: Array,
    h0: Array,
    c0: Array,
    outputs: Array,
    saved: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    *,
    lengths: Array | None = None,
    batch_sizes: Array | None = None,
    reverse: bool = False,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array, Array, Array, Array | None, Array | None]:
    """The gradients of sum(d_outputs ⊙ outputs) + sum(d_h_n ⊙ h_n) + sum(d_c_n ⊙ c_n): E.23-E.26 back through time.

    Takes what forward took, gave and kept; d_outputs, d_h_n or d_c_n None stands for zero. Returns dx (None without
    `input_gradient`), dh0, dc0, dw_ih, dw_hh, db_ih, db_hh (None without biases).
    """
    x, (h0, c0), w_ih, w_hh, bias = arguments.checked("lstm", 4, x, (h0, c0), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, dx = arguments.prepared_backward(x, lengths, batch_sizes, input_gradient)
    hidden_size, dtype = h0.shape[1], x.dtype
    width, depth = padded(hidden_size, dtype.itemsize), padded(x.shape[-1], dtype.itemsize)
    d_outputs = arguments.cotangent(d_outputs, outputs.shape, dtype, missing=(0, 0, 0))
    d_h_n = arguments.cotangent(d_h_n, h0.shape, dtype, missing=h0.shape)
    d_c_n = arguments.cotangent(d_c_n, c0.shape, dtype, missing=c0.shape)
    outputs, saved = arguments.readable(outputs), arguments.readable(saved)
    x, outputs, d_outputs, d_inputs = map(arguments.by_step, (x, outputs, d_outputs, dx))
    dh0, dc0 = np.empty_like(h0), np.empty_like(c0)
    padded_ih = weights.for_backward(w_ih, GATES, hidden_size)
    padded_hh = weights.for_backward(w_hh, GATES, hidden_size)
    dw_ih = aligned((batch.blocks, 4 * width * depth), dtype, zero=True)
    dw_hh = aligned((batch.blocks, 4 * width * width), dtype, zero=True)
    db = aligned((batch.blocks, 4 * width), dtype, zero=True)
    run = backward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        inputs = aligned((limit * depth,), dtype)
        previous = aligned((limit * width,), dtype)
        d_gates = aligned((limit * 4 * width,), dtype, zero=True)
        d_state, d_cell, initial = aligned((3, rows * width), dtype)
        run(
            d_outputs, d_h_n, d_c_n, x, h0, c0, outputs, saved.reshape(-1), batch.saved_at[index], padded_ih, padded_hh,
            batch.order, batch.lengths, batch.starts, first, rows, reverse, limit, inputs, previous, d_gates, d_state,
            d_cell, initial, d_inputs, dh0, dc0, dw_ih[index], dw_hh[index], db[index],
        )  # fmt: skip

    run_slices(block, batch.blocks, 16.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
    db_ih = db_hh = None
    if bias is not None:
        db_ih = db.sum(0).reshape(4, width)[:, :hidden_size].ravel()
        db_hh = db_ih.copy()
    dw_ih = weights.gradient_of(w_ih, dw_ih, GATES, hidden_size)
    dw_hh = weights.gradient_of(w_hh, dw_hh, GATES, hidden_size)
    return (dx if input_gradient else None), dh0, dc0, dw_ih, dw_hh, db_ih, db_hh


def packed(w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
    """The weights as forward takes them."""
    hidden_size = w_hh.shape[1]
    return weights.for_forward(w_ih, GATES, hidden_size), weights.for_forward(w_hh, GATES, hidden_size)


def packed_bias(bias: tuple[Array, Array] | None, hidden_size: int, dtype: np.dtype[Any]) -> Array:
    """The sum of the two biases at the places i, f, g, o."""
    biases = aligned((4, padded(hidden_size, dtype.itemsize)), dtype, zero=True)
    if bias is not None:
        biases[:, :hidden_size] = (bias[0] + bias[1]).reshape(4, hidden_size)
    return biases


@kernel
def forward_block(
    x: Strided3,
    h0: Strided2,
    c0: Strided2,
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
    chunk: Flat,
    gates: Flat,
    saved_at: int,
    state: Flat,
    cell: Flat,
    outputs: Strided3,
    h_n: Strided2,
    c_n: Strided2,
) -> None:
    """Forward for the rows first … first+rows-1 of the sorted batch; gates is saved, or with saved_at = -1 scratch."""
    I, H = x.shape[2], h0.shape[1]
    W, K = padded_size(H, x), padded_size(I, x)
    gather_rows(h0, order, first, rows, state, 0)
    gather_rows(c0, order, first, rows, cell, 0)
    begin, base = 0, max(saved_at, 0) * 5 * W
    while begin < lengths[first]:
        end = last_step(lengths, first, rows, begin, limit)
        total = gather_steps(x, h0, 0, order, lengths, starts, first, rows, begin, end, reverse, chunk)
        product(chunk, 0, K, 1, w_ih, 0, 4 * W, bias, 0, 0, gates, base, 5 * W, total, 4 * W, I)
        at = base
        for step in range(begin, end):
            count = running(lengths, first, rows, step)
            product(state, 0, W, 1, w_hh, 0, 4 * W, gates, at, 5 * W, gates, at, 5 * W, count, 4 * W, H)
            for row in range(count):
                t = moment(starts, lengths[first + row], step, reverse)
                output_at = place3(outputs, t, order[first + row])
                update_row(gates, at + row * 5 * W, state, cell, row * W, outputs, output_at, H, W)
            at += count * 5 * W
        if saved_at >= 0:
            base = at
        begin = end
    scatter_rows(state, 0, h_n, order, first, rows)
    scatter_rows(cell, 0, c_n, order, first, rows)


@inlined
def update_row(
    gates: Flat, at: int, state: Flat, cell: Flat, state_at: int, outputs: Strided3, output_at: int, H: int, W: int
) -> None:
    """Sums → gates, in place, and the new state and cell (E.20-E.22)."""
    for j in range(0, W, lanes(state)):
        i = logistic(load(gates, at + j))
        f = logistic(load(gates, at + W + j))
        g = tanh(load(gates, at + 2 * W + j))
        o = logistic(load(gates, at + 3 * W + j))
        c = f * load(cell, state_at + j) + i * g
        h = o * tanh(c)
        store(gates, at + j, i)
        store(gates, at + W + j, f)
        store(gates, at + 2 * W + j, g)
        store(gates, at + 3 * W + j, o)
        store(gates, at + 4 * W + j, c)
        store_first(cell, state_at + j, c, H - j)
        store_first(state, state_at + j, h, H - j)
        store_first(outputs, output_at + j, h, H - j)


@kernel
def backward_block(
    d_outputs: Strided3,
    d_h_n: Strided2,
    d_c_n: Strided2,
    x: Strided3,
    h0: Strided2,
    c0: Strided2,
    outputs: Strided3,
    saved: Flat,
    saved_at: int,
    w_ih: Flat,
    w_hh: Flat,
    order: Indices,
    lengths: Indices,
    starts: Indices,
    first: int,
    rows: int,
    reverse: bool,
    limit: int,
    inputs: Flat,
    previous: Flat,
    d_gates: Flat,
    d_state: Flat,
    d_cell: Flat,
    initial: Flat,
    dx: Strided3,
    dh0: Strided2,
    dc0: Strided2,
    dw_ih: Flat,
    dw_hh: Flat,
    db: Flat,
) -> None:
    """Backward for the rows first … first+rows-1 of the sorted batch, from the last chunk to the first."""
    I, H = x.shape[2], h0.shape[1]
    W, K = padded_size(H, x), padded_size(I, x)
    gather_rows(d_h_n, order, first, rows, d_state, 0)
    gather_rows(d_c_n, order, first, rows, d_cell, 0)
    gather_rows(c0, order, first, rows, initial, 0)
    at = saved_at
    for row in range(rows):
        at += lengths[first + row]
    end = lengths[first]
    while end > 0:
        begin = first_step(lengths, first, rows, end, limit)
        total = gather_steps(x, h0, 0, order, lengths, starts, first, rows, begin, end, reverse, inputs)
        gather_steps(outputs, h0, 1, order, lengths, starts, first, rows, begin, end, reverse, previous)
        at -= total
        behind = total
        for step in range(end - 1, begin - 1, -1):
            count = running(lengths, first, rows, step)
            behind -= count
            before = running(lengths, first, rows, step - 1)
            for row in range(count):
                if d_outputs.shape[0] > 0:
                    t = moment(starts, lengths[first + row], step, reverse)
                    add_row(d_outputs, place3(d_outputs, t, order[first + row]), d_state, row * W, H)
                cells, cell_at = initial, row * W
                if step > 0:
                    cells, cell_at = saved, (at + behind - before + row) * 5 * W + 4 * W
                gates_at, d_at = (at + behind + row) * 5 * W, (behind + row) * 4 * W
                differentiate_row(saved, gates_at, cells, cell_at, d_gates, d_at, d_state, d_cell, row * W, H, W)
            product(d_gates, behind * 4 * W, 4 * W, 1, w_hh, 0, W, d_state, 0, W, d_state, 0, W, count, W, 4 * W)
        product(d_gates, 0, 1, 4 * W, inputs, 0, K, dw_ih, 0, K, dw_ih, 0, K, 4 * W, K, total)
        product(d_gates, 0, 1, 4 * W, previous, 0, W, dw_hh, 0, W, dw_hh, 0, W, 4 * W, W, total)
        add_columns(d_gates, total, 4 * W, db)
        if dx.shape[0] > 0:
            fill(inputs, 0, total * K, 0.0)
            product(d_gates, 0, 4 * W, 1, w_ih, 0, K, inputs, 0, K, inputs, 0, K, total, K, 4 * W)
            scatter_inputs(inputs, dx, order, lengths, starts, first, rows, begin, end, reverse)
        end = begin
    scatter_rows(d_state, 0, dh0, order, first, rows)
    scatter_rows(d_cell, 0, dc0, order, first, rows)


@inlined
def differentiate_row(
    saved: Flat,
    at: int,
    cells: Flat,
    cell_at: int,
    d_gates: Flat,
    d_at: int,
    d_state: Flat,
    d_cell: Flat,
    state_at: int,
    H: int,
    W: int,
) -> None:
    """dh, dc → the sums' gradients and dc_{t-1} (E.23-E.25); of dh nothing passes beside the gates."""
    for j in range(0, W, lanes(saved)):
        i, f = load(saved, at + j), load(saved, at + W + j)
        g, o = load(saved, at + 2 * W + j), load(saved, at + 3 * W + j)
        squashed = tanh(load(saved, at + 4 * W + j))
        dh = load(d_state, state_at + j)
        dc = load(d_cell, state_at + j) + dh * o * (1.0 - squashed * squashed)
        store_first(d_gates, d_at + j, dc * g * i * (1.0 - i), H - j)
        store_first(d_gates, d_at + W + j, dc * load(cells, cell_at + j) * f * (1.0 - f), H - j)
        store_first(d_gates, d_at + 2 * W + j, dc * i * (1.0 - g * g), H - j)
        store_first(d_gates, d_at + 3 * W + j, dh * squashed * o * (1.0 - o), H - j)
        store(d_cell, state_at + j, dc * f)
        store(d_state, state_at + j, splat(dh, 0.0))
