from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from rnnlab.data import Digits, digits, surnames
from rnnlab.errors import InputError
from rnnlab.tasks import (
    ClassificationTask,
    Labelled,
    digit_sequences,
    letter_ngrams,
    surname_languages,
    whole_image,
)
from rnnlab.tasks.classification import LANGUAGES, LETTERS, _family
from rnnlab.training import Settings, fit


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return surnames()


@pytest.fixture(scope="module")
def names(table: pd.DataFrame) -> ClassificationTask:
    return surname_languages(table)


@pytest.fixture(scope="module")
def small() -> Mapping[str, Digits]:
    return digits("small")


def parts(task: ClassificationTask) -> tuple[Labelled, Labelled, Labelled]:
    return task.train, task.validation, task.test


def test_a_name_is_its_letters_then_padding(names: ClassificationTask) -> None:
    for part in parts(names):
        assert part.inputs.dtype == np.int64
        assert part.inputs.shape == (len(part), 40)
        for row, name, length in zip(part.inputs, part.names, part.lengths, strict=True):
            assert len(name) == length
            assert "".join(LETTERS[token - 1] for token in row[:length]) == name
            assert not row[length:].any()
    assert names.input_size == 30


def test_labels_are_the_languages_of_the_table(names: ClassificationTask, table: pd.DataFrame) -> None:
    assert names.classes == tuple(sorted(LANGUAGES))
    language = table.drop_duplicates("letters", keep=False).set_index("letters")["language"]
    for part in parts(names):
        told = [names.classes[k] for k in part.targets]
        assert told == [language.get(name, told[i]) for i, name in enumerate(part.names)]


def test_no_name_stands_in_two_languages_or_two_parts(names: ClassificationTask) -> None:
    every = [name for part in parts(names) for name in part.names]
    assert len(every) == len(set(every)) == 12_081


def test_a_family_is_in_one_part_alone(names: ClassificationTask) -> None:
    families = [
        {(k, _family(name)) for k, name in zip(part.targets.tolist(), part.names, strict=True)} for part in parts(names)
    ]
    assert not families[0] & families[1]
    assert not families[0] & families[2]
    assert not families[1] & families[2]
    russian = names.classes.index("Russian")
    train = {name for name, k in zip(names.train.names, names.train.targets, strict=True) if k == russian}
    held = {name for part in parts(names)[1:] for name, k in zip(part.names, part.targets, strict=True) if k == russian}
    assert not {name + "a" for name in train} & held
    assert not {name + "a" for name in held} & train


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("smirnov", "smirnova"),
        ("o conghaile", "mac conghaile"),
        ("mac carthaigh", "nic charthaigh"),
        ("novak", "novakova"),
    ],
)
def test_forms_of_one_name_are_one_family(one: str, other: str) -> None:
    assert _family(one) == _family(other)


def test_every_language_has_its_shares(names: ClassificationTask) -> None:
    counts = np.stack([np.bincount(part.targets, minlength=14) for part in parts(names)])
    shares = counts / counts.sum(axis=0)
    assert (np.abs(shares - [[0.8], [0.1], [0.1]]) < 0.06).all()
    assert counts[1:].min() >= 30


def test_the_split_is_always_the_same(names: ClassificationTask, table: pd.DataFrame) -> None:
    again = surname_languages(table, tuple(reversed(LANGUAGES)))
    assert again.test.names == names.test.names
    assert np.array_equal(again.train.inputs, names.train.inputs)


@pytest.mark.parametrize(
    ("languages", "sentence"),
    [
        (("German", "Klingon"), r"There are no surnames in 'Klingon'; the languages are Croatian, Czech, "),
        (("German",), r"languages is \('German',\); give two or more different ones"),
        (("German", "German"), r"give two or more different ones"),
    ],
)
def test_languages_that_cannot_be_told_apart_are_refused(languages: Any, sentence: str, table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=sentence):
        surname_languages(table, languages)


