from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn

from rnnlab.training.adam import Adam


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_takes_the_steps_of_torchs_class_bit_for_bit(dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(0)
    ours = [nn.Parameter(torch.randn(shape, generator=draw, dtype=dtype)) for shape in ((5, 3), (7,), (1,))]
    theirs = [nn.Parameter(p.detach().clone()) for p in ours]
    one, other = Adam(ours, 0.01), torch.optim.Adam(theirs, lr=0.01, fused=True)
    for update in range(20):
        for mine, yours in zip(ours, theirs, strict=True):
            mine.grad = torch.randn(mine.shape, generator=draw, dtype=dtype) if update % 3 or mine.ndim > 1 else None
            yours.grad = None if mine.grad is None else mine.grad.clone()
        one.step()
        other.step()
    assert all(torch.equal(mine, yours) for mine, yours in zip(ours, theirs, strict=True))


def test_it_follows_the_equation() -> None:
    weight = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimiser = Adam([weight], 0.1)
    m = v = 0.0
    expected = 1.0
    for t, gradient in enumerate([3.0, -1.0, 0.5], start=1):
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimiser.step()
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        expected -= 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        assert weight.item() == pytest.approx(expected, rel=1e-6)
    optimiser.zero_grad()
    assert weight.grad is None


def test_training_does_not_load_torchs_compiler() -> None:
    code = (
        "import sys, numpy as np\nfrom torch import nn\nfrom rnnlab.training import Fixed, Settings, fit\n"
        "fit(nn.Linear(1, 1), Fixed(np.ones((4, 1)), np.ones((4, 1))), settings=Settings(updates=2))\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "False\n", done.stderr
