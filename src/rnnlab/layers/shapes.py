"""What a recurrent layer takes, and the sentence that says so to whom brings something else.

The classes of the exceptions are those that torch.nn raises for the same mistake.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


def check(layer: nn.RNNBase, x: Any, hx: Any) -> None:
    """Refuse an input or an initial state that this layer cannot take."""
    name = type(layer).__name__
    if isinstance(x, PackedSequence):
        check_packed(layer, x)
        batch: int | None = int(x.batch_sizes[0])
        data = x.data
    elif isinstance(x, Tensor):
        if x.dim() not in (2, 3):
            raise ValueError(not_an_input(layer, x))
        batch = None if x.dim() == 2 else x.size(0 if layer.batch_first else 1)
        if x.size(0 if batch is None else 1 if layer.batch_first else 0) == 0:
            raise RuntimeError(
                f"x has no time steps (shape {tuple(x.shape)}); {name} needs a sequence of at least one."
            )
        data = x
    else:
        raise TypeError(
            f"x is a {type(x).__module__}.{type(x).__qualname__}; {name} takes a torch.Tensor or a PackedSequence. "
            f"torch.as_tensor(x) makes a tensor of an array."
        )
    if data.size(-1) != layer.input_size:
        raise RuntimeError(not_an_input(layer, data))
    dtype = layer.weight_ih_l0.dtype
    if data.dtype != dtype and not autocasting():
        raise ValueError(
            f"x is {data.dtype} and the weights of {name} are {dtype}: they must be the same. "
            f"x.to({dtype}) converts the input, layer.to({data.dtype}) the layer."
        )
    if hx is not None:
        check_states(layer, hx, batch)


def check_packed(layer: nn.RNNBase, x: PackedSequence) -> None:
    """A packed batch's sizes never grow, never reach 0, and sum to its rows."""
    sizes, name = x.batch_sizes, type(layer).__name__
    if x.data.dim() != 2:
        raise RuntimeError(
            f"x.data has shape {tuple(x.data.shape)}; a PackedSequence for {name} holds (steps, {layer.input_size}). "
            f"pack_padded_sequence(x, lengths) makes one of (T, B, {layer.input_size})."
        )
    if sizes.numel() == 0 or int(sizes[-1]) < 1 or bool((sizes[1:] > sizes[:-1]).any()):
        raise RuntimeError(
            f"x.batch_sizes is {sizes.tolist()}; sizes of a PackedSequence are positive and never grow. "
            f"pack_padded_sequence(x, lengths) computes them."
        )
    if int(sizes.sum()) != x.data.size(0):
        raise RuntimeError(
            f"x.batch_sizes sums to {int(sizes.sum())} and x.data has {x.data.size(0)} rows; a PackedSequence's "
            f"are equal. pack_padded_sequence(x, lengths) makes both."
        )


def check_states(layer: nn.RNNBase, hx: Any, batch: int | None) -> None:
    """h_0, or (h_0, c_0) for an LSTM: (num_layers * directions, B, H), without B for a single sequence."""
    name, lstm = type(layer).__name__, layer.mode == "LSTM"
    directions = layer.num_layers * (2 if layer.bidirectional else 1)
    if lstm and not (isinstance(hx, (tuple, list)) and len(hx) == 2 and all(isinstance(s, Tensor) for s in hx)):
        raise TypeError(
            f"hx is a {type(hx).__name__}; LSTM takes a pair of tensors, (h_0, c_0). Zeros are the default."
        )
    if not lstm and not isinstance(hx, Tensor):
        raise TypeError(f"hx is a {type(hx).__name__}; {name} takes one tensor, h_0. Zeros are the default.")
    width = {"h_0": layer.proj_size or layer.hidden_size, "c_0": layer.hidden_size}
    for label, state in zip(width, hx if lstm else (hx,), strict=False):
        wanted = (directions, width[label]) if batch is None else (directions, batch, width[label])
        if tuple(state.shape) != wanted:
            layout = (
                "(layers * directions, H) for a single sequence" if batch is None else "(layers * directions, B, H)"
            )
            raise RuntimeError(
                f"{label} has shape {tuple(state.shape)}; this {name} with this x takes {wanted}, which is {layout}"
                f"{', also with batch_first=True' if layer.batch_first else ''}."
            )
        expected = layer.weight_ih_l0.dtype
        if state.dtype != expected and not autocasting():
            raise ValueError(
                f"{label} is {state.dtype} and the weights of {name} are {expected}. "
                f"{label}.to({expected}) converts it."
            )


def not_an_input(layer: nn.RNNBase, x: Tensor) -> str:
    """The sentence for a tensor whose shape is no input of this layer."""
    size, name = layer.input_size, type(layer).__name__
    layout = (
        f"(B, T, {size}), time second because of batch_first=True"
        if layer.batch_first
        else (f"(T, B, {size}), or (B, T, {size}) with batch_first=True")
    )
    single = "x[None, :, None]" if layer.batch_first else "x[:, None, None]"
    return (
        f"x has shape {tuple(x.shape)}; {name}(input_size={size}) takes {layout}. "
        f"A single series of length T is {single}; a single sequence may also be (T, {size})."
    )


def autocasting() -> bool:
    """Whether torch converts dtypes here by itself."""
    return torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled()
