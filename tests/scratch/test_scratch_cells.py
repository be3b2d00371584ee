"""What the battery does not ask of scratch's cells: where parameters come from, single steps, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rnnlab.scratch import GRU, LSTM, Elman, gradient_check

CELLS = [Elman, GRU, LSTM]


@pytest.mark.parametrize(("cell", "module"), [(Elman, torch.nn.RNN), (GRU, torch.nn.GRU), (LSTM, torch.nn.LSTM)])
@pytest.mark.parametrize("bias", [True, False])
def test_parameters_have_torchs_names_shapes_and_order(
    cell: Callable[..., Elman], module: Callable[..., torch.nn.RNN], bias: bool
) -> None:
    ours = {name: value.shape for name, value in cell(3, 5, bias=bias, rng=0).parameters.items()}
    theirs = {name: tuple(value.shape) for name, value in module(3, 5, bias=bias).state_dict().items()}
    assert list(ours.items()) == list(theirs.items())


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_uniform_within_one_over_the_root_of_the_hidden_size(cell: Callable[..., Elman]) -> None:
    for name, value in cell(40, 25, rng=3).parameters.items():
        assert np.abs(value).max() <= 1 / math.sqrt(25), name
        assert np.abs(value).max() > 0.9 / math.sqrt(25), name
    weights = cell(40, 25, rng=3).parameters["weight_ih_l0"]
    assert abs(weights.mean()) < 4 * weights.std() / math.sqrt(weights.size)
    assert weights.std() == pytest.approx(0.2 / math.sqrt(3), rel=0.05)


@pytest.mark.parametrize("cell", CELLS)
def test_a_seed_and_its_generator_draw_the_same_parameters_and_another_seed_others(cell: Callable[..., Elman]) -> None:
    seed, generator, other = (cell(3, 5, rng=rng).parameters for rng in (7, np.random.default_rng(7), 8))
    for name, value in seed.items():
        np.testing.assert_array_equal(generator[name], value)
        assert (other[name] != value).all()


@pytest.mark.parametrize("cell", CELLS)
def test_forward_is_steps_from_a_state_of_zeros(cell: Callable[..., Elman]) -> None:
    net, x = cell(3, 5, rng=0), np.random.default_rng(1).normal(size=(6, 4, 3))
    state = np.zeros(net.state_shape(4))
    states = net.forward(x)
    np.testing.assert_array_equal(states[..., 0, :, :], state)
    for t, x_t in enumerate(x, start=1):
        state = net.step(x_t, state)
        np.testing.assert_array_equal(states[..., t, :, :], state)


@pytest.mark.parametrize("cell", CELLS)
def test_lists_and_other_dtypes_are_read_as_float64(cell: Callable[..., Elman]) -> None:
    net, x = cell(2, 3, rng=0), [[[1, 0]], [[0, 1]]]
    for given in (x, np.array(x, dtype=np.int64), np.array(x, dtype=np.float32)):
        states = net.forward(given)
        assert states.dtype == np.float64
        np.testing.assert_array_equal(states, net.forward(np.array(x, dtype=np.float64)))


@pytest.mark.parametrize("cell", CELLS)
def test_backward_leaves_its_arguments_as_they_were_and_shares_no_memory(cell: Callable[..., Elman]) -> None:
    rng = np.random.default_rng(2)
    net, x = cell(3, 5, rng=0), rng.normal(size=(6, 4, 3))
    states = net.forward(x, rng.normal(size=net.state_shape(4)))
    dstates = rng.normal(size=states[..., 1:, :, :].shape)
    given = [x, states, dstates, *net.parameters.values()]
    before = [array.copy() for array in given]
    dx, dstate, gradients = net.backward(x, states, dstates)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    results = [dx, dstate, *gradients.values()]
    for i, one in enumerate(results):
        assert not any(np.shares_memory(one, other) for other in [*results[:i], *given])


@pytest.mark.parametrize("build", [*CELLS, lambda I, H, rng: Elman(I, H, "sigmoid", rng=rng)])
def test_central_differences_agree_with_every_gradient_by_hand(build: Callable[..., Elman]) -> None:
    rng = np.random.default_rng(4)
    net, x = build(3, 5, rng=1), rng.normal(size=(6, 4, 3))
    state = rng.normal(size=net.state_shape(4))
    probe = rng.normal(size=net.forward(x, state)[..., 1:, :, :].shape)
    dx, dstate, gradients = net.backward(x, net.forward(x, state), probe)
    errors = gradient_check(
        lambda: float((probe * net.forward(x, state)[..., 1:, :, :]).sum()),
        net.parameters | {"x": x, "state": state},
        gradients | {"x": dx, "state": dstate},
        rng=0,
    )
    assert max(errors.values()) < 1e-7, errors


def test_gates_at_the_extremes_are_zero_and_one_without_a_warning() -> None:
    net = LSTM(1, 1, rng=0)
    for size in (800.0, 1e300):
        states = net.forward(np.full((3, 1, 1), size))
        assert np.isfinite(states).all()
        net.backward(np.full((3, 1, 1), size), states, np.ones((2, 3, 1, 1)))


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: Elman(3, 5, "gelu", rng=0), "nonlinearity is 'gelu'; choose one of tanh, relu, sigmoid."),
        (lambda: GRU(0, 5, rng=0), "input_size is 0; a cell needs at least 1."),
        (lambda: LSTM(3, -1, rng=0), "hidden_size is -1; a cell needs at least 1."),
        (
            lambda: GRU(3, 5, rng=0).forward(np.zeros(7)),
            "x has shape (7,); GRU(input_size=3, hidden_size=5) takes (T, B, 3), time first. "
            "A single series of length T is x[:, None, None]; a batch (B, T, 3) is x.swapaxes(0, 1).",
        ),
        (lambda: Elman(3, 5, rng=0).step(np.zeros((6, 4, 3)), 0), "a step of Elman(input_size=3, hidden_size=5) takes"),
        (lambda: Elman(3, 5, rng=0).step(np.zeros((4, 3)), np.zeros(5)), "the state has shape (5,);"),
        (
            lambda: LSTM(3, 5, rng=0).forward(np.zeros((6, 4, 3)), np.zeros((4, 5))),
            "the initial state has shape (4, 5); LSTM(input_size=3, hidden_size=5) with this x takes "
            "(2, B, H) = (2, 4, 5), h first and c second.",
        ),
        (
            lambda: GRU(3, 5, rng=0).backward(np.zeros((6, 4, 3)), np.zeros((6, 4, 5)), np.zeros((6, 4, 5))),
            "states has shape (6, 4, 5); GRU(input_size=3, hidden_size=5) with this x takes (T+1, B, H) = (7, 4, 5).",
        ),
        (
            lambda: GRU(3, 5, rng=0).backward(np.zeros((6, 4, 3)), np.zeros((7, 4, 5)), np.zeros((4, 5))),
            "dstates has shape (4, 5); GRU(input_size=3, hidden_size=5) with this x takes (T, B, H) = (6, 4, 5).",
        ),
    ],
)
def test_a_wrong_argument_gets_a_sentence(act: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        act()
    assert sentence in str(error.value)
