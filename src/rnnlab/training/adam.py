"""Adam: each weight's step is its mean gradient over its typical size.

torch's own fused kernel, called without the class around it: `torch.optim.Adam` loads torch's compiler when it is first
made (1 to 2.5 s in every process, every worker of a study too) and takes half as long again for a step.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.adam import adam


class Adam:
    """m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  θ ← θ − η m̂ / (√v̂ + ε); m̂, v̂ divided by 1 − βᵗ.

    β₁ = 0.9, β₂ = 0.999, ε = 1e-8.  Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float) -> None:
        self.parameters = [p for p in parameters if p.requires_grad]
        self.learning_rate = learning_rate
        self._fused = all(p.device.type != "xla" for p in self.parameters)
        self._first = [torch.zeros_like(p) for p in self.parameters]
        self._second = [torch.zeros_like(p) for p in self.parameters]
        self._steps = [torch.zeros((), device=p.device if self._fused else "cpu") for p in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """One update of every parameter that has a gradient."""
        gradients = {i: p.grad for i, p in enumerate(self.parameters) if p.grad is not None}
        adam(
            [self.parameters[i] for i in gradients],
            list(gradients.values()),
            [self._first[i] for i in gradients],
            [self._second[i] for i in gradients],
            [],
            [self._steps[i] for i in gradients],
            foreach=False,
            fused=self._fused,
            amsgrad=False,
            maximize=False,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
            lr=self.learning_rate,
            weight_decay=0.0,
        )

    def zero_grad(self) -> None:
        """Forgets the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """m, v and t of every parameter, by name: what a checkpoint must hold."""
        kinds = {"first": self._first, "second": self._second, "steps": self._steps}
        return {f"{kind}/{i}": tensor for kind, tensors in kinds.items() for i, tensor in enumerate(tensors)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Puts `state` back."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
