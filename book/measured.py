"""Every verdict of the course: each claim with the section that shows it and what the full records say, in one table.

Nothing in it is typed: the claims come from the studies, the verdicts from results/, the sections from the chapters.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blocks import Code, Page, Target, all_blocks
from course import ROOT, Concept, Course, Entry
from rnnlab.errors import InputError
from rnnlab.studies import Claim, Study, Verdict, read
from rnnlab.studies.catalogue import catalogue

CLAIM = re.compile(r"[\"'](\d+\.\d+[a-z]?)[\"']")
# What surprises first: a claim is written as what one expects to find.
ORDER = ("does not hold", "cannot tell", "holds", "not measured")
MARKS = {"does not hold": "✗", "cannot tell": "?", "holds": "✓", "not measured": "–"}


@dataclass(frozen=True)
class Place:
    """Where a claim is shown: page and target of the section, and its heading."""

    page: Page
    target: str
    heading: str


@dataclass(frozen=True)
class Row:
    """A claim, where it is shown, and its verdict by the full records, if there are any."""

    claim: Claim
    study: Study
    place: Place | None
    verdict: Verdict | None

    @property
    def decision(self) -> str:
        return self.verdict.decision if self.verdict else "not measured"

    @property
    def chapter(self) -> int:
        return int(self.claim.number.split(".")[0])


class Measured:
    """All claims of `studies` as the chapters of `course` show them. Each verdict is judged once, when first asked for.

    InputError names a claim that no section shows, and a number that a chapter shows as a claim and no study has.
    """

    def __init__(self, course: Course, studies: Mapping[str, Study] | None = None, store: Path | None = None):
        self.course, self.store = course, store
        self.studies = catalogue() if studies is None else studies

    @cached_property
    def claims(self) -> dict[str, tuple[Claim, Study]]:
        """By number."""
        found: dict[str, tuple[Claim, Study]] = {}
        for study in self.studies.values():
            for claim in study.claims:
                if claim.number in found:
                    raise InputError(
                        f"{study.name} and {found[claim.number][1].name} both have a claim {claim.number}."
                    )
                found[claim.number] = claim, study
        return found

    @cached_property
    def places(self) -> dict[str, Place]:
        """Number of a claim → the section that shows it first. Claims of a chapter in preparation may be unshown."""
        found: dict[str, Place] = {}
        for page in self.course.executed.values():
            for number, place in shown_in(page):
                if number not in self.claims:
                    raise InputError(f"{page.path.name} shows a claim {number}; no study has one of that number.")
                found.setdefault(number, place)
        written = {entry.number for entry in self.course.map if entry.name in self.course.pages}
        unshown = [n for n in self.claims if n not in found and int(n.split(".")[0]) in written]
        if unshown:
            raise InputError(f"No section shows {', '.join(unshown)}; show each with verdict_on, or take it out.")
        return found

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """What surprises first; within that, the order of the course."""
        verdicts: dict[str, Verdict] = {}
        for study in self.studies.values():
            try:
                records = read(study, store=self.store)
            except InputError:  # not, or not all, recorded under today's definition: said in its row
                continue
            verdicts |= {verdict.claim: verdict for verdict in study.verdicts(records)}
        rows = [
            Row(claim, study, self.places.get(number), verdicts.get(number))
            for number, (claim, study) in self.claims.items()
        ]
        return tuple(sorted(rows, key=lambda row: (ORDER.index(row.decision), _numbers(row.claim.number))))

    def observation(self, chapter: int, chosen: str | None) -> Row | None:
        """The chapter's one observation: the claim that map.toml chooses, else the most surprising one."""
        own = [row for row in self.rows if row.chapter == chapter and row.verdict and row.place]
        if chosen is None:
            return own[0] if own else None
        if chosen not in self.claims or int(chosen.split(".")[0]) != chapter:
            raise InputError(
                f"map.toml chooses {chosen} as the observation of chapter {chapter}; it has no such claim."
            )
        return next((row for row in own if row.claim.number == chosen), None)


