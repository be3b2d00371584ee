"""The implementations that the battery runs over: an adapter each, from a Problem to an Answer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from cell_battery import CELLS, Answer, Array, Implementation, Problem, answer_of_module
from rnnlab import engine, layers, scratch
from rnnlab.scratch.parameters import NAMES
from rnnlab.scratch.unroll import Cell


class Entry(NamedTuple):
    name: str
    cells: tuple[str, ...]
    run: Implementation


def scratch_cell(given: Problem) -> Cell:
    """A cell with the problem's parameters."""
    I, H = given.x.shape[2], given.state["h_0"].shape[1]
    bias = "bias_ih_l0" in given.parameters
    if given.cell.startswith("rnn"):
        cell = scratch.Elman(I, H, given.cell.removeprefix("rnn_"), bias=bias, rng=0)
    else:
        cell = {"lstm": scratch.LSTM, "gru": scratch.GRU}[given.cell](I, H, bias=bias, rng=0)
    cell.parameters = given.parameters
    return cell


def run_cell(cell: Cell, given: Problem) -> Answer:
    """A scratch cell reads padding too: the last state is the one at a sequence's length, and no loss sees the rest."""
    T, B, _ = given.x.shape
    lengths, each = np.array(given.lengths or (T,) * B), np.arange(B)
    lstm = given.cell == "lstm"
    states = cell.forward(given.x, np.stack(list(given.state.values())) if lstm else given.state["h_0"])
    seen = (np.arange(T)[:, None] < lengths)[:, :, None]
    values = {"output": cell.hidden(states)[1:] * seen, "h_n": cell.hidden(states)[lengths, each]}
    dstates = np.zeros_like(states[..., 1:, :, :])
    cell.hidden(dstates)[...] = given.cotangent["output"] * seen
    cell.hidden(dstates)[lengths - 1, each] += given.cotangent["h_n"]
    if lstm:
        values["c_n"] = states[1][lengths, each]
        dstates[1][lengths - 1, each] += given.cotangent["c_n"]
    dx, dstate, gradients = cell.backward(given.x, states, dstates)
    starts: dict[str, Array] = dict(zip(given.state, dstate if lstm else [dstate], strict=True))
    return Answer(values, {"x": dx} | starts | gradients)


def run_scratch(given: Problem) -> Answer:
    return run_cell(scratch_cell(given), given)


def run_layers(given: Problem) -> Answer:
    I, H = given.x.shape[2], given.state["h_0"].shape[1]
    bias = "bias_ih_l0" in given.parameters
    module: nn.Module
    if given.cell.startswith("rnn"):
        module = layers.RNN(I, H, nonlinearity=given.cell.removeprefix("rnn_"), bias=bias)
    else:
        module = {"lstm": layers.LSTM, "gru": layers.GRU}[given.cell](I, H, bias=bias)

    def packed(module: nn.Module, x: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
        start = tuple(s[None] for s in state.values())
        hx = start if len(start) == 2 else start[0]
        if given.lengths is None:
            output, end = module(x, hx)
        else:
            output, end = module(pack_padded_sequence(x, list(given.lengths), enforce_sorted=False), hx)
            output, _ = pad_packed_sequence(output, total_length=len(x))
        ends = end if len(start) == 2 else (end,)
        return {"output": output} | {f"{name[0]}_n": e[0] for name, e in zip(state, ends, strict=True)}

    return answer_of_module(given, module, packed)


def run_engine(given: Problem) -> Answer:
    """The compiled kernels, called as the torch layers call them."""
    options: dict[str, object] = {"lengths": None if given.lengths is None else np.array(given.lengths)}
    if given.cell.startswith("rnn"):
        options["nonlinearity"] = given.cell.removeprefix("rnn_")
    cell = {"lstm": engine.lstm, "gru": engine.gru}.get(given.cell, engine.elman)
    learned = [given.parameters.get(name) for name in NAMES]
    states = list(given.state.values())
    output, *ends, saved = cell.forward(given.x, *states, *learned, **options)
    cotangents = [given.cotangent["output"], *(given.cotangent[f"{name[0]}_n"] for name in given.state)]
    found = cell.backward(*cotangents, given.x, *states, output, saved, *learned, **options)
    gradients = dict(zip(["x", *given.state, *NAMES], found, strict=True))
    return Answer(
        {"output": output} | {f"{name[0]}_n": end for name, end in zip(given.state, ends, strict=True)},
        {name: gradient for name, gradient in gradients.items() if gradient is not None},
    )


IMPLEMENTATIONS = [
    Entry("scratch", CELLS, run_scratch),
    Entry("engine", ("rnn_tanh", "rnn_relu", "lstm", "gru"), run_engine),
    Entry("layers", ("rnn_tanh", "rnn_relu", "lstm", "gru"), run_layers),
]
