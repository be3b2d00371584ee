"""Exercise 9.4, the clinic: validation errors that are worse than they should be, and never the same twice."""

from __future__ import annotations

import numpy as np

from rnnlab.exercises.exercise import Repair, Wrong
from rnnlab.exercises.source import edited

RATE = 0.5


class Dropping:
    """A vanilla RNN whose readout is trained, with dropout on its last state and the switch that a torch module has."""

    def __init__(self, hidden_size, seed):
        self.rng = np.random.default_rng(seed)
        self.W_hh, self.w_ih, self.w = (self.rng.uniform(-0.7, 0.7, (hidden_size, n)) for n in (hidden_size, 1, 1))
        self.training = True

    def train(self):
        """Switches to training mode."""
        self.training = True
        return self

    def eval(self):
        """Switches to evaluation mode."""
        self.training = False
        return self

    def predict(self, x):
        """x (N, T) → (N,)."""
        return self._read(x) @ self.w[:, 0]

    def update(self, x, y):
        """One step of gradient descent on the mean squared error of x (N, T) and y (N,)."""
        h = self._read(x)
        self.w -= 0.1 * h.T @ (h @ self.w - y[:, None]) / len(x)

    def _read(self, x):
        h = np.zeros((len(x), len(self.w)))
        for x_t in x.T:
            h = np.tanh(np.outer(x_t, self.w_ih) + h @ self.W_hh)
        return h * (self.rng.random(h.shape) >= RATE) / (1 - RATE) if self.training else h

    def __repr__(self):
        mode = "training" if self.training else "evaluation"
        return f"an RNN of {len(self.w)} units with dropout on its last state, in {mode} mode"


def validation_curve(model, x, y, held_x, held_y, updates):
    """Trains on x and y; the mean squared error on held_x, held_y after every update."""
    curve = []
    for _ in range(updates):
        model.train()
        model.update(x, y)
        model.eval()
        curve.append(np.mean((model.predict(held_x) - held_y) ** 2))
    return np.array(curve)


BROKEN = edited(
    validation_curve,
    "    for _ in range(updates):\n        model.train()\n",
    "    model.train()\n    for _ in range(updates):\n",
    "        model.eval()\n",
    "",
)


def by_a_copy(model, x, y, held_x, held_y, updates):
    """A copy of the model is evaluated; the model itself never leaves training mode."""
    import copy

    curve = np.zeros(updates)
    for update in range(updates):
        model.update(x, y)
        curve[update] = ((copy.deepcopy(model).eval().predict(held_x) - held_y) ** 2).mean()
    return curve


def by_putting_back(model, x, y, held_x, held_y, updates):
    """An evaluation that leaves the mode as it found it, whatever that was."""

    def error():
        before, model.training = model.training, False
        try:
            return ((model.predict(held_x) - held_y) ** 2).mean()
        finally:
            model.training = before

    return [float((model.update(x, y), error())[1]) for _ in range(updates)]


def cases(draw):
    T, N, units = draw.size(3), draw.size(4, smallest=2), draw.size(4, smallest=3)
    return {
        "model": Dropping(units, draw.seed()),
        "x": draw.array(N, T),
        "y": draw.array(N),
        "held_x": draw.array(N, T) + 0.1,
        "held_y": draw.array(N),
        "updates": draw.size(6, smallest=4),
    }


def symptom(answer):
    """A curve beside that of the same network, trained with the same noise: how much does it jump, where does it end?"""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    yours, wanted = (np.asarray(of(Dropping(6, 9), x, y, x, y, 30)) for of in (answer, validation_curve))
    told = f"From one update to the next the validation error changes by {abs(np.diff(yours)).mean():.2g} on average"
    if np.allclose(yours, wanted):
        return f"{told}, as it should. All is well."
    return (
        f"{told}; for this network it should be {abs(np.diff(wanted)).mean():.2g}. After {len(yours)} updates "
        f"your curve says {yours[-1]:.3g}; the network as it would be used has {wanted[-1]:.3g}."
    )


EXERCISE = Repair(
    id="9.4",
    title="Clinic: a restless validation error",
    section="9.2",
    label="errors",
    statement=r"""
To see whether dropout tames the largest networks of section 9.2, somebody draws validation curves. They jump about. "Noise of the small validation set," he says, and takes the lowest point of the curve as the error of the
network. But the set is the same every time. Find out by experiment what is wrong, and repair `validation_curve`: training goes on as it does, with the same dropout, and every number of the curve is the error of
the network as it would be used.

`model` is a small network in NumPy with the switch that every torch module has: `model.train()`, `model.eval()`, `model.training`. It comes in training mode; `model.update(x, y)` makes one step, `model.predict(x)` gives its answers. `x` and `held_x`
are (N, T), `y` and `held_y` (N,).
""",
    points=2,
    solution=validation_curve,
    broken=BROKEN,
    reference=validation_curve,
    also_right=(by_a_copy, by_putting_back),
    symptom=symptom,
    cases=cases,
    hints=(
        "Take the weights after training and compute the error on the held data five times, without a single update between. In a network that is *used* nothing is random. What in this one is?",
        "A network with dropout works in two ways, and `model.training` says which of them is on. Print it where the validation error is computed, and again at the next update.",
        "Dropout is left on in evaluation. Call `model.eval()` before the validation error is computed, so that all units take part, and `model.train()` before the next update, so that training has its dropout back.",
    ),
    why=r"""
With dropout on, every number of the curve is the error of another network, one with half of its units missing: too high on average, and random. The lowest point of such a curve is not the best network but
the luckiest mask. In torch, `no_grad` stops the book-keeping of gradients and nothing else; `eval` changes what a layer computes. The mode is a switch on the model, not on the call,
which is why the second half is forgotten as easily as the first: who does not switch back trains without dropout from then on. A helper that puts back what it found, as `rnnlab.training.mean_loss`
does, cannot be forgotten.
""",
    wrong=(
        Wrong(
            edited(
                validation_curve,
                "    for _ in range(updates):\n        model.train()\n",
                "    model.train()\n    for _ in range(updates):\n",
            ),
            "training mode never comes back. After the first evaluation `model.eval()` stays on, so that all later updates are made without dropout: call `model.train()` before each of them.",
        ),
        Wrong(
            edited(
                validation_curve,
                "        model.train()\n",
                "        model.eval()\n",
                "        model.eval()\n        curve",
                "        curve",
            ),
            "dropout is gone from training too. The network is in evaluation mode when it is updated; asked for was training with dropout and evaluation without.",
        ),
        Wrong(
            edited(
                BROKEN,
                "np.mean((model.predict(held_x) - held_y) ** 2)",
                "np.mean([np.mean((model.predict(held_x) - held_y) ** 2) for _ in range(10)])",
            ),
            "the noise is averaged, not removed. The mean error of ten thinned networks is not the error of the whole one; and each call draws from the noise that training was to have.",
        ),
        Wrong(
            edited(
                BROKEN,
                "np.mean((model.predict(held_x) - held_y) ** 2)",
                "np.mean((np.mean([model.predict(held_x) for _ in range(10)], axis=0) - held_y) ** 2)",
            ),
            "ten thinned networks are not the whole one. The mean of their answers comes near to it and stays random; and each call draws from the noise that training was to have.",
        ),
    ),
)
