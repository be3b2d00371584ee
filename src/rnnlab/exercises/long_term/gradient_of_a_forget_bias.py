"""Exercise 8.1: how much of the gradient does a forget bias of 1 leave after a hundred steps?"""

from __future__ import annotations

import math

import numpy as np

from rnnlab.exercises.exercise import Prediction, Wrong

STEPS = 100
GATE = 1 / (1 + math.exp(-1))  # σ(1)


def powers_of_ten() -> float:
    """log₁₀ ‖∂c₁₀₀/∂c₀‖, the median over three starts and four sequences of noise."""
    from rnnlab.layers import LSTM, starts
    from rnnlab.probes import gradient_by_lag
    from rnnlab.training import generator, initialise

    found = []
    for seed in range(3):
        net = initialise(lambda: starts.forget_bias(LSTM(4, 32), 1.0), seed)
        noise = generator(seed, 7).standard_normal((STEPS, 4, 4))
        log10_c = gradient_by_lag(net, noise).log10_c
        assert log10_c is not None  # an LSTM has a cell state
        found.append(log10_c[:, STEPS])
    return float(np.median(found))


EXPERIMENT = """
import numpy as np

from rnnlab.layers import LSTM, starts
from rnnlab.probes import gate_traces, gradient_by_lag
from rnnlab.training import generator, initialise

exact, gates_alone = [], []
for seed in range(3):
    net = initialise(lambda: starts.forget_bias(LSTM(4, 32), 1.0), seed)
    noise = generator(seed, 7).standard_normal((100, 4, 4))
    exact.append(gradient_by_lag(net, noise).log10_c[:, 100])
    f = gate_traces(net, noise)["f"]  # step, sequence, unit
    gates_alone.append(np.log10(f).sum(axis=0).max(axis=1))  # who forgets least
print("powers of ten that are left:")
print(f"  exact: {np.median(exact):.1f}")
print(f"  gates of the unit that forgets least: {np.median(gates_alone):.1f}")
print(f"  a gate that stands at σ(1): {-100 * np.log10(1 + np.exp(-1)):.1f}")
guess_8_1 = np.median(exact)
"""

EXERCISE = Prediction(
    id="8.1",
    title="A forget bias of 1, after a hundred steps",
    section="8.3",
    label="watching",
    statement=r"""
An LSTM of 32 units comes as torch makes it, but for its forget bias, which is 1. So its forget gates begin at about three
quarters. Nobody has trained it. It reads a hundred steps of noise with four channels, and you ask how much of the gradient
along the cell state has come through:

$$
\left\lVert \frac{\partial c_{100}}{\partial c_0} \right\rVert = 10^{x}
$$

the largest singular value, by all paths. **Which $x$?** It is below zero.
""",
    truth=powers_of_ten,
    unit="powers of ten",
    scale="absolute",
    close=1.0,
    far=8.0,
    experiment=EXPERIMENT,
    hints=(
        "Begin with the cell state alone: equation (8.35) with every gate at σ(1). Work out its logarithm to base ten, "
        "once for one step and then for a hundred.",
        "Equation (8.35) has an *approximately* in it: it takes the gates as given. But c also reaches the gates and the "
        "candidate of the next step, through h. Is that road narrower than the straight one, or does it add to it? And "
        "the norm asks for the best direction, not for the average unit.",
        "The straight road gives 100 · log₁₀ 0.73, nearly fourteen powers of ten. With 32 units that feed each other, "
        "what arrives by the other roads is far larger: about half of the powers of ten are won back.",
    ),
    why=r"""
A gate that stands at $\sigma(1) \approx 0.73$ leaves $0.73^{100}$. Measured is far more. Two things
were left out of that estimate. The gates are not all at $\sigma(1)$: inputs and states move them, and a norm follows the unit
that forgets least; that wins back a little, as the experiment shows. And a change of $c$ changes $h$, $h$ changes the gates and
candidates of *all* units one step later, and they change $c$: (8.35) leaves this road out, and here it carries more than the
straight one.

It is still next to nothing. Section 8.4 found that a forget bias of 1 decides nothing over a hundred steps, and that one made for a
hundred does.
""",
    wrong=(
        Wrong(
            lambda: STEPS * math.log10(GATE),
            "the gates alone. That is (8.35) with every gate at σ(1). The exact gradient also goes round by the "
            "hidden state, which moves the gates and candidates of the next step, and that road is the wider one here.",
        ),
        Wrong(
            lambda: STEPS * math.log10(0.5),
            "a gate at one half. That is the one that torch starts with; a bias of 1 opens it to σ(1), about three quarters.",
        ),
        Wrong(
            lambda: math.log10(GATE),
            "a single step. Over a hundred steps the factors multiply, so their logarithms add up.",
        ),
    ),
)
