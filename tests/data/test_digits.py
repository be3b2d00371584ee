from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from rnnlab.data import Digits, digits
from rnnlab.data.digits import SOURCE
from rnnlab.errors import InputError


@pytest.fixture(scope="module")
def mnist() -> Mapping[str, Digits]:
    return digits()


@pytest.fixture(scope="module")
def small() -> Mapping[str, Digits]:
    return digits("small")


def counts(part: Digits) -> list[int]:
    return np.bincount(part.labels, minlength=10).tolist()


def test_the_source_is_sorted_by_class_with_its_label_last() -> None:
    table = pd.read_csv(SOURCE.path(), header=None)
    assert table.shape == (5_000, 785)
    assert (np.diff(table[784]) >= 0).all()
    assert table[784].value_counts().to_dict() == dict.fromkeys(range(10), 500)


def test_each_part_has_equal_shares_of_every_digit(mnist: Mapping[str, Digits], small: Mapping[str, Digits]) -> None:
    assert {name: counts(part) for name, part in mnist.items()} == {
        "train": [400] * 10,
        "validation": [50] * 10,
        "test": [50] * 10,
    }
    assert {name: len(part) for name, part in small.items()} == {"train": 1_439, "validation": 179, "test": 179}
    assert sum(map(len, small.values())) == 1_797
    assert max(counts(small["test"])) - min(counts(small["test"])) <= 1


def test_the_parts_together_are_the_source_and_share_no_row(mnist: Mapping[str, Digits]) -> None:
    table = pd.read_csv(SOURCE.path(), header=None).to_numpy()
    rows = [
        (*image.ravel().tolist(), label)
        for part in mnist.values()
        for image, label in zip(np.rint(part.images * 255).astype(int), part.labels.tolist(), strict=True)
    ]
    assert sorted(rows) == sorted(map(tuple, table.tolist()))
    flat = {name: {image.tobytes() for image in part.images} for name, part in mnist.items()}
    assert not flat["train"] & (flat["validation"] | flat["test"])
    assert not flat["validation"] & flat["test"]


def test_the_order_is_shuffled_and_always_the_same(mnist: Mapping[str, Digits]) -> None:
    assert abs(np.corrcoef(np.arange(4_000), mnist["train"].labels)[0, 1]) < 0.05
    again = digits()
    for name, part in mnist.items():
        assert np.array_equal(part.images, again[name].images)
        assert np.array_equal(part.labels, again[name].labels)


@pytest.mark.parametrize(("size", "side"), [("mnist", 28), ("small", 8)])
def test_ink_is_one_and_paper_zero(
    size: str, side: int, mnist: Mapping[str, Digits], small: Mapping[str, Digits]
) -> None:
    for part in (mnist if size == "mnist" else small).values():
        assert part.images.shape == (len(part), side, side)
        assert part.images.dtype == np.float32
        assert (part.images.min(), part.images.max()) == (0.0, 1.0)
        assert part.images.mean() < 0.5


def test_an_unknown_size_is_named() -> None:
    with pytest.raises(InputError, match=r"size is 'big'; there are \"mnist\" \(28 × 28\) and \"small\""):
        digits("big")
