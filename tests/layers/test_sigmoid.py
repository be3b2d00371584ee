"""The logistic Elman network against its equation step by step, and the start that gives back what σ takes."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnlab import scratch
from rnnlab.layers import RNN, Reader, SigmoidRNN, by_torch, starts
from rnnlab.probes import step_jacobians

T, B, I, H = 7, 3, 2, 5


def drawn(input_size: int = I, hidden_size: int = H, seed: int = 0, **options) -> SigmoidRNN:
    torch.manual_seed(seed)
    return SigmoidRNN(input_size, hidden_size, **options).double()


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def step_by_step(layer: SigmoidRNN, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    outputs = []
    for x_t in x:
        h = torch.sigmoid(x_t @ layer.weight_ih_l0.T + layer.bias_ih_l0 + h @ layer.weight_hh_l0.T + layer.bias_hh_l0)
        outputs.append(h)
    return torch.stack(outputs), h


@pytest.mark.parametrize("engine", [True, False], ids=["engine", "torch"])
@pytest.mark.parametrize("sizes", [(T, B, I, H), (1, B, I, H), (T, 1, I, H), (4, 17, 9, 16)], ids=str)
def test_values_and_all_gradients_are_those_of_the_equation_step_by_step(sizes: tuple, engine: bool) -> None:
    steps, batch, input_size, hidden_size = sizes
    layer = drawn(input_size, hidden_size)
    leaves = [random(steps, batch, input_size), random(1, batch, hidden_size)]
    wanted = [*leaves, *layer.parameters()]
    plain = step_by_step(layer, leaves[0], leaves[1][0])
    probes = [random(*value.shape, seed=3 + k).detach() for k, value in enumerate(plain)]
    if engine:
        outputs, h = layer(*leaves)
    else:
        with by_torch():
            outputs, h = layer(*leaves)
    ours = torch.autograd.grad([outputs, h[0]], wanted, probes)
    theirs = torch.autograd.grad(plain, wanted, probes)
    for got, expected in zip((outputs, h[0], *ours), (*plain, *theirs), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-11, atol=1e-12)


def test_without_a_state_it_starts_from_zeros_and_time_may_come_second() -> None:
    layer, x = drawn(), random(T, B, I)
    outputs, h_n = layer(x)
    torch.testing.assert_close(outputs, layer(x, torch.zeros(1, B, H, dtype=torch.float64))[0])
    second = drawn(batch_first=True)
    torch.testing.assert_close(second(x.transpose(0, 1))[0].transpose(0, 1), outputs)
    torch.testing.assert_close(second(x.transpose(0, 1))[1], h_n)


def test_its_parameters_are_those_of_torchs_rnn_and_a_copy_computes_the_same() -> None:
    torch.manual_seed(3)
    theirs = nn.RNN(I, H)
    torch.manual_seed(3)
    layer = SigmoidRNN(I, H)
    assert layer.state_dict().keys() == theirs.state_dict().keys()
    assert all(torch.equal(layer.state_dict()[name], value) for name, value in theirs.state_dict().items())
    x = torch.randn(T, B, I)
    assert torch.equal(copy.deepcopy(layer)(x)[0], layer(x)[0])


def test_a_reader_of_logistic_units_carries_its_state_over_a_cut() -> None:
    torch.manual_seed(0)
    reader = Reader("sigmoid", I, H, 2, every_step=True).double()
    x = random(B, T, I)
    first, state = reader.carry(x[:, :3])
    second, _ = reader.carry(x[:, 3:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), reader(x))


def test_probes_see_the_logistic_function_and_its_slope() -> None:
    layer, x, h_0 = drawn(), random(1, 1, I), random(1, 1, H, seed=2)
    found = step_jacobians(layer, x, h_0)[0, 0]
    whole = torch.autograd.functional.jacobian(lambda h: layer(x.detach(), h)[1], h_0.detach())
    np.testing.assert_allclose(found, whole.reshape(H, H).numpy(), rtol=1e-10)
    cell = scratch.Elman(I, H, "sigmoid", rng=0)
    cell.parameters = {name: value.numpy() for name, value in layer.state_dict().items()}
    np.testing.assert_allclose(
        cell.forward(x.detach().numpy(), h_0[0].detach().numpy())[1:], layer(x, h_0)[0].detach().numpy(), rtol=1e-12
    )


def test_started_as_tanh_it_computes_the_tanh_network_of_the_weights_it_was_drawn_with() -> None:
    layer = drawn()
    twin = RNN(I, H).double()
    twin.load_state_dict(layer.state_dict())
    assert starts.as_tanh(layer) is layer
    x, u_0 = random(T, B, I), torch.tanh(random(1, B, H))
    torch.testing.assert_close(2 * layer(x, (1 + u_0) / 2)[0] - 1, twin(x, u_0)[0], rtol=1e-11, atol=1e-12)


def test_what_it_cannot_take_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"x is of shape \(7, 2\); SigmoidRNN takes a batch .* x\[:, None\]"):
        drawn()(random(T, I))
    with pytest.raises(ValueError, match="x is PackedSequence"):
        drawn()(nn.utils.rnn.pack_sequence([torch.zeros(3, I)]))
    with pytest.raises(ValueError, match=r"as_tanh starts a SigmoidRNN .* this layer is a RNN"):
        starts.as_tanh(RNN(I, H))  # type: ignore[arg-type]  # what is refused is what is tested
