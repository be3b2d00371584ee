"""LSTMs with a gate less, to ask what each gate is for; they run on the engine as the LSTM that each of them is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from rnnlab.layers.recurrent import LSTM

OPEN = 40.0  # σ(40) is 1 in float64, where 1 − σ(37) is already less than half a unit in the last place


class _ThreeGates(LSTM):
    """One layer in one direction: three blocks of H rows are learnt, and four computed from them as an LSTM wants them.

    Learnt: `weight_ih` (3H, I), `weight_hh` (3H, H), `bias_ih` and `bias_hh` (3H). `weight_ih_l0` … (4H, …) are
    computed from them whenever they are read. torch's start, U(−1/√H, 1/√H).
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor
    bias_hh: Tensor

    def __init__(self, input_size: int, hidden_size: int, *, batch_first: bool = False) -> None:
        super().__init__(input_size, hidden_size, batch_first=batch_first)
        for name in self._flat_weights_names:
            four = self._parameters.pop(name)
            assert four is not None  # an LSTM has made it a line ago
            setattr(self, name.removesuffix("_l0"), Parameter(torch.empty_like(four[: 3 * hidden_size])))
        self.reset_parameters()

    def _as_lstm(self, three: Tensor, open_gate: float) -> Tensor:
        """The blocks i, f, g, o. `open_gate` is what the rows of a gate that is always open hold, if there is one."""
        raise NotImplementedError  # each variant says how its three blocks make four

    @property
    def weight_ih_l0(self) -> Tensor:
        """(4H, I), computed."""
        return self._as_lstm(self.weight_ih, 0.0)

    @property
    def weight_hh_l0(self) -> Tensor:
        """(4H, H), computed."""
        return self._as_lstm(self.weight_hh, 0.0)

    @property
    def bias_ih_l0(self) -> Tensor:
        """(4H,), computed."""
        return self._as_lstm(self.bias_ih, OPEN)

    @property
    def bias_hh_l0(self) -> Tensor:
        """(4H,), computed."""
        return self._as_lstm(self.bias_hh, 0.0)

    def __getstate__(self) -> dict[str, Any]:
        """Without the tape of the computed weights, which torch keeps beside them and cannot copy."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[no-untyped-call]  # torch leaves it without types
        return state | {"_flat_weights": [weight.detach() for weight in state["_flat_weights"]]}


class NoForgetLSTM(_ThreeGates):
    """c_t = c_{t-1} + i ⊙ g, h_t = o ⊙ tanh(c_t): an LSTM with f = 1, whose cell can add and never lets go.

    Blocks of rows: i, g, o. Hochreiter and Schmidhuber, 1997; the forget gate came with Gers, Schmidhuber and Cummins,
    2000. Computed as an LSTM whose forget gate has no weights and the bias 40: σ(40) rounds to 1, its slope to 0.
    """

    def _as_lstm(self, three: Tensor, open_gate: float) -> Tensor:
        i, g, o = three.chunk(3)
        return torch.cat([i, torch.full_like(i, open_gate), g, o])


class CoupledLSTM(_ThreeGates):
    """c_t = f ⊙ c_{t-1} + (1 − f) ⊙ g, h_t = o ⊙ tanh(c_t): an LSTM with i = 1 − f, that writes where it forgets.

    Blocks of rows: f, g, o. "CIFG" of Greff et al., 2017. Computed as an LSTM whose input gate has the negative
    weights of its forget gate, since 1 − σ(a) = σ(−a).
    """

    def _as_lstm(self, three: Tensor, open_gate: float) -> Tensor:
        f, g, o = three.chunk(3)
        return torch.cat([-f, f, g, o])
