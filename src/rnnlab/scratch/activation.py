"""The nonlinear functions of recurrent cells, each with its slope written in terms of its own value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def tanh(a: Array) -> Array:
    """h = tanh(a), between -1 and 1                                                    (6.1)"""
    return np.tanh(a)


def tanh_slope(h: Array) -> Array:
    """dh/da = 1 - h², at most 1                                                        (6.2)"""
    return 1 - h**2


def sigmoid(a: Array) -> Array:
    """σ(a) = 1 / (1 + exp(-a)) = ½ (1 + tanh(a/2)), between 0 and 1                    (6.3)

    Computed in its second form, which cannot overflow.
    """
    return 0.5 * (1 + np.tanh(0.5 * a))


def sigmoid_slope(h: Array) -> Array:
    """dh/da = h (1 - h), at most ¼                                                     (6.4)"""
    return h * (1 - h)


def relu(a: Array) -> Array:
    """h = max(a, 0), and NaN where a is NaN                                            (6.5)"""
    return np.maximum(a, 0.0)


def relu_slope(h: Array) -> Array:
    """dh/da = 1 where h > 0, else 0: at a = 0, where no slope exists, torch takes 0 too  (6.6)"""
    return np.where(h > 0, 1.0, 0.0)


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (tanh, tanh_slope),
    "relu": (relu, relu_slope),
    "sigmoid": (sigmoid, sigmoid_slope),
}
