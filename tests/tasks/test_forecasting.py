"""Nothing sees the future; every target is the table's value at its time; impossible requests end in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rnnlab.data import stocks, weather
from rnnlab.errors import InputError
from rnnlab.tasks import ForecastingTask, Windows, folds, forecasting

START = pd.Timestamp("2020-01-01")


def example(T: int = 120, gaps: float = 0.0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        rng.standard_normal((T, 3)).cumsum(axis=0),
        columns=["y", "a", "b"],
        index=pd.date_range(START, periods=T, freq="h"),
    )
    return table.mask(rng.random((T, 3)) < gaps)


def settings_of(**changes: Any) -> dict[str, Any]:
    base = {
        "target": "y",
        "inputs": ["y", "a"],
        "window": 4,
        "horizon": 3,
        "train_until": 0.5,
        "validation_until": 0.75,
    }
    return {**base, **changes}


def parts(task: ForecastingTask) -> dict[str, Windows]:
    return {"train": task.train, "validation": task.validation, "test": task.test}


@st.composite
def cases(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table with gaps, and what is asked of it."""
    table = example(draw(st.integers(40, 90)), draw(st.sampled_from([0.0, 0.03, 0.2])), draw(st.integers(0, 10**6)))
    return table, settings_of(
        window=draw(st.integers(1, 6)),
        horizon=draw(st.integers(1, 5)),
        stride=draw(st.integers(1, 4)),
        carry=draw(st.integers(0, 5)),
        inputs=draw(st.sampled_from([None, ["y"], ["a"], ["a", "y", "b"]])),
        calendar=draw(st.sampled_from([(), ("hour_of_day",), ("day_of_week", "day_of_year")])),
        train_until=draw(st.sampled_from([0.5, 0.6])),
        validation_until=draw(st.sampled_from([0.75, 0.8])),
    )


def built(case: tuple[pd.DataFrame, dict[str, Any]]) -> ForecastingTask:
    """The task, or another draw where gaps leave a part empty."""
    try:
        return forecasting(case[0], **case[1])
    except InputError:
        assume(False)
        raise


many = settings(
    deadline=None,
    derandomize=True,
    max_examples=80,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@given(cases(), st.data())
@many
def test_no_value_after_an_origin_changes_what_its_window_reads(
    case: tuple[pd.DataFrame, dict[str, Any]], data: st.DataObject
) -> None:
    table, asked = case
    task = built(case)
    cut = round(asked["train_until"] * len(table))
    name = data.draw(st.sampled_from(["train", "validation", "test"]))
    part = parts(task)[name]
    i = data.draw(st.integers(0, len(part) - 1))
    origin = part.rows[i]
    changed = table.copy()
    later = np.arange(len(table)) > max(origin, cut - 1)  # the scaler may know the training part
    changed.loc[later] += data.draw(st.sampled_from([1.0, -50.0, 1e6]))
    other = parts(forecasting(changed, **asked))[name]
    [j] = np.flatnonzero(other.rows == origin)
    np.testing.assert_array_equal(other.inputs[j], part.inputs[i])
    np.testing.assert_array_equal(other.past[j], part.past[i])


@given(cases(), st.data())
@many
def test_inside_the_training_part_inputs_before_scaling_see_no_future_either(
    case: tuple[pd.DataFrame, dict[str, Any]], data: st.DataObject
) -> None:
    table, asked = case
    task = built(case)
    i = data.draw(st.integers(0, len(task.train) - 1))
    origin = task.train.rows[i]
    changed = table.copy()
    changed.loc[np.arange(len(table)) > origin] *= 3.0
    other = forecasting(changed, **asked)
    [j] = np.flatnonzero(other.train.rows == origin)
    for k, channel in enumerate(task.channels):
        ours, theirs = task.train.inputs[i, :, k], other.train.inputs[j, :, k]
        if channel in task.scalers:
            ours, theirs = task.scalers[channel].unscale(ours), other.scalers[channel].unscale(theirs)
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * (1 + np.abs(table.to_numpy()[~table.isna()]).max()))


@given(cases(), st.sampled_from(["shift", "drop", "forget"]))
@many
def test_nothing_after_the_training_part_changes_scaler_or_training_windows(
    case: tuple[pd.DataFrame, dict[str, Any]], change: str
) -> None:
    table, asked = case
    task = built(case)
    changed = table.copy()
    cut = round(asked["train_until"] * len(table))
    if change == "shift":
        changed.iloc[cut:] = 1e6 + np.arange(len(table) - cut)[:, None]
    elif change == "forget":
        changed.iloc[cut] = np.nan
    else:
        changed.iloc[cut:] = changed.iloc[cut:].sample(frac=1, random_state=1).to_numpy()
    try:
        other = forecasting(changed, **asked)
    except InputError:
        assume(False)
    assert other.scalers == task.scalers
    assert other.scaler == task.scaler
    np.testing.assert_array_equal(other.train.rows, task.train.rows)
    np.testing.assert_array_equal(other.train.inputs, task.train.inputs)
    np.testing.assert_array_equal(other.train.targets, task.train.targets)


