"""What holds for every task whose sequences are drawn: protocol, floors, bits, solutions, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.errors import InputError
from rnnlab.tasks import Adding, AssociativeRecall, Copying, GeneratedTask, Parity, Solution, TemporalOrder
from rnnlab.training import Fixed, Settings, fit

TASKS: list[Any] = [
    Adding(20),
    Adding(20, "hochreiter1997"),
    Copying(5),
    AssociativeRecall(4, 16, 4),
    Parity(12),
    TemporalOrder(20),
    TemporalOrder(20, 3),
    TemporalOrder(20, 2, "hochreiter1997"),
    TemporalOrder(20, 3, "hochreiter1997"),
]
SOLUTIONS = [
    pytest.param(task, solution, id=f"{task}-{solution.nonlinearity}")
    for task, solution in [
        *((task, task.solution()) for task in (Adding(1_000), Adding(1_000, "hochreiter1997"), Copying(1_000))),
        *((TemporalOrder(1_000, k), TemporalOrder(1_000, k).solution()) for k in (2, 3)),
        *(
            (TemporalOrder(1_000, k, "hochreiter1997"), TemporalOrder(1_000, k, "hochreiter1997").solution())
            for k in (2, 3)
        ),
        (Parity(1_000), Parity(1_000).solution("relu")),
        (Parity(1_000), Parity(1_000).solution("tanh")),
    ]
]


class Reader(nn.Module):
    """The smallest model that has the shapes a task asks for."""

    def __init__(self, task: GeneratedTask) -> None:
        super().__init__()
        self.core = nn.RNN(task.input_size, 4, batch_first=True)
        self.head = nn.Linear(4, task.output_size)
        self.every_step = task.every_step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.core(x)[0]
        y: torch.Tensor = self.head(h if self.every_step else h[:, -1])
        return y


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_training_takes_a_task_as_it_is(task: GeneratedTask) -> None:
    held = Fixed(*task.batch(16, np.random.default_rng(1)))
    done = fit(Reader(task), task, held, loss=task.loss, settings=Settings(updates=3, batch_size=4))
    assert done.status == "finished"
    assert np.isfinite(done.validation)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_a_batch_is_a_function_of_the_generator_alone(task: GeneratedTask) -> None:
    one, again, other = (task.batch(8, np.random.default_rng(seed)) for seed in (7, 7, 8))
    for a, b in zip(one, again, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a.dtype == b.dtype
    assert one[0].shape != other[0].shape or not np.array_equal(one[0], other[0])
    assert one[0].dtype == np.float32
    assert one[0].shape[::2] == (8, task.input_size)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_the_best_blind_prediction_costs_the_floor_and_scores_chance(task: GeneratedTask) -> None:
    rng = np.random.default_rng(2)
    _, targets = task.batch(20_000 if task.every_step else 60_000, rng)
    guess = blind_guess(task, targets)
    assert task.loss(torch.tensor(guess), torch.tensor(targets)).item() == pytest.approx(task.floor, rel=0.02)
    noise = rng.random(guess.shape) * 1e-9 if targets.dtype == np.int64 else 0.0  # ties are broken by lot
    assert task.score(guess + noise, targets) == pytest.approx(task.chance, rel=0.05)
    assert task.score(right_answer(task, targets), targets) == 1.0


def blind_guess(task: Any, targets: Any) -> Any:
    """The mean, or the logits of each class's frequency, at each step."""
    if isinstance(task, Adding):
        return np.full(targets.shape, targets.mean(dtype=np.float64))
    frequency = (targets[..., None] == np.arange(task.output_size)).mean(axis=0)
    return np.broadcast_to(np.log(frequency + 1e-12), (*targets.shape, task.output_size)).copy()


def right_answer(task: Any, targets: Any) -> Any:
    return targets if isinstance(task, Adding) else np.eye(task.output_size)[targets]


@pytest.mark.parametrize(("task", "solution"), SOLUTIONS)
def test_a_hand_set_solution_is_exact_at_length_1000(task: Any, solution: Solution) -> None:
    inputs, targets = task.batch(4, np.random.default_rng(3))
    outputs = solution.outputs(inputs)
    assert inputs.shape[1] >= 1_000
    if not isinstance(task, Adding):
        assert task.score(outputs if task.every_step else outputs[:, -1], targets) == 1.0
        ranked = np.sort(outputs if task.every_step else outputs[:, -1], axis=-1)
        assert np.array_equal(ranked, np.rint(ranked * 2) / 2)  # whole and half numbers: nothing has drifted
        assert (ranked[..., -1] - ranked[..., -2] >= 1).all()
    else:
        assert np.abs(outputs[:, -1] - targets).max() < 1e-6
    assert (task.score(outputs, targets) == 1.0) if task.every_step else True


