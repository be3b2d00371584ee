"""The gated recurrent unit (Cho et al., 2014) as torch computes it, with its bias b_hn inside the reset (E.10-E.13).

    r_t = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)                               (E.10)
    z_t = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)                               (E.11)
    n_t = tanh(W_in x_t + b_in + r_t ⊙ q_t),   q_t = W_hn h_{t-1} + b_hn         (E.12)
    h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}                                        (E.13)

Backward, with dh the gradient of h_t and every a the sum inside a gate:

    da_n = dh ⊙ (1 - z) ⊙ (1 - n²)              da_z = dh ⊙ (h_{t-1} - n) ⊙ z ⊙ (1 - z)      (E.14)
    da_r = da_n ⊙ q ⊙ r ⊙ (1 - r)               dq = da_n ⊙ r                                (E.15)
    dh_{t-1} = dh ⊙ z + W_hrᵀ da_r + W_hzᵀ da_z + W_hnᵀ dq                                   (E.16)

Four places of W numbers stand in a row, [n r z q]: the input feeds the first three and the state the last three.
Backward they hold [da_n da_r da_z dq], and the same holds of them.
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
from rnnlab.engine.simd import lanes, load, store, store_first
from rnnlab.engine.threads import run_slices

Array = npt.NDArray[Any]

PLACES = 4
INPUT_GATES = np.array([2, 0, 1])  # torch stacks r, z, n; the places fed by the input are n, r, z
STATE_GATES = np.array([0, 1, 2])  # and those fed by the state r, z, q


def saved_shape(rows: int, hidden_size: int, dtype: Any) -> tuple[int, int]:
    """The shape of what forward keeps for backward: n, r, z and q of every row, a step of a sequence."""
    return rows, PLACES * padded(hidden_size, np.dtype(dtype).itemsize)


def forward(
    x: Array,
    h0: Array,
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
) -> tuple[Array, Array, Array | None]:
    """Equations E.10-E.13 along time: x (T, B, I), h0 (B, H) → outputs (T, B, H), h_n (B, H), saved.

    Weights are torch's: w_ih (3H, I), w_hh (3H, H), b_ih and b_hh (3H,) or both None, gates in the order r, z, n.
    `lengths` (B,): outputs beyond a sequence's length are zero and h_n is its own last state. `reverse` walks each
    sequence from its own last step to its first. `batch_sizes` (T,): x is packed as torch packs, (N, I) with
    the rows of the sequences that still run, step by step, and so are the outputs, (N, H). `keep=False` keeps nothing
    for backward and saved is None. `out` receives the outputs. Raises ValueError or TypeError for arrays that do not
    fit each other.
    """
    x, (h0,), w_ih, w_hh, bias = arguments.checked("gru", 3, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, outputs = arguments.prepared(x, h0, lengths, batch_sizes, out)
    hidden_size, dtype = h0.shape[1], x.dtype
    width = padded(hidden_size, dtype.itemsize)
    saved = activations(saved_shape(batch.steps, hidden_size, dtype), dtype) if keep else None
    h_n = np.empty_like(h0)
    packed_ih, packed_hh = packed(w_ih, w_hh)
    biases = packed_bias(bias, hidden_size, dtype)
    x, places = arguments.by_step(x), arguments.by_step(outputs)
    run = forward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        chunk = aligned((limit * padded(x.shape[-1], dtype.itemsize),), dtype)
        gates = aligned((limit * PLACES * width,), dtype) if saved is None else saved.reshape(-1)
        state = aligned((rows * width,), dtype)
        at = -1 if saved is None else batch.saved_at[index]
        run(
            x, h0, packed_ih, packed_hh, biases.reshape(-1), batch.order, batch.lengths, batch.starts, first, rows,
            reverse, limit, chunk, gates, at, state, places, h_n,
        )  # fmt: skip

    run_slices(block, batch.blocks, 6.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
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
    lengths: Array | None = None,
    batch_sizes: Array | None = None,
    reverse: bool = False,
    input_gradient: bool = True,
) -> tuple[Array | None, Array, Array, Array, Array | None, Array | None]:
    """The gradients of sum(d_outputs ⊙ outputs) + sum(d_h_n ⊙ h_n), equations E.14-E.16 back through time.

    Takes what forward took, gave and kept; d_outputs or d_h_n None stands for zero. Returns dx (None without
    `input_gradient`), dh0, dw_ih, dw_hh, db_ih, db_hh (None without biases).
    """
    x, (h0,), w_ih, w_hh, bias = arguments.checked("gru", 3, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    batch, dx = arguments.prepared_backward(x, lengths, batch_sizes, input_gradient)
    hidden_size, dtype = h0.shape[1], x.dtype
    width, depth = padded(hidden_size, dtype.itemsize), padded(x.shape[-1], dtype.itemsize)
    d_outputs = arguments.cotangent(d_outputs, outputs.shape, dtype, missing=(0, 0, 0))
    d_h_n = arguments.cotangent(d_h_n, h0.shape, dtype, missing=h0.shape)
    outputs, saved = arguments.readable(outputs), arguments.readable(saved)
    x, outputs, d_outputs, d_inputs = map(arguments.by_step, (x, outputs, d_outputs, dx))
    dh0 = np.empty_like(h0)
    padded_ih = weights.for_backward(w_ih, INPUT_GATES, hidden_size)
    padded_hh = weights.for_backward(w_hh, STATE_GATES, hidden_size)
    dw_ih = aligned((batch.blocks, 3 * width * depth), dtype, zero=True)
    dw_hh = aligned((batch.blocks, 3 * width * width), dtype, zero=True)
    db = aligned((batch.blocks, PLACES * width), dtype, zero=True)
    run = backward_block[dtype]

    def block(index: int) -> None:
        first, rows = batch.block(index)
        limit = chunk_rows(rows)
        inputs = aligned((limit * depth,), dtype)
        previous = aligned((limit * width,), dtype)
        d_gates = aligned((limit * PLACES * width,), dtype, zero=True)
        d_state = aligned((rows * width,), dtype)
        run(
            d_outputs, d_h_n, x, h0, outputs, saved.reshape(-1), batch.saved_at[index], padded_ih, padded_hh,
            batch.order, batch.lengths, batch.starts, first, rows, reverse, limit, inputs, previous, d_gates, d_state,
            d_inputs, dh0, dw_ih[index], dw_hh[index], db[index],
        )  # fmt: skip

    run_slices(block, batch.blocks, 12.0 * batch.steps * hidden_size * (hidden_size + x.shape[-1]))
    db_ih = db_hh = None
    if bias is not None:
        d_n, d_r, d_z, d_q = db.sum(0).reshape(PLACES, width)[:, :hidden_size]
        db_ih, db_hh = np.concatenate((d_r, d_z, d_n)), np.concatenate((d_r, d_z, d_q))
    dw_ih = weights.gradient_of(w_ih, dw_ih, INPUT_GATES, hidden_size)
    dw_hh = weights.gradient_of(w_hh, dw_hh, STATE_GATES, hidden_size)
    return (dx if input_gradient else None), dh0, dw_ih, dw_hh, db_ih, db_hh


def packed(w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
    """The weights as forward takes them: columns n, r, z for the input and r, z, q for the state."""
    hidden_size = w_hh.shape[1]
    return weights.for_forward(w_ih, INPUT_GATES, hidden_size), weights.for_forward(w_hh, STATE_GATES, hidden_size)


def packed_bias(bias: tuple[Array, Array] | None, hidden_size: int, dtype: np.dtype[Any]) -> Array:
    """The biases at the places n, r, z, q: r and z have the sum of their two, n and q one each."""
    biases = aligned((PLACES, padded(hidden_size, dtype.itemsize)), dtype, zero=True)
    if bias is not None:
        in_r, in_z, in_n = bias[0].reshape(3, hidden_size)
        state_r, state_z, state_n = bias[1].reshape(3, hidden_size)
        biases[:, :hidden_size] = in_n, in_r + state_r, in_z + state_z, state_n
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
    chunk: Flat,
    gates: Flat,
    saved_at: int,
    state: Flat,
    outputs: Strided3,
    h_n: Strided2,
) -> None:
    """Forward for the rows first … first+rows-1 of the sorted batch; gates is saved, or with saved_at = -1 scratch."""
    I, H = x.shape[2], h0.shape[1]
    W, K = padded_size(H, x), padded_size(I, x)
    gather_rows(h0, order, first, rows, state, 0)
    begin, base = 0, max(saved_at, 0) * 4 * W
    while begin < lengths[first]:
        end = last_step(lengths, first, rows, begin, limit)
        total = gather_steps(x, h0, 0, order, lengths, starts, first, rows, begin, end, reverse, chunk)
        product(chunk, 0, K, 1, w_ih, 0, 3 * W, bias, 0, 0, gates, base, 4 * W, total, 3 * W, I)
        at = base
        for step in range(begin, end):
            count = running(lengths, first, rows, step)
            add_state(state, w_hh, bias, gates, at, count, H, W)
            for row in range(count):
                t = moment(starts, lengths[first + row], step, reverse)
                update_row(
                    gates, at + row * 4 * W, state, row * W, outputs, place3(outputs, t, order[first + row]), H, W
                )
            at += count * 4 * W
        if saved_at >= 0:
            base = at
        begin = end
    scatter_rows(state, 0, h_n, order, first, rows)


@inlined
def add_state(state: Flat, w_hh: Flat, bias: Flat, gates: Flat, at: int, rows: int, H: int, W: int) -> None:
    """The state's share of the sums: added to r and z, and q from its bias."""
    product(state, 0, W, 1, w_hh, 0, 3 * W, gates, at + W, 4 * W, gates, at + W, 4 * W, rows, 2 * W, H)
    product(state, 0, W, 1, w_hh, 2 * W, 3 * W, bias, 3 * W, 0, gates, at + 3 * W, 4 * W, rows, W, H)


