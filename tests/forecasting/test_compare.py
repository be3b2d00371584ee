"""On series whose best forecast is known, the comparison says so. Three seeds each; tolerances beside the claims."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from made_series import (
    NOISE,
    SMALL,
    TINY,
    autoregression,
    compared,
    planned,
    pure_season,
    random_walk,
    series,
    tent,
    white_noise,
)

from rnnlab import forecasting
from rnnlab.errors import InputError
from rnnlab.forecasting import Result, Series, Table

SEEDS = (100, 101, 102)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("made", "season", "known"),
    [
        (white_noise, 7, {"mean"}),
        (random_walk, 1, {"persistence"}),
        (pure_season, 7, {"seasonal_naive"}),
        # 1.2 and −0.5 make a damped swing: any linear reading of the window will do
        (autoregression, 1, {"ridge"}),
    ],
)
def test_where_a_simple_method_is_best_it_is_recommended_and_no_network_is_called_better(
    made: Callable[[int], Series], season: int, known: set[str], seed: int
) -> None:
    result = compared(made(seed), horizon=7, season=season, nets=("gru",), **SMALL)
    assert result.judgement.decision != "better"
    assert result.best in known
    assert result.best == result.judgement.baseline


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_where_the_next_step_is_a_bent_function_of_the_last_a_network_is_better(seed: int) -> None:
    result = compared(tent(seed), horizon=1, season=1, nets=("rnn", "gru"), **SMALL)
    assert result.judgement.decision == "better"
    assert result.best == result.judgement.network
    # the best forecast errs NOISE √(2/π); no more than a third of what ridge loses to it is left
    optimum = NOISE * math.sqrt(2 / math.pi)
    net, line = (result.series[0].score(name).mae for name in (result.best, "ridge"))
    assert net - optimum < (line - optimum) / 3


@pytest.fixture(scope="module")
def small() -> Result:
    inputs = {"other": np.random.default_rng(1).normal(size=400)}
    y = autoregression(7, T=400).values
    y[100:103] = np.nan
    return compared(series(y, **inputs), horizon=3, season=7, window=14, nets=("rnn", "gru"), **SMALL)


def test_the_errors_are_those_of_the_rows(small: Result) -> None:
    rows = small.rows
    assert list(rows.columns[:4]) == ["unique_id", "ds", "cutoff", "y"]
    assert len(rows) == small.series[0].origins * 3
    steps = (rows["ds"] - rows["cutoff"]).dt.days
    assert sorted(steps.unique()) == [1, 2, 3]
    for score in small.scores:
        error = rows["y"] - rows[score.name]
        assert score.mae == pytest.approx(error.abs().mean())
        assert score.rmse == pytest.approx(np.sqrt((error**2).mean()))
        assert score.by_step == pytest.approx(error.abs().groupby(steps).mean().tolist())
    history = small.series[0].history
    truth = history.loc[rows["ds"]].to_numpy()
    np.testing.assert_array_equal(rows["y"], truth)
    training = history.iloc[:240].to_numpy()
    scale = np.nanmean(np.abs(training[7:] - training[:-7]))
    assert small.series[0].score("ridge").mase == pytest.approx(small.series[0].score("ridge").mae / scale)


def test_what_each_network_chose_was_the_best_it_tried_on_the_validation_part(small: Result) -> None:
    for choice in small.series[0].choices.values():
        assert len(choice.scores) == 2
        assert min(choice.scores, key=lambda point: choice.scores[point]) == f"{choice.view}, {choice.learning_rate:g}"


def test_the_networks_have_equal_parameters_and_one_curve_a_seed(small: Result) -> None:
    sizes = [score.parameters for score in small.scores if score.name in ("rnn", "gru")]
    assert max(sizes) < 1.15 * min(sizes)
    for curves in small.series[0].curves.values():
        assert len(curves) == 3
        assert curves[0].updates[0] == 20


def test_as_json_it_says_what_the_models_did_and_holds_no_nan(small: Result) -> None:
    found = json.loads(json.dumps(small.as_dict(), allow_nan=False))
    names = {"persistence", "seasonal_naive", "drift", "mean", "ridge", "rnn", "gru"}
    assert {model["name"] for model in found["models"]} == names
    for model in found["models"]:
        assert {"name", "mae", "rmse", "mase", "parameters", "seconds"} <= set(model)
    for name in ("best", "best_baseline", "best_network", "decision", "interval", "horizon", "origins", "seeds"):
        assert name in found
    assert found["decision"] in ("better", "worse", "cannot tell")
    assert len(found["interval"]) == 2
    assert any(sign["code"] == "gaps" for sign in found["warnings"])
    assert {"rnnlab", "torch", "python"} <= set(found["versions"])


def test_print_says_what_to_use_and_shows_every_model(small: Result) -> None:
    text = str(small)
    assert text.startswith(small.judgement.sentence)
    assert all(score.name in text for score in small.scores)
    assert "<" not in text
    assert text == small._repr_mimebundle_()["text/plain"]


def test_three_lines_take_a_pandas_series_and_give_a_data_frame() -> None:
    y = pd.Series(pure_season(3, T=200).values, index=pd.date_range("2021-03-01", periods=200), name="sales")
    result = forecasting.compare(y, horizon=4, season=7, nets=("rnn",), **SMALL | {"updates": 10, "seeds": 2})
    ahead = result.forecast()
    assert ahead["ds"].tolist() == pd.date_range("2021-09-17", periods=4).tolist()
    np.testing.assert_allclose(ahead[result.best], y.to_numpy()[-7:-3])


def test_many_series_are_judged_one_by_one_and_together_and_unfit_ones_are_left_out() -> None:
    rng = np.random.default_rng(4)
    parts = {f"s{k}": pure_season(k, T=150).values + 0.1 * rng.normal(size=150) for k in range(5)}
    parts["stub"] = rng.normal(size=25)
    index = pd.date_range("2020-01-01", periods=150)
    frame = pd.concat(
        [pd.DataFrame({"id": name, "day": index[: len(y)], "y": y}) for name, y in parts.items()], ignore_index=True
    )
    given = SMALL | {"updates": 10, "seeds": 2}
    result = forecasting.compare(frame, target="y", time="day", id="id", horizon=7, season=7, nets=("rnn",), **given)
    assert [each.id for each in result.series] == ["s0", "s1", "s2", "s3", "s4"]
    assert [(sign.code, sign.place) for sign in result.left_out] == [("left_out", "stub")]
    assert result.judgement.decision == "worse"
    assert result.judgement.gain == pytest.approx(
        np.mean([each.pairs["rnn", result.judgement.baseline].gain for each in result.series])
    )
    assert set(result.rows["unique_id"]) == {"s0", "s1", "s2", "s3", "s4"}
    assert len(result.forecast()) == 35
    assert "over 5 series" in str(result)
    assert "Warning (left_out): on 1 series" in str(result)
    assert all(sign.place.startswith(("s", "stub")) for sign in result.warnings)
    json.dumps(result.as_dict(), allow_nan=False)


def test_a_plan_says_what_will_run_and_estimates_its_time_before_anything_runs() -> None:
    plan = planned(autoregression(5, T=300), horizon=3, season=1, **SMALL)
    text = str(plan)
    assert plan.trials == 3 * (2 + 3) + 1
    assert "16 trials in all" in text
    assert "2 views × 1 step size on" in text
    assert 0 < plan.estimate(workers=2) < 600


def test_the_start_of_the_processes_is_in_the_estimate() -> None:
    plan = planned(autoregression(5, T=120), horizon=2, season=1, **TINY | {"nets": ("rnn",)})
    assert plan.estimate(workers=2) > plan.estimate(workers=1) + 0.2, "a new process imports torch before it trains"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "needs a horizon"),
        ({"horizon": 0}, "horizon is 0; give a whole number, 1 or more"),
        ({"horizon": 7, "seesaw": 3}, "There is no option 'seesaw'"),
        ({"horizon": 7, "mode": "slow"}, "a comparison is quick or full"),
        ({"horizon": 7, "nets": ("cnn",)}, "nets are"),
        ({"horizon": 7, "learning_rates": (2.0,)}, "between 0 and 1"),
        ({"horizon": 7, "train_until": 0.5}, "Give both train_until and validation_until"),
        ({"horizon": 7, "target": "y"}, "these data are read already"),
        ({"horizon": 40, "parameters": 50}, "cannot be built"),
        ({"horizon": 400}, "too few for a horizon of 400"),
    ],
)
def test_what_cannot_be_meant_ends_in_a_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        str(planned(autoregression(6, T=300), **given))


def test_a_table_without_a_series_to_compare_says_what_the_first_one_lacks() -> None:
    short = series(np.arange(20.0))
    table = Table(
        source="short", target="y", time=("t",), id=None, inputs=(), columns=(), frequency="D", seasons=(), findings=(),
        ids=("a", "b"), read=lambda _: short,
    )  # fmt: skip
    with pytest.raises(InputError, match="too few for a horizon of 7"):
        planned(table, horizon=7)  # type: ignore[arg-type]


def test_a_series_that_cannot_be_read_leaves_the_others_to_be_compared() -> None:
    whole = pure_season(1, T=120)

    def read(name: str) -> Series:
        if name == "torn":
            raise InputError("torn.csv is torn; mend it.")
        return Series(name, whole.time, whole.values)

    table = Table(
        source="folder", target="y", time=("t",), id=None, inputs=(), columns=(), frequency="D", seasons=(),
        findings=(), ids=("torn", "a", "b"), read=read,
    )  # fmt: skip
    result = planned(table, horizon=3, season=7, nets=("rnn",), **TINY).run()  # type: ignore[arg-type]
    assert [each.id for each in result.series] == ["a", "b"]
    assert [(each.place, each.sentence) for each in result.left_out] == [("torn", "torn.csv is torn; mend it.")]
