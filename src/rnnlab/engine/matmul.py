"""C = S + A·B, in tiles that stay in registers: the one product that all cells are made of.

A tile of C, eight rows by three registers, receives all its terms, then S, and is written once. Each term costs
three loads of B and eight numbers of A for twenty-four FMAs, so the processor's arithmetic is the limit and not its
memory. Goto and van de Geijn, 2008, give the general theory; at the sizes of a recurrent cell, where B lies in the
second-level cache, the tile alone is enough and nothing is packed.

A's element (i, k) stands at a_at + i·a_row + k·a_k, so that a transposed A costs nothing. B, C and S are row-major; S
may be C itself, or a single row (a bias) with s_row = 0. Their widths are whole registers: `padded(n)` columns, the
padding holding zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils

from rnnlab.engine.compiled import Flat, inlined, shared
from rnnlab.engine.simd import (
    BYTES,
    FLAGS,
    constant,
    first_element,
    intrinsic,
    lanes,
    load_at,
    spread,
    store_at,
    vector_of,
)

_features = llvmlite.binding.get_host_cpu_features()
# AVX-512 holds 32 registers of 64 bytes: 24 hold the tile. AVX2 and NEON hold a quarter of that.
STRIP = 3 if _features.get("avx512f", False) else 1
TALL = 8 if _features.get("avx512f", False) else 4


def padded(size: int, itemsize: int) -> int:
    """`size` rounded up to whole registers."""
    lanes = BYTES // itemsize
    return -(-size // lanes) * lanes


def _tile(rows: int, registers: int) -> Any:
    """The product of `rows` rows of A and `registers` registers' width of B, added to their tile of C."""

    @intrinsic
    def tile(
        typing: Any,
        a: Any,
        a_at: Any,
        a_row: Any,
        a_k: Any,
        b: Any,
        b_at: Any,
        b_row: Any,
        s: Any,
        s_at: Any,
        s_row: Any,
        c: Any,
        c_at: Any,
        c_row: Any,
        depth: Any,
    ) -> Any:
        dtype, vector, index = a.dtype, vector_of(a.dtype), types.intp

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a_, a_at, a_row, a_k, b_, b_at, b_row, s_, s_at, s_row, c_, c_at, c_row, depth = arguments
            base_a = first_element(context, builder, signature.args[0], a_)
            base_b = first_element(context, builder, signature.args[4], b_)
            base_s = first_element(context, builder, signature.args[7], s_)
            base_c = first_element(context, builder, signature.args[10], c_)

            def times(value: ir.Value, number: int) -> ir.Value:
                return builder.mul(value, ir.Constant(value.type, number))

            def across(offset: ir.Value) -> list[ir.Value]:
                return [builder.add(offset, ir.Constant(offset.type, v * vector.count)) for v in range(registers)]

            starts = [builder.gep(base_a, [builder.add(a_at, times(a_row, row))]) for row in range(rows)]
            sums = [[cgutils.alloca_once(builder, vector) for _ in range(registers)] for _ in range(rows)]
            for total in chain.from_iterable(sums):
                builder.store(constant(vector, 0.0), total)
            with cgutils.for_range(builder, depth) as loop:
                terms = [
                    load_at(builder, dtype, base_b, place)
                    for place in across(builder.add(b_at, builder.mul(loop.index, b_row)))
                ]
                step = builder.mul(loop.index, a_k)
                for row in range(rows):
                    factor = spread(builder, vector, builder.load(builder.gep(starts[row], [step])))
                    for term, total in zip(terms, sums[row], strict=True):
                        scaled = builder.fmul(factor, term, flags=FLAGS)
                        builder.store(builder.fadd(scaled, builder.load(total), flags=FLAGS), total)
            for row in range(rows):
                places = across(builder.add(c_at, times(c_row, row)))
                origins = across(builder.add(s_at, times(s_row, row)))
                for place, origin, total in zip(places, origins, sums[row], strict=True):
                    start = load_at(builder, dtype, base_s, origin)
                    store_at(builder, dtype, base_c, place, builder.fadd(start, builder.load(total), flags=FLAGS))
            return context.get_dummy_value()

        return types.void(a, index, index, index, b, index, index, s, index, index, c, index, index, index), generate

    return tile


def _strip(registers: int) -> Callable[..., None]:
    """The product for one strip of B, `registers` registers wide: all rows of A, tall tiles first."""
    tall, four, two, one = _tile(TALL, registers), _tile(4, registers), _tile(2, registers), _tile(1, registers)

    @inlined
    def strip(
        a: Flat,
        a_at: int,
        a_row: int,
        a_k: int,
        b: Flat,
        b_at: int,
        b_row: int,
        s: Flat,
        s_at: int,
        s_row: int,
        c: Flat,
        c_at: int,
        c_row: int,
        rows: int,
        depth: int,
    ) -> None:
        i = 0
        while rows - i >= TALL:
            tall(
                a,
                a_at + i * a_row,
                a_row,
                a_k,
                b,
                b_at,
                b_row,
                s,
                s_at + i * s_row,
                s_row,
                c,
                c_at + i * c_row,
                c_row,
                depth,
            )
            i += TALL
        if rows - i >= 4:
            four(
                a,
                a_at + i * a_row,
                a_row,
                a_k,
                b,
                b_at,
                b_row,
                s,
                s_at + i * s_row,
                s_row,
                c,
                c_at + i * c_row,
                c_row,
                depth,
            )
            i += 4
        if rows - i >= 2:
            two(
                a,
                a_at + i * a_row,
                a_row,
                a_k,
                b,
                b_at,
                b_row,
                s,
                s_at + i * s_row,
                s_row,
                c,
                c_at + i * c_row,
                c_row,
                depth,
            )
            i += 2
        if rows - i >= 1:
            one(
                a,
                a_at + i * a_row,
                a_row,
                a_k,
                b,
                b_at,
                b_row,
                s,
                s_at + i * s_row,
                s_row,
                c,
                c_at + i * c_row,
                c_row,
                depth,
            )

    return strip


_widest, _two_wide, _one_wide = _strip(STRIP), _strip(min(2, STRIP)), _strip(1)
_row_of_eight, _row_of_four, _row_of_one = _tile(1, 8), _tile(1, 4), _tile(1, 1)


@shared
def product(
    a: Flat,
    a_at: int,
    a_row: int,
    a_k: int,
    b: Flat,
    b_at: int,
    b_row: int,
    s: Flat,
    s_at: int,
    s_row: int,
    c: Flat,
    c_at: int,
    c_row: int,
    rows: int,
    columns: int,
    depth: int,
) -> None:
    """C (rows, columns) = S (rows, columns) + A (rows, depth) · B (depth, columns); columns are whole registers.

    Every element of C receives its terms in the order of k, whatever the tile: a row's result does not depend on the
    rows beside it. S comes last, so that gradients summed over many steps are sums of short sums, which round less.
    """
    wide = lanes(a)
    j = 0
    if rows == 1:  # one sequence: a wide tile, so that eight sums hide the latency of an FMA
        while columns - j >= 8 * wide:
            _row_of_eight(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, depth)
            j += 8 * wide
        while columns - j >= 4 * wide:
            _row_of_four(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, depth)
            j += 4 * wide
        while j < columns:
            _row_of_one(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, depth)
            j += wide
        return
    while columns - j > 4 * wide or (columns - j == STRIP * wide):
        _widest(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, rows, depth)
        j += STRIP * wide
    while columns - j >= 2 * wide and STRIP > 1:
        _two_wide(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, rows, depth)
        j += 2 * wide
    while j < columns:
        _one_wide(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, rows, depth)
        j += wide
