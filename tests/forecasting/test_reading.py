from __future__ import annotations

import gzip
import io
import pickle
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.errors import InputError
from rnnlab.forecasting import Finding, Series, Table, calendar, read_table

FREQUENCIES = (
    "s",
    "5min",
    "30min",
    "h",
    "6h",
    "D",
    "B",
    "W-WED",
    "2D",
    "MS",
    "ME",
    "QS-JAN",
    "QE-DEC",
    "YS-JAN",
    "YE-DEC",
    "6MS",
)


@st.composite
def regular_series(draw: st.DrawFn) -> pd.Series:
    """Any frequency, any values, gaps inside."""
    n = draw(st.integers(13, 40))  # three gaps leave ten values
    start = pd.Timestamp(draw(st.integers(1900, 2090)), 1, 1) + pd.Timedelta(draw(st.integers(0, 364)), unit="D")
    index = pd.date_range(start, periods=n, freq=draw(st.sampled_from(FREQUENCIES)))
    number = st.floats(-1e6, 1e6).map(lambda x: round(x, 4)) | st.integers(-9999, 9999).map(float)
    values = np.array(draw(st.lists(number, min_size=n, max_size=n)))
    values[0], values[-1] = 0.5, -1.25  # they vary
    for gap in draw(st.lists(st.integers(1, n - 2), max_size=3)):
        values[gap] = np.nan
    return pd.Series(values, index, name="y")


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, object]:
    sep = draw(st.sampled_from([",", ";", "\t", "|"]))
    return {
        "sep": sep,
        "decimal": draw(st.sampled_from([".", ","])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": draw(st.sampled_from([0, 1, 2])),
        "na_rep": draw(st.sampled_from(["", "NA", "NaN", "-"])),
        "date_format": draw(st.sampled_from([None, "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S"])),
        "compression": draw(st.sampled_from([None, "gzip"])),
    }


@given(regular_series(), dialects(), st.sampled_from(["y", "Größe", "=1+1", "<b>x</b>", "a;b,c"]))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_any_regular_series_written_in_any_dialect_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, series: pd.Series, dialect: dict[str, object], name: str
) -> None:
    path = tmp_path_factory.mktemp("dialect") / "series.csv"
    series.rename(name).to_csv(path, index_label="when", **dialect)
    table = read_table(path)
    read = only(table)
    assert table.target == name and read.time.equals(series.index)
    np.testing.assert_array_equal(read.values, series)


@given(regular_series())
@settings(deadline=None, derandomize=True, max_examples=15)
def test_a_frame_and_its_file_are_read_alike_and_the_source_is_left_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, series: pd.Series
) -> None:
    frame = series.rename_axis("ds").reset_index().assign(x=np.arange(len(series)) % 5.0)
    before = frame.copy(deep=True)
    table = read_table(frame, inputs=["x"])
    (read,) = table
    read.values[0], read.inputs["x"][0] = 99.0, 99.0
    pd.testing.assert_frame_equal(frame, before)
    path = tmp_path_factory.mktemp("frame") / "frame.csv"
    frame.to_csv(path, index=False)
    (again,) = read_table(path, inputs=["x"])
    assert again.time.equals(read.time) and table.target == "y" and table.time == ("ds",)
    np.testing.assert_array_equal(again.values[1:], read.values[1:])
    np.testing.assert_array_equal(again.inputs["x"][1:], read.inputs["x"][1:])


def daily(n: int = 40, start: str = "2023-01-01", seed: int = 0) -> pd.Series:
    values = np.random.default_rng(seed).standard_normal(n).cumsum()
    return pd.Series(values, pd.date_range(start, periods=n, freq="D"), name="y")


def only(table: Table) -> Series:
    (series,) = table
    return series


def codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def test_many_series_stand_in_one_file_in_any_order(tmp_path: Path) -> None:
    parts = {
        "=cmd()": daily(30, seed=1),
        "<b>two</b>": daily(50, "2022-03-01", seed=2),
        "short": daily(4),
        "flat": daily() * 0,
    }
    rows = pd.concat([part.rename_axis("ds").reset_index().assign(unique_id=id) for id, part in parts.items()])
    path = tmp_path / "many.csv"
    rows.sample(frac=1, random_state=3).to_csv(path, index=False)
    table = read_table(path)
    assert (table.id, table.target, table.time, table.frequency) == ("unique_id", "y", ("ds",), "D")
    assert set(table.ids) == {"=cmd()", "<b>two</b>"} and len(table) == 2
    assert {"short", "constant", "order"} <= codes(table.findings)
    for _ in range(2):  # every `for` begins anew
        for series in table:
            np.testing.assert_array_equal(series.values, parts[series.id])
            assert series.time.equals(parts[series.id].index)
    with pytest.raises(InputError, match="no series 'short'"):
        table.read("short")


