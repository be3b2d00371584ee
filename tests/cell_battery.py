"""One battery over every cell in every implementation: the same problems, the same checks, the same reference.

A `Problem` is a cell, its parameters, its input and a random cotangent. An implementation is a function from a problem
to an `Answer`: all values and all gradients. A check asks an implementation for answers and raises AssertionError with
the name of what differs. Probes are random, because a backward pass that takes the gradients of the outputs in reversed
order is right for a cotangent of ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Array = npt.NDArray[np.float64]

CELLS = ("rnn_tanh", "rnn_relu", "rnn_sigmoid", "lstm", "gru")
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "rnn_sigmoid": 1, "lstm": 4, "gru": 3}
TOLERANCE = 1e-9  # relative to the largest element of an array; rounding alone gives about 1e-14


class Sizes(NamedTuple):
    """Time, batch, input, hidden: all different, so that no exchange of two goes unseen."""

    T: int = 7
    B: int = 4
    I: int = 3
    H: int = 5


@dataclass(frozen=True)
class Problem:
    cell: str
    parameters: dict[str, Array]
    x: Array  # (T, B, I)
    state: dict[str, Array]  # h_0 (B, H), and c_0 for an LSTM
    cotangent: dict[str, Array]  # output (T, B, H), h_n (B, H), and c_n for an LSTM
    lengths: tuple[int, ...] | None = None


class Answer(NamedTuple):
    values: dict[str, Array]  # output, zero after a sequence's end; h_n; c_n
    gradients: dict[str, Array]  # of sum(cotangent * values): x, h_0, c_0 and every parameter by name


Implementation = Callable[[Problem], Answer]
Check = Callable[[Implementation, str], None]


def problem(
    cell: str, sizes: Sizes, *, bias: bool = True, lengths: tuple[int, ...] | None = None, seed: int = 0
) -> Problem:
    rng = np.random.default_rng([seed, *sizes])
    T, B, I, H = sizes
    rows = GATES[cell] * H
    shapes = {"weight_ih_l0": (rows, I), "weight_hh_l0": (rows, H), "bias_ih_l0": (rows,), "bias_hh_l0": (rows,)}
    states = ("h", "c") if cell == "lstm" else ("h",)
    return Problem(
        cell,
        {name: rng.normal(size=shape, scale=0.6) for name, shape in shapes.items() if bias or "weight" in name},
        rng.normal(size=(T, B, I)),
        {f"{s}_0": rng.normal(size=(B, H)) for s in states},
        {"output": rng.normal(size=(T, B, H))} | {f"{s}_n": rng.normal(size=(B, H)) for s in states},
        lengths,
    )


def summed(given: Problem) -> Problem:
    """The same problem under the probe that misses mistakes: L = sum(output), a cotangent of ones."""
    ends = {name: np.zeros_like(value) for name, value in given.cotangent.items()}
    return replace(given, cotangent=ends | {"output": np.ones_like(given.cotangent["output"])})


# --- the reference: torch in float64, every sequence of a padded batch by itself -------------------------------------


class SigmoidRNN(nn.Module):
    """torch.nn has no RNN with a logistic function; its own operations and its autograd say what one does."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool) -> None:
        super().__init__()
        self.names = nn.RNN(input_size, hidden_size, bias=bias).double()

    def forward(self, x: Tensor, h_0: Tensor) -> tuple[Tensor, Tensor]:
        p = dict(self.names.named_parameters())
        h, states = h_0[0], []
        for x_t in x:
            h = torch.sigmoid(
                nn.functional.linear(x_t, p["weight_ih_l0"], p.get("bias_ih_l0"))
                + nn.functional.linear(h, p["weight_hh_l0"], p.get("bias_hh_l0"))
            )
            states.append(h)
        return torch.stack(states), h[None]


def torch_module(cell: str, I: int, H: int, bias: bool) -> nn.Module:
    if cell == "rnn_sigmoid":
        return SigmoidRNN(I, H, bias)
    if cell.startswith("rnn"):
        return nn.RNN(I, H, nonlinearity=cell.removeprefix("rnn_"), bias=bias)
    return {"lstm": nn.LSTM, "gru": nn.GRU}[cell](I, H, bias=bias)


