"""The table of verdicts: every claim stands in it once, with the section that shows it; what surprises comes first."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import readme
from course import ROOT, Concept, Course
from measured import ORDER, Measured, escaped, experiment, page, section, shown_in, summary
from rnnlab.errors import InputError
from rnnlab.studies import Claim, Records, Study, paired, run, share

COURSE = Course()


@pytest.fixture(scope="module")
def measured() -> Measured:
    return Measured(COURSE)


def test_every_claim_is_shown_in_a_section_and_every_number_shown_is_a_claim(measured: Measured) -> None:
    assert set(measured.places) <= set(measured.claims)
    written = {entry.number for entry in COURSE.map if entry.name in COURSE.pages}
    assert {n for n in measured.claims if int(n.split(".")[0]) in written} == set(measured.places)
    nowhere = [n for n, place in measured.places.items() if place.target not in place.page.targets]
    assert nowhere == [], "a section that shows a claim has a label: (name)= before its heading"


def unguarded(sources: list[str]) -> Iterator[str]:
    """The verdicts, by their lines, that no assertion of the cells reads under the name that was given to them."""
    trees = [ast.parse(source) for source in sources]
    read = {
        name.id
        for tree in trees
        for check in ast.walk(tree)
        if isinstance(check, ast.Assert)
        for name in ast.walk(check.test)
        if isinstance(name, ast.Name)
    }
    for tree in trees:
        for line in tree.body:
            calls = [n for n in ast.walk(line) if isinstance(n, ast.Call) and ast.unparse(n.func) == "verdict_on"]
            if not calls or isinstance(line, ast.Assert):
                continue
            names = {n.id for n in ast.walk(line) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            if not names & read:
                yield ast.unparse(line)


def test_an_assertion_stands_behind_every_verdict_that_a_chapter_shows() -> None:
    for name in COURSE.pages:
        cells = [block.source for block in COURSE.pages[name].blocks if getattr(block, "source", "")]
        assert list(unguarded([cell for cell in cells if "verdict_on" in cell or "assert" in cell])) == [], name


def test_the_guard_of_verdicts_sees_one_that_nothing_asserts() -> None:
    judged = 'a = verdict_on("1.1", live, full)\nb = [verdict_on(c, full) for c in ("1.2", "1.3")]'
    assert list(unguarded([judged, "assert a.decision == 'holds'"])) == [judged.splitlines()[1].replace('"', "'")]
    assert list(unguarded([judged, "assert a.decision == b[0].decision"])) == []
    assert list(unguarded(["verdict_on('1.1', full)"])) == ["verdict_on('1.1', full)"]


def test_the_committed_page_is_the_one_that_the_records_give(measured: Measured) -> None:
    assert (COURSE.folder / "measured.md").read_text("utf-8") == page(measured), "run `make readme`"


def test_every_key_concept_leads_to_its_section_and_to_its_experiment(measured: Measured) -> None:
    for entry in COURSE.map:
        if entry.name in COURSE.pages:
            headings = [section(COURSE, entry, concept) for concept in entry.concepts]
            assert all(f"\n## {heading}\n" in COURSE.pages[entry.name].path.read_text("utf-8") for heading in headings)
            assert all((ROOT / experiment(measured, entry, concept)).is_file() for concept in entry.concepts)
            assert entry.concepts


def test_the_map_refuses_a_section_or_a_study_that_is_not_there(measured: Measured) -> None:
    entry = COURSE.map[0]
    with pytest.raises(InputError, match=r"'x' of chapter 1 leads to \(gone\)=, which 01_introduction.md lacks"):
        section(COURSE, entry, Concept("x", "gone", "parity_length"))
    with pytest.raises(InputError, match="chapter 1 names a study 'gone'"):
        experiment(measured, entry, Concept("x", "order", "gone"))
    with pytest.raises(InputError, match=r"chooses 2\.1a as the observation of chapter 1"):
        measured.observation(1, "2.1a")


def test_the_observation_of_a_chapter_is_the_chosen_claim_or_the_most_surprising_one(measured: Measured) -> None:
    for entry in COURSE.map:
        row = measured.observation(entry.number, entry.observation)
        assert row is None or row.claim.number == entry.observation
    first = measured.observation(10, None)
    assert first is not None
    assert first == next(row for row in measured.rows if row.chapter == 10)


def measure(*, cell: str, seed: int) -> dict[str, float]:
    return {"error": seed + (1.0 if cell == "rnn" else 0.0)}


def gru_against_rnn(records: Records) -> Any:
    return paired(records.where(cell="gru").values(), records.where(cell="rnn").values())


def rnn_against_gru(records: Records) -> Any:
    return paired(records.where(cell="rnn").values(), records.where(cell="gru").values())


def undecided(records: Records) -> Any:
    return share(3, 6, above=0.5)


STUDY = Study(
    name="of_this_test",
    question="?",
    prediction="!",
    section="1.1",
    trial=measure,
    measure="error",
    vary={"cell": ("rnn", "gru")},
    seeds=range(6),
    claims=(
        Claim("1.1a", "The GRU errs | less", gru_against_rnn),
        Claim("1.1b", "The RNN errs less", rnn_against_gru),
        Claim("1.2", "Nobody knows", undecided),
    ),
)

PAGE = """# How

