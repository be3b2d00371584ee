"""Mathematics is typeset while the book is built, by the KaTeX in _static/katex: its style sheet fits, bad TeX fails.

KaTeX runs in an embedded V8 (mini-racer), so a machine with Python alone builds the book; the reader's browser gets
finished HTML and MathML, and fetches nothing but fonts of the page's own folder.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

KATEX = Path(__file__).parent / "_static" / "katex" / "katex.min.js"
TAG = re.compile(r"\s*\\tag\{([^}]*)\}")
FOLLOWS = re.compile(r"[.,;:!?)]+")
SHORT = 40  # characters of TeX: longer formulas break at the end of a line
MARK = "mark"
TYPESET = """
function typeset(tex, display) {
  try {
    const options = {displayMode: display, throwOnError: true, strict: "error"};
    return JSON.stringify({html: katex.renderToString(tex, options)});
  } catch (error) {
    return JSON.stringify({error: error.message});
  }
}
"""


class TeXError(Exception):
    """KaTeX's own sentence on what it could not read."""


@cache
def engine() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(KATEX.read_text("utf-8"))
    racer.eval(TYPESET)
    return racer


@cache
def typeset(tex: str, display: bool) -> str:
    """HTML of a formula. Raises TeXError."""
    answer = json.loads(str(engine().call("typeset", tex, display)))
    if "error" in answer:
        raise TeXError(re.sub("\u0332", "", answer["error"]))
    return str(answer["html"])


def visit_inline(self: Any, node: nodes.math) -> None:
    kept = " unbroken" if MARK in node else ""
    self.body.append(f'<span class="math{kept}">{checked(node, display=False)}{node.get(MARK, "")}</span>')
    raise nodes.SkipNode


def join_marks(document: nodes.document) -> None:
    """A mark that follows a short formula joins it, or the browser would begin a line with the mark."""
    for node in list(document.findall(nodes.math)):
        behind = node.next_node(descend=False, siblings=True)
        if isinstance(behind, nodes.Text) and len(node.astext()) <= SHORT and (mark := FOLLOWS.match(behind)):
            node[MARK] = mark[0]
            node.parent.replace(behind, nodes.Text(behind[mark.end() :]))


class Marks(SphinxPostTransform):
    default_priority = 900
    formats = ("html",)

    def run(self, **_: Any) -> None:
        join_marks(self.document)


def visit_display(self: Any, node: nodes.math_block) -> None:
    """The formula in a box that scrolls on a narrow page, its number beside the box and not inside."""
    number = TAG.search(node.astext())
    beside = f'<span class="eqno">({html.escape(number[1])})</span>' if number else ""
    ids = "".join(f'<span id="{html.escape(name)}"></span>' for name in node["ids"])
    self.body.append(
        f'<div class="math equation">{ids}<div class="formula">{checked(node, display=True)}</div>{beside}</div>'
    )
    raise nodes.SkipNode


def checked(node: nodes.math | nodes.math_block, display: bool) -> str:
    tex = TAG.sub("", node.astext())
    try:
        return typeset(tex, display)
    except TeXError as error:
        logging.getLogger(__name__).warning("%s in: %s", error, tex, location=node, type="katex")
        return html.escape(tex)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(Marks)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.add_css_file("katex/katex.min.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
