"""The engine's cells beside torch's own, called the same way: values and gradients for a random cotangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnlab import engine

Array = npt.NDArray[Any]
MODULES = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
CELLS = ("tanh", "relu", "gru", "lstm")
GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}


@dataclass
class Case:
    """A cell, its weights, its input, its initial states, its lengths and a cotangent for each value."""

    cell: str
    x: Array
    states: list[Array]
    weights: list[Array]
    cotangents: list[Array]  # of outputs, h_n and, for an LSTM, c_n
    lengths: Array | None = None
    reverse: bool = False

    @property
    def options(self) -> dict[str, Any]:
        chosen = {"nonlinearity": self.cell} if self.cell in ("tanh", "relu") else {}
        return {"lengths": self.lengths, "reverse": self.reverse} | chosen


def case(
    cell: str,
    T: int = 7,
    B: int = 4,
    I: int = 3,
    H: int = 5,
    dtype: Any = np.float64,
    *,
    lengths: Array | None = None,
    reverse: bool = False,
    bias: bool = True,
    seed: int = 0,
) -> Case:
    rng = np.random.default_rng(seed)
    G, states = GATES[cell], 2 if cell == "lstm" else 1

    def draw(*shape: int, scale: float = 1.0) -> Array:
        return (scale * rng.standard_normal(shape)).astype(dtype)

    weights = [draw(G * H, I, scale=I**-0.5), draw(G * H, H, scale=0.9 * H**-0.5)]
    weights += [draw(G * H), draw(G * H)] if bias else []
    cotangents = [draw(T, B, H), *(draw(B, H) for _ in range(states))]
    return Case(cell, draw(T, B, I), [draw(B, H) for _ in range(states)], weights, cotangents, lengths, reverse)


def module_of(cell: str) -> Any:
    return {"gru": engine.gru, "lstm": engine.lstm}.get(cell, engine.elman)


def run_engine(given: Case, input_gradient: bool = True) -> tuple[list[Array], list[Array | None]]:
    """(outputs, h_n, c_n) and the gradients of x, states, weights and biases."""
    cell = module_of(given.cell)
    *values, saved = cell.forward(given.x, *given.states, *given.weights, **given.options)
    gradients = cell.backward(
        *given.cotangents,
        given.x,
        *given.states,
        values[0],
        saved,
        *given.weights,
        **given.options,
        input_gradient=input_gradient,
    )
    return values, list(gradients)


def run_torch(given: Case, dtype: torch.dtype = torch.float64) -> tuple[list[Array], list[Array]]:
    """The same from torch, whose second direction is the first one over sequences turned round."""
    T, B, I = given.x.shape
    name = "elman" if given.cell in ("tanh", "relu") else given.cell
    chosen = {"nonlinearity": given.cell} if name == "elman" else {}
    module = MODULES[name](I, given.states[0].shape[1], bias=len(given.weights) > 2, dtype=dtype, **chosen)
    with torch.no_grad():
        for parameter, weight in zip(module.parameters(), given.weights, strict=True):
            parameter.copy_(torch.tensor(weight))
    x, *states = [torch.tensor(a, dtype=dtype, requires_grad=True) for a in (given.x, *given.states)]
    cotangents = [torch.tensor(a, dtype=dtype) for a in given.cotangents]
    lengths = torch.full((B,), T) if given.lengths is None else torch.tensor(given.lengths)

    def turned(batch: torch.Tensor) -> torch.Tensor:
        if not given.reverse:
            return batch
        columns = [torch.cat([batch[:n, b].flip(0), batch[n:, b]]) for b, n in enumerate(lengths)]
        return torch.stack(columns, 1)

    start = tuple(state[None] for state in states)
    packed = pack_padded_sequence(turned(x), lengths, enforce_sorted=False)
    output, end = module(packed, start if len(start) == 2 else start[0])
    output = turned(pad_packed_sequence(output, total_length=T)[0])
    values = [output, *(e[0] for e in (end if len(start) == 2 else (end,)))]
    loss = sum((value * cotangent).sum() for value, cotangent in zip(values, cotangents, strict=True))
    gradients = torch.autograd.grad(loss, [x, *states, *module.parameters()])
    return [v.detach().numpy() for v in values], [g.numpy() for g in gradients]


def largest_difference(ours: list[Array | None], theirs: list[Array]) -> float:
    """Relative to the largest element of each array; what we leave out (biases that are not there) does not count."""
    pairs = zip([a for a in ours if a is not None], theirs, strict=True)
    return max(float(np.abs(a - b).max(initial=0) / max(1.0, np.abs(b).max(initial=0))) for a, b in pairs)
