"""A size chosen by a rule, drawn: the means, the band and the ring are where the numbers say."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlab.figures import size_choice, theme


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_ring_is_around_the_chosen_size_and_the_band_above_the_least_mean(name) -> None:
    errors = np.array([[-1.0], [0.0], [1.0]]) * 0.3 + np.array([3.0, 2.1, 2.0, 2.4])
    with theme(name):
        figure, ax = plt.subplots()
        assert size_choice((2, 8, 32, 128), errors, chosen=1, ax=ax, model="gru", ylabel="°C", title="t") is ax
        figure.canvas.draw()
    ring = next(line for line in ax.get_lines() if line.get_fillstyle() == "none" and line.get_marker() == "o")
    np.testing.assert_allclose(ring.get_xydata(), [[8, 2.1]])
    mean = next(line for line in ax.get_lines() if len(line.get_xdata()) == 4 and line.get_marker() == "s")
    np.testing.assert_allclose(mean.get_ydata(), [3.0, 2.1, 2.0, 2.4])
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    np.testing.assert_allclose([band.y0, band.y1], [2.0, 2.0 + 0.3 / np.sqrt(3)])
    words = {text.get_text(): text.xy for text in ax.texts}
    assert words == {"least": (32, pytest.approx(2.0)), "chosen": (8, pytest.approx(2.1))}
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["2", "8", "32", "128"]
    plt.close(figure)
