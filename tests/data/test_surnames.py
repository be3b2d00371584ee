from __future__ import annotations

import importlib
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rnnlab.data import romanised, surnames
from rnnlab.data.surnames import _LISTS, LANGUAGES, source

# DATA: distinct names in each of the package's lists
STATED = {
    "Irish": 2_379,
    "Slovak": 1_771,
    "Greek": 1_436,
    "Italian": 1_164,
    "Spanish": 1_085,
    "Dutch": 1_073,
    "English": 1_000,
    "Croatian": 799,
    "Swedish": 500,
    "Russian": 500,
    "Estonian": 495,
    "German": 404,
    "French": 400,
    "Finnish": 400,
    "Czech": 200,
}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return surnames()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_list_has_the_distinct_names_that_its_description_states(language: str, table: pd.DataFrame) -> None:
    provider = importlib.import_module(f"faker.providers.person.{_LISTS[language][0]}").Provider
    assert len(set(provider.last_names)) == STATED[language]
    names = table.loc[table["language"] == language, "name"]
    assert names.is_unique
    assert len(names) == STATED[language] - (115 if language == "Estonian" else 0)
    assert set(names) <= set(provider.last_names)


def test_estonian_names_are_not_the_russian_half_of_their_list(table: pd.DataFrame) -> None:
    names = set(table.loc[table["language"] == "Estonian", "name"])
    provider = importlib.import_module("faker.providers.person.et_EE").Provider
    assert not (names & (set(provider.last_names_rus) - set(provider.last_names_est)))
    assert "Afanasjev" not in names


def test_letters_are_the_same_29_signs_in_every_language(table: pd.DataFrame) -> None:
    assert set("".join(table["letters"])) == set("abcdefghijklmnopqrstuvwxyz '-")
    assert table["letters"].str.len().min() == 2
    assert (table["letters"] == table["letters"].str.strip()).all()
    assert table.loc[table["name"] == "Bourgondië, van", "letters"].tolist() == ["van bourgondie"]


def test_overlaps_are_those_that_the_description_states(table: pd.DataFrame) -> None:
    letters = {language: set(group) for language, group in table.groupby("language")["letters"]}
    assert len(letters["English"] & letters["Spanish"]) == 145
    assert len(letters["Czech"] & letters["Slovak"]) == 64


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Αβαγιανός", "avagianos"),
        ("Παπαδοπούλου", "papadopoulou"),
        ("Ευαγγέλου", "evangelou"),
        ("Ευθυμίου", "efthymiou"),
        ("Μπαμπινιώτης", "bampiniotis"),
        ("Αϋφαντής", "ayfantis"),
        ("Άυλος", "aylos"),
        ("Σταύρου", "stavrou"),
        ("Щукин", "shchukin"),
        ("Найдёнов", "naidenov"),
        ("Подъячев", "podieiachev"),
        ("Đurić", "duric"),
        ("Weiß", "weiss"),
        ("Ó Súilleabháin", "o suilleabhain"),
        ("'s Gravensande", "'s gravensande"),
    ],
)
def test_names_are_romanised_by_the_standards(name: str, letters: str) -> None:
    assert romanised(name) == letters


def test_reading_names_seeds_nothing_and_needs_no_torch() -> None:
    before, numpys = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002  # the global state is what is asked about
    surnames()
    assert random.getstate() == before
    assert np.array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002  # as above
    code = "import sys; import rnnlab.data as d; d.surnames(); d.digits('small'); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_list_is_a_verified_file() -> None:
    assert len({source(language).path() for language in LANGUAGES}) == 15
