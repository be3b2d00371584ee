"""How a text parts its columns, where its header stands, and its records with the lines on which they begin."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding
from rnnlab.forecasting.reading.marks import is_missing, looks_like_a_number
from rnnlab.forecasting.reading.text import Text

DELIMITERS = ("\t", ";", "|", ",")
NAMES = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
LOOK = 200  # lines
WIDEST = 5_000  # columns

Line = tuple[int, str]
Record = tuple[int, int, list[str]]  # first line, last line, cells

_DECIMAL_COMMA = re.compile(r"\s*-?\d+(,\d+)?\s*")
_STAMP = re.compile(
    r"\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([ T].*)?|\d{1,2}:\d{2}(:\d{2}.*)?|.*\d.*:\d{2}.*|\d{4}-?[QWM]\d+"
)


@dataclass(frozen=True)
class Dialect:
    """Columns and header of one text."""

    delimiter: str  # "" where there is one column
    names: tuple[str, ...]
    start: int  # the line after which records begin, 0 where the first line is one
    findings: tuple[Finding, ...]

    @property
    def width(self) -> int:
        """How many cells a record has."""
        return len(self.names)


def dialect_of(text: Text, delimiter: str | None = None) -> Dialect:
    """Looks at the first lines: `delimiter` if given, else the one that parts most of them into the same number of
    cells; a header is a line whose cells are words above columns of numbers or times. InputError if there is none.
    """
    with text.open() as stream:
        rows = [(number, line) for number, line in enumerate(islice(stream, LOOK), start=1) if line.strip()]
    found: list[Finding] = []
    if rows and (told := re.fullmatch(r'"?sep=(.)"?', rows[0][1].strip(), re.IGNORECASE)):
        delimiter, rows = delimiter or told[1], rows[1:]
    comments = [row for row in rows if row[1].startswith("#")]
    plain = [row for row in rows if not row[1].startswith("#")]
    if not plain:
        raise InputError(f"{text.name} has no table in its first {LOOK} lines; a table has a header and rows.")
    separator = delimiter if delimiter is not None else _delimiter(plain)
    parsed = list(_parsed(plain, separator, strict=False))
    width = _width(parsed)
    if width > WIDEST:
        raise InputError(f"{text.name} has {width:,} columns, where a table has at most {WIDEST:,}; is it a CSV file?")
    body = [record for record in parsed if len(record[2]) == width]
    above = [row for row in comments if row[0] < body[0][0]]
    start, names, how = _header(body, above, separator, width)
    preamble = tuple(number for number, _ in plain if number < body[0][0])
    parted = f"Its {width} columns are parted by {_name(separator)}" if width > 1 else "It has one column"
    found.append(Finding("delimiter", f"{parted} (delimiter=…)."))
    if preamble:
        found.append(Finding("preamble", f"{_lines(preamble)} before the table passed over.", preamble))
    if how:
        found.append(Finding("header", how))
    return Dialect(separator, names, start, tuple(found))


def records(text: Text, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every record after the header; comment lines and blank lines are passed over.

    A line that starts with # is a comment unless it has as many cells as a record. InputError for a quotation mark
    that is not closed or closes in the middle of a cell. A record may have too few or too many cells: see `TextRows`.
    """
    last = dialect.start
    try:
        with text.open() as stream:
            after = islice(enumerate(stream, start=1), dialect.start, None)
            for first, end, cells in _parsed(after, dialect.delimiter, strict=True, width=dialect.width):
                yield first, cells
                last = end
    except csv.Error:
        raise InputError(
            f"{text.name}: a quotation mark in the row after line {last} is not closed, or closes inside a cell; "
            'close it, or write "" for one that belongs to the cell.'
        ) from None


def _parsed(lines: Iterable[Line], separator: str, *, strict: bool, width: int = 0) -> Iterator[Record]:
    """Records of the lines, each with its first and its last line; with `width`, comment lines are left out."""
    first = last = 0
    fresh = True

    def fed() -> Iterator[str]:
        nonlocal first, last, fresh
        for number, content in lines:
            if fresh:
                if width and content[0] == "#" and (width == 1 or content.count(separator) < width - 1):
                    continue
                first, fresh = number, False
            last = number
            yield content

    for cells in csv.reader(fed(), delimiter=separator or "\x1f", strict=strict):
        if cells:
            yield first, last, cells
        fresh = True


def _delimiter(lines: Sequence[Line]) -> str:
    """The delimiter that gives most records one width; of equals the first, since a comma is also a decimal mark."""
    shares = {}
    for candidate in DELIMITERS:
        widths = _widths(_parsed(lines, candidate, strict=False))
        of_all = sum(widths.values())
        del widths[1]
        if widths:
            shares[candidate] = max(widths.values()) / of_all
    if not shares:
        return ""
    best = max(shares, key=lambda candidate: shares[candidate])
    if best == "," and "," not in lines[0][1] and all(_DECIMAL_COMMA.fullmatch(line) for _, line in lines[1:]):
        return ""  # one column of numbers with a decimal comma, under its name
    return best if shares[best] >= 0.5 else ""


def _widths(parsed: Iterable[Record]) -> Counter[int]:
    try:
        return Counter(len(cells) for _, _, cells in parsed)
    except csv.Error:
        return Counter([1])


def _width(parsed: Sequence[Record]) -> int:
    widths = _widths(parsed)
    return max(width for width, count in widths.items() if count == max(widths.values()))


def _header(
    body: Sequence[Record], comments: Sequence[Line], separator: str, width: int
) -> tuple[int, tuple[str, ...], str]:
    """(line after which records begin, names, what to say)"""
    (line, end, first), below = body[0], [cells for _, _, cells in body[1:]]
    data = [j for j in range(width) if _mostly_data([cells[j] for cells in below])]
    words = [j for j in data if not _is_data(first[j])]
    is_header = bool(words) and not any(_STAMP.fullmatch(first[j].strip()) for j in data)
    if not data:
        is_header = not any(_is_data(cell) and not is_missing(cell) for cell in first)
    if is_header:
        return end, tuple(name.strip() or f"column {j}" for j, name in enumerate(first, start=1)), ""
    for _, comment in reversed(comments):
        cells = comment.lstrip("# ").rstrip().split(separator or "\x1f")
        if len(cells) == width and not any(map(_is_data, cells)):
            return line - 1, tuple(cell.strip() for cell in cells), "A comment line names the columns."
    names = tuple(f"column {j}" for j in range(1, width + 1))
    return line - 1, names, f"It has no header; its columns are called {', '.join(names[:3])}{' …' * (width > 3)}."


def _mostly_data(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and sum(map(_is_data, present)) > len(present) / 2


def _is_data(cell: str) -> bool:
    return is_missing(cell) or looks_like_a_number(cell) or _STAMP.fullmatch(cell.strip()) is not None


def _name(separator: str) -> str:
    return NAMES.get(separator, repr(separator))


def _lines(numbers: Sequence[int]) -> str:
    return f"Line {numbers[0]} was" if len(numbers) == 1 else f"Lines {numbers[0]} to {numbers[-1]} were"
