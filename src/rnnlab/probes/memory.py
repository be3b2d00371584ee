"""What a state still knows of the past: the inputs that a linear map can read off it, and how many there can be."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from rnnlab.errors import InputError

Float64 = NDArray[np.float64]

PENALTY = 1e-10  # of the ridge, relative to a state's variance: keeps rounding errors from being read as memory


@dataclass(frozen=True, eq=False)
class MemoryCurve:
    """r2 (longest + 1, I): R²_k of each lag k and input channel, on steps that no map was fitted to."""

    r2: Float64

    @property
    def capacity(self) -> float:
        """MC = Σ_k R²_k, over the lags that were measured and all channels."""
        return float(self.r2.sum())


def read_out_r2(states: ArrayLike, targets: ArrayLike) -> Float64:
    """R² (O,) of the targets (N, O) that a linear map reads off the states (N, S), on a half that it was not fitted to:

        R² = 1 − (1 − r²) (n − 1) / (n − 2),   r = corr(y, ŷ),   ŷ = A (h − h̄) + ȳ

    A, h̄, ȳ come from the first half: A minimises the squared error and a ridge of PENALTY. r, over the n steps of the
    second half, is Jaeger's (2002) measure; the factor (Ezekiel, 1930) makes its mean 0 where nothing can be read.
    (1 − Σ(y−ŷ)²/Σ(y−ȳ)² would be about −2S/N there, which a sum over hundreds of lags does not forgive.) A target that
    is constant in the second half: NaN. InputError: fewer than eight steps, or states and targets of other lengths.
    """
    predicted, truth = _ReadOut(states).of(targets)
    n, said, spread = len(truth), predicted - predicted.mean(axis=0), truth - truth.mean(axis=0)
    product = np.sqrt((said**2).sum(axis=0) * (spread**2).sum(axis=0))
    r = np.where(product > 0, (said * spread).sum(axis=0) / np.where(product > 0, product, 1), 0.0)
    return np.where(np.ptp(truth, axis=0) > 0, 1 - (1 - r**2) * (n - 1) / (n - 2), np.nan)


def read_out_accuracy(states: ArrayLike, classes: ArrayLike) -> Float64:
    """The share (O,) of the classes (N, O), whole numbers from 0, that a linear map of the states (N, S) names right.

    The map gives a number for each class and names the one with the largest. Fitted to the first half, scored on the
    second, as `read_out_r2`. InputError as there.
    """
    read_out, names = _ReadOut(states), np.asarray(classes)
    if names.ndim != 2:
        raise InputError(f"classes have shape {names.shape}; give (N, O), a column for each that is asked for.")
    shares = []
    for column in names.T:
        predicted, truth = read_out.of(np.eye(int(column.max(initial=0)) + 1)[column])
        shares.append(np.mean(predicted.argmax(axis=1) == truth.argmax(axis=1)))
    return np.array(shares)


def memory_curve(layer: nn.RNNBase, *, longest: int, steps: int, scale: float, rng: np.random.Generator) -> MemoryCurve:
    """How much of each past input is left in the state, for independent inputs, uniform with mean 0, deviation `scale`.

    The layer (nn.RNN, nn.LSTM, nn.GRU or a subclass) is driven for `steps` steps, after `longest` that are not counted,
    and a linear map of its hidden state h_t is asked for x_{t−k}. Independent inputs are orthogonal and h_t has H
    entries, so that Σ_k R²_k ≤ H whatever the layer does. Jaeger, 2002; for nonlinear systems Dambre et al., 2012.
    InputError: a negative lag or fewer than eight steps, and whatever `states_of` refuses.
    """
    if longest < 0 or steps < 8:
        raise InputError(f"longest is {longest} and steps is {steps}; give a lag of 0 or more, and 8 steps or more.")
    bound = scale * np.sqrt(3)  # the standard deviation of U(−a, a) is a/√3
    x = rng.uniform(-bound, bound, (longest + steps, layer.input_size))
    states = states_of(layer, x)[longest:]
    past = np.stack([x[longest - lag : len(x) - lag] for lag in range(longest + 1)], axis=1)
    return MemoryCurve(read_out_r2(states, past.reshape(steps, -1)).reshape(longest + 1, layer.input_size))


def states_of(layer: nn.RNNBase, x: ArrayLike) -> Float64:
    """The last layer's hidden states (T, H) over one sequence x (T, I), from an empty state, computed in float64.

    Without dropout, and on a copy: the layer stays as it is. InputError: a bidirectional layer, whose states know the
    future too, and an x of another shape.
    """
    sequence = np.asarray(x, dtype=np.float64)
    if layer.bidirectional:
        raise InputError("The layer is bidirectional: its states know the future. Give one with bidirectional=False.")
    if sequence.ndim != 2 or sequence.shape[1] != layer.input_size:
        raise InputError(f"x has shape {sequence.shape}; one sequence for this layer is (T, {layer.input_size}).")
    twin = copy.deepcopy(layer).to("cpu", torch.float64).eval()
    with torch.no_grad():
        outputs, _ = twin(torch.from_numpy(sequence))
    return np.asarray(outputs.numpy())


class _ReadOut:
    """Linear maps of states (N, S), fitted to the first half of the steps: what they say about the second."""

    def __init__(self, states: ArrayLike) -> None:
        h = np.asarray(states, dtype=np.float64)
        if h.ndim != 2 or len(h) < 8:
            raise InputError(f"states have shape {h.shape}; a read-out takes (N, S), with N of at least 8.")
        self.half = len(h) // 2
        size = h[: self.half].std(axis=0)
        self._z = (h - h[: self.half].mean(axis=0)) / np.where(size > 0, size, 1)
        # the singular values of z, not of zᵀz: squaring them would lose the faint directions that hold the far past
        self._u, s, self._vt = np.linalg.svd(self._z[: self.half], full_matrices=False)
        self._gain = s / (s**2 + PENALTY * self.half)

    def of(self, targets: ArrayLike) -> tuple[Float64, Float64]:
        """What the map fitted to the first half of targets (N, O) says about the second, and that half itself."""
        y = np.asarray(targets, dtype=np.float64)
        if y.ndim != 2 or len(y) != len(self._z):
            raise InputError(f"targets have shape {y.shape}; for these {len(self._z)} states give ({len(self._z)}, O).")
        mean = y[: self.half].mean(axis=0)
        weights = self._vt.T @ (self._gain[:, None] * (self._u.T @ (y[: self.half] - mean)))
        return self._z[self.half :] @ weights + mean, y[self.half :]
