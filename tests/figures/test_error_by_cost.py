"""Error against cost, drawn: every model stands over its own cost, its seeds around its mean."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnlab.figures import error_by_cost, theme


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_model_stands_over_its_cost_with_every_seed_around_its_mean(name) -> None:
    costs, errors = {"ridge": 1.0, "gru": 5.0}, {"ridge": 2.0, "gru": [2.0, 2.6, 2.9]}
    with theme(name):
        figure, ax = plt.subplots()
        assert error_by_cost(costs, errors, ax=ax, xlabel="×", ylabel="°C", title="t") is ax
        figure.canvas.draw()
    means = {line.get_xdata()[0]: line.get_ydata()[0] for line in ax.get_lines() if line.get_markersize() == 10}
    assert means == {1.0: 2.0, 5.0: pytest.approx(2.5)}
    seeds = next(line for line in ax.get_lines() if line.get_markersize() == 3)
    np.testing.assert_allclose(seeds.get_xydata(), [[5, 2.0], [5, 2.6], [5, 2.9]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["ridge autoregression", "GRU"]
    assert ax.get_xlim()[0] < 1 < 5 < ax.get_xlim()[1]
    plt.close(figure)