def test_a_column_that_nobody_named_tells_series_apart_where_times_repeat(tmp_path: Path) -> None:
    rows = pd.concat(
        [daily(20, seed=seed).rename_axis("day").reset_index().assign(shop=f"S{seed}", note="x") for seed in (1, 2)]
    )
    path = tmp_path / "shops.csv"
    rows.to_csv(path, index=False)
    table = read_table(path)
    assert table.id == "shop" and table.ids == ("S1", "S2") and "id" in codes(table.findings)
    with pytest.raises(
        InputError, match="lines 2 and 22 have the same time, 2023-01-01, and different values; if a column"
    ):
        rows.drop(columns="shop").to_csv(path, index=False)
        read_table(path)


def test_frames_put_one_below_the_other_are_many_series_whatever_index_they_kept() -> None:
    parts = [daily(seed=k).rename_axis("day").to_frame().assign(shop=f"shop {k}") for k in range(3)]
    labelled = [part.reset_index() for part in parts]
    plain = read_table(pd.concat(labelled, ignore_index=True), target="y", id="shop")
    for kept in (pd.concat(parts), pd.concat(labelled), pd.concat(dict(enumerate(labelled))).droplevel(0)):
        table = read_table(kept, target="y", id="shop")
        assert (table.ids, table.time, table.frequency) == (("shop 0", "shop 1", "shop 2"), ("day",), "D")
        assert [one.values.tolist() for one in table] == [one.values.tolist() for one in plain]
    assert "index" in codes(read_table(pd.concat(labelled), target="y").findings)
    keyed = read_table(pd.concat({name: part["y"] for name, part in zip("abc", parts, strict=True)}, names=["shop"]))
    assert (keyed.ids, keyed.time, keyed.id) == (("a", "b", "c"), ("day",), "shop")
    read_table(parts[0].assign(day=parts[0].index))  # the same column and index stand once
    with pytest.raises(InputError, match=r"index and a column that are both called 'day' and differ; rename one"):
        read_table(parts[0].assign(day=parts[0].index[::-1]))


def test_an_index_of_row_labels_is_no_column_and_one_of_years_is() -> None:
    rows = pd.DataFrame({"y": np.random.default_rng(3).standard_normal(60)})
    filtered = read_table(rows[rows.index % 3 > 0])
    assert (filtered.target, filtered.time, len(only(filtered))) == ("y", (), 40)
    assert "index" in codes(filtered.findings)
    years = read_table(rows.set_axis(np.arange(1950, 2010)))
    assert (years.time, years.frequency) == (("time",), "YS-JAN")


def test_a_column_that_stands_twice_is_refused_only_where_it_is_needed() -> None:
    frame = pd.concat([daily(), daily(seed=1).rename("note"), daily(seed=2).rename("note")], axis=1)
    assert read_table(frame, target="y").target == "y"
    for target, inputs in (("note", []), ("y", ["note"])):
        with pytest.raises(InputError, match="2 columns called 'note'; rename all but one"):
            read_table(frame, target=target, inputs=inputs)
    with pytest.raises(InputError, match="2 columns called 'note'"):
        read_table(frame[["note"]])


def test_stdin_gzip_and_parquet_are_the_same_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    series = daily()
    text = series.to_csv(index_label="ds").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(text))))
    (piped,) = read_table("-")
    frame = series.rename_axis("ds").reset_index()
    frame.to_parquet(tmp_path / "y.parquet")
    (columns,) = read_table(tmp_path / "y.parquet")
    for read in (piped, columns):
        np.testing.assert_array_equal(read.values, series)
        assert read.time.equals(series.index)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "y.parquet").read_bytes()[:200])
    with pytest.raises(InputError, match="Parquet file that is damaged"):
        read_table(tmp_path / "cut.parquet")


def test_without_times_rows_are_steps(tmp_path: Path) -> None:
    path = tmp_path / "only.csv"
    path.write_text("value\n" + "\n".join(f"{x},5" for x in range(20)) + "\n")
    table = read_table(path)
    (series,) = table
    assert isinstance(series.time, pd.RangeIndex) and table.frequency is None and table.time == ()
    np.testing.assert_array_equal(series.values, np.arange(20) + 0.5)  # one column, a decimal comma
    for option in ({"frequency": "D"}, {"zone": "Europe/Berlin"}):
        with pytest.raises(InputError, match=f"{next(iter(option))}='.*' needs times"):
            read_table(path, **option)


