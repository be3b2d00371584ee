"""The n-gram model: the next character from the last few, counted. What a recurrent language model has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnlab.errors import InputError

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Counts:
    """What followed the contexts of one length: each array sorted by `keys` or by `contexts`."""

    keys: Int64  # context · V + next character
    key_counts: Int64
    contexts: Int64
    context_counts: Int64
    distinct: Int64  # how many different characters followed the context


class NGram:
    """Interpolated n-grams with Witten–Bell smoothing:

        P_n(c | h) = (C(hc) + N(h) P_{n-1}(c | h′)) / (C(h) + N(h)),   P_0(c) = 1/V

    h is the n − 1 characters before c, h′ the same without the first, C a count in the training text, N(h) how many
    different characters followed h there. Every character of the alphabet has a positive probability, and they sum
    to one. `order` is n, `size` V; `tokens` are whole numbers below V. Characters before the first one are unknown:
    there the context is as long as it can be.

    InputError: an order below 1, or one for which V^n does not fit into 63 bits.  Witten and Bell, 1991.
    """

    def __init__(self, tokens: ArrayLike, size: int, order: int) -> None:
        if order < 1 or size**order >= 2**63:
            raise InputError(f"order is {order}; with {size} characters give 1 to {int(63 / np.log2(max(size, 2)))}.")
        self.size, self.order = size, order
        tokens = np.asarray(tokens, dtype=np.int64)
        self._counts = [self._count(tokens, length) for length in range(order)]

    def probabilities(self, tokens: ArrayLike) -> Float64:
        """P(c_t | the order − 1 characters before it) for every c_t of `tokens` (N,), as (N,)."""
        tokens = np.asarray(tokens, dtype=np.int64)
        p = np.full(len(tokens), 1 / self.size)
        context = np.zeros(len(tokens), dtype=np.int64)
        for length, counts in enumerate(self._counts):
            if length:
                context[length:] += tokens[:-length] * self.size ** (length - 1)
            late = slice(length, None)
            p[late] = self._mixed(counts, context[late], tokens[late], p[late])
        return p

    def bits_per_character(self, tokens: ArrayLike) -> float:
        """−mean log₂ P over `tokens`."""
        return float(-np.log2(self.probabilities(tokens)).mean())

    def distribution(self, context: ArrayLike) -> Float64:
        """P(· | context) over the alphabet (V,), from as much of the end of `context` as the order reads."""
        context = np.asarray(context, dtype=np.int64)
        context = context[max(0, len(context) - self.order + 1) :]
        characters = np.arange(self.size)
        p = np.full(self.size, 1 / self.size)
        for length, counts in enumerate(self._counts[: len(context) + 1]):
            read = context[len(context) - length :]
            code = int(read @ self.size ** np.arange(length)[::-1]) if length else 0
            p = self._mixed(counts, np.full(self.size, code), characters, p)
        return p

    def _count(self, tokens: Int64, length: int) -> _Counts:
        keys = np.zeros(max(len(tokens) - length, 0), dtype=np.int64)
        for place in range(length + 1):
            keys = keys * self.size + tokens[place : len(tokens) - length + place]
        keys, key_counts = np.unique(keys, return_counts=True)
        contexts, first = np.unique(keys // self.size, return_index=True)
        totals = np.add.reduceat(key_counts, first) if len(first) else key_counts
        return _Counts(keys, key_counts, contexts, totals, np.diff(np.append(first, len(keys))))

    def _mixed(self, counts: _Counts, context: Int64, character: Int64, shorter: Float64) -> Float64:
        """The equation for one order: C(hc), C(h) and N(h) are looked up, 0 where h or hc was never seen."""
        (C_h, N_h), C_hc = (
            _looked_up(counts.contexts, context, counts.context_counts, counts.distinct),
            _looked_up(counts.keys, context * self.size + character, counts.key_counts)[0],
        )
        return np.where(C_h > 0, (C_hc + N_h * shorter) / np.maximum(C_h + N_h, 1), shorter)


def _looked_up(keys: Int64, wanted: Int64, *values: Int64) -> list[Int64]:
    """Each of `values` at `wanted` among the sorted `keys`, 0 where it is not among them."""
    if not len(keys):
        return [np.zeros_like(wanted) for _ in values]
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return [np.where(keys[place] == wanted, value[place], 0) for value in values]
