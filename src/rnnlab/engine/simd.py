"""One register of numbers as a Numba type: 64 bytes, so 16 float32 or 8 float64 that every operation treats at once.

LLVM turns it into one AVX-512 register, two of AVX2 or four of NEON. Writing the width down, instead of hoping that a
loop is vectorised, gives the same speed and the same bits for every array length and every compiler version.

    v = load(a, i)          the numbers a[i], a[i+1], … as one register
    store(a, i, v)          and back
    splat(v, s)             the scalar s in every lane of a register like v
    v + w, v * w, …         lane by lane; a product and a sum fuse to one FMA where the processor has it

An array is addressed by its first element and an offset counted in elements, whatever its shape.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default

BYTES = 64
# Fused and reordered signs of zero are allowed; NaN and infinity keep their meaning (no nnan, no ninf).
FLAGS = ("contract", "nsz", "arcp")

Decorator = Callable[[Callable[..., Any]], Any]
intrinsic: Decorator = extending.intrinsic
_type_callable: Callable[..., Decorator] = extending.type_callable
_register_default: Callable[..., Callable[[type], type]] = register_default
_lower: Callable[..., Decorator] = extending.lower_builtin


class Register(types.Type):  # type: ignore[misc]  # Numba is Any to us
    """The type of `load(a, i)` for an array of float32 or float64."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        super().__init__(name=f"Register({dtype})")


@_register_default(Register)
class RegisterModel(models.PrimitiveModel):  # type: ignore[misc]  # as above
    """An LLVM vector."""

    def __init__(self, manager: Any, register: Register) -> None:
        super().__init__(manager, register, vector_of(register.dtype))


def element(dtype: types.Float) -> ir.Type:
    """The LLVM type of one lane."""
    return ir.FloatType() if dtype.bitwidth == 32 else ir.DoubleType()