def shown_in(page: Page) -> Iterator[tuple[str, Place]]:
    """The numbers of claims that the page's cells give to verdict_on, each with its section, in their order."""
    place, target = Place(page, "", page.title), ""
    for block in all_blocks(page.blocks):
        if isinstance(block, Target):
            target = block.name
        elif isinstance(block, Code):
            if "verdict_on(" in block.source:
                for number in CLAIM.findall(block.source):
                    yield number, place
        elif (heading := re.match(r"##\s+(.+)", getattr(block, "text", ""))) is not None:
            place = Place(page, target if page.targets.get(target) == heading[1].strip() else "", heading[1].strip())


PAGE = """\
# What ten chapters measured

Every claim of the course is written down as what one would expect, and then measured. Here they all are, with what
the full studies found. Nothing on this page is typed: `make readme` writes it from the claims of the studies, from the
records in `results/` and from the chapters, which show each claim in one section.

What surprises comes first. A claim surprises when the measurement contradicts it (✗, *does not hold*), and next when
the measurement cannot confirm it (?, *cannot tell*: the interval has both answers in it). What holds (✓) comes last.
Within each of the three, the order is that of the course. Square brackets hold an interval of 95 % over seeds. The
number of a claim leads to its section, the study to the code that measured it.

{summary}

{table}
"""


def page(measured: Measured) -> str:
    """course/measured.md, whole."""
    return PAGE.format(summary=summary(measured.rows), table=table(measured))


def summary(rows: Sequence[Row]) -> str:
    """How many of each decision, in a sentence, and what backs them."""
    counts = {decision: sum(row.decision == decision for row in rows) for decision in ORDER}
    words = f"Of {len(rows)} claims, {counts['holds']} hold, {counts['does not hold']} do not, and for "
    words += f"{counts['cannot tell']} the measurement cannot tell. "
    if counts["not measured"]:
        return words + f"{counts['not measured']} have no full record yet."
    return words + "Full records back every one of them."


def table(measured: Measured) -> str:
    """One row a claim: verdict, sentence with a link to its section, what was measured, seeds, the study's trial."""
    lines = ["| | claim | measured | seeds | study |", "| --- | --- | --- | ---: | --- |"]
    for row in measured.rows:
        where = f"**{row.claim.number}**"
        if row.place:
            where = f"[{row.claim.number}]({row.place.page.path.name}#{row.place.target})"
        detail, seeds = (row.verdict.detail, str(row.verdict.seeds)) if row.verdict else ("no full record yet", "")
        study = f"[{row.study.name}](../{trial_file(row.study)})"
        cells = (MARKS[row.decision], f"{where} {row.claim.sentence}.", detail, seeds, study)
        lines.append(f"| {' | '.join(escaped(cell) for cell in cells)} |")
    return "\n".join(lines)


def escaped(cell: str) -> str:
    """A bar would end the cell."""
    return cell.replace("|", "\\|").replace("\n", " ")


def trial_file(study: Study) -> str:
    """The file in which the study's trial stands, as the repository names it."""
    file = inspect.getsourcefile(study.trial)
    assert file is not None
    return Path(file).resolve().relative_to(ROOT).as_posix()


def experiment(measured: Measured, entry: Entry, concept: Concept) -> str:
    """The file that measures a key concept: of a study its trial's, else the file of that name among the studies."""
    if concept.study in measured.studies:
        return trial_file(measured.studies[concept.study])
    path = f"src/rnnlab/studies/{concept.study}.py"
    if not (ROOT / path).is_file():
        raise InputError(f"map.toml: chapter {entry.number} names a study {concept.study!r}; there is none.")
    return path


def section(course: Course, entry: Entry, concept: Concept) -> str:
    """The heading of the section that teaches a key concept of a written chapter."""
    targets = course.pages[entry.name].targets
    if concept.section not in targets:
        raise InputError(
            f"map.toml: {concept.name!r} of chapter {entry.number} leads to ({concept.section})=, "
            f"which {entry.name}.md lacks; it has {', '.join(targets)}."
        )
    return targets[concept.section]


def _numbers(number: str) -> tuple[int, int, str]:
    chapter, section = number.split(".")
    digits = re.match(r"\d+", section)
    assert digits is not None
    return int(chapter), int(digits[0]), section[digits.end() :]
