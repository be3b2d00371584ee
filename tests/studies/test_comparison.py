"""Two folders of records are held against each other, paired by seed, whatever definition each was recorded by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sample_trials import sample

from rnnlab.errors import InputError
from rnnlab.studies import run
from rnnlab.studies.comparison import compare


def rewritten(source: Path, target: Path, change) -> None:
    """The records of source with the measured error changed, as another version would have recorded them."""
    target.mkdir()
    lines = [json.loads(line) for line in (source / "sample.jsonl").read_text().splitlines()]
    for line in lines:
        line["fingerprint"], line["version"] = "other", "0.0.9"
        change(line)
    (target / "sample.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_only_the_setting_that_moved_is_said_to_have_moved(tmp_path: Path) -> None:
    study = sample()
    run(study, "full", store=tmp_path / "now")

    def worse_lstm(line) -> None:
        rng = np.random.default_rng(line["seed"])
        line["measurements"]["mae"] += rng.normal(0.3 * (line["settings"]["cell"] == "lstm"), 0.01)

    rewritten(tmp_path / "now", tmp_path / "then", worse_lstm)
    before, after, rows = compare(study, tmp_path / "then", tmp_path / "now")
    assert (before.versions, before.fingerprint, len(after.records)) == (("0.0.9",), "other", 32)
    moved = {(row.setting["cell"], row.setting["hidden_size"]): row for row in rows}
    assert [moved["lstm", size].has_moved for size in (4, 8)] == [True, True]
    assert [moved["rnn", size].has_moved for size in (4, 8)] == [False, False]
    assert moved["lstm", 4].low < -0.3 < moved["lstm", 4].high
    assert {row.seeds for row in rows} == {8}


def test_runs_that_diverged_are_counted_and_left_out_of_the_difference(tmp_path: Path) -> None:
    study = sample(vary={"cell": ("lstm",)}, hold={"hidden_size": 8}, claims=())
    run(study, "full", store=tmp_path / "now")

    def two_diverge(line) -> None:
        if line["seed"] < 2:
            line["measurements"]["mae"] = {"float": "nan"}

    rewritten(tmp_path / "now", tmp_path / "then", two_diverge)
    _, _, (row,) = compare(study, tmp_path / "then", tmp_path / "now")
    assert (row.diverged, row.seeds, row.before == row.after, row.has_moved) == ((2, 0), 6, True, False)


def test_of_a_folder_with_two_definitions_the_last_recorded_counts(tmp_path: Path) -> None:
    study = sample(seeds=range(5))
    run(study, "full", store=tmp_path)
    run(
        sample(seeds=range(5), vary={"cell": ("rnn", "lstm")}, hold={"hidden_size": 8}, claims=()),
        store=tmp_path,
        mode="full",
    )
    side, _, rows = compare(study, tmp_path, tmp_path)
    assert len(side.records) == 10
    assert len(rows) == 2


def test_folders_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    run(sample(seeds=range(2)), "full", store=tmp_path / "a")
    run(sample(seeds=range(5, 7)), "full", store=tmp_path / "b")
    with pytest.raises(InputError, match="none with the same settings and seed"):
        compare(sample(), tmp_path / "a", tmp_path / "b")
    with pytest.raises(InputError, match="has no records of sample"):
        compare(sample(), tmp_path / "a", tmp_path / "c")
