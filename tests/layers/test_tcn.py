from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnlab.layers import TCN
from rnnlab.layers.tcn import CausalConvolution


def jacobian(model: TCN, T: int) -> torch.Tensor:
    """Is output t moved by input s? (T, T)"""
    x = torch.randn(1, T, model.input_size, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    whole = torch.autograd.functional.jacobian(model.double(), x)  # (1, T, H, 1, T, I)
    return whole[0, :, :, 0].abs().amax(dim=(1, 3)) > 0


@pytest.mark.parametrize(("window", "reach"), [(1, 5), (5, 5), (6, 13), (13, 13), (14, 29), (24, 29)])
def test_an_output_sees_its_receptive_field_and_nothing_after_it(window: int, reach: int) -> None:
    torch.manual_seed(0)
    model, T = TCN(input_size=2, hidden_size=12, window=window), 34
    assert model.receptive_field == reach
    t, s = np.indices((T, T))
    np.testing.assert_array_equal(jacobian(model, T).numpy(), (s <= t) & (s > t - reach))


def test_the_future_changes_no_bit_of_the_past() -> None:
    torch.manual_seed(0)
    model, x = TCN(input_size=2, hidden_size=8, window=30), torch.randn(3, 40, 2)
    changed = x.clone()
    changed[:, 25:] = torch.nan
    assert torch.equal(model(changed)[:, :25], model(x)[:, :25])


def test_a_convolution_is_what_the_equation_says() -> None:
    torch.manual_seed(0)
    layer, x = CausalConvolution(2, 4, dilation=3).double(), torch.randn(1, 2, 11, dtype=torch.float64)
    W, b = layer.convolution.weight.detach().numpy(), layer.convolution.bias.detach().numpy()
    past = np.concatenate([np.zeros((2, 6)), x[0].numpy()], axis=1)  # six zeros before the start
    wanted = [b + sum(W[:, :, 2 - j] @ past[:, 6 + t - 3 * j] for j in range(3)) for t in range(11)]
    np.testing.assert_allclose(layer(x)[0].T.detach().numpy(), wanted, atol=1e-12)


def test_the_norm_of_each_channels_weight_is_a_parameter_of_its_own() -> None:
    layer = CausalConvolution(2, 4, dilation=1)
    norm = layer.convolution.parametrizations.weight.original0
    with torch.no_grad():
        norm.copy_(torch.arange(1.0, 5.0)[:, None, None])
    torch.testing.assert_close(layer.convolution.weight.flatten(1).norm(dim=1), torch.arange(1.0, 5.0))


def test_a_block_adds_its_input_to_what_its_branch_computes() -> None:
    torch.manual_seed(0)
    model, x = TCN(input_size=2, hidden_size=6, window=13), torch.randn(3, 20, 2)
    with torch.no_grad():
        for block in model.blocks:
            for name, parameter in block.branch.named_parameters():
                if name.endswith(("original0", "bias")):
                    parameter.zero_()
    first = torch.relu(model.blocks[0].skip(x.transpose(1, 2)))
    torch.testing.assert_close(model(x), first.transpose(1, 2))


@pytest.mark.parametrize("shape", [(5, 2), (3, 5, 4)])
def test_a_sequence_of_a_wrong_shape_gets_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"TCN\(input_size=2\) takes \(B, T, 2\)\. A single series of length T is"):
        TCN(2, 4, window=5)(torch.zeros(shape))