@inlined
def update_row(
    gates: Flat, at: int, state: Flat, state_at: int, outputs: Strided3, output_at: int, H: int, W: int
) -> None:
    """Sums → gates, in place, and the new state (E.10-E.13)."""
    for j in range(0, W, lanes(state)):
        r = logistic(load(gates, at + W + j))
        z = logistic(load(gates, at + 2 * W + j))
        n = tanh(load(gates, at + j) + r * load(gates, at + 3 * W + j))
        h = n + z * (load(state, state_at + j) - n)
        store(gates, at + j, n)
        store(gates, at + W + j, r)
        store(gates, at + 2 * W + j, z)
        store_first(state, state_at + j, h, H - j)
        store_first(outputs, output_at + j, h, H - j)


@kernel
def backward_block(
    d_outputs: Strided3,
    d_h_n: Strided2,
    x: Strided3,
    h0: Strided2,
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
            for row in range(count):
                gates_at, previous_at, d_at = (at + behind + row) * 4 * W, (behind + row) * W, (behind + row) * 4 * W
                if d_outputs.shape[0] > 0:
                    t = moment(starts, lengths[first + row], step, reverse)
                    add_row(d_outputs, place3(d_outputs, t, order[first + row]), d_state, row * W, H)
                differentiate_row(saved, gates_at, previous, previous_at, d_gates, d_at, d_state, row * W, H, W)
            product(d_gates, behind * 4 * W + W, 4 * W, 1, w_hh, 0, W, d_state, 0, W, d_state, 0, W, count, W, 3 * W)
        product(d_gates, 0, 1, 4 * W, inputs, 0, K, dw_ih, 0, K, dw_ih, 0, K, 3 * W, K, total)
        product(d_gates, W, 1, 4 * W, previous, 0, W, dw_hh, 0, W, dw_hh, 0, W, 3 * W, W, total)
        add_columns(d_gates, total, 4 * W, db)
        if dx.shape[0] > 0:
            fill(inputs, 0, total * K, 0.0)
            for gate in range(3):  # a sum of three sums rounds less than one of 3W terms
                product(d_gates, gate * W, 4 * W, 1, w_ih, gate * W * K, K, inputs, 0, K, inputs, 0, K, total, K, W)
            scatter_inputs(inputs, dx, order, lengths, starts, first, rows, begin, end, reverse)
        end = begin
    scatter_rows(d_state, 0, dh0, order, first, rows)


@inlined
def differentiate_row(
    saved: Flat,
    at: int,
    previous: Flat,
    previous_at: int,
    d_gates: Flat,
    d_at: int,
    d_state: Flat,
    state_at: int,
    H: int,
    W: int,
) -> None:
    """dh → the sums' gradients and the part of dh_{t-1} that passes beside the gates (E.14-E.16)."""
    for j in range(0, W, lanes(saved)):
        n, r = load(saved, at + j), load(saved, at + W + j)
        z, q = load(saved, at + 2 * W + j), load(saved, at + 3 * W + j)
        dh = load(d_state, state_at + j)
        da_n = dh * (1.0 - z) * (1.0 - n * n)
        da_z = dh * (load(previous, previous_at + j) - n) * z * (1.0 - z)
        da_r = da_n * q * r * (1.0 - r)
        store_first(d_gates, d_at + j, da_n, H - j)
        store_first(d_gates, d_at + W + j, da_r, H - j)
        store_first(d_gates, d_at + 2 * W + j, da_z, H - j)
        store_first(d_gates, d_at + 3 * W + j, da_n * r, H - j)
        store(d_state, state_at + j, dh * z)
