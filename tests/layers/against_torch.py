"""One network twice, ours and torch.nn's, with the same parameters; one call each; every value and gradient of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from rnnlab import layers

OURS = {"RNN": layers.RNN, "LSTM": layers.LSTM, "GRU": layers.GRU}
THEIRS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CELLS = tuple(OURS)


def pair(cell: str, *sizes: int, seed: int = 0, **options: Any) -> tuple[nn.RNNBase, nn.RNNBase]:
    """Ours and torch.nn's with the same random parameters; float64 unless `dtype` says otherwise."""
    torch.manual_seed(seed)
    options = {"dtype": torch.float64} | options
    theirs = THEIRS[cell](*sizes, **options)
    ours = OURS[cell](*sizes, **options)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def states(cell: str, layer: nn.RNNBase, batch: int, seed: int = 1) -> Any:
    """Random h_0, or (h_0, c_0), as leaves that want a gradient."""
    rng = torch.Generator().manual_seed(seed)
    shape = (layer.num_layers * (2 if layer.bidirectional else 1), batch, layer.hidden_size)
    dtype = layer.weight_ih_l0.dtype

    def leaf() -> Tensor:
        return torch.randn(shape, generator=rng, dtype=dtype).requires_grad_()

    return (leaf(), leaf()) if cell == "LSTM" else leaf()


def tensors(result: Any) -> list[Tensor]:
    """The tensors of a result in order, whether packed, paired or plain."""
    if isinstance(result, PackedSequence):
        return [result.data]
    if isinstance(result, tuple):
        return [tensor for part in result for tensor in tensors(part)]
    return [] if result is None else [result]


def values_and_gradients(
    layer: nn.RNNBase, x: Tensor, hx: Any = None, lengths: Sequence[int] | None = None, enforce_sorted: bool = False
) -> dict[str, Tensor]:
    """All outputs, then the gradients of a random functional of them: of x, h_0, c_0 and every parameter."""
    x = x.detach().clone().requires_grad_()
    leaves = [leaf.detach().clone().requires_grad_() for leaf in tensors(hx)]
    hx = None if hx is None else (tuple(leaves) if isinstance(hx, tuple) else leaves[0])
    layer.zero_grad()
    fed: Any = x
    if lengths is not None:
        fed = pack_padded_sequence(
            x, torch.tensor(lengths), batch_first=layer.batch_first, enforce_sorted=enforce_sorted
        )
    outputs = tensors(layer(fed, hx))
    rng = torch.Generator().manual_seed(2)
    cotangents = [torch.randn(out.shape, generator=rng).to(out.dtype) for out in outputs]
    torch.autograd.backward(outputs, cotangents)
    found = {f"output {i}": out.detach() for i, out in enumerate(outputs)}
    found["gradient of x"] = x.grad
    found |= {f"gradient of hx {i}": leaf.grad for i, leaf in enumerate(leaves)}
    found |= {f"gradient of {name}": parameter.grad for name, parameter in layer.named_parameters()}
    return found


def assert_the_same(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    """Equal beyond rounding: an error is measured against the largest entry of its tensor."""
    assert list(ours) == list(theirs)
    for name, expected in theirs.items():
        got = ours[name]
        assert (got is None) == (expected is None), name
        if expected is None:
            continue
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype), name
        tolerance = 1e-11 if expected.dtype == torch.float64 else 2e-5
        scale = max(float(expected.abs().max()), 1e-2) if expected.numel() else 1.0
        np.testing.assert_allclose(got.numpy() / scale, expected.numpy() / scale, rtol=0, atol=tolerance, err_msg=name)
