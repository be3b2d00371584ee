"""The one model of all tasks: what it reads, which step it answers from, what it carries."""

from __future__ import annotations

import copy
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from rnnlab.layers import Cell, Reader, count_parameters, matched_size
from rnnlab.tasks import Adding, Copying, Parity, TemporalOrder, bits_per_character, language, surname_languages
from rnnlab.tasks.classification import PADDING
from rnnlab.training import Fixed, Settings, fit, generator, initialise, predict

CELLS: tuple[Cell, ...] = get_args(Cell)
RECURRENT = tuple(cell for cell in CELLS if cell not in ("mlp", "tcn"))
B, T, I, H, O, WINDOW = 4, 9, 3, 6, 5, 7


def reader(cell: Cell, input_size: int = I, seed: int = 0, **options: Any) -> Reader:
    torch.manual_seed(seed)
    return Reader(cell, input_size, H, O, window=WINDOW, **options).double()


def floats(steps: int = T) -> Tensor:
    return torch.randn(B, steps, I, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def tokens(size: int, steps: int = T, least: int = 0) -> Tensor:
    return torch.randint(least, size, (B, steps), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("cell", CELLS)
def test_the_prediction_is_the_head_of_what_the_core_makes_of_the_last_step(cell: Cell) -> None:
    every, last, x = reader(cell, every_step=True), reader(cell), floats()
    assert every(x).shape == (B, T, O)
    assert last(x).shape == (B, O)
    torch.testing.assert_close(last(x), every(x)[:, -1])
    if cell in RECURRENT:
        torch.testing.assert_close(every(x), every.head(every.core(x)[0]))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("step", [0, 3, T - 1])
def test_a_prediction_at_a_step_is_the_one_for_the_sequence_up_to_it(cell: Cell, step: int) -> None:
    every, last, x = reader(cell, every_step=True), reader(cell), floats()
    torch.testing.assert_close(every(x)[:, step], last(x[:, : step + 1]))


def test_an_mlp_sees_the_window_that_ends_at_each_step_and_zeros_before_the_start() -> None:
    model, x = reader("mlp", every_step=True), floats()
    for step in range(T):
        start = step + 1 - WINDOW
        before = torch.zeros(B, max(0, -start), I, dtype=torch.float64)
        window = torch.cat([before, x[:, max(0, start) : step + 1]], 1)
        torch.testing.assert_close(model(x)[:, step], model.head(model.core(window)))


@pytest.mark.parametrize("cell", CELLS)
def test_every_parameter_and_every_step_within_reach_moves_a_random_functional(cell: Cell) -> None:
    model, x = reader(cell), floats(WINDOW).requires_grad_()
    probe = torch.randn(B, O, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    (model(x) * probe).sum().backward()
    assert x.grad is not None
    assert (x.grad.abs().amax(dim=(0, 2)) > 0).all()
    assert all(parameter.grad is not None and parameter.grad.abs().max() > 0 for parameter in model.parameters())


@pytest.mark.parametrize("every_step", [True, False])
@pytest.mark.parametrize("cell", RECURRENT)
def test_two_chunks_with_a_carried_state_are_the_whole_in_values_and_gradients(cell: Cell, every_step: bool) -> None:
    model, x = reader(cell, every_step=every_step), floats()
    first, state = model.carry(x[:, :4])
    second, state = model.carry(x[:, 4:], state)
    whole, parts = model(x), torch.cat([first, second], 1) if every_step else second
    torch.testing.assert_close(parts, whole)
    probe = torch.randn(whole.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    weights = list(model.core.parameters())
    for ours, theirs in zip(*(torch.autograd.grad(y, weights, probe) for y in (parts, whole)), strict=True):
        torch.testing.assert_close(ours, theirs)
    for kept, after in zip(state, model.core(x)[1], strict=True):
        torch.testing.assert_close(kept, after)


@pytest.mark.parametrize("embedding_size", [None, 4])
@pytest.mark.parametrize("cell", CELLS)
def test_a_padded_batch_is_its_sequences_one_by_one_in_values_and_gradients(cell: Cell, embedding_size: Any) -> None:
    model = reader(cell, 8, tokens=True, padding=0, embedding_size=embedding_size)
    x, lengths = tokens(8, least=1), [T - 2, 1, 4, 2]
    for row, length in enumerate(lengths):
        x[row, length:] = 0
    probe = torch.randn(B, O, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    alone = torch.cat([model(x[row, None, :length]) for row, length in enumerate(lengths)])
    torch.testing.assert_close(model(x), alone)
    for ours, theirs in zip(
        *(torch.autograd.grad(y, model.parameters(), probe) for y in (model(x), alone)), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_tokens_are_read_as_one_hot_vectors_or_as_rows_of_a_table(cell: Cell) -> None:
    x = tokens(8)
    hot = nn.functional.one_hot(x, 8).double()
    plain, model = reader(cell, 8), reader(cell, 8, tokens=True)
    torch.testing.assert_close(model(x), plain(hot))
    assert count_parameters(model) == count_parameters(plain)
    looked_up = reader(cell, 8, tokens=True, embedding_size=4)
    table = looked_up.embedding
    assert table is not None
    assert torch.equal(looked_up.encode(x), hot @ table.weight)
    assert count_parameters(looked_up) == 8 * 4 + count_parameters(reader(cell, 4))


def test_a_reader_survives_a_copy_and_its_state_dict_and_a_change_of_type() -> None:
    for cell in CELLS:
        model, other, x = reader(cell, 8, tokens=True), reader(cell, 8, tokens=True, seed=9), tokens(8)
        assert torch.equal(copy.deepcopy(model)(x), model(x))
        other.load_state_dict(model.state_dict())
        assert torch.equal(other(x), model(x))
        assert model.float()(x).dtype == torch.float32
        torch.testing.assert_close(model(x).double(), other(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_hidden_size_is_found_for_a_number_of_parameters(cell: Cell) -> None:
    def build(size: int) -> Reader:
        return Reader(cell, 20, size, 20, tokens=True, embedding_size=8, every_step=True, window=6)

    assert abs(count_parameters(build(matched_size(build, 6_000))) - 6_000) < 500


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "task", [Adding(8), TemporalOrder(12), Parity(8), Copying(3)], ids=lambda task: type(task).__name__
)
def test_every_cell_learns_a_batch_of_every_generated_task(task: Any, cell: Cell) -> None:
    def build() -> Reader:
        return Reader(cell, task.input_size, H, task.output_size, every_step=task.every_step, window=8)

    held = Fixed(*task.batch(64, generator(1)))
    settings = Settings(updates=40, learning_rate=1e-2, batch_size=64, evaluate_every=40)
    model = initialise(build, 0)
    before = float(task.loss(torch.as_tensor(predict(model, held.inputs)), torch.as_tensor(held.targets)))
    run = fit(model, held, held, loss=task.loss, settings=settings)
    assert run.status == "finished"
    assert run.validation < before


def test_characters_are_learnt_and_scored_with_a_carried_state() -> None:
    text = "the cat sat on the mat and the dog sat on the cat. " * 40
    speeches = pd.DataFrame({"date": pd.to_datetime(["1900", "1950", "2000"]), "text": [text] * 3})
    task = language(speeches, train_until="1940", validation_until="1980", length=20, rarest=1)
    for cell in ("gru", "lstm"):
        model = initialise(
            lambda cell=cell: Reader(cell, task.input_size, 16, task.output_size, tokens=True, every_step=True), 0
        )
        held = Fixed(*task.validation.excerpts(40))
        run = fit(model, task, held, loss=task.loss, settings=Settings(updates=60, learning_rate=2e-2))
        with torch.no_grad():
            bits = bits_per_character(
                lambda x, state, model=model: model.carry(torch.as_tensor(x), state), task.test, rows=2, length=50
            )
        assert run.validation < 0.8 * task.floor
        assert bits < 0.8 * task.floor / np.log(2)


def test_surnames_of_all_lengths_are_classified_after_their_last_letter() -> None:
    rng = np.random.default_rng(0)
    names = {
        "Aish": ["".join(rng.choice(list("aei"), n)) for n in rng.integers(3, 9, 60)],
        "Ouish": ["".join(rng.choice(list("ouy"), n)) for n in rng.integers(3, 9, 60)],
    }
    table = pd.DataFrame([{"language": tongue, "letters": name} for tongue in names for name in names[tongue]])
    task = surname_languages(table, tuple(names))
    model = initialise(lambda: Reader("gru", task.input_size, 8, task.output_size, tokens=True, padding=PADDING), 0)
    fit(model, task.train, task.validation, loss=task.loss, settings=Settings(updates=60, learning_rate=2e-2))
    assert task.score(predict(model, task.test.inputs), task.test.targets) > 0.9


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (
            ("transformer", I, H, O),
            {},
            "cell is 'transformer'; choose one of rnn, relu, sigmoid, gru, lstm,",
        ),
        (("gru", I, 0, O), {}, "hidden_size is 0; a Reader needs at least 1."),
        (("gru", I, H, O), {"tokens": True, "embedding_size": 0}, "embedding_size is 0; a Reader needs at least 1."),
        (("gru", I, H, O), {"padding": 0}, "embedding_size and padding are for tokens: pass tokens=True"),
        (("gru", I, H, O), {"embedding_size": 2}, "embedding_size and padding are for tokens: pass tokens=True"),
        (("gru", I, H, O), {"tokens": True, "padding": 0, "every_step": True}, "every_step reads the padded steps too"),
        (("mlp", I, H, O), {}, "window is None; the cell 'mlp' is feedforward and built for one length"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(arguments: tuple, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        Reader(*arguments, **options)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("model", "x", "sentence"),
    [
        (reader("gru"), torch.zeros(T, I), "x is torch.float32 of shape (9, 3); this Reader takes floats (B, T, 3)."),
        (reader("gru"), torch.zeros(B, T, I + 1), "this Reader takes floats (B, T, 3)"),
        (reader("gru"), torch.zeros(B, T, I, dtype=torch.int64), "for tokens build it with tokens=True"),
        (reader("gru", 8, tokens=True), torch.zeros(B, T), "this Reader takes tokens, whole numbers (B, T)"),
        (reader("gru", 8, tokens=True), tokens(8)[0], "this Reader takes tokens, whole numbers (B, T)"),
        (reader("gru", 8, tokens=True), tokens(8) + 8, "this Reader knows 8, 0 … 7: give it the size of the alphabet"),
        (reader("gru", 8, tokens=True), tokens(8) - 8, "this Reader knows 8"),
        (
            reader("gru", 8, tokens=True, padding=0),
            tokens(8, least=1) * torch.tensor([1, 1, 0, 1])[:, None],
            "Sequence 2 holds nothing but padding (0); leave empty sequences out.",
        ),
    ],
)
def test_inputs_that_it_cannot_read_get_a_sentence(model: Reader, x: Tensor, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        model(x)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (reader("tcn"), "its core is feedforward"),
        (reader("gru", 8, tokens=True, padding=0), "it is built for padded sequences"),
    ],
)
def test_a_reader_that_carries_no_state_says_why(model: Reader, why: str) -> None:
    with pytest.raises(ValueError, match=f"This Reader carries no state: {why}"):
        model.carry(floats())
