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

from itertools import chain
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils

from rnnlab.engine.compiled import Flat, shared
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


def _strip(registers: int, heights: tuple[int, ...]) -> Any:
    """The product for one strip of B, `registers` registers wide, and all rows of A.

    Tiles have the first of `heights`; each of the others, half as high as the one before, takes once what is left.
    LLVM is told the loop over tiles: Numba would copy a tile written in Python once for each height and width.
    """

    @intrinsic
    def strip(
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
        rows: Any,
        depth: Any,
    ) -> Any:
        dtype, vector, index = a.dtype, vector_of(a.dtype), types.intp

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a_, a_at, a_row, a_k, b_, b_at, b_row, s_, s_at, s_row, c_, c_at, c_row, rows, depth = arguments
            base_a = first_element(context, builder, signature.args[0], a_)
            base_b = first_element(context, builder, signature.args[4], b_)
            base_s = first_element(context, builder, signature.args[7], s_)
            base_c = first_element(context, builder, signature.args[10], c_)

            def across(offset: ir.Value) -> list[ir.Value]:
                return [builder.add(offset, ir.Constant(offset.type, v * vector.count)) for v in range(registers)]

            def tile(first: ir.Value, height: int) -> None:
                numbers = [builder.add(first, ir.Constant(first.type, row)) for row in range(height)]
                starts = [builder.gep(base_a, [builder.add(a_at, builder.mul(a_row, i))]) for i in numbers]
                sums = [[cgutils.alloca_once(builder, vector) for _ in range(registers)] for _ in numbers]
                for total in chain.from_iterable(sums):
                    builder.store(constant(vector, 0.0), total)
                with cgutils.for_range(builder, depth) as loop:
                    terms = [
                        load_at(builder, dtype, base_b, place)
                        for place in across(builder.add(b_at, builder.mul(loop.index, b_row)))
                    ]
                    step = builder.mul(loop.index, a_k)
                    for start, totals in zip(starts, sums, strict=True):
                        factor = spread(builder, vector, builder.load(builder.gep(start, [step])))
                        for term, total in zip(terms, totals, strict=True):
                            scaled = builder.fmul(factor, term, flags=FLAGS)
                            builder.store(builder.fadd(scaled, builder.load(total), flags=FLAGS), total)
                for i, totals in zip(numbers, sums, strict=True):
                    places = across(builder.add(c_at, builder.mul(c_row, i)))
                    origins = across(builder.add(s_at, builder.mul(s_row, i)))
                    for place, origin, total in zip(places, origins, totals, strict=True):
                        start = load_at(builder, dtype, base_s, origin)
                        store_at(builder, dtype, base_c, place, builder.fadd(start, builder.load(total), flags=FLAGS))

            highest = ir.Constant(rows.type, heights[0])
            with cgutils.for_range(builder, builder.sdiv(rows, highest)) as loop:
                tile(builder.mul(loop.index, highest), heights[0])
            for height in heights[1:]:
                with builder.if_then(cgutils.is_not_null(builder, builder.and_(rows, ir.Constant(rows.type, height)))):
                    tile(builder.and_(rows, ir.Constant(rows.type, -2 * height)), height)
            return context.get_dummy_value()

        two = (index, index)
        return types.void(a, index, *two, b, *two, s, *two, c, *two, *two), generate

    return strip


_HEIGHTS = tuple(height for height in (8, 4, 2, 1) if height <= TALL)
_widest, _two_wide, _one_wide = (_strip(registers, _HEIGHTS) for registers in (STRIP, min(2, STRIP), 1))
_row_of_eight, _row_of_four, _row_of_one = (_strip(registers, (1,)) for registers in (8, 4, 1))


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
            _row_of_eight(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, 1, depth)
            j += 8 * wide
        while columns - j >= 4 * wide:
            _row_of_four(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, 1, depth)
            j += 4 * wide
        while j < columns:
            _row_of_one(a, a_at, a_row, a_k, b, b_at + j, b_row, s, s_at + j, s_row, c, c_at + j, c_row, 1, depth)
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
