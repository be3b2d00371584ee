from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnlab.data import speeches
from rnnlab.errors import InputError
from rnnlab.scratch import Elman
from rnnlab.tasks import GeneratedTask, LanguageTask, NGram, Text, bits_per_character, language, sample
from rnnlab.training import Fixed, Settings, fit


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return speeches()


@pytest.fixture(scope="module")
def task(table: pd.DataFrame) -> LanguageTask:
    return language(table[table["year"] >= 2000], train_until="2015", validation_until="2020", length=50)


def parts(task: LanguageTask) -> tuple[Text, Text, Text]:
    return task.train, task.validation, task.test


def test_speeches_are_split_by_date_and_none_is_in_two_parts(table: pd.DataFrame, task: LanguageTask) -> None:
    train, validation, test = parts(task)
    assert train.last < pd.Timestamp("2015") <= validation.first
    assert validation.last < pd.Timestamp("2020") <= test.first
    names = [name for part in parts(task) for name in part.speeches]
    assert names == table.index[table["year"] >= 2000].tolist()
    texts = table["text"].to_dict()
    assert task.decode(test.tokens).startswith(
        "".join(c if c in task.alphabet else task.alphabet[0] for c in texts[test.speeches[0]]) + task.alphabet[1]
    )


def test_the_alphabet_knows_training_alone() -> None:
    dates = pd.to_datetime(["1900-01-01", "1910-01-01", "1920-01-01"])
    table = pd.DataFrame({"date": dates, "text": ["abab" * 30 + "c", "abz" * 50, "abz" * 50]}, index=list("pqr"))
    task = language(table, train_until="1905", validation_until="1915", length=10, rarest=2)
    assert task.alphabet == ("\ufffd", "\u2403", "a", "b")
    assert task.encode("abcz").tolist() == [2, 3, 0, 0]
    assert task.test.unknown == pytest.approx(50 / 151)
    assert task.decode(task.train.tokens) == "abab" * 30 + "\ufffd\u2403"
    again = language(table.iloc[::-1], train_until="1905", validation_until="1915", length=10, rarest=2)
    assert np.array_equal(again.train.tokens, task.train.tokens)


def test_speeches_follow_one_another_in_time_and_one_on_the_day_of_a_cut_comes_after_it() -> None:
    dates = pd.to_datetime(["1920-01-01", "1901-05-01", "1910-01-01", "1900-01-01"])
    table = pd.DataFrame({"date": dates, "text": ["d" * 9, "b" * 9, "c" * 9, "a" * 9]}, index=list("dbca"))
    task = language(table, train_until="1910-01-01", validation_until="1920-01-01", length=3, rarest=1)
    assert [part.speeches for part in parts(task)] == [("a", "b"), ("c",), ("d",)]
    assert task.decode(task.train.tokens) == "a" * 9 + "\u2403" + "b" * 9 + "\u2403"
    assert (task.train.first, task.train.last) == (dates[3], dates[1])


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"train_until": "1700"}, r"No speech is left for training; the dates run from 1790-01-08 to 2026-02-24"),
        ({"validation_until": "2030"}, r"No speech is left for test"),
        ({"train_until": "1995", "validation_until": "1990"}, r"Training ends 1995-01-01 and validation 1990-01-01"),
        ({"train_until": "later"}, r"'later' is no date; give one such as \"1990\""),
        ({"length": 0}, r"length is 0; give 1 or more"),
        ({"length": 10**8}, r"Training has [\d]+ characters; an excerpt of 100000000 needs one more"),
    ],
)
def test_a_split_that_cannot_be_is_refused(wanted: dict[str, Any], sentence: str, table: pd.DataFrame) -> None:
    short = table.assign(text=table["text"].str[:200])
    with pytest.raises(InputError, match=sentence):
        language(short, **{"train_until": "1990", "validation_until": "2010", **wanted})


def test_an_excerpt_is_training_text_and_its_target_the_next_character(task: LanguageTask) -> None:
    text = task.train.tokens.tobytes()
    inputs, targets = task.batch(20, np.random.default_rng(0))
    assert inputs.shape == targets.shape == (20, 50)
    assert np.array_equal(inputs[:, 1:], targets[:, :-1])
    for row, target in zip(inputs, targets, strict=True):
        assert np.append(row, target[-1]).tobytes() in text
    again, _ = task.batch(20, np.random.default_rng(0))
    assert np.array_equal(inputs, again)


def text_of(tokens: list[int]) -> Text:
    return Text(np.array(tokens), ("one",), pd.Timestamp("1900"), pd.Timestamp("1900"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 60))
def test_each_row_of_a_chunk_goes_on_where_it_stopped(rows: int, length: int, more: int) -> None:
    text = text_of(list(range(rows * length + 1 + more)))
    chunks = list(text.chunks(rows, length))
    inputs = np.concatenate([x for x, _ in chunks], axis=1)
    targets = np.concatenate([y for _, y in chunks], axis=1)
    assert np.array_equal(targets, inputs + 1)
    assert (np.diff(inputs, axis=1) == 1).all()
    assert len(np.unique(inputs)) == inputs.size
    assert inputs.size > len(text.tokens) - 1 - rows * (length + 1)
    examples, following = text.excerpts(length)
    assert np.array_equal(following, examples + 1)
    assert len(np.unique(examples)) == examples.size > len(text.tokens) - 1 - len(examples) - length


def test_a_text_too_short_for_its_chunks_is_refused() -> None:
    with pytest.raises(InputError, match=r"11 characters do not make 4 rows of 3 and one more; .* at most 2\."):
        next(text_of(list(range(11))).chunks(4, 3))
    with pytest.raises(InputError, match=r"11 characters do not make 1 rows of 11"):
        text_of(list(range(11))).excerpts(11)
    with pytest.raises(InputError, match="length is 0"):
        text_of(list(range(11))).excerpts(0)


