"""One step at a time, without allocation: for generating text and for data that arrive as they happen.

A stream holds a cell's weights as the kernels want them, and its state. `step(x)` moves it on by one step and gives the
new hidden state: the stream's own array, which the next step overwrites.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.engine import arguments, elman, gru, lstm
from rnnlab.engine.compiled import Flat, inlined, kernel
from rnnlab.engine.matmul import padded, product
from rnnlab.engine.sequences import aligned, padded_size

Array = npt.NDArray[Any]


class _Stream:
    """What the three cells share: checked and packed weights, a hidden state, the way to set it."""

    cell = ""
    gates = 0
    places = 0  # numbers that a step needs for a hidden unit, besides its states
    states = 1

    def __init__(self, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, batch: int) -> None:
        x = np.zeros((1, batch, w_ih.shape[1]), w_ih.dtype)
        h0 = np.zeros((batch, w_hh.shape[1]), w_hh.dtype)
        _, _, w_ih, w_hh, self._two_biases = arguments.checked(self.cell, self.gates, x, (h0,), w_ih, w_hh, b_ih, b_hh)
        self.input_shape, self.dtype = x.shape[1:], w_ih.dtype
        self.hidden_size = h0.shape[1]
        width = padded(self.hidden_size, self.dtype.itemsize)
        # one array of all that stays and one of all that changes: half of a small step is handing over arrays
        self._weights = _joined([*self._packed(w_ih, w_hh), self._bias().reshape(-1)])
        self._room = aligned(((self.places + self.states) * batch * width,), self.dtype, zero=True)
        self._states = self._room[self.places * batch * width :].reshape(self.states, batch, width)
        self.hidden = h0
        self._flat_hidden = h0.reshape(-1)

    def _packed(self, w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
        raise NotImplementedError  # each cell's own order of gates

    def _bias(self) -> Array:
        raise NotImplementedError  # as above

    def _flat(self, x: Array) -> Array:
        if x.shape != self.input_shape or x.dtype != self.dtype:
            raise ValueError(
                f"x is {x.dtype} {x.shape}; this stream takes {self.dtype} {self.input_shape}, one step of each "
                "sequence."
            )
        if not x.flags.carray:
            x = x.copy()
        return x.reshape(-1)

    def reset(self, hidden: Array | None = None) -> None:
        """Sets the hidden state (B, H), to zero by default."""
        self.hidden[...] = 0 if hidden is None else hidden
        self._states[0, :, : self.hidden_size] = self.hidden


class ElmanStream(_Stream):
    """A simple recurrent network that runs on, step by step (see `rnnlab.engine.elman`)."""

    cell, gates, places = "elman", 1, 1

    def __init__(
        self,
        w_ih: Array,
        w_hh: Array,
        b_ih: Array | None = None,
        b_hh: Array | None = None,
        *,
        nonlinearity: str = "tanh",
        batch: int = 1,
    ) -> None:
        super().__init__(w_ih, w_hh, b_ih, b_hh, batch)
        self._rectified = elman.rectified(nonlinearity)
        self._run = _elman_step[self.dtype]

    def _packed(self, w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
        return elman.packed(w_ih, w_hh)

    def _bias(self) -> Array:
        return elman.packed_bias(self._two_biases, self.hidden_size, self.dtype)

    def step(self, x: Array) -> Array:
        """x (B, I) → h (B, H), the stream's own array."""
        self._run(self._flat(x), self._weights, self._rectified, self.hidden_size, self._room, self._flat_hidden)
        return self.hidden


