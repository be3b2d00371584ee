from __future__ import annotations

import torch
from sequences import Summer, bits
from torch import nn

from rnnlab.training import initialise
from rnnlab.training.seeding import NOISE, WEIGHTS, drawing_from


def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before() -> None:
    one = initialise(Summer, 3)
    torch.rand(17)
    assert bits(initialise(Summer, 3)) == bits(one) != bits(initialise(Summer, 4))


def test_torchs_generator_is_as_before_even_after_an_exception() -> None:
    before = torch.get_rng_state()
    try:
        with drawing_from(0, WEIGHTS):
            torch.rand(5)
            raise RuntimeError
    except RuntimeError:
        pass
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_and_noise_come_from_different_streams() -> None:
    drawn = []
    for stream in (WEIGHTS, NOISE):
        with drawing_from(0, stream):
            drawn.append(torch.rand(4))
    assert not torch.equal(*drawn)


def test_a_larger_model_changes_nothing_in_another_stream() -> None:
    with drawing_from(5, NOISE):
        alone = torch.rand(3)
    with drawing_from(5, NOISE):
        initialise(lambda: nn.Linear(100, 100), 5)
        assert torch.equal(torch.rand(3), alone)
