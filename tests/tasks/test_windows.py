from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnlab.tasks import Scaler, Windows
from rnnlab.tasks.table import carried
from rnnlab.tasks.windows import Series


def windows(rows: list[int], window: int = 3, horizon: int = 2, T: int = 10) -> Windows:
    values = np.arange(T, dtype=np.float64)
    series = Series(
        stamps=pd.date_range("2020-01-01", periods=T, freq="h").to_numpy().astype("datetime64[ns]"),
        channels=np.column_stack([values, -values]).astype(np.float32),
        observed=values,
        carried=values,
        scaler=Scaler(mean=2.0, std=4.0),
    )
    return Windows(series, np.array(rows), window, horizon, missing_targets=0, missing_inputs=0)


def test_a_window_reads_up_to_its_origin_and_is_asked_for_what_follows() -> None:
    w = windows([2, 5])
    assert w.inputs.tolist() == [[[0, 0], [1, -1], [2, -2]], [[3, -3], [4, -4], [5, -5]]]
    assert w.past.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert w.truth.tolist() == [[3, 4], [6, 7]]
    assert w.targets.tolist() == [[0.25, 0.5], [1.0, 1.25]]
    assert w.origins.astype("datetime64[h]").astype(str).tolist() == ["2020-01-01T02", "2020-01-01T05"]
    assert w.stamps.astype("datetime64[h]").astype(str)[1].tolist() == ["2020-01-01T06", "2020-01-01T07"]
    assert len(w) == 2


@pytest.mark.parametrize("rows", [[2], [2, 3, 4], [2, 3, 7]])
def test_arrays_are_float32_contiguous_and_may_be_written_to(rows: list[int]) -> None:
    w = windows(rows)
    for array in (w.inputs, w.targets):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert array.flags.writeable
    before = w.series.channels.copy()
    w.inputs[:] = 99
    np.testing.assert_array_equal(w.series.channels, before)


def test_the_last_window_ends_with_the_series() -> None:
    assert windows([7]).truth.tolist() == [[8, 9]]
    assert windows([9 - 1], horizon=1).truth.tolist() == [[9]]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(-1e6, 1e6))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_unscale_undoes_scale(mean: float, std: float, x: float) -> None:
    scaler = Scaler(mean, std)
    assert scaler.unscale(scaler.scale([x]))[0] == pytest.approx(x, abs=1e-6)


@given(st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=1, max_size=30), st.integers(0, 8))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_gap_carries_the_last_value_as_pandas_does_up_to_the_limit(values: list[int | None], limit: int) -> None:
    x = np.array([np.nan if v is None else v for v in values])
    expected = pd.Series(x).ffill(limit=limit).to_numpy() if limit else x
    np.testing.assert_array_equal(carried(x, limit), expected)
