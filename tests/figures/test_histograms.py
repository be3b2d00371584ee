"""Histograms over a training: a row for each look, heights as the shares say, every seed drawn."""

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


def test_the_first_look_stands_on_top_and_heights_are_roots_of_shares_over_the_largest(axis) -> None:
    shares = np.array([[[0.25, 0.75], [1.0, 0.0]], [[0.25, 0.75], [0.64, 0.36]], [[0.01, 0.99], [0.5, 0.5]]])
    figures.histograms_by_update(shares, [0, 1_000], edges=(-1, 1), ax=axis, model="rnn", xlabel="h", title="?")
    drawn = [patch.get_data() for patch in axis.patches]
    assert len(drawn) == 2 * (1 + 3)  # the median and three seeds, of two looks
    np.testing.assert_allclose(drawn[0].values, 0.9 * np.sqrt([0.25, 0.75]))
    np.testing.assert_allclose(drawn[4].values, -1 + 0.9 * np.sqrt([0.64, 0.36]))
    np.testing.assert_allclose(drawn[6].values, -1 + 0.9 * np.sqrt([0.64, 0.36]))
    np.testing.assert_allclose(drawn[0].edges, [-1, 0, 1])
    assert [text.get_text() for text in axis.get_yticklabels()] == ["0", "1,000"]


def test_shares_of_other_looks_are_refused(axis) -> None:
    with pytest.raises(ValueError, match=r"shares has shape \(3, 2, 5\); for 3 looks give \(seeds, 3, bins\)"):
        figures.histograms_by_update(
            np.ones((3, 2, 5)), [0, 1, 2], edges=(0, 1), ax=axis, model="relu", xlabel="", title=""
        )
