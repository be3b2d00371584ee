"""The gated recurrent unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import Array, sigmoid, sigmoid_slope, tanh, tanh_slope
from rnnlab.scratch.parameters import initial_parameters, letters, named
from rnnlab.scratch.shapes import backward_input, forward_input, step_input


class GRU:
    """The state is a mean of itself and a candidate, weighted by a gate:

        z_t = σ(W_iz x_t + b_iz + W_hz h_{t-1} + b_hz)              update gate               (8.19)
        r_t = σ(W_ir x_t + b_ir + W_hr h_{t-1} + b_hr)              reset gate                (8.20)
        q_t = W_hn h_{t-1} + b_hn                                   what the state proposes   (8.21)
        n_t = tanh(W_in x_t + b_in + r_t ⊙ q_t)                     candidate                 (8.22)
        h_t = (1 - z_t) ⊙ n_t + z_t ⊙ h_{t-1}                       hidden state              (8.23)

    `parameters` holds W_ih (3H, I), W_hh (3H, H), b_ih (3H) and b_hh (3H) under torch's names, the rows of r, z, n one
    below the other; with bias=False the last two are absent. `rng`, a seed or a generator, draws them.
    Cho et al., 2014, but with the reset gate after the product, as in cuDNN and torch.
    """

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True, rng: np.random.Generator | int) -> None:
        self.input_size, self.hidden_size = input_size, hidden_size
        self.parameters = initial_parameters(3, input_size, hidden_size, bias, rng)

    def state_shape(self, B: int) -> tuple[int, ...]:
        """(B, H), the shape of h_t."""
        return (B, self.hidden_size)

    def hidden(self, states: Array) -> Array:
        """The hidden states among states (…, B, H): all of them."""
        return states

    def gates(self, x: Array, h: Array) -> tuple[Array, Array, Array, Array]:
        """The r_t, z_t, q_t, n_t (…, B, H) of inputs x (…, B, I) and the states h (…, B, H) before them."""
        W_ih, W_hh, b_ih, b_hh = letters(self.parameters)
        a_ir, a_iz, a_in = np.split(x @ W_ih.T + b_ih, 3, axis=-1)  # (8.19), (8.20), (8.22)
        a_hr, a_hz, q = np.split(h @ W_hh.T + b_hh, 3, axis=-1)  # (8.19)–(8.21)
        r = sigmoid(a_ir + a_hr)  # (8.20)
        z = sigmoid(a_iz + a_hz)  # (8.19)
        n = tanh(a_in + r * q)  # (8.22)
        return r, z, q, n

    def step(self, x: npt.ArrayLike, state: npt.ArrayLike) -> Array:
        """The state (B, H) after one more input x (B, I)."""
        x, h = step_input(self, x, state)
        _, z, _, n = self.gates(x, h)
        return (1 - z) * n + z * h  # (8.23)

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

        d stands for ∂L/∂, by all paths. da_i and da_h (B, 3H) are the gradients of what W_ih and W_hh contribute; they
        differ in their last third, because r_t scales what W_hn gives and not what W_in gives. From the last step
        to the first:

            dh_t     = dstates_t + what step t+1 sent back                                    (8.24)
            dn_t     = dh_t ⊙ (1 - z_t),   dz_t = dh_t ⊙ (h_{t-1} - n_t)                      (8.25)
            da_n     = dn_t ⊙ (1 - n_t²)                                                      (8.26)
            dq_t     = da_n ⊙ r_t,         dr_t = da_n ⊙ q_t                                  (8.27)
            da_r     = dr_t ⊙ r_t ⊙ (1 - r_t),  da_z = dz_t ⊙ z_t ⊙ (1 - z_t)                 (8.28)
            da_i     = [da_r, da_z, da_n],  da_h = [da_r, da_z, dq_t]                         (8.29)
            dW_hh    = Σ_t da_h h_{t-1}ᵀ                                                      (8.30)
            dh_{t-1} ← W_hhᵀ da_h + dh_t ⊙ z_t                                                (8.31)
            dW_ih    = Σ_t da_i x_tᵀ                                                          (8.32)
            db_ih    = Σ_t da_i,           db_hh = Σ_t da_h                                   (8.33)
            dx_t     = W_ihᵀ da_i                                                             (8.34)

        Returns dx (T, B, I), the gradient of the initial state (B, H), and those of the parameters by name, summed
        over the batch.
        """
        x, h, dstates = backward_input(self, x, states, dstates)
        W_ih, W_hh, b_ih, b_hh = letters(self.parameters)
        r, z, q, n = self.gates(x, h[:-1])  # (8.19)–(8.22) of all steps at once
        dx, dW_ih, dW_hh, db_ih, db_hh = map(np.zeros_like, (x, W_ih, W_hh, b_ih, b_hh))
        dh = np.zeros_like(h[0])
        for t in reversed(range(len(x))):
            dh = dstates[t] + dh  # (8.24)
            dn, dz = dh * (1 - z[t]), dh * (h[t] - n[t])  # (8.25)
            da_n = dn * tanh_slope(n[t])  # (8.26)
            dq, dr = da_n * r[t], da_n * q[t]  # (8.27)
            da_r, da_z = dr * sigmoid_slope(r[t]), dz * sigmoid_slope(z[t])  # (8.28)
            da_i, da_h = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, dq])  # (8.29)
            dW_hh += da_h.T @ h[t]  # (8.30), where h[t] is what entered this step
            dh = da_h @ W_hh + dh * z[t]  # (8.31), on to step t-1
            dW_ih += da_i.T @ x[t]  # (8.32)
            db_ih, db_hh = db_ih + da_i.sum(axis=0), db_hh + da_h.sum(axis=0)  # (8.33)
            dx[t] = da_i @ W_ih  # (8.34)
        return dx, dh, named(self.parameters, dW_ih, dW_hh, db_ih, db_hh)
