"""Numbers as a sentence says them: those that stand beside each other end at the same decimal place."""

from __future__ import annotations

import math

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST, LARGEST = 1e-4, 1e7  # between them a number is written out


def alike(*values: float, digits: int = 3) -> list[str]:
    """The finite values, each to the place at which the largest of them has `digits` digits.

    alike(-0.011, -0.0252, -0.0004) is -0.0110, -0.0252, -0.0004. Whole numbers stay whole; a value that would round to
    nothing keeps its first digit, since its sign may decide; what is very large or very small is a power of ten.
    """
    largest = max(abs(value) for value in values)
    if largest and not SMALLEST <= largest < LARGEST:
        return [_power(value) for value in values]
    place = digits - 1 - math.floor(math.log10(largest)) if largest else 0
    rounded = [round(value, place) for value in values]
    shown = 0 if all(value == round(value) for value in rounded) else place
    return [
        f"{near:,.{max(shown, 0)}f}" if near or not value else _first_digit(value)
        for near, value in zip(rounded, values, strict=True)
    ]


def _first_digit(value: float) -> str:
    return f"{value:.1g}" if abs(value) >= SMALLEST else _power(value)


def _power(value: float) -> str:
    """3.5·10⁻¹⁵, two digits and a power of ten."""
    if not value:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    power = f"10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    factor = mantissa.removesuffix(".0")
    return power if factor == "1" else f"{factor}·{power}"
