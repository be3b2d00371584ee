"""Figures of sequences: the unrolled network and a score after every step."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from rnnlab import figures


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def drawn(ax, kind) -> int:
    return sum(isinstance(patch, kind) for patch in ax.patches)


@pytest.mark.parametrize("steps", [1, 3])
def test_every_step_has_its_nodes_and_the_same_three_weights(axis, steps: int) -> None:
    figures.unrolled(steps, ax=axis, title="Three steps")
    texts = [text.get_text() for text in axis.texts]
    assert drawn(axis, Circle) == 3 * steps + 1  # and h_0
    assert drawn(axis, FancyArrowPatch) == 3 * steps
    for weight in ("$W_{ih}$", "$W_{hh}$", "$W_{hy}$"):
        assert texts.count(weight) == steps
    assert f"$h_{{{steps}}}$" in texts
    assert axis.get_title(loc="left") == "Three steps" or axis.get_title() == "Three steps"


def test_the_folded_network_stands_beside_the_unrolled_one(axis) -> None:
    figures.unrolled(2, ax=axis, title="", folded=True)
    assert "$h_t$" in [text.get_text() for text in axis.texts]
    assert drawn(axis, Circle) == 3 * 2 + 1 + 3


def test_values_stand_in_their_nodes_and_gradients_beside_an_arrow_back(axis) -> None:
    values = {"x": ["1", "2"], "h": ["0", "0.5", "0.7"], "y": ["5", "6"]}
    figures.unrolled(2, ax=axis, title="", values=values, gradients={"y": ["", "−1"], "h": ["", "", "−0.3"]})
    texts = [text.get_text() for text in axis.texts]
    assert {"$h_{0}$\n0", "$h_{2}$\n0.7", "$x_{1}$\n1", "$y_{2}$\n6", "−1", "−0.3"} <= set(texts)
    assert drawn(axis, FancyArrowPatch) == 3 * 2 + 2
    back = next(text for text in axis.texts if text.get_text() == "−0.3")
    h_1, h_2 = (next(t for t in axis.texts if t.get_text().startswith(f"$h_{{{k}}}$")) for k in (1, 2))
    assert h_1.get_position()[0] < back.get_position()[0] < h_2.get_position()[0]


def test_a_score_by_step_draws_every_seed_and_where_training_ended(axis) -> None:
    shares = {"rnn": np.ones((10, 30)), "mlp": np.full((4, 30), 0.5)}
    figures.share_by_step(range(1, 31), shares, ax=axis, xlabel="bit", title="How far?", trained=12, chance=0.5)
    assert sum(len(line.get_xdata()) == 30 for line in axis.lines) == 14
    words = [text.get_text() for text in axis.figure.legends[0].get_texts()]
    assert words == ["RNN", "MLP", "trained up to here", "a guess"]
    assert any(list(line.get_xdata()) == [12, 12] for line in axis.lines)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("bit", "right answers")
