"""When the engine does the work and when torch does."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import Parameter

from rnnlab.layers.operator import DTYPES, backward_pass, forward_pass
from rnnlab.layers.team import lend_team

PLAIN = (Tensor, Parameter)
WARNED_OF: list[str] = []  # why the engine could not be compiled, once it could not
ASIDE = False  # whether the engine stands aside


@contextmanager
def by_torch() -> Iterator[None]:
    """Inside, torch computes every recurrent layer of the process: to compare, or to tell which one is at fault."""
    global ASIDE
    before, ASIDE = ASIDE, True
    try:
        yield
    finally:
        ASIDE = before


def engine_takes(mode: str, tensors: Sequence[Tensor]) -> bool:
    """Whether the engine computes a layer of these tensors (the input first), here and now.

    It takes dense float32 and float64 on a CPU. torch keeps what only torch can do: other devices and dtypes, autocast,
    tracing by `torch.jit`, the transforms of `torch.func`, forward-mode derivatives, and `torch.export`, whose programs
    should run where rnnlab is not installed.
    """
    first = tensors[0].dtype
    if ASIDE or first not in DTYPES or torch.is_autocast_enabled("cpu"):
        return False
    for tensor in tensors:
        if not tensor.is_cpu or tensor.dtype is not first or tensor.layout is not torch.strided:
            return False
    if torch.compiler.is_exporting():
        return False
    if not torch.compiler.is_compiling() and (
        torch._C._are_functorch_transforms_active()
        or torch._C._get_tracing_state() is not None
        or forward_ad._current_level >= 0
        or any(type(tensor) not in PLAIN for tensor in tensors)
    ):
        return False
    return engine_works(mode, first)


def engine_works(mode: str, dtype: torch.dtype) -> bool:
    """Whether Numba can compile and run this cell here; asked once a process."""
    return tried(mode, dtype)


# A constant of any graph: what torch.compiler.assume_constant_result sets, without its import of the compiler (1.8 s).
engine_works._dynamo_marked_constant = True  # type: ignore[attr-defined]  # torch's own mark


@functools.cache
def tried(mode: str, dtype: torch.dtype) -> bool:
    """One step of size one, forward and backward."""
    try:
        x = torch.ones(1, 1, 1, dtype=dtype)
        gates = {"GRU": 3, "LSTM": 4}.get(mode, 1)
        weights = [torch.ones(gates, 1, dtype=dtype)] * 2 + [torch.ones(gates, dtype=dtype)] * 2
        states = [x] * (2 if mode == "LSTM" else 1)
        *found, saved = forward_pass(mode, x, states, weights, None, False, keep=True)
        backward_pass(mode, found, x, states, weights, None, False, found[0], saved, input_gradient=True)
        lend_team()
    except Exception as failure:  # whatever stops a compiler (import, LLVM, disk), torch can do the work
        warn(f"{type(failure).__name__}: {failure}".splitlines()[0])
        return False
    return True


def warn(reason: str) -> None:
    """One warning a process, however many cells and dtypes fail."""
    if not WARNED_OF:
        WARNED_OF.append(reason)
        warnings.warn(
            f"The engine cannot be compiled here ({reason}), so torch computes the recurrent layers, more slowly. "
            f"`rnnlab doctor` says what is missing.",
            RuntimeWarning,
            stacklevel=2,
        )
