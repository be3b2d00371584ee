"""Displays a drawing in both themes: PNG for notebooks, a pair of SVGs for the book."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

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

    how: dict[str, Any] = {"size": size, "panels": panels, **options}
    png, light = drawings(draw, *data, ground="light", forms=("png", "svg"), **how)
    (dark,) = drawings(draw, *data, ground="dark", forms=("svg",), **how)
    width = round(size[0] * 100)
    bundle = {
        "text/plain": alt,
        "image/png": base64.b64encode(png).decode(),
        FIGURE_MIME: {"light": _svg(light), "dark": _svg(dark), "alt": alt},
    }
    display(bundle, raw=True, metadata={"image/png": {"alt": alt, "width": width}})


def drawings(
    draw: Callable[..., Any], *data: Any, ground: Theme, forms: Sequence[Form], size: tuple[float, float],
    panels: tuple[int, int] = (1, 1), **options: Any,
) -> list[bytes]:  # fmt: skip
    """draw(*data, ax=…, **options) in one theme, as the bytes of a PNG or an SVG file for each form; see `show`."""
    with theme(ground):
        figure, axes = plt.subplots(*panels, figsize=size, layout=ConstrainedLayoutEngine(hspace=0.08))
        try:
            draw(*data, ax=axes, **options)
            return [_saved(figure, form) for form in forms]
        finally:
            plt.close(figure)


def _saved(figure: Figure, form: Form) -> bytes:
    out = io.BytesIO()
    paper = "white" if form == "png" else "none"  # a PNG may land on any page, dark ones too
    figure.savefig(out, format=form, dpi=200, facecolor=paper, metadata={"Date": None} if form == "svg" else None)
    return out.getvalue()


def _svg(text: bytes) -> str:
    """The <svg> element alone: what stands before it (XML declaration, doctype) belongs to a file, not to a page."""
    return re.sub(r"\A.*?(?=<svg)", "", text.decode(), flags=re.DOTALL)
