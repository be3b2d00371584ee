"""The map of a gate: units in the order of their means, steps counted from one, marks where they belong."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlab import figures


@pytest.fixture
def axis():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_the_most_open_unit_stands_at_the_top_and_a_step_in_its_column(axis) -> None:
    gate = np.array([[0.1, 0.9, 0.5], [0.2, 0.8, 0.6], [0.0, 1.0, 0.5], [0.1, 0.7, 0.4]])
    figures.gate_map(gate, ax=axis, model="gru", marks=[2], title="Open?")
    mesh = axis.collections[0]
    np.testing.assert_array_equal(np.asarray(mesh.get_array()).reshape(3, 4), gate[:, [1, 2, 0]].T)
    assert axis.yaxis_inverted()
    assert axis.get_xlim() == (0.5, 4.5)
    assert (mesh.norm.vmin, mesh.norm.vmax) == (0, 1)
    assert [text.xy[0] for text in axis.texts] == [3]


def test_a_gate_of_a_whole_batch_is_refused(axis) -> None:
    with pytest.raises(ValueError, match=r"gate has shape \(4, 2, 3\); give one sequence"):
        figures.gate_map(np.zeros((4, 2, 3)), ax=axis, model="gru", marks=[], title="")


def test_a_mark_beyond_the_sequence_is_refused(axis) -> None:
    with pytest.raises(ValueError, match=r"marks are \[4\]; the gate has the steps 0 … 3"):
        figures.gate_map(np.zeros((4, 3)), ax=axis, model="lstm", marks=[4], title="")
