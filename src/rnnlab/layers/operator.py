"""One recurrent layer in one direction as torch sees it: values, gradients, a node in a graph.

The engine's kernels stand behind two doors. Eager code goes through an `autograd.Function`, which costs 30 µs of Python
a training step less than the other door; a compiler goes through `torch.ops.rnnlab.recurrence`, the same kernels
registered with `torch.library`, which a graph can hold without looking inside.

`mode` is torch's name of the cell (RNN_TANH, RNN_RELU, GRU, LSTM), x (T, B, I), states [h_0] or [h_0, c_0],
weights [w_ih, w_hh] or [w_ih, w_hh, b_ih, b_hh]. Outputs are (T, B, H). With `sizes`, the batch sizes (T,) of a packed
sequence, x is its data (N, I) and outputs are (N, H). A state is (1, B, H), as torch.nn keeps it: slices that need no
node of their own on the tape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnlab.layers.reference import gradients_by_torch

CELLS = {  # the engine's module of a cell, and what the module wants to be told
    "RNN_TANH": ("elman", {"nonlinearity": "tanh"}),
    "RNN_RELU": ("elman", {"nonlinearity": "relu"}),
    "GRU": ("gru", {}),
    "LSTM": ("lstm", {}),
}
DTYPES = {torch.float32: np.dtype(np.float32), torch.float64: np.dtype(np.float64)}


def recurrence(
    mode: str, x: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor], sizes: Tensor | None, reverse: bool
) -> Sequence[Tensor]:
    """[outputs, h_n] or [outputs, h_n, c_n]."""
    differentiable = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *states, *weights))
    if torch.compiler.is_compiling() or torch._C._len_torch_dispatch_stack() > 0:
        found: Sequence[Tensor] = in_graph(mode, x, list(states), list(weights), sizes, reverse, differentiable)
    elif differentiable:
        apply: Any = Recurrence.apply  # torch leaves it without types
        found = apply(mode, sizes, reverse, len(states), x, *states, *weights)
    else:
        found = forward_pass(mode, x, states, weights, sizes, reverse, keep=False)
    return found[: 1 + len(states)]


def kernels(mode: str) -> tuple[Any, dict[str, str]]:
    """The engine's module of this cell and what it is told by name."""
    from rnnlab import engine  # not at the top: where Numba cannot be imported, torch does the work

    name, told = CELLS[mode]
    return getattr(engine, name), told


def stream(mode: str, weights: Sequence[Tensor], batch: int) -> Any:
    """The engine's stream of this cell, with a copy of the weights."""
    from rnnlab import engine  # as above

    name = {"GRU": "GRUStream", "LSTM": "LSTMStream"}.get(mode, "ElmanStream")
    return getattr(engine, name)(*arrays(weights), **CELLS[mode][1], batch=batch)


def array(tensor: Tensor | None) -> Any:
    """The tensor's own memory as NumPy sees it; a negation that torch has only noted is carried out first."""
    return None if tensor is None else tensor.detach().resolve_neg().numpy()


def rows(state: Tensor | None) -> Any:
    """A state (1, B, H) as the engine takes it, (B, H)."""
    return None if state is None else array(state)[0]


def arrays(weights: Sequence[Tensor]) -> list[Any]:
    """w_ih, w_hh, b_ih, b_hh, the last two None without bias."""
    return [*map(array, weights), *[None] * (4 - len(weights))]


def forward_pass(
    mode: str,
    x: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    keep: bool,
) -> list[Tensor]:
    """outputs, h_n, for an LSTM c_n, and the activations that `backward_pass` needs, which are empty unless kept."""
    cell, told = kernels(mode)
    outputs, *last, saved = cell.forward(
        array(x), *map(rows, states), *arrays(weights), **told, batch_sizes=array(sizes), reverse=reverse, keep=keep
    )
    return [
        torch.from_numpy(outputs),
        *(torch.from_numpy(state[None]) for state in last),
        x.new_empty((0, 0)) if saved is None else torch.from_numpy(saved),
    ]


def backward_pass(
    mode: str,
    cotangents: Sequence[Tensor | None],
    x: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    outputs: Tensor,
    saved: Tensor,
    input_gradient: bool,
) -> list[Tensor | None]:
    """Gradients of x (None unless wanted), of the states and of the weights, in this order."""
    cell, told = kernels(mode)
    found = cell.backward(
        array(cotangents[0]),
        *map(rows, cotangents[1:]),
        array(x),
        *map(rows, states),
        array(outputs),
        array(saved),
        *arrays(weights),
        **told,
        batch_sizes=array(sizes),
        reverse=reverse,
        input_gradient=input_gradient,
    )
    count = 1 + len(states)
    dx, *dstates = found[:count]
    return [
        None if dx is None else torch.from_numpy(dx),
        *(torch.from_numpy(dstate[None]) for dstate in dstates),
        *map(torch.from_numpy, found[count : count + len(weights)]),
    ]


