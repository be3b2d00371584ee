"""fit: what it does to a model, when it stops, and what it promises about bits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from sequences import Fresh, Summer, bits, examples, interrupting, without_clock
from torch import Tensor, nn

from rnnlab import engine, layers
from rnnlab.errors import InputError
from rnnlab.training import Fixed, Settings, fit, generator, initialise, mean_loss, predict, squared_error

TRAIN, HELD_OUT = examples(200, 0), examples(60, 1)
SHORT = Settings(updates=30, batch_size=16, evaluate_every=7, learning_rate=1e-2)


def test_a_gru_learns_to_sum() -> None:
    model = initialise(lambda: Summer(dropout=0.0), seed=0)
    before = mean_loss(model, HELD_OUT)
    run = fit(model, TRAIN, HELD_OUT, settings=Settings(updates=400, evaluate_every=50, learning_rate=1e-2))
    assert run.status == "finished" and run.validation < before / 10
    assert mean_loss(model, HELD_OUT) == run.validation


def test_it_makes_the_updates_of_a_loop_written_with_torch_alone() -> None:
    ours = initialise(lambda: Summer(dropout=0.0), seed=0).double()
    plain = initialise(lambda: Summer(dropout=0.0), seed=0).double()
    settings = Settings(updates=30, batch_size=64, learning_rate=1e-2, clip_norm=0.5, evaluate_every=30, seed=4)
    run = fit(ours, TRAIN, settings=settings)

    optimiser = torch.optim.Adam(plain.parameters(), lr=1e-2)
    losses, norms = [], []
    for epoch in range(8):  # 200 examples: batches of 64, 64, 64 and 8
        order = generator(4, 1, epoch).permutation(200)
        for chosen in (order[:64], order[64:128], order[128:192], order[192:]):
            if len(losses) == 30:
                break
            inputs, targets = torch.tensor(TRAIN.inputs[chosen]), torch.tensor(TRAIN.targets[chosen])
            loss = nn.functional.mse_loss(plain(inputs.double()), targets.double())
            optimiser.zero_grad()
            loss.backward()
            norms.append(float(torch.cat([p.grad.reshape(-1) for p in plain.parameters()]).norm()))
            for parameter in plain.parameters():
                parameter.grad *= min(1.0, 0.5 / norms[-1])
            optimiser.step()
            losses.append(loss.item())
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
    (row,) = run.history
    assert row.loss == pytest.approx(np.mean(losses)) and row.gradient_norm == pytest.approx(np.mean(norms))
    assert row.clipped == np.mean(np.array(norms) > 0.5) > 0


def test_rows_come_at_every_evaluation_and_at_the_end() -> None:
    run = fit(initialise(Summer, 0), TRAIN, HELD_OUT, settings=SHORT)
    assert [row.update for row in run.history] == [7, 14, 21, 28, 30]
    assert all(a.seconds < b.seconds for a, b in zip(run.history, run.history[1:], strict=False))
    assert run.seconds == run.history[-1].seconds and run.updates == 30 and run.device == "cpu"


def test_the_model_ends_with_its_best_weights_in_evaluation_mode() -> None:
    model = initialise(Summer, seed=1)
    settings = Settings(updates=300, evaluate_every=10, learning_rate=0.1, clip_norm=None, seed=1)
    run = fit(model, examples(20, 0), HELD_OUT, settings=settings)
    assert run.best_update < run.updates and not model.training
    assert run.validation == min(row.validation for row in run.history)
    assert mean_loss(model, HELD_OUT) == run.validation


def test_patience_counts_evaluations_without_a_new_best() -> None:
    settings = Settings(updates=2000, evaluate_every=5, learning_rate=0.05, patience=4)
    run = fit(initialise(Summer, 0), examples(20, 0), HELD_OUT, settings=settings)
    assert run.status == "stopped early"
    assert run.updates == run.best_update + 4 * 5 < 2000
    curve = [row.validation for row in run.history]
    for end in range(5, len(curve)):
        assert min(curve[:end][-4:]) < min(curve[: end - 4]), "it would have had to stop before"


def test_without_validation_the_last_weights_stay() -> None:
    model = initialise(Summer, 0)
    run = fit(model, Fresh(), settings=SHORT)
    assert run.status == "finished" and math.isnan(run.validation) and run.best_update == 30
    with_it = initialise(Summer, 0)
    fit(with_it, Fresh(), HELD_OUT, settings=dataclasses.replace(SHORT, updates=30, evaluate_every=30))
    assert bits(model) == bits(with_it), "looking at validation data changes nothing in the training"


class Breaking:
    """Squared error that becomes what is asked for at one training update."""

    def __init__(self, at: int, value: float) -> None:
        self.at, self.value, self.made = at, value, 0

    def __call__(self, prediction: Tensor, targets: Tensor) -> Tensor:
        self.made += torch.is_grad_enabled()
        loss = squared_error(prediction, targets)
        return loss * self.value if self.made == self.at and torch.is_grad_enabled() else loss


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run_as_diverged_with_the_update(value: float) -> None:
    model, before = initialise(Summer, 0), initialise(Summer, 0)
    run = fit(model, TRAIN, HELD_OUT, settings=SHORT, loss=Breaking(11, value))
    assert (run.status, run.updates, run.best_update) == ("diverged", 11, 10)
    assert math.isnan(run.validation), "a mean over runs cannot swallow it"
    assert [row.update for row in run.history] == [7, 11] and not math.isfinite(run.history[-1].loss)
    fit(before, TRAIN, settings=dataclasses.replace(SHORT, updates=10))
    assert bits(model) == bits(before), "the weights are those before the update that diverged"


def test_a_gradient_that_is_not_finite_ends_the_run_though_the_loss_is_finite() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, inputs: Tensor) -> Tensor:
            return inputs * self.weight.abs().sqrt()  # at 0 the slope is infinite

    data = Fixed(np.ones((4, 1)), np.ones((4, 1)))
    run = fit(Root(), data, data, settings=SHORT)
    assert (run.status, run.updates) == ("diverged", 1)
    assert run.history[0].loss == 1.0 and not math.isfinite(run.history[0].gradient_norm)


def test_a_validation_loss_that_is_not_finite_ends_the_run_as_diverged() -> None:
    held_out = Fixed(HELD_OUT.inputs, np.where(np.arange(60)[:, None] == 59, np.nan, HELD_OUT.targets))
    run = fit(initialise(Summer, 0), TRAIN, held_out, settings=SHORT)
    assert (run.status, run.updates) == ("diverged", 7) and math.isnan(run.validation)
    assert run.best_update == 7, "that update was made"


def test_clipping_keeps_a_run_alive_that_diverges_without() -> None:
    class Power(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([1.5]))

        def forward(self, inputs: Tensor) -> Tensor:
            return inputs * self.weight**100  # a linear recurrence over 100 steps: its gradient's square overflows

    data = Fixed(np.ones((4, 1)), np.zeros((4, 1)))
    run = fit(Power(), data, settings=Settings(updates=200, learning_rate=0.01, clip_norm=1.0))
    assert run.status == "finished" and run.history[-1].loss < run.history[0].loss


@pytest.mark.parametrize("data", [TRAIN, Fresh()], ids=["examples", "generated"])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(data: object) -> None:
    def trained(seed: int) -> tuple[str, object]:
        model = initialise(Summer, 0)
        torch.rand(seed + 1)
        run = fit(model, data, HELD_OUT, settings=dataclasses.replace(SHORT, seed=seed))
        return bits(model), without_clock(run)

    assert trained(0) == trained(0)
    assert trained(0)[0] != trained(1)[0]


@pytest.mark.parametrize("cell", [nn.GRU, layers.GRU], ids=["torch", "engine"])
def test_the_number_of_threads_changes_no_bit_and_is_left_as_it_was(cell: type[nn.GRU]) -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = cell(8, 32, batch_first=True), nn.Linear(32, 24)

        def forward(self, inputs: Tensor) -> Tensor:
            prediction: Tensor = self.head(self.cell(inputs)[0][:, -1])
            return prediction

    rng = np.random.default_rng(0)
    data = Fixed(rng.standard_normal((64, 50, 8)), rng.standard_normal((64, 24)))
    found = set()
    before = torch.get_num_threads(), engine.get_threads()
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            engine.set_threads(threads)
            model = initialise(Wide, 0)
            run = fit(model, data, data, settings=Settings(updates=4, evaluate_every=2))
            assert torch.get_num_threads() == threads
            found.add((bits(model), repr(without_clock(run)), predict(model, data.inputs).tobytes()))
    finally:
        torch.set_num_threads(before[0])
        engine.set_threads(before[1])
    assert len(found) == 1


@pytest.mark.parametrize("ends", ["well", "by Ctrl-C"])
def test_nothing_global_is_left_changed(ends: str) -> None:
    torch.manual_seed(7)
    np.random.seed(7)  # noqa: NPY002  the old global generator is what must not move
    threads = torch.get_num_threads()
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    try:
        fit(
            initialise(Summer, 3),
            TRAIN,
            settings=SHORT,
            loss=squared_error if ends == "well" else interrupting(5, squared_error),
        )
    except KeyboardInterrupt:
        assert ends == "by Ctrl-C"
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert torch.get_num_threads() == threads and torch.is_grad_enabled()


def test_dropout_is_off_while_validating_and_on_while_training() -> None:
    modes = set()

    class Watching(Summer):
        def forward(self, inputs: Tensor) -> Tensor:
            modes.add((self.training, torch.is_grad_enabled()))
            return super().forward(inputs)

    fit(Watching().eval(), TRAIN, HELD_OUT, settings=SHORT)
    assert modes == {(True, True), (False, False)}


def test_dropouts_noise_comes_from_the_seed() -> None:
    one = examples(1, 0)  # a single example has a single order
    found = set()
    for seed in (0, 1, 0):
        model = initialise(Summer, 0)
        fit(model, one, settings=dataclasses.replace(SHORT, seed=seed))
        found.add((seed, bits(model)))
    assert len(found) == 2 == len({weights for _, weights in found})


def test_frozen_parameters_stay_and_are_not_in_the_norm() -> None:
    model = initialise(Summer, 0)
    model.cell.requires_grad_(False)
    before = {name: value.clone() for name, value in model.cell.state_dict().items()}
    run = fit(model, TRAIN, HELD_OUT, settings=SHORT)
    assert run.status == "finished"
    assert all(torch.equal(value, before[name]) for name, value in model.cell.state_dict().items())


def test_tokens_stay_whole_numbers_and_any_loss_will_do() -> None:
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 5, (40, 7)).astype(np.uint8)
    model = initialise(lambda: nn.Sequential(nn.Embedding(5, 4), nn.Flatten(), nn.Linear(28, 5)), 0)
    settings = Settings(updates=150, learning_rate=0.03, evaluate_every=50)
    run = fit(model, Fixed(tokens, tokens[:, 3]), loss=nn.functional.cross_entropy, settings=settings)
    assert run.history[-1].loss < 0.1 < run.history[0].loss


def test_a_broadcast_between_prediction_and_targets_is_refused() -> None:
    flat = Fixed(TRAIN.inputs, TRAIN.targets[:, 0])
    with pytest.raises(
        ValueError, match=r"predicts \(16, 1\) and the targets are \(16,\); squared error needs one shape"
    ):
        fit(initialise(Summer, 0), flat, settings=SHORT)


def test_patience_or_a_goal_without_validation_data_is_refused() -> None:
    with pytest.raises(InputError, match="give validation data, or patience=None"):
        fit(initialise(Summer, 0), TRAIN, settings=Settings(patience=3))
    with pytest.raises(InputError, match="give validation data, or goal=None"):
        fit(initialise(Summer, 0), TRAIN, settings=Settings(goal=0.1))


def test_training_ends_at_the_first_evaluation_that_reaches_the_goal() -> None:
    settings = Settings(updates=400, evaluate_every=10, learning_rate=0.02)
    whole = fit(initialise(Summer, 0), TRAIN, HELD_OUT, settings=settings)
    goal = whole.history[12].validation
    first = next(row for row in whole.history if row.validation <= goal)
    run = fit(initialise(Summer, 0), TRAIN, HELD_OUT, settings=dataclasses.replace(settings, goal=goal))
    assert (run.status, run.updates, run.validation) == ("reached the goal", first.update, first.validation)
    assert whole.status == "finished"


def test_progress_is_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    fit(initialise(Summer, 0), TRAIN, HELD_OUT, settings=SHORT)
    assert capsys.readouterr().err == ""
    fit(initialise(Summer, 0), TRAIN, HELD_OUT, settings=SHORT, progress=True)
    assert capsys.readouterr().err.startswith("Summer: 30 updates in ")
