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
html_theme_options = {
    "source_repository": f"https://github.com/{publication.owner}/{publication.repository}",
    "source_branch": publication.tag,
    "source_directory": "course/",
    "top_of_page_buttons": [],
    "footer_icons": [],
    "navigation_with_keys": True,
}
