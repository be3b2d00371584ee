"""JAX: jit(grad(lax.scan)), the input product of all steps before the scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax, nn

from speed.case import Case
from speed.quiet import cores


def version() -> str:
    return f"jax {jax.__version__}, {cores()} threads"


def build(case: Case) -> Callable[[], Any] | None:
    if case.what != "training" or case.dtype != "float32":
        return None
    x, cotangent, weights = jnp.asarray(case.x()), jnp.asarray(case.cotangent()), [*map(jnp.asarray, case.weights())]
    step = jax.jit(jax.value_and_grad(lambda w: (outputs(case, w, x) * cotangent).sum()))

    def call() -> Any:
        value, gradients = step(weights)
        jax.block_until_ready(gradients)
        return value

    return call


def outputs(case: Case, weights: list[Any], x: Any) -> Any:
    w_ih, w_hh, b_ih, b_hh = weights
    projected = x @ w_ih.T + b_ih
    h = jnp.zeros((case.B, case.H), x.dtype)

    def rnn(h: Any, a: Any) -> Any:
        h = jnp.tanh(a + h @ w_hh.T + b_hh)
        return h, h

    def gru(h: Any, a: Any) -> Any:
        a_r, a_z, a_n = jnp.split(a, 3, -1)
        b_r, b_z, b_n = jnp.split(h @ w_hh.T + b_hh, 3, -1)
        r, z = nn.sigmoid(a_r + b_r), nn.sigmoid(a_z + b_z)
        h = (1 - z) * jnp.tanh(a_n + r * b_n) + z * h
        return h, h

    def lstm(state: Any, a: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(a + h @ w_hh.T + b_hh, 4, -1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        h = nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    if case.cell == "LSTM":
        return lax.scan(lstm, (h, h), projected)[1]
    return lax.scan(rnn if case.cell == "RNN" else gru, h, projected)[1]