class Recurrence(torch.autograd.Function):
    """The eager door. Asked for a gradient that can itself be differentiated, torch computes that gradient."""

    @staticmethod
    def forward(
        ctx: Any, mode: str, sizes: Tensor | None, reverse: bool, count: int, x: Tensor, *rest: Tensor
    ) -> tuple[Tensor, ...]:
        """`forward_pass`, with what backward needs saved where torch's hooks for saved tensors see it."""
        states, weights = rest[:count], rest[count:]
        *found, saved = forward_pass(mode, x, states, weights, sizes, reverse, keep=True)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(found[0], saved, sizes, x, *rest)
        ctx.mode, ctx.reverse, ctx.count = mode, reverse, count
        return tuple(found)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        """`backward_pass`, or torch's differentiable gradients under create_graph=True."""
        outputs, saved, sizes, x, *rest = ctx.saved_tensors
        states, weights = rest[: ctx.count], rest[ctx.count :]
        if all(cotangent is None for cotangent in cotangents):
            return (None,) * (5 + len(rest))
        call = (ctx.mode, cotangents, x, states, weights, sizes, ctx.reverse)
        if torch.is_grad_enabled():
            found = gradients_by_torch(*call, wanted=ctx.needs_input_grad[4:])
        else:
            found = backward_pass(*call, outputs, saved, input_gradient=ctx.needs_input_grad[4])
        return None, None, None, None, *found


@torch.library.custom_op("rnnlab::recurrence", mutates_args=())
def in_graph(
    mode: str,
    x: Tensor,
    states: list[Tensor],
    weights: list[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    keep: bool,
) -> list[Tensor]:
    """The compiler's door: `forward_pass`."""
    return forward_pass(mode, x, states, weights, sizes, reverse, keep)


@in_graph.register_fake
def _(
    mode: str,
    x: Tensor,
    states: list[Tensor],
    weights: list[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    keep: bool,
) -> list[Tensor]:
    cell, _ = kernels(mode)
    H, *steps = weights[1].shape[1], *x.shape[:-1]
    kept = cell.saved_shape(math.prod(steps), H, DTYPES[x.dtype]) if keep else (0, 0)
    return [x.new_empty((*steps, H)), *(state.new_empty(state.shape) for state in states), x.new_empty(kept)]


@torch.library.custom_op("rnnlab::recurrence_backward", mutates_args=())
def backward_in_graph(
    mode: str,
    cotangents: Sequence[Tensor | None],
    x: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    outputs: Tensor,
    saved: Tensor,
    input_gradient: bool,
) -> list[Tensor]:
    """The compiler's door: `backward_pass`, with an empty tensor for a gradient of x that nobody wants."""
    call = (mode, cotangents, x, states, weights, sizes, reverse, outputs, saved)
    dx, *others = backward_pass(*call, input_gradient)
    return [x.new_empty(0) if dx is None else dx, *(gradient for gradient in others if gradient is not None)]


@backward_in_graph.register_fake
def _(
    mode: str,
    cotangents: Sequence[Tensor | None],
    x: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    sizes: Tensor | None,
    reverse: bool,
    outputs: Tensor,
    saved: Tensor,
    input_gradient: bool,
) -> list[Tensor]:
    return [x.new_empty(x.shape if input_gradient else 0), *(t.new_empty(t.shape) for t in (*states, *weights))]


def _keep_for_backward(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    ctx.mode, x, states, weights, sizes, ctx.reverse, _ = inputs
    ctx.count = len(states)
    ctx.save_for_backward(output[0], output[-1], sizes, x, *states, *weights)


def _differentiate(ctx: Any, cotangents: list[Tensor | None]) -> tuple[Any, ...]:
    outputs, saved, sizes, x, *rest = ctx.saved_tensors
    states, weights = rest[: ctx.count], rest[ctx.count :]
    call = (ctx.mode, cotangents[:-1], x, states, weights, sizes, ctx.reverse, outputs, saved)
    dx, *others = backward_in_graph(*call, ctx.needs_input_grad[1])
    return (
        None,
        dx if ctx.needs_input_grad[1] else None,
        others[: ctx.count],
        others[ctx.count :],
        None,
        None,
        None,
    )


in_graph.register_autograd(_differentiate, setup_context=_keep_for_backward)
