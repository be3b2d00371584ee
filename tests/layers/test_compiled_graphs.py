"""torch.compile holds a layer as one node: no graph break, the same values and gradients."""

from __future__ import annotations

import pytest
import torch
from against_torch import CELLS, pair
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from rnnlab.layers import operator

pytestmark = [
    pytest.mark.parametrize("cell", CELLS),
    pytest.mark.filterwarnings("ignore"),  # torch's compiler warns about torch's own parts
]


class Reader(nn.Module):
    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn
        torch.manual_seed(5)
        self.head = nn.Linear(rnn.hidden_size * (2 if rnn.bidirectional else 1), 2, dtype=rnn.weight_ih_l0.dtype)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x.tanh())[0]).relu()


@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_a_model_compiles_without_a_graph_break(cell: str, backend: str) -> None:
    torch.compiler.reset()
    made = [Reader(rnn) for rnn in pair(cell, 3, 5, num_layers=2, bidirectional=True)]
    ours, theirs = made
    with torch._dynamo.config.patch(allow_rnn=True):
        compiled = torch.compile(ours, fullgraph=True, backend=backend)
        for T in (4, 6):  # the second length compiles for any length
            x = torch.randn(T, 2, 3, dtype=torch.float64)
            for call in (compiled, theirs):
                call(x).sin().sum().backward()
            with torch.no_grad():
                torch.testing.assert_close(compiled(x), theirs(x))
    for mine, reference in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, reference.grad)


def test_compiled_without_the_switch_the_engine_runs_between_two_graphs(cell: str) -> None:
    torch.compiler.reset()
    ours, theirs = (Reader(rnn) for rnn in pair(cell, 3, 5))
    compiled = torch.compile(ours, backend="aot_eager")
    x = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    gradients = [torch.autograd.grad(call(x).sin().sum(), x) for call in (compiled, theirs)]
    torch.testing.assert_close(*gradients)


def test_a_compiled_packed_batch_is_right(cell: str) -> None:
    torch.compiler.reset()
    ours, theirs = pair(cell, 3, 5)
    packed = pack_sequence([torch.randn(n, 3, dtype=torch.float64) for n in (2, 5, 1)], enforce_sorted=False)
    compiled = torch.compile(lambda p: ours(p)[0].data * 2, backend="aot_eager")
    torch.testing.assert_close(compiled(packed), theirs(packed)[0].data * 2)


def test_the_registered_operator_keeps_the_rules_of_torch_library(cell: str) -> None:
    ours, _ = pair(cell, 3, 5)
    x, weights = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True), list(ours.parameters())
    rows = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    state = [torch.randn(1, 2, 5, dtype=torch.float64, requires_grad=True) for _ in range(2 if cell == "LSTM" else 1)]
    for given, sizes in ((x, None), (rows, torch.tensor([2, 2, 1, 1]))):
        call = (ours.mode, given, state, weights, sizes, True, True)
        torch.library.opcheck(
            operator.in_graph, call, test_utils=("test_schema", "test_autograd_registration", "test_faketensor")
        )
