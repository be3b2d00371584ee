"""The Elman network: the vanilla RNN."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import ACTIVATIONS, Array
from rnnlab.scratch.parameters import initial_parameters, letters, named
from rnnlab.scratch.shapes import backward_input, forward_input, step_input


class Elman:
    """The state is φ of what comes in and what was there:

        h_t = φ(a_t),  a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh                            (1.1)

    φ is tanh, relu or sigmoid. `parameters` holds W_ih (H, I), W_hh (H, H), b_ih (H) and b_hh (H) under torch's
    names; with bias=False the last two are absent. `rng`, a seed or a generator, draws them. Elman, 1990.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: str = "tanh",
        *,
        bias: bool = True,
        rng: np.random.Generator | int,
    ) -> None:
        if nonlinearity not in ACTIVATIONS:
            raise ValueError(f"nonlinearity is {nonlinearity!r}; choose one of {', '.join(ACTIVATIONS)}.")
        self.input_size, self.hidden_size = input_size, hidden_size
        self.activation, self.slope = ACTIVATIONS[nonlinearity]
        self.parameters = initial_parameters(1, input_size, hidden_size, bias, rng)

    def state_shape(self, B: int) -> tuple[int, ...]:
        """(B, H), the shape of h_t."""
        return (B, self.hidden_size)

    def hidden(self, states: Array) -> Array:
        """The hidden states among states (…, B, H): all of them."""
        return states

    def pre_activations(self, x: Array, h: Array) -> Array:
        """The a_t (…, B, H) of inputs x (…, B, I) and the states h (…, B, H) before them."""
        W_ih, W_hh, b_ih, b_hh = letters(self.parameters)
        return x @ W_ih.T + b_ih + h @ W_hh.T + b_hh  # (1.1)

    def step(self, x: npt.ArrayLike, state: npt.ArrayLike) -> Array:
        """The state (B, H) after one more input x (B, I)."""
        x, h = step_input(self, x, state)
        return self.activation(self.pre_activations(x, h))  # (1.1)

    def forward(self, x: npt.ArrayLike, state: npt.ArrayLike | None = None) -> Array:
        """All states (T+1, B, H) of a sequence x (T, B, I); the first is the initial state, None for zeros."""
        x, h = forward_input(self, x, state)
        for t in range(len(x)):
            h[t + 1] = self.step(x[t], h[t])
        return h

    def backward(
        self, x: npt.ArrayLike, states: npt.ArrayLike, dstates: npt.ArrayLike
    ) -> tuple[Array, Array, dict[str, Array]]:
        """Gradients of L = sum(dstates * states[1:]) by backpropagation through time.

        d stands for ∂L/∂: dh_t (B, H) by all paths, da_t likewise. From the last step to the first:

            dh_t     = dstates_t + what step t+1 sent back                                    (1.10)
            da_t     = dh_t ⊙ φ'(a_t)                                                         (1.11)
            dW_hh    = Σ_t da_t h_{t-1}ᵀ                                                      (1.12)
            dh_{t-1} ← W_hhᵀ da_t                                                             (1.13)
            dW_ih    = Σ_t da_t x_tᵀ                                                          (1.14)
            db_ih    = db_hh = Σ_t da_t                                                       (1.15)
            dx_t     = W_ihᵀ da_t                                                             (1.16)

        Returns dx (T, B, I), the gradient of the initial state (B, H), and those of the parameters by name, summed
        over the batch. Werbos, 1990.
        """
        x, h, dstates = backward_input(self, x, states, dstates)
        W_ih, W_hh, _, _ = letters(self.parameters)
        slope = self.slope(h[1:])  # φ' of all steps at once
        dx, dW_ih, dW_hh, db = np.zeros_like(x), np.zeros_like(W_ih), np.zeros_like(W_hh), np.zeros(len(W_hh))
        dh = np.zeros_like(h[0])
        for t in reversed(range(len(x))):
            dh = dstates[t] + dh  # (1.10)
            da = dh * slope[t]  # (1.11)
            dW_hh += da.T @ h[t]  # (1.12), where h[t] is what entered this step
            dh = da @ W_hh  # (1.13), on to step t-1
            dW_ih += da.T @ x[t]  # (1.14)
            db += da.sum(axis=0)  # (1.15)
            dx[t] = da @ W_ih  # (1.16)
        return dx, dh, named(self.parameters, dW_ih, dW_hh, db, db.copy())
