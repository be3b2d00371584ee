"""Where torch does the work, it does it silently and right; where nobody can, a sentence says so."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest
import torch
from against_torch import CELLS, OURS, THEIRS, assert_the_same, pair, states, tensors, values_and_gradients
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import make_fx

from rnnlab import layers
from rnnlab.layers import handover, operator

each_cell = pytest.mark.parametrize("cell", CELLS)


def some(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3)).to(dtype)


@pytest.fixture
def engine_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modes of all forward passes that reach the engine."""
    calls: list[str] = []
    kernels = operator.kernels
    monkeypatch.setattr(operator, "kernels", lambda mode: calls.append(mode) or kernels(mode))
    return calls


@each_cell
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_engine_does_the_work_on_a_cpu(cell: str, dtype: torch.dtype, engine_calls: list[str]) -> None:
    ours, _ = pair(cell, 3, 5, dtype=dtype)
    ours(some(4, 2, 3, dtype=dtype))
    assert engine_calls[-1] == ours.mode


@each_cell
def test_the_engine_stands_aside_on_request_and_comes_back(cell: str, engine_calls: list[str]) -> None:
    ours, theirs = pair(cell, 3, 5)
    x = some(4, 2, 3)
    with pytest.raises(KeyError), layers.by_torch(), layers.by_torch():
        assert torch.equal(ours(x)[0], theirs(x)[0])
        raise KeyError
    assert not engine_calls
    ours(x)
    assert engine_calls


@each_cell
def test_a_second_derivative_is_that_of_torch(cell: str) -> None:
    ours, theirs = pair(cell, 3, 4, num_layers=2, bidirectional=True)
    second = []
    for layer in (ours, theirs):
        x, hx = some(5, 2, 3).requires_grad_(), states(cell, layer, 2)
        inputs = (x, *tensors(hx), *layer.parameters())
        first = torch.autograd.grad(tensors(layer(x, hx))[0].sin().sum(), inputs, create_graph=True)
        second.append(torch.autograd.grad(sum(g.square().sum() for g in first), inputs))
    torch.testing.assert_close(*second)


def test_a_second_derivative_exists_where_the_fused_kernel_of_torch_has_none() -> None:
    narrow, wide = (pair("LSTM", 3, 4, dtype=dtype)[0] for dtype in (torch.float32, torch.float64))
    wide.load_state_dict(narrow.state_dict())
    second = []
    for layer in (narrow, wide):
        loss = layer(some(5, 2, 3, dtype=layer.weight_ih_l0.dtype))[0].sin().sum()
        (first,) = torch.autograd.grad(loss, layer.weight_hh_l0, create_graph=True)
        second.append(torch.autograd.grad(first.square().sum(), layer.weight_hh_l0)[0].double())
    torch.testing.assert_close(*second, rtol=1e-4, atol=1e-5)


@each_cell
def test_gradgradcheck_holds_with_lengths_and_with_an_input_tied_to_a_weight(cell: str) -> None:
    ours, theirs = pair(cell, 3, 3, bidirectional=True)
    found = []
    for layer in (ours, theirs):
        x = (
            layer.weight_hh_l0[:3].expand(4, 3, 3) * 0.5
        )  # the input depends on a weight: gradients must not be counted twice
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor([2, 4, 1]), enforce_sorted=False)
        loss = layer(packed)[0].data.sin().sum()
        first = torch.autograd.grad(loss, tuple(layer.parameters()), create_graph=True)
        found.append((first, torch.autograd.grad(sum(g.square().sum() for g in first), tuple(layer.parameters()))))
    torch.testing.assert_close(*found)


def test_a_projection_goes_to_torch(engine_calls: list[str]) -> None:
    ours, theirs = pair("LSTM", 3, 5, proj_size=2, num_layers=2)
    x = some(4, 2, 3)
    assert_the_same(values_and_gradients(ours, x), values_and_gradients(theirs, x))
    assert engine_calls == []


@each_cell
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_other_floating_types_go_to_torch(cell: str, dtype: torch.dtype, engine_calls: list[str]) -> None:
    ours, theirs = pair(cell, 3, 5, dtype=dtype)
    x = some(4, 2, 3, dtype=dtype)
    assert torch.equal(ours(x)[0], theirs(x)[0])
    assert engine_calls == []


@each_cell
def test_another_device_goes_to_torch(cell: str, engine_calls: list[str]) -> None:
    ours, _ = pair(cell, 3, 5, num_layers=2, device="meta")
    outputs, _ = ours(torch.empty(4, 2, 3, dtype=torch.float64, device="meta"))
    assert (outputs.shape, outputs.device.type) == ((4, 2, 5), "meta")
    assert engine_calls == []


