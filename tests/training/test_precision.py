"""Mixed precision, as far as a CPU can show it: bfloat16 as it is, float16 with its loss scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sequences import Summer, bits, examples, interrupting, without_clock
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.layers import GRU, LSTM, RNN, Reader
from rnnlab.training import Fixed, Run, Settings, checkpoint, fit, fit_truncated, initialise, pick, squared_error
from rnnlab.training import precision as mixed
from rnnlab.training.adam import Adam
from rnnlab.training.precision import Precision

CPU = torch.device("cpu")
TRAIN, HELD_OUT = examples(120, 0), examples(60, 1)


def run_in(precision: str, **more: object) -> tuple[Run, nn.Module]:
    model = initialise(lambda: Summer(dropout=0.0), 0)
    settings = Settings(updates=150, batch_size=32, learning_rate=0.01, evaluate_every=50, precision=precision)
    return fit(model, TRAIN, HELD_OUT, settings=settings, **more), model  # type: ignore[arg-type]


class Seen(nn.Module):
    """A line that remembers the dtype of its own product."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.dtypes = nn.Linear(2, 1), set[torch.dtype]()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.line(x)
        self.dtypes.add(y.dtype)
        return y


def test_products_take_16_bits_and_loss_weights_and_validation_do_not() -> None:
    losses = set()

    def loss(prediction: Tensor, targets: Tensor) -> Tensor:
        losses.add(prediction.dtype)
        return squared_error(prediction, targets)

    data = Fixed(np.ones((8, 2)), np.ones((8, 1)))
    model = Seen()
    fit(model, data, loss=loss, settings=Settings(updates=3, precision="mixed"))
    assert model.dtypes == {pick("cpu").half} == {torch.bfloat16}
    fit(model, data, data, loss=loss, settings=Settings(updates=3, precision="mixed"))
    assert model.dtypes == {torch.bfloat16, torch.float32}, "validation is in full"
    assert losses == {torch.float32} == {p.dtype for p in model.parameters()}


def test_mixed_precision_learns_what_full_precision_learns() -> None:
    full, mixed_ = run_in("full")[0], run_in("mixed")[0]
    assert mixed_.status == "finished"
    assert 0 < mixed_.validation < full.history[0].validation / 3
    assert mixed_.validation != full.validation


@pytest.mark.parametrize("cell", [RNN, GRU, LSTM])
def test_our_layers_compute_under_autocast_with_gradients_near_those_in_full(cell: Any) -> None:
    layer = initialise(lambda: cell(3, 8, batch_first=True), 0)
    x = torch.tensor(np.random.default_rng(0).standard_normal((4, 6, 3)), dtype=torch.float32)
    precision = Precision("mixed", CPU, torch.float32)
    found = precision.run(layer, x)[0]
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, layer(x)[0], rtol=0.05, atol=0.02)
    (gradient,) = torch.autograd.grad(found.square().sum(), layer.weight_hh_l0)
    (wanted,) = torch.autograd.grad(layer(x)[0].square().sum(), layer.weight_hh_l0)
    assert float((gradient - wanted).norm() / wanted.norm()) < 0.1


def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed, "half", lambda device: torch.float16)


def test_the_loss_scale_saves_gradients_that_float16_would_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled(monkeypatch)

    def gradient(scale: float | None) -> float:
        line = nn.Linear(1, 1, bias=False)
        precision = Precision("mixed", CPU, torch.float32)
        assert precision.scale == 2.0**16
        precision.scale = scale or precision.scale
        error = precision.run(line, torch.ones(1, 1)).sum() * 1e-8  # below half of float16's least number
        precision.backward(error, Adam(line.parameters(), 0.1))
        assert line.weight.grad is not None
        return float(line.weight.grad)

    assert gradient(None) == pytest.approx(1e-8, rel=1e-3)
    assert gradient(1.0) == 0


def test_a_scale_that_overflows_is_halved_and_the_gradient_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled(monkeypatch)
    line = nn.Linear(1, 1, bias=False)
    precision = Precision("mixed", CPU, torch.float32)
    precision.good = 5
    error = precision.run(line, torch.ones(1, 1)).sum() * 100.0  # 100 · 2^16 is past float16's 65,504
    precision.backward(error, Adam(line.parameters(), 0.1))
    assert float(line.weight.grad) == 100.0  # type: ignore[arg-type]
    assert 100 * precision.scale <= 65_504 < 200 * precision.scale
    assert precision.good == 1

    precision.good, before = mixed.GOOD_UPDATES - 1, precision.scale
    precision.backward(precision.run(line, torch.ones(1, 1)).sum(), Adam(line.parameters(), 0.1))
    assert (precision.scale, precision.good) == (2 * before, 0)


def test_a_loss_that_is_not_finite_still_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled(monkeypatch)
    broken = Fixed(TRAIN.inputs, np.full_like(TRAIN.targets, np.nan))
    run = fit(initialise(Summer, 0), broken, settings=Settings(updates=9, precision="mixed"))
    assert (run.status, run.updates) == ("diverged", 1)


def test_a_gradient_that_no_scale_saves_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    scaled(monkeypatch)

    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            return x * self.weight.abs().sqrt()  # at 0 the slope is infinite

    data = Fixed(np.ones((4, 1)), np.ones((4, 1)))
    run = fit(Root(), data, settings=Settings(updates=9, precision="mixed"))
    assert (run.status, run.updates) == ("diverged", 1)


def test_a_stopped_mixed_training_goes_on_with_its_scale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scaled(monkeypatch)
    wanted, model = run_in("mixed")
    path = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        run_in("mixed", loss=interrupting(60, squared_error), checkpoint=path)
    tensors, facts = checkpoint.read(path)
    assert facts["scale"][1] == 50, "updates since the scale was last changed"
    changed = tmp_path / "changed.safetensors"
    checkpoint.write(changed, tensors, {**facts, "scale": [8.0, 3]})
    run_in("mixed", checkpoint=changed)
    assert checkpoint.read(changed)[1]["scale"] == [8.0, 103]
    run, again = run_in("mixed", checkpoint=path)
    assert bits(again) == bits(model) and without_clock(run) == without_clock(wanted)
    with pytest.raises(InputError, match="precision was mixed and is full"):
        run_in("full", checkpoint=path)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_carried_state_is_in_full_precision(cell: str) -> None:
    rng = np.random.default_rng(0)
    data = Fixed(rng.standard_normal((4, 12, 2)), rng.standard_normal((4, 12, 1)))
    model = initialise(lambda: Reader(cell, 2, 5, 1, every_step=True), 0)  # type: ignore[arg-type]
    states: list[Any] = []
    inner = model.carry

    def carry(x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        states.append(state[0] if isinstance(state, tuple) else state)
        return inner(x, state)

    model.carry = carry  # type: ignore[method-assign]
    fit_truncated(model, data, k1=3, k2=5, settings=Settings(updates=6, precision="mixed"))
    assert {state.dtype for state in states if state is not None} == {torch.float32}


def test_a_model_in_float64_is_refused() -> None:
    with pytest.raises(InputError, match=r"takes a model in float32, and this one is in float64; call model.float"):
        fit(initialise(Summer, 0).double(), TRAIN, settings=Settings(updates=1, precision="mixed"))
