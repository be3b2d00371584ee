"""Displays a drawing in both themes: PNG for notebooks, a pair of SVGs for the book."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
from IPython.display import display

from rnnlab.figures.style import Theme, theme

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

    def drawn(name: Theme, form: str) -> bytes:
        with theme(name):
            figure, axes = plt.subplots(*panels, figsize=size, layout="constrained")
            try:
                draw(*data, ax=axes, **options)
                out = io.BytesIO()
                ground = "white" if form == "png" else "none"  # a PNG may land on any page, dark ones too
                figure.savefig(
                    out, format=form, dpi=200, facecolor=ground, metadata={"Date": None} if form == "svg" else None
                )
                return out.getvalue()
            finally:
                plt.close(figure)

    width = round(size[0] * 100)
    bundle = {
        "text/plain": alt,
        "image/png": base64.b64encode(drawn("light", "png")).decode(),
        FIGURE_MIME: {"light": _svg(drawn("light", "svg")), "dark": _svg(drawn("dark", "svg")), "alt": alt},
    }
    display(bundle, raw=True, metadata={"image/png": {"alt": alt, "width": width}})


def _svg(text: bytes) -> str:
    """The <svg> element alone: what stands before it (XML declaration, doctype) belongs to a file, not to a page."""
    return re.sub(r"\A.*?(?=<svg)", "", text.decode(), flags=re.DOTALL)
