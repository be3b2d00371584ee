"""The long short-term memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rnnlab.scratch.activation import Array, sigmoid, sigmoid_slope, tanh, tanh_slope
from rnnlab.scratch.parameters import initial_parameters, letters, named
from rnnlab.scratch.shapes import backward_input, forward_input, step_input


class LSTM:
    """Beside the hidden state runs a cell state that is only scaled and added to:

        g_t = tanh(W_ig x_t + b_ig + W_hg h_{t-1} + b_hg)           candidate                 (8.3)
        i_t = σ(W_ii x_t + b_ii + W_hi h_{t-1} + b_hi)              input gate                (8.4)
        f_t = σ(W_if x_t + b_if + W_hf h_{t-1} + b_hf)              forget gate               (8.5)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t                             cell state                (8.6)
        o_t = σ(W_io x_t + b_io + W_ho h_{t-1} + b_ho)              output gate               (8.7)
        h_t = o_t ⊙ tanh(c_t)                                       hidden state              (8.8)

    A state is one array (2, B, H), h first and c second, so that `h, c = state` takes it apart.
    `parameters` holds W_ih (4H, I), W_hh (4H, H), b_ih (4H) and b_hh (4H) under torch's names, the rows of i, f, g, o
    one below the other; with bias=False the last two are absent. `rng`, a seed or a generator, draws them.
    Hochreiter & Schmidhuber, 1997; the forget gate is of Gers et al., 2000.
    """

    def __init__(self, input_size: int, hidden_size: int, *, bias: bool = True, rng: np.random.Generator | int) -> None:
        self.input_size, self.hidden_size = input_size, hidden_size
        self.parameters = initial_parameters(4, input_size, hidden_size, bias, rng)

    def state_shape(self, B: int) -> tuple[int, ...]:
        """(2, B, H), the shape of h_t and c_t together."""
        return (2, B, self.hidden_size)

    def hidden(self, states: Array) -> Array:
        """The hidden states among states (2, …, B, H): the first half."""
        h: Array = states[0]
        return h

    def gates(self, x: Array, h: Array) -> tuple[Array, Array, Array, Array]:
        """The i_t, f_t, g_t, o_t (…, B, H) of inputs x (…, B, I) and the hidden states h (…, B, H) before them."""
        W_ih, W_hh, b_ih, b_hh = letters(self.parameters)
        a_i, a_f, a_g, a_o = np.split(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh, 4, axis=-1)  # (8.3)–(8.5), (8.7)
        i = sigmoid(a_i)  # (8.4)
        f = sigmoid(a_f)  # (8.5)
        g = tanh(a_g)  # (8.3)
        o = sigmoid(a_o)  # (8.7)
        return i, f, g, o

    def step(self, x: npt.ArrayLike, state: npt.ArrayLike) -> Array:
        """The state (2, B, H) after one more input x (B, I)."""
        x, (h, c) = step_input(self, x, state)
        i, f, g, o = self.gates(x, h)
        c = f * c + i * g  # (8.6)
        return np.stack([o * tanh(c), c])  # (8.8)

    def forward(self, x: npt.ArrayLike, state: npt.ArrayLike | None = None) -> Array:
        """All states (2, T+1, B, H) of a sequence x (T, B, I); the first is the initial state, None for zeros."""
        x, states = forward_input(self, x, state)
        for t in range(len(x)):
            states[:, t + 1] = self.step(x[t], states[:, t])
        return states

    def backward(
        self, x: npt.ArrayLike, states: npt.ArrayLike, dstates: npt.ArrayLike
    ) -> tuple[Array, Array, dict[str, Array]]:
        """Gradients of L = sum(dstates * states[:, 1:]) by backpropagation through time.

        d stands for ∂L/∂, by all paths. da (B, 4H) is the gradient of all four pre-activations. dstates (2, T, B, H)
        has one part for h and one for c; the second is zero where a loss sees only h. From the last step to the first:

            dh_t     = dstates_t[0] + what step t+1 sent back                                 (8.9)
            dc_t     = dstates_t[1] + what step t+1 sent back
                       + dh_t ⊙ o_t ⊙ (1 - tanh² c_t)                                         (8.10)
            do_t     = dh_t ⊙ tanh(c_t)                                                       (8.11)
            di_t     = dc_t ⊙ g_t,   df_t = dc_t ⊙ c_{t-1},   dg_t = dc_t ⊙ i_t               (8.12)
            da       = [di_t ⊙ i_t ⊙ (1 - i_t),  df_t ⊙ f_t ⊙ (1 - f_t),
                        dg_t ⊙ (1 - g_t²),  do_t ⊙ o_t ⊙ (1 - o_t)]                           (8.13)
            dW_hh    = Σ_t da h_{t-1}ᵀ                                                        (8.14)
            dh_{t-1} ← W_hhᵀ da,   dc_{t-1} ← dc_t ⊙ f_t                                      (8.15)
            dW_ih    = Σ_t da x_tᵀ                                                            (8.16)
            db_ih    = db_hh = Σ_t da                                                         (8.17)
            dx_t     = W_ihᵀ da                                                               (8.18)

        Returns dx (T, B, I), the gradient of the initial state (2, B, H), and those of the parameters by name, summed
        over the batch.
        """
        x, (h, c), (dh_seen, dc_seen) = backward_input(self, x, states, dstates)
        W_ih, W_hh, b_ih, _ = letters(self.parameters)
        i, f, g, o = self.gates(x, h[:-1])  # (8.3)–(8.5), (8.7) of all steps at once
        tanh_c = tanh(c[1:])  # (8.8)
        dx, dW_ih, dW_hh, db = map(np.zeros_like, (x, W_ih, W_hh, b_ih))
        dh, dc = np.zeros_like(h[0]), np.zeros_like(c[0])
        for t in reversed(range(len(x))):
            dh = dh_seen[t] + dh  # (8.9)
            dc = dc_seen[t] + dc + dh * o[t] * tanh_slope(tanh_c[t])  # (8.10)
            do = dh * tanh_c[t]  # (8.11)
            di, df, dg = dc * g[t], dc * c[t], dc * i[t]  # (8.12), where c[t] is what entered this step
            da_i, da_f, da_o = di * sigmoid_slope(i[t]), df * sigmoid_slope(f[t]), do * sigmoid_slope(o[t])  # (8.13)
            da = np.hstack([da_i, da_f, dg * tanh_slope(g[t]), da_o])  # (8.13)
            dW_hh += da.T @ h[t]  # (8.14), and so is h[t]
            dh, dc = da @ W_hh, dc * f[t]  # (8.15), on to step t-1
            dW_ih += da.T @ x[t]  # (8.16)
            db += da.sum(axis=0)  # (8.17)
            dx[t] = da @ W_ih  # (8.18)
        return dx, np.stack([dh, dc]), named(self.parameters, dW_ih, dW_hh, db, db.copy())
