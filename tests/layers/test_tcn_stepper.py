"""A TCN that keeps its past gives, step by step, what it gives for the whole sequence."""

from __future__ import annotations

import pytest
import torch

from rnnlab.layers import TCN, TCNStepper


@pytest.mark.parametrize(("window", "length"), [(1, 12), (16, 70), (40, 150)])
def test_steps_are_the_sequence_beyond_the_receptive_field(window: int, length: int) -> None:
    torch.manual_seed(window)
    tcn, x = TCN(3, 6, window).double(), torch.randn(2, length, 3, dtype=torch.float64)
    assert length > tcn.receptive_field
    stepper = TCNStepper(tcn, batch=2)
    for _ in range(2):
        steps = torch.stack([stepper.step(x[:, t]).clone() for t in range(length)], 1)
        torch.testing.assert_close(steps, tcn(x).detach())
        stepper.reset()


def test_what_is_remembered_is_the_reach_of_every_convolution_times_its_channels() -> None:
    # two convolutions a block with kernel 3: (2·d + 1) places each, of 3 channels in the first and 6 in the others
    assert TCNStepper(TCN(3, 6, 13)).remembered == 3 * 3 + 3 * 6 + 2 * 5 * 6


def test_a_stepper_refuses_another_batch_and_an_empty_one() -> None:
    with pytest.raises(ValueError, match=r"this stepper takes \(1, 3\)"):
        TCNStepper(TCN(3, 6, 8)).step(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="batch is 0"):
        TCNStepper(TCN(3, 6, 8), batch=0)
