from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from damaged import EITHER, KINDS, REFUSED, RIGHT, Damaged, damaged_tables

from rnnlab.cli import run
from rnnlab.errors import InputError
from rnnlab.forecasting import Plan, Series
from rnnlab.forecasting.reading import read_table

EACH = 24
REMEDIES = "give|name|mend|save|write|fetch|check|put|close|say|leave|rename|needs|has|empty"


def read(case: Damaged, folder: Path) -> Series | str:
    """The series, or the sentence that refuses it. Any other exception fails the test that asks."""
    path = folder / "meter.csv"
    path.write_bytes(case.content)
    try:
        (series,) = read_table(path, **case.settings)
    except InputError as error:
        return str(error)
    return series


def wrong(case: Damaged, result: Series | str) -> str:
    """What is wrong with it, or nothing."""
    if isinstance(result, str):
        if case.wanted == RIGHT:
            return f"refused, and should be read: {result}"
        return not_a_sentence(result)
    if case.wanted == REFUSED:
        return f"read as {result.values[:5]} …, and should be refused"
    assert isinstance(result.time, pd.DatetimeIndex)
    read = pd.Series(result.values, result.time)
    if case.wanted == EITHER:
        read = read.iloc[: len(read) - case.spoilt].dropna()
        truth = case.truth.reindex(read.index)
    else:
        truth = case.truth.asfreq(read.index.freqstr) if len(read) != len(case.truth) else case.truth
        if not read.index.equals(truth.index):
            return f"read at {read.index}, and should be at {truth.index}"
    return "" if np.array_equal(read, truth, equal_nan=True) else f"read as {read.head()}, should be {truth.head()}"


def not_a_sentence(text: str) -> str:
    if len(text) > 300:
        return f"a sentence of {len(text)} characters: {text}"
    if "\n" in text or not text.endswith((".", "?")) or re.search(r"[.?!] [A-Z]", text):
        return f"not one sentence: {text}"
    if not re.search(rf"[;,:] .*\b({REMEDIES})\b|there is nothing|did you mean", text):
        return f"says not what to do: {text}"
    return ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_damaged_table_is_read_rightly_or_refused_in_one_sentence(kind: object, tmp_path: Path) -> None:
    cases = [case for case in damaged_tables(EACH) if case.kind == kind.__name__.replace("_", " ")]  # type: ignore[attr-defined]
    assert len(cases) == EACH
    faults = [(draw, fault) for draw, case in enumerate(cases) if (fault := wrong(case, read(case, tmp_path)))]
    assert not faults, "\n".join(f"{draw}: {fault}" for draw, fault in faults)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_command_plans_a_damaged_table_or_refuses_it_in_a_line(
    kind: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "estimate", lambda plan, workers: 1.0)
    path = tmp_path / "meter.csv"
    for case in damaged_tables(10, seed=1):
        if case.kind != kind.__name__.replace("_", " "):  # type: ignore[attr-defined]
            continue
        path.write_bytes(case.content)
        given = {"--target": case.settings.get("target"), "--duplicates": case.settings.get("duplicates")}
        asked = [part for flag, value in given.items() if value for part in (flag, value)]
        code = run(["forecast", str(path), "--horizon", "1", "--nets", "rnn", "--plan", *asked])
        told = capsys.readouterr()
        assert told.out == ""
        if code == 2:
            assert len(told.err.splitlines()) == 1, told.err
        else:
            assert (code, "trials in all" in told.err, case.wanted != REFUSED) == (0, True, True), told.err