@given(cases())
@many
def test_targets_are_the_tables_values_at_the_times_after_the_origin(
    case: tuple[pd.DataFrame, dict[str, Any]],
) -> None:
    table, asked = case
    task = built(case)
    for part in parts(task).values():
        for origin, stamps, truth in zip(part.origins, part.stamps, part.truth, strict=True):
            after = table.index[table.index > origin][: asked["horizon"]]
            np.testing.assert_array_equal(stamps, after.to_numpy())
            np.testing.assert_array_equal(truth, table.loc[after, "y"].to_numpy())
        np.testing.assert_allclose(task.unscale(part.targets), part.truth, rtol=1e-5, atol=1e-4)


@given(cases())
@many
def test_a_window_lies_in_the_part_that_holds_all_of_its_targets_and_none_is_lost(
    case: tuple[pd.DataFrame, dict[str, Any]],
) -> None:
    table, asked = case
    task = built(case)
    T, stride, horizon = len(table), asked["stride"], asked["horizon"]
    cuts = [0, round(asked["train_until"] * T), round(asked["validation_until"] * T), T]
    for (name, part), begin, end in zip(parts(task).items(), cuts, cuts[1:], strict=False):
        assert (part.rows + 1 >= begin).all()
        assert (part.rows + horizon < end).all()
        assert task.parts[name] == (table.index[begin], table.index[end - 1])
        possible = range(max(begin - 1, asked["window"] - 1), end - horizon, stride)
        assert len(part) + part.missing_targets + part.missing_inputs == len(possible)
        lacking = sum(bool(table["y"].iloc[r + 1 : r + 1 + horizon].isna().any()) for r in possible)
        assert part.missing_targets == lacking
        assert np.isfinite(part.inputs).all()
        assert np.isfinite(part.past).all()


@given(cases())
@many
def test_the_scaler_is_the_mean_and_deviation_of_what_training_observed(
    case: tuple[pd.DataFrame, dict[str, Any]],
) -> None:
    table, asked = case
    task = built(case)
    seen = table.iloc[: round(asked["train_until"] * len(table))]
    for name, scaler in {**task.scalers, "y": task.scaler}.items():
        assert scaler.mean == pytest.approx(seen[name].mean())
        assert scaler.std == pytest.approx(seen[name].std(ddof=0))
    pd.testing.assert_series_equal(task.history, seen["y"], check_freq=False)


def test_an_input_gap_holds_the_last_value_before_it_and_a_target_gap_leaves_windows_out() -> None:
    table = example(100)
    table.loc[table.index[30:33], "a"] = np.nan
    table.loc[table.index[60], "y"] = np.nan
    task = forecasting(table, **settings_of(train_until=0.8, validation_until=0.9, carry=3))
    a = task.channels.index("a")
    [i] = np.flatnonzero(task.train.rows == 32)
    read = task.scalers["a"].unscale(task.train.inputs[i, :, a])
    np.testing.assert_allclose(read, np.repeat(table["a"].iloc[29], 4), rtol=1e-5)
    assert set(range(57, 60)).isdisjoint(task.train.rows)
    assert (task.train.missing_targets, task.train.missing_inputs) == (3, 0)
    strict = forecasting(table, **settings_of(train_until=0.8, validation_until=0.9, carry=2))
    assert strict.train.missing_inputs == 4  # the four windows that read row 32


def test_cuts_by_time_and_by_fraction_agree_and_take_the_time_zone_of_the_table() -> None:
    table = example(100)
    by_time = settings_of(train_until=str(table.index[50]), validation_until=table.index[75].to_pydatetime())
    for zone in (None, "UTC", "America/New_York"):
        here = table.tz_localize(zone)
        assert forecasting(here, **by_time).parts == forecasting(here, **settings_of()).parts
    abroad = forecasting(table.tz_localize("America/New_York"), **settings_of())
    assert abroad.train.origins[0] == np.datetime64("2020-01-01T08")  # 03:00 in New York
    assert abroad.train.origins.dtype == np.dtype("datetime64[ns]")