def test_a_carried_state_costs_what_reading_each_row_at_once_costs(task: LanguageTask) -> None:
    cell = Elman(task.input_size, 8, rng=0)
    head = np.random.default_rng(1).normal(size=(8, task.output_size))

    def predict(inputs: Any, state: Any) -> tuple[Any, Any]:
        states = cell.forward(np.eye(task.input_size)[inputs.T], state)
        return (states[1:] @ head).swapaxes(0, 1), states[-1]

    def forgetful(inputs: Any, state: Any) -> tuple[Any, Any]:
        return predict(inputs, None)

    text = text_of(task.test.tokens[:2_001].tolist())
    whole = bits_per_character(predict, text, rows=4, length=500)
    assert bits_per_character(predict, text, rows=4, length=20) == pytest.approx(whole, abs=1e-6)
    assert abs(bits_per_character(forgetful, text, rows=4, length=20) - whole) > 1e-3


def test_training_takes_the_language_task_as_it_is(task: LanguageTask) -> None:
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(task.input_size, 4)
            self.core = nn.RNN(4, 4, batch_first=True)
            self.head = nn.Linear(4, task.output_size)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.head(self.core(self.embedding(x))[0])
            return y

    checked: GeneratedTask = task
    held = Fixed(*text_of(task.validation.tokens[:501].tolist()).excerpts(50))
    done = fit(Reader(), checked, held, loss=task.loss, settings=Settings(updates=2, batch_size=4))
    assert np.isfinite(done.validation)


def test_the_floor_is_what_character_frequencies_cost(task: LanguageTask) -> None:
    counts = np.bincount(task.train.tokens, minlength=task.input_size)
    share = (counts + 1) / (counts + 1).sum()
    logits = np.broadcast_to(np.log(share), (len(task.test.tokens), task.input_size))
    exact = task.loss(torch.tensor(logits[None]), torch.tensor(task.test.tokens[None])).item()
    assert task.floor == pytest.approx(exact)
    assert task.score(logits[None], task.test.tokens[None]) == pytest.approx(task.chance)
    assert NGram(task.train.tokens, task.input_size, 1).bits_per_character(task.test.tokens) == pytest.approx(
        task.floor / math.log(2), abs=0.001
    )


def test_sampling_follows_the_step_function(task: LanguageTask) -> None:
    """A step that says "the letter after what was read last" and counts how often it was asked."""
    following = {" ": "a", "a": "b", "b": "c", "c": " "}
    asked: list[int | None] = []

    def step(token: int, state: int | None) -> tuple[Any, int]:
        asked.append(state)
        logits = np.full(task.input_size, -50.0)
        logits[task.encode(following[task.decode([token])])] = 0.0
        return logits, (state or 0) + 1

    rng = np.random.default_rng(0)
    assert sample(step, task, prompt=" a", characters=7, temperature=0.5, rng=rng) == "bc abc "
    assert asked == [None, *range(1, 9)]
    assert sample(step, task, prompt="c", characters=3, temperature=0, rng=rng) == " ab"


def test_temperature_sharpens_and_flattens(task: LanguageTask) -> None:
    logits = np.full(task.input_size, -np.inf)
    logits[[0, 5, 6]] = [9.0, 2.0, 1.0]

    def share(temperature: float) -> float:
        text = sample(
            lambda token, state: (logits, None),
            task,
            characters=4_000,
            temperature=temperature,
            rng=np.random.default_rng(1),
        )
        assert task.alphabet[0] not in text
        return text.count(task.alphabet[5]) / len(text)

    for temperature in (0.5, 1.0, 3.0):
        assert share(temperature) == pytest.approx(1 / (1 + math.exp(-1 / temperature)), abs=0.02)
    assert share(0) == 1.0


def test_sampling_stops_after_the_end_and_refuses_what_it_cannot_do(task: LanguageTask) -> None:
    def ends(token: int, state: Any) -> tuple[Any, Any]:
        return np.eye(task.input_size)[1] * 99, None

    rng = np.random.default_rng(0)
    assert sample(ends, task, characters=5, rng=rng) == task.alphabet[1]
    with pytest.raises(InputError, match="prompt is empty"):
        sample(ends, task, prompt="", rng=rng)
    with pytest.raises(InputError, match=r"temperature is -1; give 0 \(always the likeliest\) or more"):
        sample(ends, task, temperature=-1, rng=rng)


def test_a_model_of_the_1850s_reads_the_1880s_better_than_the_2020s(table: pd.DataFrame) -> None:
    task = language(table[table["year"] < 1890], train_until="1860", validation_until="1880")
    model = NGram(task.train.tokens, task.input_size, 4)
    now = task.encode("".join(table.loc[table["year"] >= 2020, "text"]))
    then = model.bits_per_character(task.test.tokens)
    assert then < 2.6
    assert model.bits_per_character(now) > then + 0.3


def test_bits_are_those_of_the_probabilities_of_what_came(task: LanguageTask) -> None:
    model = NGram(task.train.tokens, task.input_size, 1)
    logits = np.log(model.distribution([])) + 3.0

    def predict(inputs: Any, state: Any) -> tuple[Any, Any]:
        return np.broadcast_to(logits, (*inputs.shape, task.output_size)), None

    text = text_of(task.test.tokens[:1_001].tolist())
    assert bits_per_character(predict, text, rows=4, length=50) == pytest.approx(
        model.bits_per_character(text.tokens[1:])
    )
