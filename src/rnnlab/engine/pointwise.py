"""tanh and the logistic function for a register of numbers, each from one exponential and one division.

    tanh(x) = e / (e + 2) = 1 - 2 / (e + 2),   e = exp(2x) - 1                   (E.5)
    σ(x)    = 1 / (1 + exp(-x)),                                                 (E.6)

    exp(y) - 1 = 2^n·p + (2^n - 1),    n = round(y / ln 2),  p = exp(y - n ln 2) - 1   (E.7)

p is a polynomial whose relative error over |r| ≤ ½ ln 2 is a tenth of a unit in the last place (minimax, Remez).
Near 0, exp(y) - 1 keeps its leading digits, and so does tanh. NaN comes out as NaN; ±∞ gives ±1, 0 or 1.
`benchmarks/activation_error.py` measures both over all float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import extending, types

from rnnlab.engine.compiled import inlined
from rnnlab.engine.simd import Decorator, power_of_two, splat, where_above, where_below, with_sign_of

_overload: Callable[..., Decorator] = extending.overload

Vector = Any  # rnnlab.engine.simd.Register, which only the compiler sees

# ln 2 in two parts, the first so short that n times it is exact (Cody and Waite, 1980); exp(r) = 1 + r + r²·q(r).
_LN2_32 = (0.693359375, -0.00021219444005469057)
_LN2_64 = (0.6931471675634384, 1.2996506893889889e-08)
_Q32 = (0.49999997, 0.16666543, 0.0416672, 0.0083665475, 0.0013882522)
_Q64 = (
    0.5000000000000006,
    0.16666666666666588,
    0.041666666666576486,
    0.008333333333389823,
    0.0013888888931662285,
    0.00019841269718469485,
    2.4801505148232653e-05,
    2.7557407943573514e-06,
    2.7626090740103746e-07,
    2.505368217778358e-08,
)


def reduced(y: Vector) -> tuple[Vector, Vector]:
    """(2^n, exp(r) - 1) with exp(y) = 2^n·exp(r), |r| ≤ ½ ln 2: equation E.7.

    y is held within ±87.34 (float64: ±708.4), where neither exp(y) nor exp(-y) leaves the normal numbers.
    """
    raise NotImplementedError  # the compiled forms follow, one for each type


@_overload(reduced, inline="always")
def _reduced(y: Vector) -> Any:
    if y.dtype == types.float32:
        high, low = _LN2_32
        a0, a1, a2, a3, a4 = _Q32

        def single(y: Vector) -> tuple[Vector, Vector]:
            y = between(y, -87.34, 87.34)
            shifted = y * 1.4426950408889634 + 12582912.0  # 1.5 · 2^23: the sum is rounded to a whole number
            n = shifted - 12582912.0
            r = (y - n * high) - n * low
            q = (((r * a4 + a3) * r + a2) * r + a1) * r + a0
            return power_of_two(shifted), (r * r) * q + r

        return single

    high, low = _LN2_64
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 = _Q64

    def double(y: Vector) -> tuple[Vector, Vector]:
        y = between(y, -708.4, 708.4)
        shifted = y * 1.4426950408889634 + 6755399441055744.0  # 1.5 · 2^52
        n = shifted - 6755399441055744.0
        r = (y - n * high) - n * low
        q = (((((((((r * b9 + b8) * r + b7) * r + b6) * r + b5) * r + b4) * r + b3) * r + b2) * r + b1) * r) + b0
        return power_of_two(shifted), (r * r) * q + r

    return double


@inlined
def between(v: Vector, low: float, high: float) -> Vector:
    """v held between two bounds; NaN stays NaN."""
    lowest, highest = splat(v, low), splat(v, high)
    v = where_below(v, lowest, lowest, v)
    return where_above(v, highest, highest, v)


@inlined
def tanh(x: Vector) -> Vector:
    """Equation E.5 for |x|, whose second form loses no digit where tanh is near 1; the sign is put back."""
    size, limit, two = with_sign_of(x, splat(x, 1.0)), splat(x, 0.55), splat(x, 2.0)
    power, p = reduced(size + size)
    e = power * p + (power - 1.0)
    share = where_above(size, limit, two, e) / (e + 2.0)
    return with_sign_of(where_above(size, limit, 1.0 - share, share), x)


@inlined
def logistic(x: Vector) -> Vector:
    """Equation E.6."""
    power, p = reduced(x * -1.0)
    return 1.0 / (power * p + (power + 1.0))


@inlined
def relu(x: Vector) -> Vector:
    """max(x, 0); NaN stays NaN."""
    zero = splat(x, 0.0)
    return where_below(x, zero, zero, x)
