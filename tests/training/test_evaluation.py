from __future__ import annotations

import numpy as np
import pytest
import torch
from sequences import Summer, examples
from torch import nn

from rnnlab.training import Fixed, initialise, mean_loss, predict, squared_error


def test_every_example_counts_once_in_the_mean_though_chunks_differ_in_length() -> None:
    model = initialise(Summer, 0).eval()
    data = examples(1100, 0)
    expected = nn.functional.mse_loss(model(torch.tensor(data.inputs)), torch.tensor(data.targets))
    assert mean_loss(model, data) == pytest.approx(expected.item(), rel=1e-5)


def test_predictions_come_in_order_without_dropout_and_leave_the_mode() -> None:
    model = initialise(Summer, 0).train()
    data = examples(1100, 0)
    found = predict(model, data.inputs)
    assert model.training and found.shape == (1100, 1) and found.dtype == np.float32
    np.testing.assert_allclose(found[700:703], predict(model, data.inputs[700:703]), rtol=1e-5, atol=1e-6)
    assert np.array_equal(found, predict(model, data.inputs))


def test_a_model_without_parameters_can_be_judged() -> None:
    assert mean_loss(nn.Identity(), Fixed(np.ones((3, 1)), np.zeros((3, 1)))) == 1.0


def test_squared_error_refuses_to_broadcast() -> None:
    with pytest.raises(ValueError, match=r"predicts \(4, 1\) and the targets are \(4,\)"):
        squared_error(torch.zeros(4, 1), torch.zeros(4))
