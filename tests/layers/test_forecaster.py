from __future__ import annotations

import copy
from typing import Any, get_args

import pytest
import torch

from rnnlab.layers import Forecaster, count_parameters
from rnnlab.layers.core import Cell

CELLS = get_args(Cell)
B, WINDOW, I, H, HORIZON = 6, 10, 3, 8, 4


def forecaster(cell: Cell, **options: Any) -> Forecaster:
    torch.manual_seed(0)
    return Forecaster(cell, I, H, HORIZON, window=WINDOW, **options)


def windows(seed: int = 1) -> torch.Tensor:
    return torch.randn(B, WINDOW, I, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_the_same_head_and_gives_a_forecast_for_each_step_ahead(cell: Cell) -> None:
    model = forecaster(cell)
    assert model(windows()).shape == (B, HORIZON)
    assert (model.head.in_features, model.head.out_features) == (H, HORIZON)
    assert count_parameters(model) == count_parameters(model.core) + HORIZON * (H + 1)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("column", range(I))
def test_with_a_residual_column_the_forecast_is_the_last_value_plus_a_change(cell: Cell, column: int) -> None:
    x = windows()
    change = forecaster(cell)(x)
    torch.testing.assert_close(forecaster(cell, residual_column=column)(x), x[:, -1, column, None] + change)


@pytest.mark.parametrize("cell", CELLS)
def test_a_silent_head_with_a_residual_column_is_persistence(cell: Cell) -> None:
    model, x = forecaster(cell, residual_column=1), windows()
    torch.nn.init.zeros_(model.head.weight)
    torch.nn.init.zeros_(model.head.bias)
    torch.testing.assert_close(model(x), x[:, -1, 1, None].expand(B, HORIZON), rtol=0, atol=0)


@pytest.mark.parametrize("cell", CELLS)
def test_the_core_reads_an_anchored_column_as_the_distance_from_its_last_value(cell: Cell) -> None:
    x = windows()
    distances = x.clone()
    distances[:, :, 1] -= x[:, -1:, 1]
    torch.testing.assert_close(forecaster(cell, anchored=[1])(x), forecaster(cell)(distances))
    shift = torch.tensor([0.0, 100.0, 0.0])
    model = forecaster(cell, anchored=[1], residual_column=1).double()
    torch.testing.assert_close(model((x + shift).double()), model(x.double()) + 100)


@pytest.mark.parametrize("cell", CELLS)
def test_every_step_of_the_window_and_every_parameter_moves_the_forecast(cell: Cell) -> None:
    model, x = forecaster(cell).double(), windows().double().requires_grad_()
    probe = torch.randn(B, HORIZON, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    (model(x) * probe).sum().backward()
    assert (x.grad.abs().amax(dim=(0, 2)) > 0).all()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("cell", CELLS)
def test_a_window_is_forecast_alone_as_in_its_batch(cell: Cell) -> None:
    model, x = forecaster(cell), windows()
    torch.testing.assert_close(torch.cat([model(x[b, None]) for b in range(B)]), model(x))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_recurrent_forecaster_needs_no_window_and_reads_any_length(cell: Cell) -> None:
    torch.manual_seed(0)
    model = Forecaster(cell, I, H, HORIZON)
    assert count_parameters(model) == count_parameters(forecaster(cell))
    for steps in (1, 7, 50):
        x = torch.randn(B, steps, I)
        states, _ = model.core(x)
        torch.testing.assert_close(model(x), model.head(states[:, -1]))


@pytest.mark.parametrize("cell", CELLS)
def test_a_forecaster_survives_a_copy_and_its_state_dict_and_other_dtypes(cell: Cell) -> None:
    model, x = forecaster(cell), windows()
    torch.testing.assert_close(copy.deepcopy(model)(x), model(x), rtol=0, atol=0)
    torch.manual_seed(9)
    other = Forecaster(cell, I, H, HORIZON, window=WINDOW)
    assert not torch.equal(other(x), model(x))
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other(x), model(x), rtol=0, atol=0)
    torch.testing.assert_close(model.double()(x.double()).float(), other(x))


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("transformer", I, H, HORIZON), {}, "cell is 'transformer'; choose one of rnn, relu, sigmoid, gru"),
        (("gru", 0, H, HORIZON), {}, "input_size is 0; a Forecaster needs at least 1."),
        (("gru", I, -2, HORIZON), {}, "hidden_size is -2; a Forecaster needs at least 1."),
        (("gru", I, H, 0), {}, "horizon is 0; a Forecaster needs at least 1."),
        (("mlp", I, H, HORIZON), {}, "window is None; the cell 'mlp' is feedforward and built for one length"),
        (("tcn", I, H, HORIZON), {"window": 0}, "window is 0; the cell 'tcn' is feedforward and built for one length"),
        (
            ("gru", I, H, HORIZON),
            {"residual_column": 3},
            "residual_column is 3, but the inputs have the columns 0 … 2",
        ),
        (("gru", I, H, HORIZON), {"anchored": (0, 3)}, "anchored is (0, 3), but the inputs have the columns 0 … 2;"),
        (("gru", I, H, HORIZON), {"residual_column": -1}, "residual_column is -1, but the inputs have the columns"),
    ],
)
def test_a_wrong_argument_gets_a_sentence(arguments: tuple, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        Forecaster(*arguments, **options)
    assert sentence in str(error.value)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("shape", [(WINDOW, I), (B, WINDOW, I + 1), (B, WINDOW, I, 1)])
def test_windows_of_a_wrong_shape_get_a_sentence(cell: Cell, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"x has shape \(.*\); this Forecaster takes \(B, window, 3\)"):
        forecaster(cell)(torch.zeros(shape))


def test_an_mlp_says_that_it_reads_one_length_only() -> None:
    with pytest.raises(ValueError, match=r"takes \(B, 10, 3\)\. A feedforward network reads windows of one length"):
        forecaster("mlp")(torch.zeros(B, WINDOW + 1, I))
