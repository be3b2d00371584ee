"""Is this surname spelled backwards: what each part holds, and what must not leak between them."""

from __future__ import annotations

import numpy as np
import pytest

from rnnlab.data import surnames
from rnnlab.layers import Bag
from rnnlab.tasks import ClassificationTask, Labelled, surname_directions
from rnnlab.tasks.classification import LETTERS, PADDING, _family
from rnnlab.training import initialise, predict


@pytest.fixture(scope="module")
def task() -> ClassificationTask:
    return surname_directions(surnames())


def parts(task: ClassificationTask) -> tuple[Labelled, Labelled, Labelled]:
    return task.train, task.validation, task.test


def test_every_name_is_there_once_in_each_direction(task: ClassificationTask) -> None:
    for part in parts(task):
        ways = {
            way: [name for name, k in zip(part.names, part.targets, strict=True) if task.classes[k] == way]
            for way in task.classes
        }
        assert [name[::-1] for name in ways["forwards"]] == ways["backwards"]
        assert len(set(ways["forwards"])) == len(ways["forwards"])
        for row, name in zip(part.inputs, part.names, strict=True):
            assert "".join(LETTERS[token - 1] for token in row if token != PADDING) == name


def test_forwards_is_how_the_list_spells_it_and_nothing_is_both(task: ClassificationTask) -> None:
    spelt = set(surnames()["letters"])
    for part in parts(task):
        for name, k in zip(part.names, part.targets, strict=True):
            assert (name in spelt) == (task.classes[k] == "forwards"), name


def test_a_family_is_in_one_part_whatever_its_language(task: ClassificationTask) -> None:
    families = [
        {_family(name) for name, k in zip(part.names, part.targets, strict=True) if task.classes[k] == "forwards"}
        for part in parts(task)
    ]
    assert not families[0] & families[1]
    assert not families[0] & families[2]
    assert not families[1] & families[2]
    sizes = np.array([len(part) for part in parts(task)])
    assert np.allclose(sizes / sizes.sum(), (0.8, 0.1, 0.1), atol=0.02)


def test_a_bag_of_letters_is_at_chance_whatever_its_weights(task: ClassificationTask) -> None:
    for seed in (0, 1):
        bag = initialise(lambda: Bag(task.input_size, 9, task.output_size, padding=PADDING), seed)
        for part in parts(task)[1:]:
            assert task.score(predict(bag, part.inputs), part.targets) == pytest.approx(task.chance, abs=1e-12)
