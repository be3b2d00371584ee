"""Records are tabled, chosen from, and handed over seed by seed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sample_trials import sample, tuned

import rnnlab
from rnnlab.errors import InputError
from rnnlab.studies import Records, run


@pytest.fixture(scope="module")
def records() -> Records:
    return run(sample(), "full")


def changed(records: Records, place: int, **changes: object) -> Records:
    each = list(records)
    each[place] = replace(each[place], **changes)  # type: ignore[arg-type]
    return Records(records.study, records.mode, each)


def test_values_are_one_number_a_seed_in_the_order_of_the_seeds(records: Records) -> None:
    values = records.where(cell="lstm", hidden_size=8).values()
    by_hand = [r.measurements["mae"] for r in records if r.settings == {"cell": "lstm", "hidden_size": 8}]
    assert values.tolist() == by_hand
    assert values.dtype == np.float64
    assert records.seeds == tuple(range(8))


def test_values_of_two_settings_at_once_are_refused(records: Records) -> None:
    with pytest.raises(InputError, match=r"hidden_size is still open; choose with where\(hidden_size=4\)"):
        records.where(cell="lstm").values()


def test_unknown_names_and_values_are_refused_with_those_that_are_there(records: Records) -> None:
    with pytest.raises(InputError, match="has a setting 'cel'; there are cell, hidden_size"):
        records.where(cel="lstm")
    with pytest.raises(InputError, match='cell=\'gru\'; there are "lstm", "rnn"'):
        records.where(cell="gru")
    one = records.where(cell="lstm", hidden_size=8)
    with pytest.raises(InputError, match="recorded no 'rmse'; it recorded mae, validation, curve, never"):
        one.values("rmse")
    with pytest.raises(InputError, match=r"values\(\) gives single numbers"):
        one.values("curve")


def test_a_table_has_a_row_a_record_and_a_column_a_single_value() -> None:
    records = run(tuned(seeds=range(2)), "full")
    table = records.table
    assert list(table.columns) == [
        "cell", "hidden_size", "learning_rate", "seed", "status", "mae", "validation", "never", "seconds"
    ]  # fmt: skip
    assert len(table) == 8
    assert table["learning_rate"].tolist() == [0.03, 0.03, 0.04, 0.04] * 2


def test_runs_that_diverged_or_failed_stay_in_place_and_are_counted(records: Records) -> None:
    diverged = changed(records, 3, measurements={"mae": math.inf})
    failed = changed(records, 3, measurements={}, error="the loss turned into a pumpkin")
    assert (len(records.diverged), len(records.errors)) == (0, 0)
    assert (len(diverged.diverged), len(diverged.errors)) == (1, 0)
    assert (len(failed.diverged), len(failed.errors)) == (0, 1)
    assert diverged.where(cell="lstm", hidden_size=8).values()[0] == math.inf
    assert math.isnan(failed.where(cell="lstm", hidden_size=8).values()[0])
    assert failed.table["status"].tolist().count("error") == 1


def test_the_source_says_how_many_seeds_which_version_and_when(records: Records) -> None:
    days = changed(changed(records, 0, when="2026-01-01T00:00:00+00:00"), 1, when="2026-01-02T00:00:00+00:00")
    one_day = Records(records.study, "full", [replace(each, when="2026-01-02T00:00:00+00:00") for each in records])
    assert one_day.source == f"sample: 8 seeds, full mode, rnnlab {rnnlab.__version__}, measured 2026-01-02"
    assert "measured 2026-01-01 to " in days.source
