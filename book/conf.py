"""Sphinx's configuration of the book. `build.py` writes the source, then calls Sphinx with this."""

import sys
from pathlib import Path

BOOK = Path(__file__).parent
sys.path.insert(0, str(BOOK))

from course import Course  # noqa: E402  it lies beside this file, which Sphinx reads as a script

publication = Course().publication

project = "RNN Fundamentals"
author = "The RNN Fundamentals authors"
project_copyright = "The RNN Fundamentals authors, MIT licence"
language = "en-GB"

extensions = ["myst_nb", "sphinx_design", "sphinx_copybutton", "mathematics"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default asks two other hosts
nb_render_markdown_format = "myst"
nb_merge_streams = True
nb_remove_code_outputs = False
suppress_warnings = ["mystnb.mime_priority"]

html_theme = "furo"
html_title = "RNN Fundamentals"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["style.css"]
templates_path = ["_templates"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_show_search_summary = False  # it fetches pages, which a browser refuses on file://
html_math_renderer = "katex"
pygments_style = "code_style.Light"
pygments_dark_style = "code_style.Dark"
copybutton_selector = "div.highlight pre"
copybutton_exclude = ".linenos, .gp, .go"
exclude_patterns = ["_extra"]
light = {
    "font-stack": "var(--serif)",
    "font-stack--monospace": "var(--mono)",
    "color-background-primary": "#fefdfb",
    "color-background-secondary": "#f7f5f0",
    "color-background-hover": "#f0ede5",
    "color-background-border": "#e6e1d6",
    "color-foreground-primary": "#24221e",
    "color-foreground-secondary": "#565148",
    "color-foreground-muted": "#6f695e",
    "color-foreground-border": "#b9b2a3",
    "color-brand-primary": "#1f5a8a",
    "color-brand-content": "#1f5a8a",
    "color-brand-visited": "#1f5a8a",
    "color-link-underline": "#b9cbd9",
    "color-link-underline--hover": "#1f5a8a",
    "color-inline-code-background": "#f3f0e9",
    "color-code-background": "#f7f5f0",
    "color-sidebar-background": "#f9f7f3",
    "color-highlight-on-target": "#fbf3d6",
    "cell-edge": "#d9d2c3",
    "blue": "#1f5a8a",
    "green": "#2c6b3f",
    "amber": "#8a5a00",
    "red": "#a8322a",
}
dark = {
    "color-background-primary": "#16191c",
    "color-background-secondary": "#1d2125",
    "color-background-hover": "#262b30",
    "color-background-border": "#2f353b",
    "color-foreground-primary": "#dcd9d2",
    "color-foreground-secondary": "#b3b0a8",
    "color-foreground-muted": "#9a978f",
    "color-foreground-border": "#5b6168",
    "color-brand-primary": "#8fbce0",
    "color-brand-content": "#8fbce0",
    "color-brand-visited": "#8fbce0",
    "color-link-underline": "#3d5264",
    "color-link-underline--hover": "#8fbce0",
    "color-inline-code-background": "#23282d",
    "color-code-background": "#1d2125",
    "color-sidebar-background": "#191c20",
    "color-highlight-on-target": "#39341f",
    "cell-edge": "#3b4249",
    "blue": "#8fbce0",
    "green": "#93c79c",
    "amber": "#dcb063",
    "red": "#ec9289",
}
html_theme_options = {
    "light_css_variables": light,
    "dark_css_variables": dark,
    "source_repository": f"https://github.com/{publication.owner}/{publication.repository}",
    "source_branch": publication.tag,
    "source_directory": "course/",
    "top_of_page_buttons": [],
    "footer_icons": [],
    "navigation_with_keys": True,
}