def test_local_clocks_repeat_an_hour_and_skip_one(tmp_path: Path) -> None:
    utc = pd.date_range("2023-03-25", "2023-10-31", freq="h")
    values = np.random.default_rng(0).standard_normal(len(utc))
    berlin = utc.tz_localize("UTC").tz_convert("Europe/Berlin")
    path = tmp_path / "local.csv"
    pd.DataFrame({"time": berlin.tz_localize(None), "load": values}).to_csv(path, index=False)
    with pytest.raises(
        InputError, match="2023-10-29 02:00:00, and different values; if clocks were put back then, name"
    ):
        read_table(path)
    (read,) = read_table(path, zone="Europe/Berlin")
    assert read.time.equals(utc) and read.zone == "Europe/Berlin"
    np.testing.assert_array_equal(read.values, values)
    hours = calendar(read.time, "h", zone=read.zone)
    np.testing.assert_allclose(
        np.arctan2(hours["hour_sin"], hours["hour_cos"]) % (2 * np.pi) * 12 / np.pi, berlin.hour, atol=1e-9
    )
    pd.DataFrame({"time": berlin.astype(str), "load": values}).to_csv(path, index=False)  # with offsets
    (offset,) = read_table(path)
    assert offset.time.equals(utc) and offset.zone == "UTC"
    with pytest.raises(InputError, match="line 28: the clocks of Europe/Berlin leave that time out"):
        pd.DataFrame({"time": utc.tz_localize(None), "load": values}).to_csv(path, index=False)
        read_table(path, zone="Europe/Berlin")
    with pytest.raises(InputError, match="zone='Mars' is no time zone"):
        read_table(path, zone="Mars")


def test_local_midnights_stay_days_whatever_their_offset(tmp_path: Path) -> None:
    series = daily(300)
    path = tmp_path / "days.csv"
    series.set_axis(series.index.tz_localize("Europe/Berlin")).to_csv(path, index_label="day")
    table = read_table(path)
    assert only(table).time.equals(series.index) and "moved" not in codes(table.findings)


def test_a_series_runs_from_its_first_to_its_last_value() -> None:
    series = daily()
    series.iloc[[0, 1, 20, -1]] = np.nan
    read = only(read_table(series))
    np.testing.assert_array_equal(read.values, series.iloc[2:-1])
    assert read.time.equals(series.index[2:-1]) and codes(read.findings) == {"ends", "gaps"}


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("year and month", lambda t: f"{t.year},{t.month}"),
        ("a date and a clock", lambda t: f"{t:%Y-%m-%d},{t:%H:%M}"),
        ("quarters", lambda t: f"{t.year} Q{t.quarter},"),
        ("years", lambda t: f"{t.year},"),
        ("seconds", lambda t: f"{int(t.timestamp())},"),
        ("weeks", lambda t: f"{t.isocalendar().year}-W{t.isocalendar().week:02d},"),
    ],
)
def test_times_come_in_many_shapes(name: str, write: Callable[[pd.Timestamp], str], tmp_path: Path) -> None:
    freq = {"year and month": "MS", "quarters": "QS-JAN", "years": "YS-JAN", "weeks": "W-MON"}.get(name, "h")
    index = pd.date_range("2001-01-01", periods=30, freq=freq)
    header = {"year and month": "year,month,y", "a date and a clock": "date,clock,y"}.get(name, "time,note,y")
    rows = [f"{write(t)},{i % 7}.5" for i, t in enumerate(index)]
    path = tmp_path / "times.csv"
    path.write_text("\n".join([header, *rows]))
    (read,) = read_table(path)
    assert read.time.equals(index)


def test_day_and_month_are_told_apart_by_the_order_and_the_grid_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    for form in ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"):
        hours = pd.date_range("2020-01-01", periods=60, freq="h")
        pd.Series(range(60), hours, name="y").to_csv(path, index_label="when", date_format=form)
        table = read_table(path)
        assert only(table).time.equals(hours) and "dayfirst" in codes(table.findings)
    pd.Series(range(12), pd.date_range("2020-01-01", periods=12), name="y").to_csv(path, date_format="%d/%m/%Y")
    with pytest.raises(InputError, match="give dayfirst=True or dayfirst=False"):
        read_table(path)
    assert read_table(path, dayfirst=False).frequency == "MS"
    assert read_table(path, dayfirst=True).frequency == "D"


