"""tanh and the logistic function for a register of numbers, each from one exponential and one division.

    tanh(x) = e / (e + 2) = 1 - 2 / (e + 2),   e = exp(2x) - 1                   (E.5)
    σ(x)    = 1 / (1 + exp(-x)),                                                 (E.6)

    exp(y) - 1 = 2^n·p + (2^n - 1),    n = round(y / ln 2),  p = exp(y - n ln 2) - 1   (E.7)

p is a polynomial whose relative error over |r| ≤ ½ ln 2 is a tenth of a unit in the last place (minimax, Remez).
Near 0, exp(y) - 1 keeps its leading digits, and so does tanh. NaN comes out as NaN; ±∞ gives ±1, 0 or 1.
`benchmarks/activation_error.py` measures both over all float32.
"""

from __future__ import annotations

from typing import Any

from rnnlab.engine.compiled import inlined
from rnnlab.engine.simd import by_type, polynomial, power_of_two, splat, where_above, where_below, with_sign_of

Vector = Any  # rnnlab.engine.simd.Register, which only the compiler sees

# Within ±limit neither exp(y) nor exp(-y) leaves the normal numbers.
lowest, highest = by_type(-87.34, -708.4), by_type(87.34, 708.4)
# 1.5 · 2^23 and 1.5 · 2^52: what is added to them is rounded to a whole number.
rounder = by_type(12582912.0, 6755399441055744.0)
# ln 2 in two parts, the first so short that n times it is exact (Cody and Waite, 1980).
ln2_high = by_type(0.693359375, 0.6931471675634384)
ln2_low = by_type(-0.00021219444005469057, 1.2996506893889889e-08)
# exp(r) = 1 + r + r²·q(r)
q = polynomial(
    (0.49999997, 0.16666543, 0.0416672, 0.0083665475, 0.0013882522),
    (
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
    ),
)


@inlined
def reduced(y: Vector) -> tuple[Vector, Vector]:
    """(2^n, exp(r) - 1) with exp(y) = 2^n·exp(r), |r| ≤ ½ ln 2: equation E.7, for y held within its limits."""
    y = where_below(y, lowest(y), lowest(y), y)  # NaN stays NaN
    y = where_above(y, highest(y), highest(y), y)
    shifted = y * 1.4426950408889634 + rounder(y)
    n = shifted - rounder(y)
    r = (y - n * ln2_high(y)) - n * ln2_low(y)
    return power_of_two(shifted), (r * r) * q(r) + r


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
