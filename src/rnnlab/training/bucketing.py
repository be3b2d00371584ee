"""Sequences of different lengths: padded to one, batched with their like, and how much of the work is padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnlab.errors import InputError

Array = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]


def pad(sequences: Sequence[Any], value: float = 0) -> tuple[Array, Indices]:
    """Sequences (T_b, …) in one array (B, max T, …), `value` after each one's end, and their lengths (B,)."""
    arrays = [np.asarray(sequence) for sequence in sequences]
    if not arrays or any(array.ndim == 0 or array.shape[1:] != arrays[0].shape[1:] for array in arrays):
        shapes = ", ".join(str(array.shape) for array in arrays[:5]) or "none"
        raise InputError(f"The sequences have shapes {shapes}; give one or more, equal but for their first axis.")
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    padded = np.full((len(arrays), lengths.max(), *arrays[0].shape[1:]), value, dtype=np.result_type(*arrays))
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded, lengths


def padding_waste(lengths: npt.ArrayLike, batches: Sequence[npt.ArrayLike] | None = None) -> float:
    """1 − Σ lengths / Σ B·max: the share of the steps that are padding, where a batch is padded to its longest.

    `batches` are the indices of each batch; None is one batch of all.
    """
    lengths = _checked(lengths)
    parts = [lengths] if batches is None else [lengths[np.asarray(batch)] for batch in batches]
    return 1 - sum(int(part.sum()) for part in parts) / sum(len(part) * int(part.max()) for part in parts)


@dataclass(frozen=True, eq=False)
class Bucketed:
    """Examples of different lengths, for `fit`: inputs (N, T, …) padded, targets (N, …), lengths (N,).

    Each epoch they are shuffled, cut into pools of `pool` batches, sorted by length within a pool, cut into batches,
    and the batches shuffled; each is cut off after its longest sequence. A larger pool wastes less and mixes less; with
    pool=1 nothing is sorted.

    The model must read the lengths off the padding, as a Reader with `padding=` does: it sees shorter arrays, not the
    lengths.
    """

    inputs: Any
    targets: Any
    lengths: Any
    pool: int = 50

    def __post_init__(self) -> None:
        lengths, steps = _checked(self.lengths), np.shape(self.inputs)
        object.__setattr__(self, "lengths", lengths)
        if len(steps) < 2 or len(lengths) != steps[0] or lengths.max() > steps[1]:
            raise InputError(
                f"The inputs are {steps} and the lengths {np.shape(self.lengths)}, up to {lengths.max()}; "
                f"give inputs (N, T, …) and N lengths of at most T."
            )
        if self.pool < 1:
            raise InputError(f"pool is {self.pool}; give the batches that are sorted together, 1 or more.")

    def deal(self, size: int, rng: np.random.Generator) -> list[Indices]:
        """The batches of one epoch: indices, `size` of them each, the last pool's last batch what is left."""
        lengths: Indices = self.lengths
        order = rng.permutation(len(lengths))
        dealt: list[Indices] = []
        for start in range(0, len(order), size * self.pool):
            pool = order[start : start + size * self.pool]
            if self.pool > 1:
                pool = pool[np.argsort(lengths[pool], kind="stable")]
            dealt += [pool[first : first + size] for first in range(0, len(pool), size)]
        return [dealt[place] for place in rng.permutation(len(dealt))]


def _checked(lengths: npt.ArrayLike) -> Indices:
    array = np.asarray(lengths)
    if array.ndim != 1 or not len(array) or array.dtype.kind not in "iu" or array.min() < 1:
        raise InputError(f"lengths is {lengths!r:.80}; give a whole number of steps for each sequence, 1 or more.")
    return array.astype(np.int64)