def test_a_coarser_frequency_averages_and_a_finer_one_is_refused(tmp_path: Path) -> None:
    index = pd.date_range("2023-01-01", periods=240, freq="h")
    series = pd.Series(np.arange(240.0), index, name="y")
    table = read_table(series, frequency="D")
    (read,) = table
    np.testing.assert_array_equal(read.values, np.arange(10) * 24 + 11.5)
    assert table.frequency == "D" and "averaged" in codes(read.findings)
    with pytest.raises(InputError, match="860,401 places for 240 rows"):
        list(read_table(series, frequency="s"))
    with pytest.raises(InputError, match="frequency='often' is no frequency"):
        read_table(series, frequency="often")


def test_every_finding_can_be_overruled(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n" + "\n".join(f"1,{i:03d};2.{i:03d}" for i in range(30)))
    assert only(read_table(path, target="a")).values[5] == 1.005
    assert only(read_table(path, target="a", decimal=".")).values[5] == 1005
    assert only(read_table(path, target="b", decimal=",")).values[5] == 2005
    assert read_table(path, target="a", seasons=[7, 12]).seasons[0].length == 12
    assert only(read_table(path, target="b", missing=["2.003"])).observed == 29
    for wrong in (
        {"delimiter": ",,"},
        {"decimal": "x"},
        {"seasons": [1]},
        {"duplicates": "no"},
        {"target": "b", "inputs": ["b"]},
    ):
        with pytest.raises(InputError):
            read_table(path, **({"target": "a"} | wrong))


def test_what_is_found_is_said_with_lines_and_remedies(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"2023-01-{day:02d};{day},25" for day in range(1, 31)]
    rows[9] = "2023-01-10;"
    path.write_text("# a meter\nday;load\n" + "\n".join([*rows, rows[-1], "Total;99"]))
    table = read_table(path)
    told = {finding.code: finding for finding in table.findings}
    assert {"delimiter", "decimal", "time", "target", "frequency", "season", "duplicates", "footer"} <= set(told)
    assert told["duplicates"].lines == (33,) and told["footer"].lines == (34,)
    (series,) = table
    assert [finding.code for finding in series.findings] == ["gaps"] and "1 of its 30 values" in str(series.findings[0])
    assert all(
        "=…" in finding.sentence
        for finding in table.findings
        if finding.code in ("delimiter", "decimal", "time", "season")
    )


def test_a_quotation_mark_and_a_percent_sign_too_many_are_named_by_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [f"2023-01-{day:02d},{day}" for day in range(1, 31)]
    path.write_text("day,load\n" + "\n".join([*rows[:6], '2023-01-07,"7', *rows[7:]]))
    with pytest.raises(InputError, match="a quotation mark in the row after line 7 is not closed"):
        read_table(path)
    path.write_text("day,load\n" + "\n".join([*rows[:6], "2023-01-07,7%", *rows[7:]]))
    with pytest.raises(InputError, match="line 8 has a percent sign and line 2 has none"):
        read_table(path)
    path.write_text("day,load\n" + "\n".join(f"{row}%" for row in rows))
    assert only(read_table(path)).values[6] == 7


def test_a_series_pickles_and_knows_how_much_was_observed() -> None:
    series = pickle.loads(pickle.dumps(Series("a", pd.RangeIndex(3), np.array([1.0, np.nan, 2.0]))))
    assert (len(series), series.observed, dict(series.inputs)) == (3, 2, {})


@pytest.mark.parametrize(
    ("frequency", "carried"),
    [
        ("h", {"hour", "weekday", "month"}),
        ("D", {"weekday", "month"}),
        ("B", {"weekday", "month"}),
        ("12h", {"weekday", "month"}),
        ("W-SUN", {"month"}),
        ("MS", {"month"}),
        ("QE-DEC", {"month"}),
        ("YS-JAN", set()),
    ],
)
def test_the_calendar_says_what_the_frequency_carries(frequency: str, carried: set[str]) -> None:
    time = pd.date_range("2024-01-01", periods=50, freq=frequency)
    features = calendar(time, frequency)
    assert set(features) == {f"{name}_{wave}" for name in carried for wave in ("sin", "cos")}
    assert all(x.shape == (50,) and np.abs(x).max() <= 1 for x in features.values())
    if "weekday" in carried:
        monday = features["weekday_cos"][time.day_of_week == 0]
        np.testing.assert_allclose(monday, 1)


def test_nothing_is_known_of_a_time_without_a_calendar() -> None:
    assert calendar(pd.RangeIndex(9), None) == {}
