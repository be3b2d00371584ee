"""Keras 3 on JAX: its recurrent layers, stateless, compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np

from speed.case import Case
from speed.quiet import cores

LAYERS = {"RNN": keras.layers.SimpleRNN, "GRU": keras.layers.GRU, "LSTM": keras.layers.LSTM}


def version() -> str:
    return f"keras {keras.__version__} on jax {jax.__version__}, {cores()} threads"


def build(case: Case) -> Callable[[], Any] | None:
    if case.what != "training" or case.dtype != "float32":
        return None
    layer = LAYERS[case.cell](case.H, return_sequences=True)
    layer.build((case.B, case.T, case.I))
    layer.set_weights(converted(case))
    x, cotangent = (jax.numpy.asarray(a.swapaxes(0, 1)) for a in (case.x(), case.cotangent()))
    weights = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]
    step = jax.jit(jax.value_and_grad(lambda w: (layer.stateless_call(w, others, x)[0] * cotangent).sum()))

    def call() -> Any:
        value, gradients = step(weights)
        jax.block_until_ready(gradients)
        return value

    return call


def converted(case: Case) -> list[np.ndarray]:
    """Kernel, recurrent kernel, bias: transposed, the gates in Keras's order (z r n; i f g o as in torch)."""
    order = {"GRU": (1, 0, 2)}.get(case.cell)

    def turned(weight: np.ndarray) -> np.ndarray:
        if order is None:
            return weight
        gates = np.split(weight, len(order))
        return np.concatenate([gates[k] for k in order])

    w_ih, w_hh, b_ih, b_hh = map(turned, case.weights())
    return [w_ih.T, w_hh.T, np.stack([b_ih, b_hh]) if case.cell == "GRU" else b_ih + b_hh]