@pytest.mark.parametrize(("task", "solution"), SOLUTIONS)
def test_torch_runs_the_solution_in_float32(task: Any, solution: Solution) -> None:
    network = nn.RNN(task.input_size, solution.hidden_size, nonlinearity=solution.nonlinearity, batch_first=True)
    network.load_state_dict({name: torch.tensor(value) for name, value in solution.weights.items()})
    inputs, targets = task.batch(4, np.random.default_rng(4))
    with torch.no_grad():
        states = network(torch.tensor(inputs))[0].numpy()
    outputs = states @ solution.readout_weight.T + solution.readout_bias
    assert task.score(outputs if task.every_step else outputs[:, -1], targets) == 1.0


@pytest.mark.parametrize(
    "task", [TemporalOrder(100), TemporalOrder(100, 3), TemporalOrder(100, 3, "hochreiter1997")], ids=str
)
def test_classes_are_balanced(task: TemporalOrder) -> None:
    _, targets = task.batch(40_000, np.random.default_rng(5))
    share = np.bincount(targets, minlength=task.output_size) / len(targets)
    assert np.allclose(share, task.chance, rtol=0.05)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Adding(1), r"length is 1, too short to mark two steps as le2015 does; give at least 2"),
        (lambda: Adding(19, "hochreiter1997"), r"length is 19, too short .* give at least 20"),
        (lambda: Adding(50, "le2016"), r"setting is 'le2016'; choose one of le2015, hochreiter1997"),
        (lambda: Copying(0), r"delay is 0; the delimiter takes one step of it: give at least 1"),
        (lambda: Parity(0), r"length is 0; parity needs at least one bit"),
        (lambda: TemporalOrder(9), r"length is 9; a tenth of it must hold a symbol: give at least 10"),
        (lambda: TemporalOrder(50, 4), r"symbols is 4; the task is defined for 2 and for 3"),
        (lambda: TemporalOrder(50, 2, "2013"), r"setting is '2013'; choose one of pascanu2013, hochreiter1997"),
    ],
)
def test_a_task_that_is_impossible_as_set_is_refused(build: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        build()


@pytest.mark.parametrize("shape", [(3,), (3, 2)])
def test_a_loss_refuses_shapes_that_would_be_broadcast(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="squared error needs one shape"):
        Adding(5).loss(torch.zeros(shape), torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"cross-entropy needs logits of shape \(3, 12, 'K'\)"):
        Parity(12).loss(torch.zeros(shape), torch.zeros(3, 12, dtype=torch.int64))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(20, 120), st.sampled_from(["le2015", "hochreiter1997"]), st.integers(0, 10**6))
def test_the_target_of_adding_is_made_of_the_marked_numbers(length: int, setting: Any, seed: int) -> None:
    inputs, targets = Adding(length, setting).batch(16, np.random.default_rng(seed))
    numbers, markers = inputs[:, :, 0].astype(np.float64), inputs[:, :, 1]
    total = (numbers * (markers == 1)).sum(axis=1, keepdims=True)
    marked = (markers == 1).sum(axis=1)
    if setting == "le2015":
        assert inputs.shape[1] == length
        assert (marked == 2).all()
        assert set(np.unique(markers)) == {0, 1}
        assert np.allclose(targets, total, atol=1e-6)
    else:
        assert length <= inputs.shape[1] <= length * 1.1
        assert (markers[:, [0, -1]] == -1).all()
        assert (markers[:, 1:-1] >= 0).all()
        assert (numbers[marked < 2, 0] == 0).all()
        assert (marked >= 1).all()
        assert not markers[:, max(10, length // 2 + 1) : -1].any()
        assert np.allclose(targets, 0.5 + total / 4, atol=1e-6)


def test_numbers_of_adding_are_uniform_and_markers_reach_the_whole_sequence() -> None:
    inputs, _ = Adding(10).batch(20_000, np.random.default_rng(6))
    assert inputs[:, :, 0].mean() == pytest.approx(0.5, abs=0.005)
    assert inputs[:, :, 0].var() == pytest.approx(1 / 12, abs=0.002)
    assert np.allclose((inputs[:, :, 1] == 1).mean(axis=0), 2 / 10, atol=0.012)
    inputs, _ = Adding(40, "hochreiter1997").batch(20_000, np.random.default_rng(6))
    assert inputs[:, 1:, 0].var() == pytest.approx(1 / 3, abs=0.005)
    first = (inputs[:, :, 0] == 0)[:, 0].mean()
    assert first == pytest.approx(1 / 10 + 9 / 10 / 19, abs=0.01)


@pytest.mark.parametrize("setting", ["le2015", "hochreiter1997"])
def test_knowing_one_of_the_two_numbers_costs_what_adding_says(setting: Any) -> None:
    task = Adding(40, setting)
    inputs, targets = task.batch(60_000, np.random.default_rng(9))
    numbers, markers = inputs[:, :, 0], inputs[:, :, 1] == 1
    last = markers.shape[1] - 1 - markers[:, ::-1].argmax(axis=1)
    known = numbers[np.arange(len(numbers)), last][:, None].astype(np.float64)
    rest = targets - (known if setting == "le2015" else known / 4)
    if setting == "le2015":
        assert rest.var() == pytest.approx(task.remembering(1), rel=0.02)
    assert task.remembering(2) == 0
    assert task.floor > task.remembering(1) > 0
    assert targets.var(dtype=np.float64) == pytest.approx(task.floor, rel=0.02)


def test_published_floors() -> None:
    assert Adding().floor == pytest.approx(0.167, abs=0.0005)
    assert Adding(100, "hochreiter1997").floor == pytest.approx(1 / 24, rel=0.1)
    assert Copying(500).floor == pytest.approx(10 * np.log(8) / 520)
    assert Copying(500).remembering(10) == 0
    assert TemporalOrder(50, 3).remembering(1) == pytest.approx(np.log(4))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 60), st.integers(0, 10**6))