def test_a_constant_prediction_costs_the_floor_and_scores_chance(names: ClassificationTask) -> None:
    targets = torch.tensor(names.train.targets)
    flat = torch.zeros(len(targets), 14, dtype=torch.float64)
    assert names.loss(flat, targets).item() == pytest.approx(names.floor)
    for k in (0, 7):
        one = np.zeros((len(names.test), 14))
        one[:, k] = 1
        assert names.score(one, names.test.targets) == pytest.approx(names.chance)
        tilted = flat.clone()
        tilted[:, k] += 0.3
        assert names.loss(tilted, targets).item() > names.floor
    assert names.score(np.eye(14)[names.test.targets], names.test.targets) == 1.0


def test_a_class_counts_by_itself_and_not_by_its_size() -> None:
    few = Labelled(np.zeros((10, 3), dtype=np.int64), np.array([0] * 9 + [1]), np.full(10, 3))
    task = ClassificationTask(("a", "b"), 30, few, few, few)
    half = np.eye(2)[np.zeros(10, dtype=int)]
    assert task.score(half, few.targets) == 0.5
    assert task.weights.tolist() == pytest.approx([10 / 18, 10 / 2])


def test_letter_groups_know_more_than_letters_and_much_more_than_chance(names: ClassificationTask) -> None:
    score = {n: names.score(letter_ngrams(names, names.validation, n), names.validation.targets) for n in (1, 3)}
    assert score[1] == pytest.approx(0.49, abs=0.03)
    assert score[3] == pytest.approx(0.71, abs=0.03)
    assert names.chance < 0.08
    log_p = letter_ngrams(names, names.test)
    assert log_p.shape == (len(names.test), 14)
    assert np.allclose(np.exp(log_p).sum(axis=1), 1)


def test_an_image_is_read_from_its_upper_left(small: Mapping[str, Digits]) -> None:
    row, pixel = digit_sequences(small, "row"), digit_sequences(small, "pixel")
    image = small["test"].images[3]
    assert np.array_equal(row.test.inputs[3, 2], image[2])
    assert np.array_equal(pixel.test.inputs[3, :, 0], image.ravel())
    assert (row.input_size, pixel.input_size) == (8, 1)
    assert (row.test.lengths == 8).all()
    assert (pixel.test.lengths == 64).all()
    assert row.classes == tuple("0123456789")
    assert np.array_equal(row.test.targets, small["test"].labels)
    with pytest.raises(InputError, match="by is 'column'"):
        digit_sequences(small, "column")


def test_mnist_has_784_pixels_a_sequence() -> None:
    task = digit_sequences(digits(), "pixel")
    assert task.train.inputs.shape == (4_000, 784, 1)
    assert np.allclose(task.weights, 1)


def test_a_linear_classifier_of_the_whole_image_is_hard_to_beat(small: Mapping[str, Digits]) -> None:
    task = digit_sequences(small)
    log_p = whole_image(task, task.test)
    assert task.score(log_p, task.test.targets) == pytest.approx(0.95, abs=0.02)
    assert np.allclose(np.exp(log_p).sum(axis=1), 1)


def test_training_takes_the_parts_as_they_are(names: ClassificationTask, small: Mapping[str, Digits]) -> None:
    class Reader(nn.Module):
        def __init__(self, task: ClassificationTask, tokens: bool) -> None:
            super().__init__()
            self.embedding = nn.Embedding(task.input_size, 4, padding_idx=0) if tokens else nn.Identity()
            self.core = nn.RNN(4 if tokens else task.input_size, 4, batch_first=True)
            self.head = nn.Linear(4, task.output_size)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.head(self.core(self.embedding(x))[0][:, -1])
            return y

    for task, tokens in ((names, True), (digit_sequences(small, "pixel"), False)):
        done = fit(
            Reader(task, tokens),
            task.train,
            task.validation,
            loss=task.loss,
            settings=Settings(updates=2, batch_size=8),
        )
        assert np.isfinite(done.validation)
