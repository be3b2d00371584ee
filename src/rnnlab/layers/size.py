"""How many numbers a model learns, and which hidden size gives as many as another model has."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


def count_parameters(model: nn.Module) -> int:
    """The numbers that training moves: all elements of all parameters that require a gradient.

    A tensor that two modules share counts once. torch.nn's recurrent layers hold two biases, b_ih and b_hh, and both
    count, although only their sum matters to an RNN or an LSTM.
    """
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def matched_size(build: Callable[[int], nn.Module], parameters: int) -> int:
    """The hidden size H ≥ 1 whose model, build(H), has the count nearest to `parameters`; of two, the smaller.

    The constructor itself is asked (doubling, then bisection), so that no formula can drift from the code. Models are
    built on torch's meta device: no memory, no random numbers drawn, the seed's stream stays where it was.

        size = matched_size(lambda H: Forecaster("gru", 5, H, 24), parameters=5_000)

    Raises ValueError if build(1) has more than `parameters` already, or if the count does not grow with H.
    """

    def count(size: int) -> int:
        with torch.device("meta"):
            return count_parameters(build(size))

    low, at_low = 1, count(1)
    if at_low > parameters:
        raise ValueError(
            f"{parameters} parameters were asked for, but the smallest model, of hidden size 1, has {at_low}; "
            f"ask for at least {at_low}, or shorten the window or the horizon."
        )
    high, at_high = 2, count(2)
    while at_high < parameters:
        if at_high <= at_low:
            raise ValueError(
                f"build({low}) and build({high}) have {at_low} and {at_high} parameters; "
                "matched_size takes a function whose model grows with the hidden size that it is given."
            )
        low, at_low = high, at_high
        high, at_high = 2 * high, count(2 * high)
    while high - low > 1:  # count(low) <= parameters, and count(high) >= parameters
        middle = (low + high) // 2
        at_middle = count(middle)
        if at_middle <= parameters:
            low, at_low = middle, at_middle
        else:
            high, at_high = middle, at_middle
    return low if parameters - at_low <= at_high - parameters else high
