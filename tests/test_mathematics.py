"""Formulas in a line of the book: what stays with them when the line breaks."""

from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import new_document

from mathematics import SHORT, join_marks


@pytest.mark.parametrize(
    ("tex", "behind", "mark", "left"),
    [
        ("y^*_3 = 0.4", ". The first", ".", " The first"),
        ("h_t", "), or", "),", " or"),
        ("h_t", " is", None, " is"),
        ("x" * (SHORT + 1), ". A long one breaks", None, ". A long one breaks"),
    ],
)
def test_a_mark_behind_a_short_formula_stays_with_it(tex: str, behind: str, mark: str | None, left: str) -> None:
    document = new_document("a page")
    document += nodes.paragraph("", "", nodes.Text("See "), nodes.math(tex, tex), nodes.Text(behind))
    join_marks(document)
    formula, after = document[0][1], document[0][2]
    assert (formula.get("mark"), str(after)) == (mark, left)
