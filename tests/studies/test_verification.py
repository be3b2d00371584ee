"""A sample of records is measured again: what comes out the same is said to, and what does not is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_trials import sample, tuned

from rnnlab.errors import InputError
from rnnlab.studies import run
from rnnlab.studies.verification import verify


def test_records_of_todays_code_come_out_the_same(tmp_path: Path) -> None:
    study = tuned()
    run(study, "full", store=tmp_path)
    repeats = list(verify(study, sample=5, store=tmp_path))
    assert len(repeats) == 5
    assert all(repeat.same and repeat.shift("mae") == 0 for repeat in repeats)
    assert all(repeat.seconds > 0 for repeat in repeats)


def test_a_record_that_was_changed_is_named_with_what_differs(tmp_path: Path) -> None:
    study = sample(seeds=range(2))
    run(study, "full", store=tmp_path)
    file = tmp_path / "sample.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        line["measurements"]["mae"] *= 1.5
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    repeats = list(verify(study, sample=100, store=tmp_path))
    assert len(repeats) == 8
    assert {repeat.differing for repeat in repeats} == {("mae",)}
    assert [repeat.shift("mae") for repeat in repeats] == pytest.approx([1 / 3] * 8)
    assert not any(repeat.same for repeat in repeats)


def test_another_seed_draws_other_records(tmp_path: Path) -> None:
    study = sample()
    run(study, "full", store=tmp_path)
    drawn = [
        [(r.record.settings["hidden_size"], r.record.seed) for r in verify(study, sample=4, seed=seed, store=tmp_path)]
        for seed in (0, 1, 0)
    ]
    assert drawn[0] == drawn[2] != drawn[1]


def test_what_is_not_recorded_cannot_be_verified(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="32 of the 32 full trials of sample are not recorded"):
        list(verify(sample(), store=tmp_path))