def answer_of_module(
    given: Problem,
    module: nn.Module,
    call: Callable[[nn.Module, Tensor, dict[str, Tensor]], dict[str, Tensor]],
) -> Answer:
    """Load the problem into a torch module, call it, and differentiate with autograd."""
    module = module.double()
    learned = {name.removeprefix("names."): p for name, p in module.named_parameters()}
    with torch.no_grad():
        for name, parameter in learned.items():
            parameter.copy_(torch.from_numpy(given.parameters[name]))
    x = torch.from_numpy(given.x).clone().requires_grad_()
    state = {name: torch.from_numpy(value).clone().requires_grad_() for name, value in given.state.items()}
    values = call(module, x, state)
    wanted = {"x": x} | state | learned
    found = torch.autograd.grad(
        list(values.values()), list(wanted.values()), [torch.from_numpy(given.cotangent[name]) for name in values]
    )
    return Answer(
        {name: value.detach().numpy() for name, value in values.items()},
        {name: gradient.numpy() for name, gradient in zip(wanted, found, strict=True)},
    )


def reference(given: Problem) -> Answer:
    T, B, I = given.x.shape
    lengths = given.lengths or (T,) * B

    def one_by_one(module: nn.Module, x: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
        outputs, last = [], []
        for b, length in enumerate(lengths):
            start = tuple(s[None, b : b + 1] for s in state.values())
            y, end = module(x[:length, b : b + 1], start if len(start) == 2 else start[0])
            outputs.append(nn.functional.pad(y[:, 0], (0, 0, 0, T - length)))
            last.append(end if len(start) == 2 else (end,))
        ends = {f"{name[0]}_n": torch.cat([e[i][0] for e in last]) for i, name in enumerate(state)}
        return {"output": torch.stack(outputs, dim=1)} | ends

    H = given.state["h_0"].shape[1]
    return answer_of_module(given, torch_module(given.cell, I, H, "bias_ih_l0" in given.parameters), one_by_one)


# --- the checks ------------------------------------------------------------------------------------------------------


def assert_same(found: dict[str, Array], wanted: dict[str, Array], where: str) -> None:
    assert found.keys() == wanted.keys(), f"{where}: {sorted(found)} instead of {sorted(wanted)}"
    for name, value in wanted.items():
        assert found[name].shape == value.shape, f"{where}: {name} is {found[name].shape} instead of {value.shape}"
        scale = max(np.abs(value).max(initial=0.0), 1e-3)
        np.testing.assert_allclose(found[name], value, rtol=0, atol=TOLERANCE * scale, err_msg=f"{where}: {name}")


def assert_agrees(found: Answer, wanted: Answer, where: str) -> None:
    assert_same(found.values, wanted.values, f"{where}, value")
    assert_same(found.gradients, wanted.gradients, f"{where}, gradient")


def agrees_with_torch(run: Implementation, cell: str) -> None:
    for sizes in (Sizes(), Sizes(T=2, B=5, I=7, H=3), Sizes(T=9, B=2, I=1, H=6), Sizes(T=3, B=6, I=8, H=17)):
        for bias in (True, False):
            given = problem(cell, sizes, bias=bias)
            assert_agrees(run(given), reference(given), f"{sizes}, bias={bias}")


def agrees_with_torch_at_size_one(run: Implementation, cell: str) -> None:
    for sizes in (Sizes(T=1), Sizes(B=1), Sizes(H=1), Sizes(I=1), Sizes(T=1, B=1, I=1, H=1)):
        given = problem(cell, sizes)
        assert_agrees(run(given), reference(given), f"{sizes}")


def part(given: Problem, start: int, stop: int, state: dict[str, Array], end: dict[str, Array]) -> Problem:
    """Steps start+1 … stop, from a state, with the gradient that arrives at its last one."""
    return replace(
        given, x=given.x[start:stop], state=state, cotangent={"output": given.cotangent["output"][start:stop]} | end
    )


def in_parts(run: Implementation, given: Problem, cuts: tuple[int, ...]) -> Answer:
    """The whole from its parts: states carried forward, then gradients carried back."""
    spans = list(pairwise(cuts))
    ends = {name: value for name, value in given.cotangent.items() if name != "output"}
    nothing = {name: np.zeros_like(value) for name, value in ends.items()}
    starts, outputs = [given.state], []
    for start, stop in spans:
        values = run(part(given, start, stop, starts[-1], nothing)).values
        outputs.append(values["output"])
        starts.append({f"{name[0]}_0": values[name] for name in ends})
    dx: list[Array] = []
    gradients: dict[str, Array] = {name: np.zeros_like(value) for name, value in given.parameters.items()}
    back = ends
    for (start, stop), state in zip(reversed(spans), reversed(starts[:-1]), strict=True):
        found = run(part(given, start, stop, state, back)).gradients
        dx.insert(0, found["x"])
        gradients = {name: gradients[name] + found[name] for name in gradients}
        back = {name: found[f"{name[0]}_0"] for name in ends}
    values = {"output": np.concatenate(outputs)} | {name: starts[-1][f"{name[0]}_0"] for name in ends}
    return Answer(
        values, {"x": np.concatenate(dx)} | {f"{name[0]}_0": value for name, value in back.items()} | gradients
    )


def steps_make_the_sequence(run: Implementation, cell: str) -> None:
    given = problem(cell, Sizes())
    assert_agrees(in_parts(run, given, tuple(range(Sizes().T + 1))), run(given), "one step at a time")


def two_chunks_with_a_carried_state_make_the_whole(run: Implementation, cell: str) -> None:
    given = problem(cell, Sizes())
    assert_agrees(in_parts(run, given, (0, 3, Sizes().T)), run(given), "two chunks")


def reordered(arrays: dict[str, Array], order: Array) -> dict[str, Array]:
    """Sequences in another order; parameters, which belong to no sequence, as they are."""

    def moved(name: str, value: Array) -> Array:
        return value[:, order] if name in {"x", "output"} else value[order] if name[-2:] in {"_0", "_n"} else value

    return {name: moved(name, value) for name, value in arrays.items()}


def the_order_in_a_batch_is_irrelevant(run: Implementation, cell: str) -> None:
    given, order = problem(cell, Sizes()), np.array([2, 0, 3, 1])
    other = replace(
        given,
        x=given.x[:, order],
        state=reordered(given.state, order),
        cotangent=reordered(given.cotangent, order),
    )
    whole = run(given)
    wanted = Answer(reordered(whole.values, order), reordered(whole.gradients, order))
    assert_agrees(run(other), wanted, "another order")


def a_padded_batch_equals_its_sequences_one_by_one(run: Implementation, cell: str) -> None:
    for lengths in ((3, 7, 1, 5), (7, 7, 7, 7), (2, 1, 4, 4)):  # unsorted; all full; none as long as T
        given = problem(cell, Sizes(), lengths=lengths)
        for b, length in enumerate(lengths):
            given.x[length:, b] = 1e3  # what stands in the padding is nobody's business
        assert_agrees(run(given), reference(given), f"lengths {lengths}")


def nan_in_is_nan_out(run: Implementation, cell: str) -> None:
    """NaN reaches every later state of its own sequence, the weights' gradient, and no other sequence."""
    clean = problem(cell, Sizes())
    step, row = 3, 1
    x = clean.x.copy()
    x[step, row, 0] = np.nan
    good, bad = run(clean), run(replace(clean, x=x))
    output, others = bad.values["output"], [b for b in range(Sizes().B) if b != row]
    assert np.isnan(output[step:, row]).all(), "a state after NaN is a number"
    assert np.isnan(bad.values["h_n"][row]).all(), "the last state after NaN is a number"
    assert_same({"output": output[:step, row]}, {"output": good.values["output"][:step, row]}, "before NaN")
    assert_same({"output": output[:, others]}, {"output": good.values["output"][:, others]}, "beside NaN")
    assert_same({"x": bad.gradients["x"][:, others]}, {"x": good.gradients["x"][:, others]}, "beside NaN")
    assert np.isnan(bad.gradients["weight_ih_l0"][:, 0]).all(), "the weights' gradient lost a NaN"


CHECKS: tuple[Check, ...] = (
    agrees_with_torch,
    agrees_with_torch_at_size_one,
    steps_make_the_sequence,
    two_chunks_with_a_carried_state_make_the_whole,
    the_order_in_a_batch_is_irrelevant,
    a_padded_batch_equals_its_sequences_one_by_one,
    nan_in_is_nan_out,
)