def test_copying_asks_for_the_ten_symbols_after_the_delay(delay: int, seed: int) -> None:
    task = Copying(delay)
    inputs, targets = task.batch(8, np.random.default_rng(seed))
    read = inputs.argmax(axis=2)
    assert (inputs.sum(axis=2) == 1).all()
    assert read.shape == targets.shape == (8, delay + 20)
    assert (read[:, :10] < 8).all()
    assert np.array_equal(targets[:, -10:], read[:, :10])
    assert (targets[:, :-10] == 8).all()
    assert (read[:, delay + 9] == 9).all()
    assert ((read[:, 10:] == 9).sum(axis=1) == 1).all()
    assert (np.delete(read, delay + 9, axis=1)[:, 10:] == 8).all()


def test_copying_needs_no_more_units_for_a_longer_delay() -> None:
    assert Copying(10).solution().hidden_size == Copying(1_000).solution().hidden_size == 22


def test_the_score_of_copying_looks_at_the_ten_symbols_alone() -> None:
    task = Copying(30)
    _, targets = task.batch(5, np.random.default_rng(0))
    silent = np.eye(9)[np.full_like(targets, 8)]
    assert task.score(silent, targets) == 0.0


@pytest.mark.parametrize(
    ("task", "windows"),
    [
        (TemporalOrder(100), ((10, 20), (50, 60))),
        (TemporalOrder(100, 3), ((10, 20), (30, 40), (60, 70))),
        (TemporalOrder(100, 2, "hochreiter1997"), ((10, 21), (50, 61))),
        (TemporalOrder(100, 3, "hochreiter1997"), ((10, 21), (33, 44), (66, 77))),
    ],
    ids=str,
)
def test_symbols_stand_in_the_published_windows_and_spell_the_class(task: TemporalOrder, windows: Any) -> None:
    assert task.windows() == windows
    inputs, targets = task.batch(4_000, np.random.default_rng(1))
    read = inputs.argmax(axis=2)
    where = np.argwhere(read < 2)[:, 1].reshape(len(read), task.symbols)  # in order of time
    for k, (first, end) in enumerate(windows):
        assert set(where[:, k]) == set(range(first, end))
    spelt = np.take_along_axis(read, where, axis=1)
    assert np.array_equal(targets, spelt @ (2 ** np.arange(task.symbols)[::-1]))
    if task.setting == "hochreiter1997":
        assert 100 <= inputs.shape[1] <= 110
        assert (read[:, 0] == 6).all()
        assert (read[:, -1] == 7).all()
        assert not (read[:, 1:-1] > 5).any()
    others = np.bincount(read.ravel(), minlength=8)[2:6]
    assert others.max() / others.min() < 1.05


def test_lengths_of_1997_are_drawn_from_the_whole_range() -> None:
    rng = np.random.default_rng(0)
    for task in (Adding(100, "hochreiter1997"), TemporalOrder(100, 2, "hochreiter1997")):
        assert {task.batch(1, rng)[0].shape[1] for _ in range(300)} == set(range(100, 111))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.integers(0, 10**6))
def test_parity_says_after_every_bit_whether_the_ones_are_odd(length: int, seed: int) -> None:
    inputs, targets = Parity(length).batch(3, np.random.default_rng(seed))
    for bits, answers in zip(inputs[:, :, 0].astype(int), targets, strict=True):
        odd = 0
        for bit, answer in zip(bits, answers, strict=True):
            odd ^= bit
            assert answer == odd


def test_a_window_knows_parity_up_to_its_edge_and_nothing_beyond() -> None:
    task, window = Parity(10), 3
    inputs, targets = task.batch(20_000, np.random.default_rng(0))
    bits = inputs[:, :, 0].astype(int)
    from_window = np.stack([bits[:, max(0, t - window + 1) : t + 1].sum(axis=1) % 2 for t in range(10)], axis=1)
    assert (from_window[:, :window] == targets[:, :window]).all()
    assert task.score(np.eye(2)[from_window], targets) == pytest.approx(task.windowed(window), abs=0.01)
    assert task.windowed(0) == task.chance
    assert task.windowed(99) == 1.0
