"""Gate traces: the numbers that torch's own arithmetic gives, step by step, for every layer that has gates."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rnnlab import layers
from rnnlab.errors import InputError
from rnnlab.probes import gate_traces

T, B, I, H = 6, 3, 2, 5
KINDS = {
    "gru": nn.GRU,
    "lstm": nn.LSTM,
    "our gru": layers.GRU,
    "our lstm": layers.LSTM,
    "no forget": layers.NoForgetLSTM,
    "coupled": layers.CoupledLSTM,
}


def drawn(kind: str) -> tuple[nn.RNNBase, torch.Tensor, object]:
    torch.manual_seed(3)
    layer = KINDS[kind](I, H).double()
    h, c = torch.randn(2, 1, B, H, dtype=torch.float64)
    return layer, torch.randn(T, B, I, dtype=torch.float64), h if layer.mode == "GRU" else (h, c)


def blocks(layer: nn.RNNBase, x: torch.Tensor, h: torch.Tensor, part: str) -> tuple[torch.Tensor, ...]:
    """What the input, or the state, adds to the pre-activations, a block a gate."""
    value = x if part == "ih" else h
    linear = nn.functional.linear(value, getattr(layer, f"weight_{part}_l0"), getattr(layer, f"bias_{part}_l0"))
    return linear.chunk(3 if layer.mode == "GRU" else 4, dim=-1)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "gru" in kind])
def test_gates_of_a_gru_are_those_of_torchs_arithmetic(kind: str) -> None:
    layer, x, h = drawn(kind)
    found = gate_traces(layer, x, h)
    state = h[0]
    for t in range(T):
        (i_r, i_z, i_n), (h_r, h_z, h_n) = (blocks(layer, x[t], state, part) for part in ("ih", "hh"))
        r, z = torch.sigmoid(i_r + h_r), torch.sigmoid(i_z + h_z)
        n = torch.tanh(i_n + r * h_n)
        state = layer(x[t : t + 1], state[None])[0][0]
        for name, value in {"r": r, "z": z, "n": n, "h": state}.items():
            np.testing.assert_allclose(found[name][t], value.detach(), atol=1e-13, err_msg=f"{name} at step {t}")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "gru" not in kind])
def test_gates_of_an_lstm_are_those_of_torchs_arithmetic(kind: str) -> None:
    layer, x, (h, c) = drawn(kind)
    found = gate_traces(layer, x, (h, c))
    for t in range(T):
        i, f, g, o = (a + b for a, b in zip(*(blocks(layer, x[t], h[0], part) for part in ("ih", "hh")), strict=True))
        _, (h, c) = layer(x[t : t + 1], (h, c))
        gates = {"i": torch.sigmoid(i), "f": torch.sigmoid(f), "g": torch.tanh(g), "o": torch.sigmoid(o)}
        for name, value in (gates | {"h": h[0], "c": c[0]}).items():
            np.testing.assert_allclose(found[name][t], value.detach(), atol=1e-13, err_msg=f"{name} at step {t}")


def test_an_lstm_without_forget_gate_keeps_all_and_coupled_gates_add_up_to_one() -> None:
    layer, x, start = drawn("no forget")
    assert (gate_traces(layer, x, start)["f"] == 1).all()
    layer, x, start = drawn("coupled")
    gates = gate_traces(layer, x, start)
    np.testing.assert_allclose(gates["i"] + gates["f"], 1, atol=1e-15)


def test_a_batch_first_layer_is_read_with_its_batch_first_and_traced_with_time_first() -> None:
    torch.manual_seed(0)
    layer = layers.GRU(I, H, batch_first=True)
    x = torch.randn(B, T, I)
    assert gate_traces(layer, x)["z"].shape == (T, B, H)
    np.testing.assert_allclose(gate_traces(layer, x)["h"].transpose(1, 0, 2), layer(x)[0].detach(), atol=1e-6)


def test_a_cell_without_gates_is_refused() -> None:
    with pytest.raises(InputError, match="A RNN has no gates; gate_traces looks into a GRU or an LSTM"):
        gate_traces(nn.RNN(I, H), torch.zeros(T, B, I))
