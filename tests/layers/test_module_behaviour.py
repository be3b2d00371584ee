"""What people do with torch.nn's recurrent layers, done with ours."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import pytest
import torch
from against_torch import CELLS, OURS, THEIRS, assert_the_same, pair, states, tensors, values_and_gradients
from torch import Tensor, fx, nn
from torch.nn.utils import clip_grad_norm_, parametrizations, parametrize
from torch.utils.checkpoint import checkpoint

pytestmark = pytest.mark.parametrize("cell", CELLS)
TWO = {"num_layers": 2, "bidirectional": True}


def some(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def agree(ours: nn.RNNBase, theirs: nn.RNNBase) -> None:
    x = some(4, 2, ours.input_size)
    assert_the_same(values_and_gradients(ours, x), values_and_gradients(theirs, x))


def test_the_same_seed_gives_the_same_new_parameters(cell: str) -> None:
    made = []
    for kind in (OURS[cell], THEIRS[cell]):
        torch.manual_seed(4)
        made.append(kind(3, 5, **TWO))
    for (name, mine), (other, reference) in zip(made[0].named_parameters(), made[1].named_parameters(), strict=True):
        assert name == other
        assert torch.equal(mine, reference)
    assert repr(made[0]) == repr(made[1])


def test_a_state_dict_goes_both_ways(cell: str) -> None:
    ours, theirs = OURS[cell](3, 5, **TWO, dtype=torch.float64), THEIRS[cell](3, 5, **TWO, dtype=torch.float64)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    agree(ours, theirs)
    theirs.reset_parameters()
    ours.load_state_dict(theirs.state_dict(), assign=True)
    agree(ours, theirs)


def test_a_deep_copy_is_equal_and_independent(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, **TWO)
    twin = copy.deepcopy(ours)
    with torch.no_grad():
        ours.weight_hh_l0.zero_()
    agree(twin, theirs)


def test_a_pickled_layer_comes_back(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, **TWO)
    agree(pickle.loads(pickle.dumps(ours)), theirs)
    memory = io.BytesIO()
    torch.save(ours, memory)
    memory.seek(0)
    agree(torch.load(memory, weights_only=False), theirs)


def test_flatten_parameters_and_all_weights_are_there(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, **TWO)
    assert ours.flatten_parameters() is None
    assert [[w.shape for w in group] for group in ours.all_weights] == [
        [w.shape for w in g] for g in theirs.all_weights
    ]


def test_a_layer_moves_between_dtypes(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5, dtype=torch.float32)
    agree(ours.to(torch.float64), theirs.double())
    assert ours.float()(torch.zeros(2, 1, 3))[0].dtype == torch.float32


def test_train_and_eval_reach_the_dropout(cell: str) -> None:
    ours, theirs = pair(cell, 3, 20, num_layers=2, dropout=0.9)
    x = some(4, 2, 3)
    assert not torch.allclose(ours.train()(x)[0], ours.eval()(x)[0])
    torch.testing.assert_close(ours.eval()(x)[0], theirs.eval()(x)[0])


def test_hooks_on_module_and_parameters_are_called(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)
    called: list[str] = []
    ours.register_forward_pre_hook(lambda module, args: called.append("before"))
    ours.register_forward_hook(lambda module, args, result: called.append("after"))
    ours.register_full_backward_hook(lambda module, dx, dy: called.append("backward"))
    ours.weight_hh_l0.register_hook(lambda gradient: 2 * gradient)
    ours.weight_ih_l0.register_post_accumulate_grad_hook(lambda parameter: called.append("accumulated"))
    twin, _ = pair(cell, 3, 5)
    for layer in (ours, twin):
        layer(some(4, 2, 3).requires_grad_())[0].sin().sum().backward()
    assert sorted(called) == ["accumulated", "after", "backward", "before"]
    torch.testing.assert_close(ours.weight_hh_l0.grad, 2 * twin.weight_hh_l0.grad)


def test_tied_weights_gather_the_gradients_of_both_places(cell: str) -> None:
    ours, theirs = pair(cell, 5, 5, num_layers=2)
    for layer in (ours, theirs):
        layer.weight_hh_l1 = layer.weight_hh_l0
        layer.weight_ih_l1 = layer.weight_ih_l0
    agree(ours, theirs)


def test_one_layer_used_twice_in_a_graph_gathers_both_gradients(cell: str) -> None:
    ours, theirs = pair(cell, 5, 5)
    x = some(4, 2, 5)
    for layer in (ours, theirs):
        layer(layer(x)[0])[0].sin().sum().backward()
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, reference.grad)


@pytest.mark.parametrize("wrap", [parametrizations.weight_norm, parametrizations.spectral_norm])
def test_a_parametrised_weight_is_computed_at_every_call(cell: str, wrap: Any) -> None:
    made = pair(cell, 3, 5)
    results = []
    for layer in made:
        torch.manual_seed(9)
        wrap(layer, "weight_hh_l0")
        layer.eval()
        with torch.no_grad():
            next(layer.parametrizations.parameters()).mul_(1.5)
        results.append(values_and_gradients(layer, some(4, 2, 3)))
        parametrize.remove_parametrizations(layer, "weight_hh_l0")
    assert_the_same(*results)
    assert type(made[0]) is OURS[cell]


def test_functional_call_sees_the_weights_that_it_is_given(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    other = {name: 0.5 * parameter.detach() for name, parameter in ours.named_parameters()}
    x = some(4, 2, 3)
    mine, reference = (torch.func.functional_call(layer, other, (x,)) for layer in (ours, theirs))
    torch.testing.assert_close(tensors(mine), tensors(reference))


def test_a_replaced_parameter_takes_effect(cell: str) -> None:
    ours, theirs = pair(cell, 3, 5)
    for layer in (ours, theirs):
        layer.weight_hh_l0 = nn.Parameter(0.1 * layer.weight_hh_l0.detach())
    agree(ours, theirs)


def test_an_optimiser_step_with_clipping_lands_where_that_of_torch_lands(cell: str) -> None:
    made = pair(cell, 3, 5, **TWO)
    for layer in made:
        optimiser = torch.optim.Adam(layer.parameters(), lr=0.1)
        for _ in range(3):
            optimiser.zero_grad()
            layer(some(6, 2, 3))[0].square().mean().backward()
            clip_grad_norm_(layer.parameters(), 0.01)
            optimiser.step()
    agree(*made)


def test_gradient_checkpointing_computes_the_same(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)
    x = some(4, 2, 3).requires_grad_()
    plain = values_and_gradients(ours, x)
    ours.zero_grad()
    outputs = tensors(checkpoint(ours, x, use_reentrant=False))
    rng = torch.Generator().manual_seed(2)
    torch.autograd.backward(outputs, [torch.randn(out.shape, generator=rng).to(out.dtype) for out in outputs])
    torch.testing.assert_close(x.grad, plain["gradient of x"])


def test_activations_pass_through_the_hooks_of_saved_tensors(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)
    seen: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t.numel()) or t, lambda t: t):
        outputs, _ = ours(some(40, 20, 3))
    assert sum(seen) >= outputs.numel()
    outputs.sum().backward()


def test_a_symbolic_trace_keeps_the_layer_as_one_module(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)

    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = ours

        def forward(self, x: Tensor) -> Tensor:
            return self.rnn(x)[0][-1]

    traced = fx.symbolic_trace(Last())
    assert [node.op for node in traced.graph.nodes].count("call_module") == 1
    x = some(4, 2, 3)
    assert torch.equal(traced(x), ours(x)[0][-1])


def test_the_state_carried_between_two_chunks_makes_them_one(cell: str) -> None:
    ours, _ = pair(cell, 3, 5, num_layers=2)
    x, hx = some(9, 2, 3), states(cell, ours, 2)
    whole, last = ours(x, hx)
    first, carried = ours(x[:4], hx)
    second, end = ours(x[4:], carried)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(tensors(end), tensors(last))