(one)=
## 1.1 One

```{code-cell} python
a = verdict_on("1.1a", live)
```

(two)=
## 1.2 Two

```{code-cell} python
for claim in ("1.1b", "1.2"):
    verdict_on(claim, live)
print("9.9")
```
"""


def course_with(folder: Path, text: str) -> Course:
    (folder / "course").mkdir()
    (folder / "course" / "01_decay.md").write_text(text, "utf-8")
    (folder / "course" / "map.toml").write_text(
        '[[chapter]]\nnumber = 1\nname = "01_decay"\ntitle = "How"\ngoal = "g"\nconcepts = []\n', "utf-8"
    )
    shutil.copy(COURSE.folder / "references.bib", folder / "course")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return Course(folder / "course", folder)


def test_what_does_not_hold_comes_first_and_each_claim_leads_to_the_section_that_shows_it(tmp_path: Path) -> None:
    run(STUDY, "full", store=tmp_path)
    course = course_with(tmp_path, PAGE.replace('print("9.9")\n', ""))
    found = Measured(course, {STUDY.name: STUDY}, tmp_path)
    assert [(row.claim.number, row.decision) for row in found.rows] == [
        ("1.1b", "does not hold"),
        ("1.2", "cannot tell"),
        ("1.1a", "holds"),
    ]
    assert {n: place.target for n, place in found.places.items()} == {"1.1a": "one", "1.1b": "two", "1.2": "two"}
    assert [ORDER.index(row.decision) for row in found.rows] == [0, 1, 2]
    assert summary(found.rows).startswith("Of 3 claims, 1 hold, 1 do not, and for 1 the measurement cannot tell. Full")
    text = page(found)
    assert "| ✗ | [1.1b](01_decay.md#two) The RNN errs less. |" in text
    assert "The GRU errs \\| less." in text


def test_a_claim_without_full_records_says_so_and_stands_last(tmp_path: Path) -> None:
    course = course_with(tmp_path, PAGE.replace('print("9.9")\n', ""))
    found = Measured(course, {STUDY.name: STUDY}, tmp_path / "empty")
    assert {row.decision for row in found.rows} == {"not measured"}
    assert page(found).count("| no full record yet |") == 3
    assert "3 have no full record yet" in summary(found.rows)


def test_a_claim_that_no_section_shows_is_refused(tmp_path: Path) -> None:
    course = course_with(tmp_path, PAGE.replace('print("9.9")\n', "").replace('"1.1b", ', ""))
    with pytest.raises(InputError, match=r"No section shows 1\.1b"):
        _ = Measured(course, {STUDY.name: STUDY}, tmp_path).places


def test_a_section_that_shows_a_claim_of_no_study_is_refused(tmp_path: Path) -> None:
    course = course_with(tmp_path, PAGE)
    with pytest.raises(InputError, match=r"01_decay\.md shows a claim 9\.9; no study has one"):
        _ = Measured(course, {STUDY.name: STUDY}, tmp_path).places


def test_two_studies_with_one_number_are_refused(tmp_path: Path) -> None:
    course = course_with(tmp_path, PAGE)
    with pytest.raises(InputError, match=r"both have a claim 1\.1a"):
        _ = Measured(course, {"a": STUDY, "b": replace(STUDY, name="b")}, tmp_path).claims


def test_numbers_outside_a_cell_that_judges_are_no_claims() -> None:
    numbers = [number for number, _ in shown_in(COURSE.pages["how_to_use"])]
    assert numbers == []
    assert escaped("a | b\nc") == "a \\| b c"


def test_a_place_on_github_is_the_heading_in_lower_case_with_hyphens() -> None:
    assert readme.anchor("1.1 One state, any length") == "11-one-state-any-length"
    assert readme.anchor("10.3 RNN, GRU, LSTM") == "103-rnn-gru-lstm"
