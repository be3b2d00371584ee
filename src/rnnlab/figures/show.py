"""Displays a drawing in both themes: PNG for notebooks, a pair of SVGs for the book."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any, Literal

import matplotlib.pyplot as plt
from IPython.display import display

from rnnlab.figures.style import Theme, theme

Form = Literal["png", "svg"]

FIGURE_MIME = "application/vnd.rnnlab.figure+json"


def show(
    draw: Callable[..., Any],
    *data: Any,
    alt: str,
    size: tuple[float, float] = (7.2, 4.0),
    panels: tuple[int, int] = (1, 1),
    **options: Any,
) -> None:
    """Calls draw(*data, ax=…, **options) once a theme and displays the result.

    size is in inches. With panels=(rows, columns) other than (1, 1), ax is the array of axes. alt says in words what is
    to be seen; it must not be empty.
    """
    if not alt.strip():
        raise ValueError("alt is empty; say in one sentence what the figure shows, for readers who cannot see it.")

    def drawn(name: Theme, form: Form) -> bytes:
        return drawing(draw, *data, ground=name, form=form, size=size, panels=panels, **options)

    width = round(size[0] * 100)
    bundle = {
        "text/plain": alt,
        "image/png": base64.b64encode(drawn("light", "png")).decode(),
        FIGURE_MIME: {"light": _svg(drawn("light", "svg")), "dark": _svg(drawn("dark", "svg")), "alt": alt},
    }
    display(bundle, raw=True, metadata={"image/png": {"alt": alt, "width": width}})


def drawing(
    draw: Callable[..., Any], *data: Any, ground: Theme, form: Form, size: tuple[float, float],
    panels: tuple[int, int] = (1, 1), **options: Any,
) -> bytes:  # fmt: skip
    """draw(*data, ax=…, **options) in one theme as the bytes of a PNG or an SVG file; see `show`."""
    with theme(ground):
        figure, axes = plt.subplots(*panels, figsize=size, layout="constrained")
        try:
            draw(*data, ax=axes, **options)
            out = io.BytesIO()
            paper = "white" if form == "png" else "none"  # a PNG may land on any page, dark ones too
            figure.savefig(
                out, format=form, dpi=200, facecolor=paper, metadata={"Date": None} if form == "svg" else None
            )
            return out.getvalue()
        finally:
            plt.close(figure)


def _svg(text: bytes) -> str:
    """The <svg> element alone: what stands before it (XML declaration, doctype) belongs to a file, not to a page."""
    return re.sub(r"\A.*?(?=<svg)", "", text.decode(), flags=re.DOTALL)
