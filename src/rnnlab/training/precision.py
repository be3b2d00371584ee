"""Mixed precision: matrix products in 16 bits, and everything that adds up small things in 32.

Micikevicius et al., "Mixed Precision Training", 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rnnlab.errors import InputError
from rnnlab.training.adam import Adam
from rnnlab.training.devices import half

FIRST_SCALE, GOOD_UPDATES = 2.0**16, 2_000  # torch.amp.GradScaler's own


class Precision:
    """How a training computes: "full" in the model's dtype; "mixed" with the model's products in 16 bits (autocast).

    Weights, loss, gradients of weights and Adam's moments stay in float32. bfloat16 has float32's exponent and needs
    nothing else. float16 does not: gradients below 6e-8 would become zero, so the loss is multiplied by `scale` before
    the backward pass and the gradients are divided by it after. Where that overflows, the scale is halved and the same
    gradient is taken again, so that an update is never lost; after GOOD_UPDATES in a row it is doubled.
    """

    def __init__(self, asked: str, device: torch.device, dtype: torch.dtype) -> None:
        self.half = half(device) if asked == "mixed" else None
        self.device, self.dtype = device, dtype
        self.scale = FIRST_SCALE if self.half is torch.float16 else 1.0
        self.good = 0
        if self.half and dtype is not torch.float32:
            raise InputError(
                f"Mixed precision takes a model in float32, and this one is in {str(dtype).removeprefix('torch.')}; "
                f'call model.float(), or train with precision="full".'
            )

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(*arguments), its products in 16 bits where mixed; what comes out is in the model's dtype again."""
        if self.half is None:
            return function(*arguments)
        with torch.autocast(self.device.type, dtype=self.half):
            found = function(*arguments)
        return self._widened(found)

    def backward(self, error: Tensor, optimiser: Adam) -> None:
        """The gradient of `error` into the parameters' .grad, unscaled."""
        if self.half is not torch.float16:
            error.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            return
        while True:
            optimiser.zero_grad()
            (error * self.scale).backward(retain_graph=True)  # type: ignore[no-untyped-call]  # as above
            gradients = [p.grad for p in optimiser.parameters if p.grad is not None]
            whole = all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
            if whole or self.scale <= 1 or not math.isfinite(error.item()):
                break
            self.scale, self.good = self.scale / 2, 0
        for gradient in gradients:
            gradient.div_(self.scale)
        self.good += 1
        if self.good == GOOD_UPDATES:
            self.scale, self.good = self.scale * 2, 0

    def _widened(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._widened, value))
        return value.to(self.dtype)
