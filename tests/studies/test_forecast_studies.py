"""Chapter 10's questions: what their trials measure, who chooses what on which part, and what results/ holds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rnnlab import forecasting
from rnnlab.layers import count_parameters
from rnnlab.studies import forecast_cost, leakage, read
from rnnlab.studies import stock_forecast as stock
from rnnlab.studies import weather_forecast as weather
from rnnlab.studies.catalogue import catalogue
from rnnlab.studies.store import read_records, results_folder

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


def test_the_results_hold_each_record_of_todays_definition_once_and_nothing_else() -> None:
    studies = catalogue()
    assert sorted(path.stem for path in results_folder().glob("*.jsonl")) == sorted(studies)
    for name, study in studies.items():
        lines = read_records(results_folder(), name)
        full = list(read(study))
        assert {record.fingerprint for record in lines} == {record.fingerprint for record in full}, name
        assert "error" not in {record.status for record in lines}, name
        keys = {record.key for record in lines}
        assert len(keys) == len(lines) and keys >= {record.key for record in full}, name


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


@pytest.mark.parametrize("series", leakage.SERIES)
def test_every_leak_is_scored_on_the_same_windows_and_only_a_deal_trains_on_others(series: str) -> None:
    task = leakage.honest_task(series, 48)
    split = {leak: leakage.parts(task, leak, 3) for leak in leakage.LEAKS}
    for train, validation, test in split.values():
        assert np.array_equal(test.rows, split["none"][2].rows)
        assert np.isin(test.rows, task.test.rows).all() and 150 < len(test) < len(task.test)
        np.testing.assert_array_equal(test.truth, split["none"][2].truth)
        assert not np.isin(test.rows, np.concatenate([train.rows, validation.rows])).any()
    for leak in ("none", "scaler", "target"):
        assert np.array_equal(split[leak][0].rows, task.train.rows)
    dealt = split["shuffled"]
    assert [len(part) for part in dealt[:2]] == [len(task.train), len(task.validation)]
    assert dealt[0].rows.max() > task.validation.rows.max() > task.train.rows.max()


@pytest.mark.parametrize("series", leakage.SERIES)
def test_each_leak_leaks_what_its_name_says(series: str) -> None:
    task = leakage.honest_task(series, 48)
    column = task.channels.index(task.target)
    honest = leakage.parts(task, "none", 3)[2]
    np.testing.assert_array_equal(honest.inputs, task.test.inputs[np.isin(task.test.rows, honest.rows)])
    late = leakage.parts(task, "target", 3)[2]
    np.testing.assert_allclose(late.inputs[:, -1, column], late.targets[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(late.inputs[:, :-1], honest.inputs[:, 1:])
    scaled = leakage.parts(task, "scaler", 3)[2]
    everything = task.train.series.observed
    assert scaled.series.scaler.mean == pytest.approx(np.nanmean(everything))
    assert scaled.series.scaler.std == pytest.approx(np.nanstd(everything)) != task.scaler.std
    np.testing.assert_allclose(
        scaled.series.scaler.unscale(scaled.inputs[:, :, column]),
        task.scaler.unscale(honest.inputs[:, :, column]),
        rtol=1e-4,
        atol=0.03,  # the mean of a channel is taken over gaps carried forward, the target's over what was observed
    )


def test_a_leak_is_worth_what_it_takes_from_the_honest_error() -> None:
    records = read(leakage.LEAKAGE)
    part = records.where(series="return")
    honest, leaky = (part.where(leak=leak).values("error") for leak in ("none", "target"))
    np.testing.assert_allclose(leakage.flattery(records, "target", "return"), 100 * (honest - leaky) / honest)
    assert leakage.flatters("target", "return", by=200.0)(records).decision == "does not hold"
    verdict = leakage.turns_defeat_into_victory(records)
    assert verdict.decision == "holds"
    assert "honestly by -" in verdict.detail


def test_a_leaky_forecast_is_measured_in_the_unit_of_the_target() -> None:
    held = dict(leakage.LEAKAGE.hold) | {"updates": 4, "evaluate_every": 2, "parameters": 300, "window": 24}
    found = leakage.forecast_with_leak(series="return", leak="scaler", seed=3, **held)
    assert found == leakage.forecast_with_leak(series="return", leak="scaler", seed=3, **held)
    assert found["error"] == pytest.approx(found["mae"] / found["naive_mae"])
    windows = leakage.parts(leakage.honest_task("return", 24), "scaler", 3)[2]
    assert found["naive_mae"] == pytest.approx(np.abs(windows.truth).mean())


def test_a_training_costs_its_updates_and_its_looks_at_the_validation_part() -> None:
    cost, networks = read(forecast_cost.FORECAST_COST), read(weather.WEATHER_FORECAST)
    made = forecast_cost.updates_made(networks, "gru")
    assert 100 < made <= 800
    expected = made * cost.values("gru_update") + made / 40 * cost.values("gru_evaluation")
    np.testing.assert_allclose(forecast_cost.training_time(cost, networks, "gru"), expected)
    held = forecast_cost.FORECAST_COST.hold
    seconds = held["updates"] * cost.values("gru_update") + held["evaluations"] * cost.values("gru_evaluation")
    np.testing.assert_allclose(cost.values("gru_training"), seconds)
    assert set(cost.values("ridge_size")) == {24 * (48 * 8 + 1)}


def test_a_ratio_of_times_is_judged_in_logarithms() -> None:
    twice = forecast_cost.times_the_rnn("gru", 2.0)
    for ratio, decision in ((1.5, "holds"), (3.0, "does not hold")):
        values = {"gru_update": ratio * np.array([1.0, 1.1, 0.9, 1.05, 0.95]), "rnn_update": np.ones(5)}
        verdict = twice(SimpleNamespace(values=values.__getitem__))  # type: ignore[arg-type]
        assert verdict.decision == decision
        assert verdict.interval[0] < verdict.estimate < verdict.interval[1]
        assert verdict.estimate == pytest.approx(ratio, rel=0.05)
