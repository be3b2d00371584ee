"""Studies are found by looking."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnnlab.studies
from rnnlab.errors import InputError
from rnnlab.studies import Study
from rnnlab.studies.catalogue import catalogue, find

QUESTION = """
from rnnlab.studies import Study

def trial(*, seed):
    return {"mae": seed}

TEXT = {"question": "?", "prediction": "!", "section": "SECTION"}
NAME = Study(name="NAME", **TEXT, trial=trial, measure="mae", vary={}, seeds=(0,))
SAME = NAME
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place where further questions of rnnlab.studies can stand."""
    monkeypatch.setattr(rnnlab.studies, "__path__", [str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("rnnlab.studies.question_")]:
        del sys.modules[name]


def put(folder: Path, file: str, name: str, section: str) -> None:
    (folder / f"{file}.py").write_text(QUESTION.replace("NAME", name).replace("SECTION", section))


def test_every_study_of_every_file_is_found_in_the_order_of_the_course(folder: Path) -> None:
    put(folder, "question_a", "last", "10.3")
    put(folder, "question_b", "first", "2.10")
    put(folder, "question_c", "middle", "9.4")
    assert list(catalogue()) == ["first", "middle", "last"]
    assert find("middle").section == "9.4"


def test_two_studies_of_one_name_are_refused(folder: Path) -> None:
    put(folder, "question_d", "walk", "1.1")
    put(folder, "question_e", "walk", "1.2")
    with pytest.raises(InputError, match=r"Two studies are named walk, one of them in rnnlab.studies.question_e"):
        catalogue()


def test_an_unknown_study_is_answered_with_the_nearest_or_with_all(folder: Path) -> None:
    put(folder, "question_f", "weather_forecast", "10.3")
    with pytest.raises(InputError, match=r"no study named wether_forecast; did you mean weather_forecast\?"):
        find("wether_forecast")
    with pytest.raises(InputError, match="there are weather_forecast"):
        find("parity")


def test_the_studies_of_the_course_are_sound() -> None:
    for name, study in catalogue().items():
        assert isinstance(study, Study)
        assert study.name == name
        for mode in ("quick", "full"):
            assert len(study.fingerprint(mode)) == 16
        seeds = len(study.seeds_of("full"))
        assert seeds == 1 or seeds >= 10, f"{name}: a full study has 10 seeds or more, or one where nothing is drawn"


def test_the_machinery_does_not_load_the_questions() -> None:
    code = "import sys, rnnlab.studies.catalogue; print([m for m in sys.modules if m in ('torch', 'pandas', 'scipy')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
