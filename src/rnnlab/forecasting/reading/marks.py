"""Numbers as people write them: which sign parts the decimals, which the thousands, and what stands for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "nil", "missing", "#n/a", "#na", "<na>", "(null)", "\\n"}
    | {"-", "--", "---", "–", "—", ".", "..", "...", "…", "?"}
)

_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_CURRENCY = "$€£¥₹"
_SHAPE = re.compile(r"[+-]?\d*[.,]?\d+(?:[.,]\d+)*[.,]?(?:[eE][+-]?\d+)?")
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?"),  # 1,234,567.8, and the Indian 12,34,567
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?"),
}
_APART = re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f\u2009'’]\d{3})*([.,]\d*)?")
_LONE = re.compile(r"[+-]?0*[1-9]\d{0,2}([.,])\d{3}")  # 1,234: one thousand, or one and a bit


@dataclass(frozen=True)
class Marks:
    """How the file's numbers are written."""

    decimal: str  # "." or ","
    reason: str  # why: for the finding

    @property
    def thousands(self) -> str:
        """The other of the two."""
        return "," if self.decimal == "." else "."


def is_missing(cell: str, missing: frozenset[str] = MISSING) -> bool:
    """Does the cell say that there is no value?"""
    return cell.strip().lower() in missing


def looks_like_a_number(cell: str) -> bool:
    """Under one marking or the other."""
    plain = _bare(cell).translate(_SPACES)
    return _SHAPE.fullmatch(plain) is not None or plain.lower().lstrip("+-") in {"inf", "infinity"}


def number(cell: str, marks: Marks) -> float | None:
    """The cell's value, or None if it holds no number. A grouping that is none (12,34.5 or 1,2,3) is no number."""
    plain = _bare(cell)
    if plain.translate(_SPACES) != plain:
        if not _APART.fullmatch(plain):
            return None
        plain = plain.translate(_SPACES)
    if marks.thousands in plain:
        if not _GROUPED[marks.thousands].fullmatch(plain):
            return None
        plain = plain.replace(marks.thousands, "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None


def marks_of(cells: Iterable[str], delimiter: str) -> Marks:
    """The reading of most cells that allow but one.

    1,5 and 0,125 and 1.234,5 have a decimal comma; 1.5 and 1,234.5 and 1,234,567 a point. 1,234 alone could be either:
    it has a decimal comma where columns are not parted by commas, as programs write it that use commas so; 1.234 has a
    point.
    """
    comma = point = lone_comma = 0
    for cell in cells:
        plain = _bare(cell).translate(_SPACES)
        if not ("," in plain or "." in plain) or not _SHAPE.fullmatch(plain):
            continue
        if lone := _LONE.fullmatch(plain):
            lone_comma += lone[1] == ","
        elif plain.count(",") > 1 or ("," in plain and plain.rfind(",") < plain.rfind(".")):
            point += 1
        elif plain.count(".") > 1 or "," in plain:
            comma += 1
        else:
            point += 1
    if comma > point:
        return Marks(",", f"{comma} of the first numbers allow nothing else")
    if not point and lone_comma and delimiter != ",":
        return Marks(",", "1,234 could mean two things, and a comma parts no columns here")
    return Marks(".", f"{point} of the first numbers allow nothing else" if point else "no number says otherwise")


def _bare(cell: str) -> str:
    """Without blanks, a currency, a percent sign; with a minus that computers know."""
    return cell.strip().strip(_CURRENCY).rstrip("%").strip().replace("\u2212", "-")
