"""Chapter 10's questions: what their trials measure, who chooses what on which part, and what results/ holds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rnnlab import forecasting
from rnnlab.layers import count_parameters
from rnnlab.studies import read
from rnnlab.studies import stock_forecast as stock
from rnnlab.studies import weather_forecast as weather
from rnnlab.studies.catalogue import catalogue

SHORT = {"updates": 4, "evaluate_every": 2, "patience": 2, "batch_size": 32, "learning_rate": 3e-3, "seed": 3}
HERE = {"station": "JFK", "cutoff": weather.CUTOFFS[0], "window": 24, "horizon": 3, "parameters": 300}


@pytest.fixture(scope="module")
def measured():
    return weather.forecast_temperature(cell="gru", view="changes", **HERE, **SHORT)


@pytest.mark.parametrize("study", catalogue().values(), ids=lambda study: study.name)
def test_the_full_records_are_complete_and_of_todays_definition(study) -> None:
    records = read(study)
    assert not records.errors
    assert len(records.seeds) >= 10 or tuple(study.seeds) == (0,)  # one seed: nothing in it is random
    assert [verdict.claim for verdict in study.verdicts(records)] == [claim.number for claim in study.claims]


def test_a_trial_measures_in_degrees_what_the_scores_say(measured) -> None:
    assert measured["ended"] in ("finished", "stopped early")
    assert 0.3 < measured["mae"] < 10
    assert measured["mae"] <= measured["rmse"]
    assert measured["mae"] == pytest.approx(np.mean(measured["mae_by_step"]), abs=1e-4)
    assert measured["dm_difference"] == pytest.approx(measured["mae"] - measured["baseline_mae"])


def test_a_trial_gives_the_same_bits_for_the_same_seed_and_others_for_another(measured) -> None:
    again = weather.forecast_temperature(cell="gru", view="changes", **HERE, **SHORT)
    other = weather.forecast_temperature(cell="gru", view="changes", **HERE, **{**SHORT, "seed": 4})
    assert again == measured
    assert other["mae"] != measured["mae"]


def test_every_cell_has_the_same_number_of_parameters_within_five_per_cent() -> None:
    task = weather.weather_task("JFK")
    sizes = [count_parameters(weather.build(cell, "levels", task, 5_000)) for cell in ("rnn", "gru", "lstm")]
    assert all(abs(size - 5_000) < 250 for size in sizes), sizes


def test_the_best_baseline_is_named_by_the_validation_part(monkeypatch) -> None:
    task = weather.weather_task("JFK", window=24, horizon=3)
    good = {"validation": task.validation, "test": task.test}

    def perfect_on(part):
        def method(_):
            return lambda windows: windows.truth + (0.0 if windows is good[part] else 50.0)

        return method

    weather.baseline_forecasts.cache_clear()
    monkeypatch.setattr(weather, "BASELINES", {"tested": perfect_on("test"), "validated": perfect_on("validation")})
    assert weather.baseline_forecasts(task)[1] == "validated"
    weather.baseline_forecasts.cache_clear()


def test_a_test_part_never_begins_before_its_cut_off() -> None:
    for cutoff in weather.CUTOFFS:
        task = weather.weather_task("LGA", cutoff)
        assert task.test.stamps.min() >= np.datetime64(cutoff)
        assert task.validation.stamps.max() < np.datetime64(cutoff)


def test_the_view_is_chosen_by_validation_and_the_chosen_one_is_scored() -> None:
    records = read(weather.WEATHER_FORECAST)
    for cutoff in weather.CUTOFFS:
        chosen = weather.chosen_view(records, "gru", cutoff)
        other = next(view for view in weather.VIEWS if view != chosen)
        part = records.where(cell="gru", cutoff=cutoff)
        means = [weather.by_seed(part.where(view=view), "validation").mean() for view in (chosen, other)]
        assert means[0] <= means[1]
    views = [weather.chosen_view(records, "gru", cutoff) for cutoff in weather.CUTOFFS]
    wanted = [
        weather.by_seed(records.where(cell="gru", cutoff=cutoff, view=view))
        for cutoff, view in zip(weather.CUTOFFS, views, strict=True)
    ]
    np.testing.assert_allclose(weather.as_chosen(records, "gru"), np.mean(wanted, axis=0))


def test_a_diverged_run_leaves_no_mean_behind() -> None:
    import pandas as pd

    table = pd.DataFrame({"seed": [0, 0, 1, 1], "mae": [1.0, np.nan, 2.0, 4.0]})
    found = weather.by_seed(SimpleNamespace(table=table))  # type: ignore[arg-type]
    assert np.isnan(found[0])
    assert found[1] == 3.0


@pytest.mark.parametrize("view", stock.VIEWS)
def test_a_price_is_held_against_nothing_changes(view: str) -> None:
    found = stock.forecast_price(cell="rnn", view=view, ticker="MSFT", parameters=60, window=5, **SHORT)
    task = stock.stock_task("MSFT", view, 5)
    truth = task.test.truth[:, 0]
    last = np.zeros_like(truth) if view == "return" else forecasting.persistence(task)(task.test)[:, 0]
    assert found["naive_mae"] == pytest.approx(np.abs(last - truth).mean())
    assert found["gain"] == pytest.approx(1 - found["mae"] / found["naive_mae"])
    assert (found["direction"] is not None) == (view == "return")


def test_the_two_shares_that_leave_their_range_are_the_ones_that_are_judged() -> None:
    verdict = stock.level_leaves_the_range(read(stock.STOCK_FORECAST))
    assert "of 60 runs" in verdict.detail