def test_a_test_part_can_end_before_the_table_does() -> None:
    task = forecasting(example(100), **settings_of(test_until=0.9))
    assert task.parts["test"][1] == START + pd.Timedelta("89h")
    assert task.test.rows.max() + 3 == 89


def test_calendar_features_turn_once_a_day_a_week_a_year_and_are_not_scaled() -> None:
    calendar = ["hour_of_day", "day_of_week", "day_of_year"]
    task = forecasting(example(400), **settings_of(window=1, calendar=calendar))
    assert task.channels[2:] == tuple(f"{wave} {name}" for name in calendar for wave in ("sin", "cos"))
    assert not set(task.channels[2:]) & set(task.scalers)
    waves = dict(zip(task.channels, task.train.inputs[:, 0].T, strict=True))
    for name, period in (("hour_of_day", 24), ("day_of_week", 168), ("day_of_year", 24 * 365.25)):
        angle = np.unwrap(np.arctan2(waves[f"sin {name}"], waves[f"cos {name}"]))
        np.testing.assert_allclose(np.diff(angle), 2 * np.pi / period, atol=1e-5)
        assert angle[-1] - angle[0] == pytest.approx((len(angle) - 1) * 2 * np.pi / period, rel=1e-4)
    assert (waves["sin hour_of_day"][0], waves["cos hour_of_day"][0]) == (0, 1)
    assert np.arctan2(waves["sin day_of_week"][0], waves["cos day_of_week"][0]) == pytest.approx(4 * np.pi / 7)
    with pytest.raises(InputError, match="no calendar feature 'moon'; there are hour_of_day, day_of_week, day_of_year"):
        forecasting(example(), **settings_of(calendar=["moon"]))


def test_a_transform_acts_on_the_input_and_leaves_the_target_alone() -> None:
    table = example().abs()
    task = forecasting(table, **settings_of(transforms={"y": np.log1p}))
    plain = forecasting(table, **settings_of())
    y = task.scalers["y"].unscale(task.train.inputs[:, -1, 0])
    np.testing.assert_allclose(y, np.log1p(task.train.past[:, -1]), rtol=1e-4)
    np.testing.assert_array_equal(task.train.targets, plain.train.targets)
    np.testing.assert_array_equal(task.train.past, plain.train.past)


@pytest.mark.parametrize("looks_ahead", [lambda x: x - x.mean(), lambda x: x / np.nanstd(x), lambda x: x[::-1]])
def test_a_transform_that_sees_what_comes_later_is_refused(looks_ahead: Any) -> None:
    with pytest.raises(InputError, match="'a' gives the training part other values when it sees what comes later"):
        forecasting(example(), **settings_of(transforms={"a": looks_ahead}))


def test_a_transform_that_ends_in_infinity_or_in_another_length_is_refused() -> None:
    table = example()
    table.iloc[3, 1] = 0.0
    for bad in (lambda x: 1 / np.where(x == 0, 1e-320, 1) * 1e300, lambda x: x[1:]):
        with (
            np.errstate(over="ignore"),
            pytest.raises(InputError, match="'a' must give one finite number a row"),
        ):
            forecasting(table, **settings_of(transforms={"a": bad}))
    with pytest.raises(InputError, match="a transform for 'b', which is no input"):
        forecasting(table, **settings_of(transforms={"b": np.log1p}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"horizon": 200}, "train part has 60 of the table's 120 rows and needs 204"),
        ({"window": 58}, r"train part has 60 of the table's 120 rows and needs 61 \(window=58, horizon=3\)"),
        ({"validation_until": 0.51}, "validation part has 1 of the table's 120 rows and needs 3"),
        ({"validation_until": 0.99}, "test part has 1 of the table's 120 rows and needs 3"),
        ({"train_until": 0.8}, "validation part has 0 of"),
        ({"train_until": "1999-01-01"}, "train part has 0 of"),
        ({"validation_until": "2050-01-01"}, "test part has 0 of"),
        ({"train_until": 1.5}, r"train_until=1\.5 is no fraction"),
        ({"train_until": "yesterweek"}, "train_until='yesterweek' is no time; write it like '2013-09-01'"),
        ({"train_until": "2020-01-03T00:00Z"}, "has a time zone and the table's index has none"),
        ({"window": 0}, "window=0; it counts rows and is at least 1"),
        ({"horizon": -1}, "horizon=-1"),
        ({"stride": 0}, "stride=0"),
        ({"target": "temperature"}, "no column 'temperature'; it has y, a, b"),
        ({"inputs": ["y", "aa"]}, r"no column 'aa'; it has y, a, b\. Did you mean 'a'\?"),
    ],
)
def test_an_impossible_request_ends_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        forecasting(example(), **settings_of(**changes))


