from __future__ import annotations

import numpy as np
import torch

from rnnlab.layers import MLP, count_parameters


def test_the_features_are_what_the_equation_says() -> None:
    torch.manual_seed(0)
    model, x = MLP(input_size=3, hidden_size=5, window=4).double(), torch.randn(2, 4, 3, dtype=torch.float64)
    W1, b1, W2, b2 = (p.detach().numpy() for p in model.parameters())
    for b in range(2):
        one = np.maximum(W1 @ np.concatenate(list(x[b].numpy())) + b1, 0)
        np.testing.assert_allclose(model(x)[b].detach().numpy(), np.maximum(W2 @ one + b2, 0), atol=1e-12)


def test_its_parameters_grow_with_the_window_by_input_times_hidden_a_step() -> None:
    counts = [count_parameters(MLP(input_size=3, hidden_size=5, window=window)) for window in range(1, 9)]
    assert set(np.diff(counts)) == {3 * 5}
    assert counts[0] == (3 * 5 + 5) + (5 * 5 + 5)


def test_each_step_has_weights_of_its_own_so_that_order_matters() -> None:
    torch.manual_seed(0)
    model, x = MLP(input_size=3, hidden_size=16, window=4), torch.randn(2, 4, 3)
    assert not torch.allclose(model(x), model(x.flip(1)))
