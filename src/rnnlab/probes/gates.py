"""Gate traces: what every gate of a GRU or an LSTM does at every step."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.errors import InputError
from rnnlab.probes.trajectory import Array, Trajectory


def gate_traces(layer: nn.RNNBase, x: ArrayLike | Tensor, start: Any = None) -> dict[str, Array]:
    """What the equations of chapter 8 give on x, by their letters, each (T, B, H) and of the same step.

    Of a GRU the gates r and z, the candidate n and the state h; of an LSTM the gates i, f and o, the candidate g and
    the states c and h. z is the share of the old state that is kept. Computed in float64 by `rnnlab.scratch`.

    layer: GRU or LSTM of torch.nn or rnnlab.layers, one layer in one direction; x and start as in `step_jacobians`.
    An RNN has no gates: InputError.
    """
    trajectory = Trajectory(layer, x, start)
    cell, states = trajectory.cell, trajectory.states
    if isinstance(cell, scratch.GRU):
        r, z, _, n = cell.gates(trajectory.x, states[:-1])
        return {"r": r, "z": z, "n": n, "h": states[1:]}
    if isinstance(cell, scratch.LSTM):
        h, c = states
        i, f, g, o = cell.gates(trajectory.x, h[:-1])
        return {"i": i, "f": f, "o": o, "g": g, "c": c[1:], "h": h[1:]}
    raise InputError(
        f"A {type(layer).__name__} has no gates; gate_traces looks into a GRU or an LSTM. step_jacobians shows what an "
        "RNN lets through."
    )