def test_a_table_that_cannot_be_forecast_ends_in_a_sentence() -> None:
    table = example()
    broken = {
        "index is a RangeIndex; forecasting needs times": table.reset_index(drop=True),
        "row 1, .* lies before the one above": table.iloc[::-1],
        "row 6, .* repeats the one above": table.iloc[[*range(6), *range(5, 120)]],
        "missing times": table.set_index(table.index.where(table.index != table.index[5])),
        "'a' is constant .7. over the training part": table.assign(a=[7.0] * 60 + list(range(60))),
        "'a' has no value in the training part": table.assign(a=[np.nan] * 60 + list(range(60))),
        "'a' holds .*, not numbers": table.assign(a="warm"),
        "'a' is infinite at 2020-01-01 02:00": table.assign(a=[1.0, 2.0, np.inf] * 40),
        "Not one of the .* windows of the test part is complete: .* lack a target": table.assign(
            y=[*table["y"].iloc[:90], *[1.0, np.nan] * 15]
        ),
    }
    for sentence, bad in broken.items():
        with pytest.raises(InputError, match=sentence):
            forecasting(bad, **settings_of())


def test_whole_numbers_and_nullable_columns_are_numbers_too() -> None:
    table = example().assign(a=np.arange(120) % 7)
    table["b"] = pd.array([None, *range(119)], dtype="Int64")
    task = forecasting(table, **settings_of(inputs=["a", "b"]))
    assert task.train.missing_inputs == 1
    assert task.train.inputs.shape == (53, 4, 2)


def test_folds_roll_the_origin_and_never_test_on_what_an_earlier_fold_tested() -> None:
    table = example(200)
    cutoffs = [table.index[100], 0.6, str(table.index[160])]
    rolled = folds(table, cutoffs=cutoffs, validation="20h", target="y", window=4, horizon=3, calendar=["hour_of_day"])
    begins = [task.parts["test"][0] for task in rolled]
    assert begins == [table.index[100], table.index[120], table.index[160]]
    assert [task.parts["test"][1] for task in rolled] == [table.index[119], table.index[159], table.index[199]]
    for task, begin in zip(rolled, begins, strict=True):
        assert task.parts["validation"][1] < begin
        assert task.parts["train"] == (table.index[0], begin - pd.Timedelta("21h"))
    tested = np.concatenate([np.unique(task.test.stamps) for task in rolled])
    assert len(tested) == len(np.unique(tested))


@pytest.mark.parametrize("cutoffs", [[], [0.6, 0.5], [0.5, 0.5], ["2050-01-01"]])
def test_cutoffs_that_do_not_follow_one_another_end_in_a_sentence(cutoffs: list[Any]) -> None:
    with pytest.raises(InputError, match="must follow one another and lie inside the table's time"):
        folds(example(), cutoffs=cutoffs, validation="10h", target="y", window=4, horizon=3)


def test_real_weather_gives_windows_that_miss_nothing() -> None:
    task = forecasting(
        weather("JFK"),
        target="temp",
        inputs=["temp", "dewp", "humid", "wind_speed", "precip", "pressure"],
        calendar=["hour_of_day"],
        transforms={"precip": np.log1p},
        window=48,
        horizon=24,
        train_until="2013-09-01",
        validation_until="2013-10-15",
    )
    assert (task.name, task.unit) == ("JFK", "°C")
    assert task.train.inputs.shape[1:] == (48, 8)
    assert [part.missing_inputs for part in parts(task).values()] == [0, 0, 0]
    assert task.parts["test"][0] == pd.Timestamp("2013-10-15", tz="UTC")
    assert task.train.stamps.max() < np.datetime64("2013-09-01") <= task.validation.stamps.min()
    assert task.validation.stamps.max() < np.datetime64("2013-10-15") <= task.test.stamps.min()


def test_gusts_that_are_mostly_missing_end_in_advice() -> None:
    with pytest.raises(InputError, match="leave out columns that are mostly missing"):
        forecasting(
            weather("EWR"), target="temp", inputs=["temp", "wind_gust"], window=400, horizon=24,
            train_until=0.6, validation_until=0.8,
        )  # fmt: skip


def test_real_stocks_step_from_one_trading_day_to_the_next() -> None:
    table = stocks("IBM")
    task = forecasting(table, target="price", window=20, horizon=5, train_until=0.6, validation_until=0.8)
    assert (
        len(task.train) + len(task.validation) + len(task.test) == 3_270 - 20 - 5 + 1 - 2 * 4
    )  # four straddle each cut
    np.testing.assert_array_equal(task.test.stamps[-1], table.index[-5:].to_numpy())
