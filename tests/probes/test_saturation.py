"""Saturated and dead units: on layers whose answer is known by construction, on ours and torch's, during a training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from rnnlab import layers
from rnnlab.errors import InputError
from rnnlab.layers import Reader, SigmoidRNN
from rnnlab.probes import during, saturation
from rnnlab.tasks import Adding
from rnnlab.training import Fixed, Settings, fit, generator, initialise

T, B, H = 6, 4, 4


def fed_by_biases(layer: nn.RNNBase, biases: list[float]) -> nn.RNNBase:
    """Every weight 0, so that each pre-activation of a block is the bias of its unit at every step."""
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.zero_()
            if name == "bias_ih_l0":
                parameter.copy_(torch.tensor(biases * (len(parameter) // H)))
    return layer


BIASES = [-20.0, -0.5, 0.5, 20.0]
FIRST_AND_LAST = [True, False, False, True]


@pytest.mark.parametrize("make", [nn.RNN, layers.RNN], ids=["torch", "rnnlab"])
def test_of_tanh_units_held_by_their_biases_the_outer_two_are_dead_one_at_each_end(make: type[nn.RNN]) -> None:
    found = saturation(fed_by_biases(make(2, H), BIASES), np.ones((T, B, 2)))["h"]
    assert found.function == "tanh"
    np.testing.assert_allclose(found.value, np.broadcast_to(np.tanh(BIASES), (T, B, H)))
    np.testing.assert_array_equal(found.low, [1, 0, 0, 0])
    np.testing.assert_array_equal(found.high, [0, 0, 0, 1])
    np.testing.assert_array_equal(found.dead, FIRST_AND_LAST)


def test_of_logistic_units_too() -> None:
    found = saturation(fed_by_biases(SigmoidRNN(2, H), BIASES), np.ones((T, B, 2)))["h"]
    assert found.function == "sigmoid"
    np.testing.assert_allclose(found.value[0, 0], 1 / (1 + np.exp(-np.array(BIASES))))
    np.testing.assert_array_equal(found.dead, FIRST_AND_LAST)


@pytest.mark.parametrize("make", [nn.RNN, layers.RNN], ids=["torch", "rnnlab"])
def test_a_relu_is_dead_where_it_never_comes_on_and_never_saturated_above(make: type[nn.RNN]) -> None:
    found = saturation(fed_by_biases(make(2, H, nonlinearity="relu"), BIASES), np.ones((T, B, 2)))["h"]
    np.testing.assert_array_equal(found.saturated, [1, 1, 0, 0])
    np.testing.assert_array_equal(found.high, np.zeros(H))
    np.testing.assert_array_equal(found.dead, [True, True, False, False])


@pytest.mark.parametrize(("make", "letters"), [(layers.GRU, "rzn"), (nn.LSTM, "ifgo")], ids=["gru", "lstm"])
def test_every_gate_and_candidate_of_a_gated_layer_is_looked_at(make: type[nn.RNNBase], letters: str) -> None:
    found = saturation(fed_by_biases(make(2, H), BIASES), np.ones((T, B, 2)))
    assert "".join(found) == letters
    for letter, each in found.items():
        assert each.function == ("tanh" if letter in "ng" else "sigmoid")
        np.testing.assert_array_equal(each.dead, FIRST_AND_LAST)


def test_a_share_counts_steps_and_sequences_and_a_unit_that_moves_from_end_to_end_is_not_dead() -> None:
    layer = fed_by_biases(nn.RNN(1, H), [0.0] * H)
    with torch.no_grad():
        layer.weight_ih_l0[:, 0] = torch.tensor([1.0, 20.0, 20.0, -20.0])
    x = np.zeros((8, 2, 1))
    x[:2, 0] = 1.0  # at two of sixteen steps
    x[:1, 1] = -1.0  # and at one
    found = saturation(layer, x)["h"]
    np.testing.assert_allclose(found.high, [0, 2 / 16, 2 / 16, 1 / 16])
    np.testing.assert_allclose(found.low, [0, 1 / 16, 1 / 16, 2 / 16])
    x[:] = np.where(np.arange(8)[:, None, None] % 2, 1.0, -1.0)
    moved = saturation(layer, x)["h"]
    np.testing.assert_allclose(moved.saturated, [0, 1, 1, 1])
    assert not moved.dead.any()


@pytest.mark.parametrize("below", [0.1, 0.5])
@pytest.mark.parametrize("kind", ["tanh", "sigmoid"])
def test_saturated_is_a_slope_below_the_share_of_the_steepest(kind: str, below: float) -> None:
    edge = np.arctanh(np.sqrt(1 - below)) * (1 if kind == "tanh" else 2)
    make = nn.RNN if kind == "tanh" else SigmoidRNN
    layer = fed_by_biases(make(2, H), [edge - 1e-4, edge + 1e-4, 1e-4 - edge, -1e-4 - edge])
    found = saturation(layer, np.ones((T, B, 2)), below=below)["h"]
    np.testing.assert_array_equal(found.high, [0, 1, 0, 0])
    np.testing.assert_array_equal(found.low, [0, 0, 0, 1])


def test_during_a_training_it_sees_the_weights_of_those_updates_and_changes_no_bit() -> None:
    task = Adding(8)
    held = Fixed(*task.batch(50, generator(1, 3)))
    settings = Settings(updates=12, batch_size=4, evaluate_every=3, learning_rate=1e-2, seed=1)

    def trained(updates: int, at: tuple[int, ...] = ()) -> tuple[Reader, dict]:
        model = initialise(lambda: Reader("rnn", 2, 5, 1), 1)
        with during(model, at, lambda: model.core.weight_hh_l0.detach().clone()) as found:
            short = Settings(updates=updates, batch_size=4, evaluate_every=3, learning_rate=1e-2, seed=1)
            fit(model, task, held, loss=task.loss, settings=short)
        return model, found

    watched, found = trained(settings.updates, (0, 4, 11, 12))
    alone, nothing = trained(settings.updates)
    assert all(torch.equal(a, b) for a, b in zip(watched.parameters(), alone.parameters(), strict=True))
    assert (list(found), nothing) == ([0, 4, 11], {})
    assert torch.equal(found[0], initialise(lambda: Reader("rnn", 2, 5, 1), 1).core.weight_hh_l0)
    model = initialise(lambda: Reader("rnn", 2, 5, 1), 1)
    fit(model, task, loss=task.loss, settings=Settings(updates=4, batch_size=4, learning_rate=1e-2, seed=1))
    assert torch.equal(found[4], model.core.weight_hh_l0)
    assert not watched._forward_pre_hooks


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"below is 1\.0; it is a share of the largest slope"):
        saturation(nn.RNN(2, H), np.ones((T, B, 2)), below=1.0)