class GRUStream(_Stream):
    """A gated recurrent unit that runs on, step by step (see `rnnlab.engine.gru`)."""

    cell, gates, places = "gru", 3, gru.PLACES

    def __init__(
        self, w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None, *, batch: int = 1
    ) -> None:
        super().__init__(w_ih, w_hh, b_ih, b_hh, batch)
        self._run = _gru_step[self.dtype]

    def _packed(self, w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
        return gru.packed(w_ih, w_hh)

    def _bias(self) -> Array:
        return gru.packed_bias(self._two_biases, self.hidden_size, self.dtype)

    def step(self, x: Array) -> Array:
        """x (B, I) → h (B, H), the stream's own array."""
        self._run(self._flat(x), self._weights, self.hidden_size, self._room, self._flat_hidden)
        return self.hidden


class LSTMStream(_Stream):
    """Long short-term memory that runs on, step by step (see `rnnlab.engine.lstm`); `cell_state()` gives c."""

    cell, gates, places, states = "lstm", 4, lstm.PLACES, 2

    def __init__(
        self, w_ih: Array, w_hh: Array, b_ih: Array | None = None, b_hh: Array | None = None, *, batch: int = 1
    ) -> None:
        super().__init__(w_ih, w_hh, b_ih, b_hh, batch)
        self._run = _lstm_step[self.dtype]

    def _packed(self, w_ih: Array, w_hh: Array) -> tuple[Array, Array]:
        return lstm.packed(w_ih, w_hh)

    def _bias(self) -> Array:
        return lstm.packed_bias(self._two_biases, self.hidden_size, self.dtype)

    def step(self, x: Array) -> Array:
        """x (B, I) → h (B, H), the stream's own array."""
        self._run(self._flat(x), self._weights, self.hidden_size, self._room, self._flat_hidden)
        return self.hidden

    def cell_state(self) -> Array:
        """c (B, H), a copy."""
        return self._states[1, :, : self.hidden_size].copy()

    def reset(self, hidden: Array | None = None, cell: Array | None = None) -> None:
        """Sets the hidden and the cell state (B, H), to zero by default."""
        super().reset(hidden)
        self._states[1, :, : self.hidden_size] = 0 if cell is None else cell


def _joined(parts: list[Array]) -> Array:
    """Arrays one after the other, from a cache line on."""
    whole = aligned((sum(part.size for part in parts),), parts[0].dtype)
    return np.concatenate(parts, out=whole)


@inlined
def rows_of(hidden: Flat, hidden_size: int) -> int:
    """How many sequences the stream carries."""
    return hidden.size // hidden_size


@inlined
def parts_of(weights: Flat, I: int, H: int, width: int) -> tuple[Flat, Flat, Flat]:
    """The weights of the input and of the state, I and H rows, and the biases."""
    return weights[: I * width], weights[I * width : (I + H) * width], weights[(I + H) * width :]


@kernel
def _elman_step(x: Flat, weights: Flat, rectified: bool, H: int, room: Flat, hidden: Flat) -> None:
    W, rows = padded_size(H, x), rows_of(hidden, H)
    if rows > 0:
        I = x.size // rows
        w_ih, w_hh, bias = parts_of(weights, I, H, W)
        sums, state = room[: rows * W], room[rows * W :]
        product(x, 0, I, 1, w_ih, 0, W, bias, 0, 0, sums, 0, W, rows, W, I)
        product(state, 0, W, 1, w_hh, 0, W, sums, 0, W, sums, 0, W, rows, W, H)
        for row in range(rows):
            elman.update_row(sums, row * W, rectified, state, row * W, hidden, row * H, H, W)


@kernel
def _gru_step(x: Flat, weights: Flat, H: int, room: Flat, hidden: Flat) -> None:
    W, rows = padded_size(H, x), rows_of(hidden, H)
    if rows > 0:
        I = x.size // rows
        w_ih, w_hh, bias = parts_of(weights, I, H, 3 * W)
        gates, state = room[: rows * 4 * W], room[rows * 4 * W :]
        product(x, 0, I, 1, w_ih, 0, 3 * W, bias, 0, 0, gates, 0, 4 * W, rows, 3 * W, I)
        gru.add_state(state, w_hh, bias, gates, 0, rows, H, W)
        for row in range(rows):
            gru.update_row(gates, row * 4 * W, state, row * W, hidden, row * H, H, W)


@kernel
def _lstm_step(x: Flat, weights: Flat, H: int, room: Flat, hidden: Flat) -> None:
    W, rows = padded_size(H, x), rows_of(hidden, H)
    if rows > 0:
        I = x.size // rows
        w_ih, w_hh, bias = parts_of(weights, I, H, 4 * W)
        gates, state, cell = room[: rows * 5 * W], room[rows * 5 * W : rows * 6 * W], room[rows * 6 * W :]
        product(x, 0, I, 1, w_ih, 0, 4 * W, bias, 0, 0, gates, 0, 5 * W, rows, 4 * W, I)
        product(state, 0, W, 1, w_hh, 0, 4 * W, gates, 0, 5 * W, gates, 0, 5 * W, rows, 4 * W, H)
        for row in range(rows):
            lstm.update_row(gates, row * 5 * W, state, cell, row * W, hidden, row * H, H, W)
