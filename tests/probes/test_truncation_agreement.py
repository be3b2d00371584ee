"""The truncated gradient beside the full one, on a recurrence whose gradient is a geometric series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnlab.errors import InputError
from rnnlab.layers import Reader
from rnnlab.probes import gradient_agreement
from rnnlab.training import initialise

T, W = 12, 0.8


class Last(nn.Module):
    """h_t = relu(w h_{t-1} + x_t) with x > 0, which is linear; a prediction at every step."""

    def __init__(self, units: int = 1) -> None:
        super().__init__()
        self.core = nn.RNN(units, units, nonlinearity="relu", bias=False, batch_first=True, dtype=torch.float64)
        unit = torch.eye(units, dtype=torch.float64)
        self.core.load_state_dict({"weight_ih_l0": unit, "weight_hh_l0": W * unit})

    def carry(self, x: Tensor, state: Any = None) -> tuple[Tensor, Tensor]:
        h, last = self.core(x, state)
        return h, last


def at_the_end(prediction: Tensor, targets: Tensor) -> Tensor:
    """The sum of h over the steps that `targets` marks, over the steps scored: a segment counts as its share."""
    return (prediction * targets).sum() / prediction.shape[1]


@pytest.mark.parametrize("reach", [1, 3, 5, 12, 20])
def test_the_gradient_of_a_linear_recurrence_is_cut_to_k_terms_of_its_series(reach: int) -> None:
    """h_t = Σ_j w^j for x = 1; dh_T/dw = Σ_{j<T} w^j h_{T-1-j}, of which truncation keeps j < k."""
    x, marks = np.ones((1, T, 1)), np.zeros((1, T, 1))
    marks[0, -1] = 1
    found = gradient_agreement(Last(), x, marks, (reach,), loss=at_the_end, k1=1)
    h = np.array([(1 - W**t) / (1 - W) for t in range(T)])  # h[t] after t steps
    terms = np.array([W**j * h[T - 1 - j] for j in range(T)])
    assert found.length[0] == pytest.approx(terms[:reach].sum() / terms.sum(), rel=1e-12)
    assert found.recurrent[0] == pytest.approx(1.0)
    assert found.reach.tolist() == [reach]


def test_chunks_cut_the_series_where_a_chunk_begins() -> None:
    x, marks = np.ones((1, T, 1)), np.zeros((1, T, 1))
    marks[0, -1] = 1
    found = gradient_agreement(Last(), x, marks, (5, 4), loss=at_the_end)
    h = np.array([(1 - W**t) / (1 - W) for t in range(T)])
    terms = np.array([W**j * h[T - 1 - j] for j in range(T)])
    # steps 11 and 12 are the last chunk of five, which reaches five back all the same; those of four end with 9 … 12
    np.testing.assert_allclose(found.length, [terms[:5].sum() / terms.sum(), terms[:4].sum() / terms.sum()])


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_full_reach_agrees_fully_and_the_readout_flatters_the_rest(cell: str) -> None:
    rng = np.random.default_rng(0)
    model = initialise(lambda: Reader(cell, 2, 6, 2, every_step=True), 0).double()  # type: ignore[arg-type]
    x, y = rng.standard_normal((4, 20, 2)), rng.standard_normal((4, 20, 2))
    before = [p.clone() for p in model.parameters()]
    found = gradient_agreement(model, x, y, (1, 2, 5, 10, 20, 50))
    assert found.cosine[-2:] == pytest.approx([1, 1]) and found.recurrent[-2:] == pytest.approx([1, 1])
    assert found.length[-2:] == pytest.approx([1, 1])
    assert found.recurrent[0] < found.cosine[0] < 0.999
    assert np.all(np.diff(found.recurrent[[0, 2, 4]]) > 0)
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))


def test_an_orthogonal_remainder_has_the_cosine_that_pythagoras_gives() -> None:
    """Two inputs, one a step: dL/dW_ih of a linear memory has one entry a step, w^(T-s); truncation drops the early."""

    x = np.zeros((1, 2, 2))
    x[0, 0, 0] = x[0, 1, 1] = 1  # unit 0 is fed at the first step, unit 1 at the second
    marks = np.zeros((1, 2, 2))
    marks[0, 1] = 1
    found = gradient_agreement(Last(2), x, marks, (1,), loss=at_the_end, k1=1)
    # dW_ih = [[w, 1], [0, 1]], the first column from the first step; dW_hh = [[1, 0], [1, 0]], h_1 at the second step
    kept, lost = 1 + 1 + 1 + 1, W**2
    assert found.cosine[0] == pytest.approx(np.sqrt(kept / (kept + lost)))


def test_what_cannot_be_compared_is_refused_in_a_sentence() -> None:
    x = np.ones((1, 3, 1))
    with pytest.raises(InputError, match="reaches is empty; give the steps"):
        gradient_agreement(Last(), x, x, ())
    with pytest.raises(InputError, match="k1 is 0 and k2 is 0"):
        gradient_agreement(Last(), x, x, (0,))
    with pytest.raises(InputError, match="has no carry"):
        gradient_agreement(nn.Linear(1, 1), x, x, (1,))