def vector_of(dtype: types.Float) -> ir.VectorType:
    """The LLVM type of a register."""
    return ir.VectorType(element(dtype), 8 * BYTES // dtype.bitwidth)


def constant(vector: ir.VectorType, value: float) -> ir.Constant:
    """A register with `value` in every lane."""
    return ir.Constant(vector, [value] * vector.count)


def spread(builder: ir.IRBuilder, vector: ir.VectorType, scalar: ir.Value) -> ir.Value:
    """A register with a scalar that is known only at run time in every lane."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, empty, zeros)


def first_element(context: Any, builder: ir.IRBuilder, array: types.Array, value: ir.Value) -> ir.Value:
    """The address of an array's first element."""
    return context.make_array(array)(context, builder, value).data


def load_at(builder: ir.IRBuilder, dtype: types.Float, base: ir.Value, offset: ir.Value) -> ir.Value:
    """The register that starts `offset` elements after `base`."""
    return builder.load(_as_register(builder, dtype, base, offset), align=dtype.bitwidth // 8)


def store_at(builder: ir.IRBuilder, dtype: types.Float, base: ir.Value, offset: ir.Value, value: ir.Value) -> None:
    """Writes a register `offset` elements after `base`."""
    builder.store(value, _as_register(builder, dtype, base, offset), align=dtype.bitwidth // 8)


def _as_register(builder: ir.IRBuilder, dtype: types.Float, base: ir.Value, offset: ir.Value) -> ir.Value:
    return builder.bitcast(builder.gep(base, [offset]), vector_of(dtype).as_pointer())


@intrinsic
def lanes(typing: Any, array: Any) -> Any:
    """How many elements of this array fill a register: a constant of the compiled code."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.intp, 8 * BYTES // array.dtype.bitwidth)

    return types.intp(array), generate


@intrinsic
def load(typing: Any, array: Any, offset: Any) -> Any:
    """The elements offset, offset+1, … of an array as one register."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = first_element(context, builder, signature.args[0], arguments[0])
        return load_at(builder, array.dtype, base, arguments[1])

    return Register(array.dtype)(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, offset: Any, value: Any) -> Any:
    """Writes a register to the elements offset, offset+1, … of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = first_element(context, builder, signature.args[0], arguments[0])
        store_at(builder, array.dtype, base, arguments[1], arguments[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic
def splat(typing: Any, like: Any, scalar: Any) -> Any:
    """The scalar in every lane of a register of the same type as `like`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return spread(builder, vector_of(like.dtype), arguments[1])

    return like(like, like.dtype), generate


def by_type(single: float, double: float) -> Any:
    """v → the number for float32, or the one for float64, in every lane of a register like v."""

    @intrinsic
    def number(typing: Any, like: Any) -> Any:
        value = single if like.dtype == types.float32 else double

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return constant(vector_of(like.dtype), value)

        return like(like), generate

    return number


def polynomial(single: tuple[float, ...], double: tuple[float, ...]) -> Any:
    """v → a0 + v·(a1 + v·(a2 + …)), with the coefficients a0, a1, … for float32, or those for float64."""

    @intrinsic
    def value(typing: Any, v: Any) -> Any:
        coefficients = single if v.dtype == types.float32 else double

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            *others, total = (constant(vector_of(v.dtype), a) for a in coefficients)
            for a in reversed(others):
                total = builder.fadd(builder.fmul(total, arguments[0], flags=FLAGS), a, flags=FLAGS)
            return total

        return v(v), generate

    return value


def _register_operator(symbol: Callable[..., Any], name: str) -> None:
    """Teaches Numba `symbol` for two registers, or a register and a number on either side."""

    @_type_callable(symbol)
    def result(context: Any) -> Any:
        def typer(left: Any, right: Any) -> Any:
            if isinstance(left, Register):
                return left if right == left or isinstance(right, types.Number) else None
            return right if isinstance(right, Register) and isinstance(left, types.Number) else None

        return typer

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        register = signature.return_type
        both = [
            value
            if kind == register
            else spread(builder, vector_of(register.dtype), context.cast(builder, value, kind, register.dtype))
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        return getattr(builder, name)(*both, flags=FLAGS)

    for pair in ((Register, Register), (Register, types.Number), (types.Number, Register)):
        _lower(symbol, *pair)(generate)


for _symbol, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _register_operator(_symbol, _name)


def _choosing(comparison: str) -> Any:
    """(v, limit, then, otherwise) → `then` where v compares true with `limit`, `otherwise` else and for NaN."""

    @intrinsic
    def chosen(typing: Any, value: Any, limit: Any, then: Any, otherwise: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.select(builder.fcmp_ordered(comparison, *arguments[:2]), *arguments[2:])

        return then(value, limit, then, otherwise), generate

    return chosen


where_below = _choosing("<")
where_above = _choosing(">")
where_at_most = _choosing("<=")


@intrinsic
def with_sign_of(typing: Any, size: Any, sign: Any) -> Any:
    """|size| in every lane, with the sign of the other register's lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = vector_of(size.dtype)
        kind = ir.FunctionType(vector, [vector, vector])
        name = f"llvm.copysign.v{vector.count}f{size.dtype.bitwidth}"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)

    return size(size, sign), generate


@intrinsic
def power_of_two(typing: Any, shifted: Any) -> Any:
    """2^n in every lane, for shifted = n + 1.5·2^m with m the bits of the fraction: n stands in its lowest bits."""
    fraction, bias = (23, 127) if shifted.dtype.bitwidth == 32 else (52, 1023)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = vector_of(shifted.dtype)
        integers = ir.VectorType(ir.IntType(shifted.dtype.bitwidth), vector.count)
        bits = builder.bitcast(arguments[0], integers)
        exponent = builder.shl(bits, constant(integers, fraction))
        return builder.bitcast(builder.add(exponent, constant(integers, bias << fraction)), vector)

    return shifted(shifted), generate


def _first_lanes(builder: ir.IRBuilder, vector: ir.VectorType, count: ir.Value) -> ir.Value:
    """A mask of the first `count` lanes."""
    lanes = ir.VectorType(ir.IntType(32), vector.count)
    numbers = ir.Constant(lanes, list(range(vector.count)))
    return builder.icmp_signed("<", numbers, spread(builder, lanes, builder.trunc(count, ir.IntType(32))))


@intrinsic
def load_first(typing: Any, array: Any, offset: Any, count: Any) -> Any:
    """The first `count` lanes from an array, zeros after; nothing beyond them is read."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = vector_of(array.dtype)
        base = first_element(context, builder, signature.args[0], arguments[0])
        address = _as_register(builder, array.dtype, base, arguments[1])
        mask = _first_lanes(builder, vector, arguments[2])
        name = f"llvm.masked.load.v{vector.count}f{array.dtype.bitwidth}.p0"
        kind = ir.FunctionType(vector, [address.type, ir.IntType(32), mask.type, vector])
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        align = ir.Constant(ir.IntType(32), array.dtype.bitwidth // 8)
        return builder.call(function, [address, align, mask, constant(vector, 0.0)])

    return Register(array.dtype)(array, types.intp, types.intp), generate


@intrinsic
def store_first(typing: Any, array: Any, offset: Any, value: Any, count: Any) -> Any:
    """Writes the first `count` lanes to an array and leaves what follows them as it is.

    All lanes are written by a plain store: a masked one, on some processors, cannot be read back before it is in cache.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = vector_of(array.dtype)
        base = first_element(context, builder, signature.args[0], arguments[0])
        address = _as_register(builder, array.dtype, base, arguments[1])
        mask = _first_lanes(builder, vector, arguments[3])
        name = f"llvm.masked.store.v{vector.count}f{array.dtype.bitwidth}.p0"
        kind = ir.FunctionType(ir.VoidType(), [vector, address.type, ir.IntType(32), mask.type])
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        align = ir.Constant(ir.IntType(32), array.dtype.bitwidth // 8)
        whole = builder.icmp_signed(">=", arguments[3], ir.Constant(arguments[3].type, vector.count))
        with builder.if_else(whole, likely=True) as (all_lanes, some_lanes):
            with all_lanes:
                builder.store(arguments[2], address, align=array.dtype.bitwidth // 8)
            with some_lanes:
                builder.call(function, [arguments[2], address, align, mask])
        return context.get_dummy_value()

    return types.void(array, types.intp, value, types.intp), generate
