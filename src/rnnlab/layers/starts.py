"""Where training starts from: weights set in place of torch's U(−1/√H, 1/√H); each returns the layer that it changed.

They take `torch.nn.RNN`, `GRU` and `LSTM`, ours and the variants among them. What is random comes from torch's global
generator, as a layer's own start does: inside `training.initialise` it is seeded.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn

from rnnlab.layers.sigmoid import SigmoidRNN
from rnnlab.layers.variants import CoupledLSTM, NoForgetLSTM

Layer = TypeVar("Layer", bound=nn.RNNBase)


@torch.no_grad()
def orthogonal(layer: Layer, gain: float = 1.0) -> Layer:
    """W_hhᵀ W_hh = gain² 𝟙: one step changes the length of a state by the factor `gain`, whatever its direction.

    Every gate's block (H, H) is drawn for itself; input weights and biases stay. Saxe, McClelland and Ganguli, 2014.
    """
    for weight in _recurrent_weights(layer):
        for block in weight.view(-1, layer.hidden_size, layer.hidden_size):
            nn.init.orthogonal_(block, gain)
    return layer


@torch.no_grad()
def identity(layer: Layer, scale: float = 1.0) -> Layer:
    """W_hh = scale · 𝟙, both biases 0: without input the state stays, and so does its gradient.

    With relu this is the IRNN; input weights stay as they are (the paper draws them from N(0, 0.001²)).
    Le, Jaitly and Hinton, 2015. ValueError for a gated layer, whose gates decide what stays.
    """
    if not layer.mode.startswith("RNN"):
        raise ValueError(
            f"The identity start is one of an RNN; this layer is a {layer.mode}, whose state stays by its gates: "
            "forget_bias or chrono sets them."
        )
    for weight in _recurrent_weights(layer):
        weight.copy_(scale * torch.eye(layer.hidden_size))
    for name, parameter in layer.named_parameters():
        if name.startswith("bias"):
            parameter.zero_()
    return layer


@torch.no_grad()
def as_tanh(layer: SigmoidRNN) -> SigmoidRNN:
    """W_ih ← 2 W_ih, W_hh ← 4 W_hh, b_ih ← 2 b_ih, b_hh ← 2 b_hh − 2 W_hh 1: what (6.9) has taken is given back.

    h = ½ (1 + u), where u is what the tanh network of the weights as they were computes, from its state u_0 = 2h_0 − 1.
    """
    if not isinstance(layer, SigmoidRNN):
        raise ValueError(f"as_tanh starts a SigmoidRNN as a tanh network; this layer is a {type(layer).__name__}.")
    layer.bias_hh_l0.sub_(layer.weight_hh_l0.sum(1)).mul_(2)
    layer.bias_ih_l0.mul_(2)
    layer.weight_ih_l0.mul_(2)
    layer.weight_hh_l0.mul_(4)
    return layer


@torch.no_grad()
def forget_bias(layer: Layer, value: float) -> Layer:
    """b_f = value, so that f = σ(value) at the start, but for what inputs and state add.

    torch adds two biases; the whole value goes into b_ih and b_hh becomes 0 for this gate. Gers, Schmidhuber and
    Cummins, 2000; Jozefowicz, Zaremba and Sutskever, 2015. ValueError for a layer without a forget gate or biases.
    """
    for b_ih, b_hh in _gate_biases(layer, "forget"):
        b_ih.fill_(value)
        b_hh.zero_()
    return layer


@torch.no_grad()
def chrono(layer: Layer, longest: float) -> Layer:
    """b_f ~ log U(1, longest − 1) and b_i = −b_f: the units forget at time scales from 2 to `longest` steps.

    A unit with f = σ(log τ) = τ / (τ + 1) keeps a share 1/e over about τ + 1 steps. torch's z in a GRU is the share
    that is kept, so b_z ~ log U(1, longest − 1). The second bias of these gates becomes 0. Tallec and Ollivier, 2018.
    ValueError: `longest` below 3, or a layer without such a gate or biases.
    """
    if longest < 3:
        raise ValueError(f"longest is {longest}; the longest dependency that chrono prepares for is at least 3 steps.")
    drawn = []
    for b_ih, b_hh in _gate_biases(layer, "update" if layer.mode == "GRU" else "forget"):
        drawn.append(b_ih.uniform_(1, longest - 1).log_())
        b_hh.zero_()
    if layer.mode == "LSTM" and not isinstance(layer, CoupledLSTM):
        for (b_ih, b_hh), of_forget in zip(_gate_biases(layer, "input"), drawn, strict=True):
            b_ih.copy_(-of_forget)
            b_hh.zero_()
    return layer


def _recurrent_weights(layer: nn.RNNBase) -> list[Tensor]:
    return [parameter for name, parameter in layer.named_parameters() if name.startswith("weight_hh")]


def _gate_biases(layer: nn.RNNBase, gate: str) -> list[tuple[Tensor, Tensor]]:
    """For every layer and direction the H entries of b_ih and of b_hh that belong to one gate."""
    places = {"LSTM": {"input": 0, "forget": 1}, "GRU": {"update": 1}}.get(layer.mode, {})
    if isinstance(layer, CoupledLSTM):
        places = {"forget": 0}
    if isinstance(layer, NoForgetLSTM) or gate not in places:
        remedy = "chrono sets a GRU's update gate." if layer.mode == "GRU" else "give an LSTM or a GRU."
        raise ValueError(f"{type(layer).__name__} has no {gate} gate whose bias could be set; {remedy}")
    if not layer.bias:
        raise ValueError(
            f"This {type(layer).__name__} has no biases, so no {gate} gate can be set: build it with bias=True."
        )
    H, first = layer.hidden_size, places[gate] * layer.hidden_size
    found = {
        name: parameter[first : first + H] for name, parameter in layer.named_parameters() if name.startswith("bias")
    }
    return [(b_ih, found[name.replace("_ih", "_hh")]) for name, b_ih in found.items() if "_ih" in name]
