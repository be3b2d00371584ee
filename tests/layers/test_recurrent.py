"""Ours against torch.nn's: any options, sizes, lengths and dtypes; values and every gradient."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from against_torch import CELLS, assert_the_same, pair, states, tensors, values_and_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

# Sizes 1 … 70, those that are no multiple of 4 more often than not.
sizes = st.integers(1, 70) | st.sampled_from((1, 2, 3, 5, 7, 15, 17, 31, 33, 63, 65, 70))


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """A cell, its options, and the shape of one call."""
    cell = draw(st.sampled_from(CELLS))
    options: dict[str, Any] = {
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "dtype": draw(st.sampled_from((torch.float64, torch.float32))),
    }
    if options["num_layers"] > 1:
        options["dropout"] = draw(st.sampled_from((0.0, 0.5)))
    if cell == "RNN":
        options["nonlinearity"] = draw(st.sampled_from(("tanh", "relu")))
    T, B = draw(st.integers(1, 9)), draw(st.integers(1, 9) | st.sampled_from((33, 66)))
    lengths = draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    return {
        "cell": cell,
        "sizes": (draw(sizes), draw(sizes)),
        "options": options,
        "T": T,
        "B": B,
        "lengths": lengths,
        "given states": draw(st.booleans()),
        "unbatched": lengths is None and draw(st.booleans()) and draw(st.booleans()),
        "seed": draw(st.integers(0, 999)),
    }


@settings(max_examples=150, deadline=None, derandomize=True)
@given(calls())
def test_no_option_size_length_or_dtype_tells_ours_from_torch(call: dict[str, Any]) -> None:
    ours, theirs = pair(call["cell"], *call["sizes"], seed=call["seed"], **call["options"])
    ours.eval(), theirs.eval()
    T, B, I = call["T"], call["B"], call["sizes"][0]
    shape = (T, I) if call["unbatched"] else (B, T, I) if ours.batch_first else (T, B, I)
    x = torch.randn(shape, dtype=call["options"]["dtype"])
    hx = states(call["cell"], ours, B) if call["given states"] else None
    if call["unbatched"] and hx is not None:
        hx = tuple(s[:, 0] for s in hx) if isinstance(hx, tuple) else hx[:, 0]
    assert_the_same(
        values_and_gradients(ours, x, hx, call["lengths"]), values_and_gradients(theirs, x, hx, call["lengths"])
    )


@pytest.mark.parametrize("cell", CELLS)
def test_gradcheck_finds_every_gradient_right(cell: str) -> None:
    ours, _ = pair(cell, 3, 5, num_layers=2, bidirectional=True)
    names = [name for name, _ in ours.named_parameters()]
    x = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    hx = states(cell, ours, 2)

    def call(x: Any, *rest: Any) -> Any:
        count = len(tensors(hx))
        given_states = tuple(rest[:count]) if cell == "LSTM" else rest[0]
        return tuple(
            tensors(torch.func.functional_call(ours, dict(zip(names, rest[count:], strict=True)), (x, given_states)))
        )

    assert torch.autograd.gradcheck(call, (x, *tensors(hx), *ours.parameters()))


@pytest.mark.parametrize("cell", CELLS)
def test_float32_errors_against_float64_are_no_worse_than_those_of_torch(cell: str) -> None:
    logs: dict[str, list[float]] = {}
    for seed in range(4):
        torch.manual_seed(seed)
        ours, theirs = pair(cell, 9, 33, dtype=torch.float32)
        _, exact = pair(cell, 9, 33, dtype=torch.float64)
        exact.load_state_dict(theirs.state_dict())
        x, hx = torch.randn(120, 24, 9), states(cell, ours, 24)
        wide = tuple(s.double() for s in hx) if isinstance(hx, tuple) else hx.double()
        truth = values_and_gradients(exact, x.double(), wide)
        mine, reference = values_and_gradients(ours, x, hx), values_and_gradients(theirs, x, hx)
        for name, true in truth.items():
            errors = [(found[name].double() - true).square().mean().sqrt() for found in (mine, reference)]
            logs.setdefault(name, []).append(math.log(errors[0] / errors[1]))
    ratios = {name: math.exp(sum(values) / len(values)) for name, values in logs.items()}
    assert max(ratios.values()) <= 1.15, ratios  # rounding scatters from draw to draw, four of them by a tenth


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_a_packed_batch_comes_back_packed_in_the_same_order(cell: str, enforce_sorted: bool) -> None:
    ours, theirs = pair(cell, 3, 5, num_layers=2, bidirectional=True)
    lengths = (6, 4, 4, 1) if enforce_sorted else (4, 1, 6, 4)
    packed = pack_sequence([torch.randn(n, 3, dtype=torch.float64) for n in lengths], enforce_sorted=enforce_sorted)
    (got, got_last), (expected, expected_last) = ours(packed), theirs(packed)
    assert torch.equal(got.batch_sizes, expected.batch_sizes)
    assert (got.sorted_indices is None) == enforce_sorted
    for mine, reference in zip(pad_packed_sequence(got), pad_packed_sequence(expected), strict=True):
        torch.testing.assert_close(mine, reference)
    torch.testing.assert_close(got_last, expected_last)


@pytest.mark.parametrize("cell", CELLS)
def test_only_what_is_differentiable_gets_a_gradient(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    for layer in (ours, theirs):
        layer.weight_hh_l0.requires_grad_(False)
        layer(x)[0].square().sum().backward()
        assert layer.weight_hh_l0.grad is None
    torch.testing.assert_close(ours.weight_ih_l0.grad, theirs.weight_ih_l0.grad)
    with torch.no_grad():
        assert not ours(x)[0].requires_grad
    with torch.inference_mode():
        torch.testing.assert_close(ours(x)[0], theirs(x)[0])
    for parameter in ours.parameters():
        parameter.requires_grad_(False)
    assert not ours(x)[0].requires_grad


@pytest.mark.parametrize("cell", CELLS)
def test_a_loss_on_the_last_state_alone_has_its_gradient(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, num_layers=2)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    for layer in (ours, theirs):
        tensors(layer(x)[1])[-1].sin().sum().backward()
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, reference.grad)


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_drops_the_same_units_as_in_torch(cell: str) -> None:
    ours, theirs = pair(cell, 3, 40, num_layers=3, dropout=0.4)
    x = torch.randn(6, 5, 3, dtype=torch.float64)
    found = []
    for layer in (ours, theirs):
        torch.manual_seed(8)
        found.append(values_and_gradients(layer.train(), x))
    assert_the_same(*found)
    assert not torch.equal(ours(x)[0], ours(x)[0])
    assert torch.equal(ours.eval()(x)[0], ours(x)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_no_sequence_at_all_is_a_batch_of_none(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)
    outputs, last = ours(torch.zeros(4, 0, 3, dtype=torch.float64))
    assert outputs.shape == (4, 0, 5)
    assert all(state.shape == (1, 0, 5) for state in tensors(last))
    outputs.sum().backward()
    assert all(float(parameter.grad.abs().max()) == 0 for parameter in ours.parameters())


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("worst", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_passes_through(cell: str, worst: float) -> None:
    ours, _ = pair(cell, 3, 5)
    x = torch.randn(6, 2, 3, dtype=torch.float64, requires_grad=True)
    cotangent = torch.zeros(6, 2, 5, dtype=torch.float64)
    cotangent[3, 1, 2] = worst
    ours(x)[0].backward(cotangent)
    assert not x.grad[3, 1].isfinite().all()
    assert x.grad[:, 0].isfinite().all()
    assert float(x.grad[4:].abs().max()) == 0
    assert not ours.weight_ih_l0.grad.isfinite().all()


@pytest.mark.parametrize("cell", CELLS)
def test_views_and_strides_of_any_kind_are_read_as_they_stand(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    base = torch.randn(10, 6, 4, dtype=torch.complex128)
    for x in (base.imag[::2, :, :3], base.conj().imag[::2, :, 1:], base.real.permute(1, 0, 2)[..., :3].flip(0)):
        assert_the_same(values_and_gradients(ours, x), values_and_gradients(theirs, x))
    x, expanded = base.real[..., :3], torch.ones(1, 1, 5, dtype=torch.float64).expand(10, 6, 5)
    for layer in (ours, theirs):
        layer(x)[0].backward(expanded)
    torch.testing.assert_close(ours.weight_hh_l0.grad, theirs.weight_hh_l0.grad)


def test_a_weight_changed_between_forward_and_backward_is_noticed() -> None:
    ours, _ = pair("GRU", 3, 5)
    outputs, _ = ours(torch.randn(4, 2, 3, dtype=torch.float64))
    with torch.no_grad():
        ours.weight_hh_l0.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs.sum().backward()


def test_a_backward_run_twice_gives_twice_the_gradient() -> None:
    ours, _ = pair("LSTM", 3, 5)
    loss = ours(torch.randn(4, 2, 3, dtype=torch.float64))[0].square().sum()
    loss.backward(retain_graph=True)
    once = ours.weight_hh_l0.grad.clone()
    loss.backward()
    torch.testing.assert_close(ours.weight_hh_l0.grad, 2 * once)
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


@pytest.mark.parametrize("cell", CELLS)
def test_a_constructor_refuses_what_that_of_torch_refuses(cell: str) -> None:
    kind = type(pair(cell, 1, 1)[0])
    for bad in ({"hidden_size": 0}, {"num_layers": 0}, {"dropout": 1.5}, {"proj_size": 7}):
        with pytest.raises(ValueError):
            kind(**({"input_size": 2, "hidden_size": 3} | bad))
    assert issubclass(kind, getattr(nn, cell))