@each_cell
def test_autocast_goes_to_torch(cell: str, engine_calls: list[str]) -> None:
    ours, theirs = pair(cell, 3, 5, dtype=torch.float32)
    x = some(4, 2, 3, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mine, reference = ours(x)[0], theirs(x)[0]
    assert mine.dtype == reference.dtype
    assert torch.equal(mine, reference)
    assert engine_calls == []


@each_cell
def test_the_transforms_of_torch_func_go_to_torch(cell: str, engine_calls: list[str]) -> None:
    ours, theirs = pair(cell, 3, 5)
    x = some(6, 4, 2, 3)
    for transform in (
        lambda layer: torch.func.grad(lambda one: layer(one)[0].sin().sum())(x[0]),
        lambda layer: torch.func.vjp(lambda one: layer(one)[0], x[0])[1](torch.ones(4, 2, 5, dtype=torch.float64)),
    ):
        torch.testing.assert_close(transform(ours), transform(theirs))
    for layer in (ours, theirs):  # torch cannot batch its recurrent layers, and says so
        with pytest.raises(RuntimeError, match="Batching rule not implemented"):
            torch.func.vmap(lambda one, layer=layer: layer(one)[0])(x)
    assert engine_calls == []


@each_cell
@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")  # torch's own use of it
def test_forward_mode_derivatives_go_to_torch(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    found = []
    for layer in (ours, theirs):
        with forward_ad.dual_level():
            outputs, _ = layer(forward_ad.make_dual(some(4, 2, 3), torch.ones(4, 2, 3, dtype=torch.float64)))
            found.append(forward_ad.unpack_dual(outputs).tangent.clone())
    torch.testing.assert_close(*found)


@each_cell
@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_torch_jit_traces_and_scripts_the_layer_of_torch(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    longer = some(7, 3, 3)
    holder = nn.Sequential(ours)  # torch cannot script a recurrent layer that no module holds, its own included
    with torch.no_grad():  # where nothing on the tape would show a trace what the engine does
        traced = torch.jit.trace(ours, (some(4, 2, 3),), check_trace=False)
    for program in (traced, torch.jit.script(holder)):
        torch.testing.assert_close(program(longer)[0], theirs(longer)[0])
    assert type(ours) is OURS[cell]


@each_cell
@pytest.mark.filterwarnings(
    "ignore:.*_flat_weights:UserWarning"
)  # of torch about torch.nn's attribute, for theirs as well
def test_an_exported_program_holds_operators_of_torch_alone(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, num_layers=2, dtype=torch.float32)
    x = some(4, 2, 3, dtype=torch.float32)
    program = torch.export.export(ours.eval(), (x,))
    assert "rnnlab" not in str(program.graph)
    torch.testing.assert_close(program.module()(x)[0], theirs(x)[0])


@each_cell
def test_without_a_working_compiler_torch_does_the_work_with_one_warning(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rnnlab.engine", None)  # an import of the engine now fails
    monkeypatch.delattr("rnnlab.engine", raising=False)
    handover.tried.cache_clear()
    monkeypatch.setattr(handover, "WARNED_OF", [])
    try:
        x = some(4, 2, 3)
        with pytest.warns(RuntimeWarning, match=r"engine cannot be compiled here .* torch computes .*`rnnlab doctor`"):
            results: list[Any] = [layers.GRU(3, 5, dtype=torch.float64)(x)]
        ours, theirs = pair(cell, 3, 5)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            results += [ours(x), THEIRS["LSTM"](3, 5, dtype=torch.float64)(x), ours.stepper(2).step(x[0])]
        assert_the_same(values_and_gradients(ours, x), values_and_gradients(theirs, x))
    finally:
        handover.tried.cache_clear()


@each_cell
def test_a_tensor_of_a_class_of_its_own_goes_to_torch(cell: str, engine_calls: list[str]) -> None:
    class Labelled(Tensor):
        """Subclasses keep their class through torch's operations, and may mean more than their numbers."""

    ours, theirs = pair(cell, 3, 5)
    mine, reference = ours(some(4, 2, 3).as_subclass(Labelled))[0], theirs(some(4, 2, 3).as_subclass(Labelled))[0]
    assert type(mine) is type(reference) is Labelled
    assert torch.equal(mine, reference)
    assert engine_calls == []


@each_cell
def test_a_trace_of_dispatched_operations_holds_the_registered_operator(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    with torch.no_grad():
        graph = make_fx(lambda x: ours(x)[0])(some(4, 2, 3))
        assert "rnnlab.recurrence" in graph.code
        torch.testing.assert_close(graph(2 * some(4, 2, 3)), theirs(2 * some(4, 2, 3))[0])
