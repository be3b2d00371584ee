"""The built book, opened in a browser: no error, no request beyond its folder, nothing wider than a narrow screen."""

from __future__ import annotations

import functools
import http.server
import itertools
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from build import build_notebooks, build_site
from course import ROOT, Course
from graft import Graft, sentence_html, verdict
from rnnlab.chapters.run import CourseRun, run_course
from rnnlab.errors import InputError

FIXTURE = Path(__file__).parent / "fixtures" / "course"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
WIDE, NARROW = 1440, 390


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail(
                "Chromium is missing; in CI the pages of the book must be opened. Install the package chromium."
            )
        pytest.skip(
            "Chromium is missing: no page of the book was opened. Install the package chromium to have it tested."
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the fixture's course; beside it lie its notebooks, plain and executed."""
    folder = tmp_path_factory.mktemp("sample")
    course = Course(FIXTURE)
    build_notebooks(course, folder / "notebooks")
    assert run_course(folder=folder / "notebooks", out=folder / "executed").ok
    build_site(course, folder / "executed", folder / "notebooks", folder / "book")
    return folder


@pytest.fixture(scope="session")
def book(executed_course: tuple[CourseRun, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the real course."""
    assert executed_course[0].ok, [run.error for run in executed_course[0].chapters]
    folder = tmp_path_factory.mktemp("real")
    build_site(Course(), executed_course[1], ROOT / "notebooks", folder / "book")
    return folder


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Any]:
    """folder → its address while the test lasts."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def serve(folder: Path) -> str:
        handler = functools.partial(Silent, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def blank_page(browser: Any, inside: str, theme: str = "light", width: int = WIDE) -> tuple[Any, list[str]]:
    """A page to open addresses in, and the list into which goes what is wrong with them."""
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme).new_page()
    wrong: list[str] = []
    page.on(
        "console", lambda m: wrong.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    # a tab that closes while it still fetches its icon has not failed: an icon that is missing is an error of its own
    given_up = "net::ERR_ABORTED"
    page.on("requestfailed", lambda r: None if r.failure == given_up else wrong.append(f"failed: {r.url} {r.failure}"))
    page.on("response", lambda r: wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith((inside, "data:")) else wrong.append(f"asks for {r.url}"))
    return page, wrong


def open_page(browser: Any, address: str, inside: str, theme: str = "light") -> tuple[Any, list[str]]:
    """The opened page, and what is wrong with it."""
    page, wrong = blank_page(browser, inside, theme)
    page.goto(address, wait_until="load")
    return page, wrong


def look_at_every_page(browser: Any, folder: Path, address: str) -> list[str]:
    """What is wrong with the pages of a site, in both themes and both widths."""
    seen = []
    for theme, width in itertools.product(("light", "dark"), (WIDE, NARROW)):
        page, wrong = blank_page(browser, address, theme, width)
        for path in sorted(folder.glob("*.html")):
            page.goto(f"{address}/{path.name}", wait_until="load")
            if (needed := page.evaluate(NEEDED)) > width:
                wrong.append(f"needs {needed} px")
            if broken := page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"):
                wrong.append(f"broken images {broken}")
            seen += [f"{path.name}, {theme}, {width} px: {each}" for each in wrong]
            wrong.clear()
        page.context.close()
    return seen


@pytest.mark.parametrize(("site", "how"), [("sample", "file"), ("book", "file"), ("book", "http")])
def test_every_page_opens_without_an_error_or_a_request_beyond_its_folder(
    site: str, how: str, browser: Any, served: Any, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(site) / "book"
    address = folder.as_uri() if how == "file" else served(folder)
    assert look_at_every_page(browser, folder, address) == []


def test_the_look_at_a_page_sees_what_is_wrong(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<meta name="viewport" content="width=device-width"><div style="width:600px">x</div>'
        '<img src="gone.png"><script>console.error("no")</script><script src="http://127.0.0.1:9/x.js"></script>'
    )
    wrong = "\n".join(look_at_every_page(browser, tmp_path, tmp_path.as_uri()))
    for sentence in ("light, 390 px: needs 6", "console error: no", "asks for http://127.0.0.1:9/x.js", "gone.png"):
        assert sentence in wrong


def test_a_figure_is_shown_once_in_each_theme_with_its_words(browser: Any, sample: Path) -> None:
    folder = sample / "book"
    for theme in ("light", "dark"):
        for name in ("01_decay", "index"):
            page, _ = open_page(browser, f"{folder.as_uri()}/{name}.html", folder.as_uri(), theme)
            seen = page.locator("figure.measured img:visible")
            assert [i.get_attribute("alt") for i in seen.all()] == ["a falling line"]
            assert f"only-{theme}" in str(seen.first.get_attribute("class"))
            page.context.close()


def test_words_and_code_have_enough_contrast_in_both_themes(browser: Any, book: Path) -> None:
    """4.5 : 1, as WCAG 2.2 asks of text, for every colour that a page of the book writes with."""
    folder = book / "book"
    for name in ("index", "10_time_series"):
        for theme in ("light", "dark"):
            page, _ = open_page(browser, f"{folder.as_uri()}/{name}.html", folder.as_uri(), theme)
            assert page.evaluate(CONTRAST) == []
            page.context.close()


# What scrolls sideways inside its own box (code, a table, an equation) is well; the column of text must not.
NEEDED = """Math.max(document.documentElement.scrollWidth,
  ...[...document.querySelectorAll('.content, article')].filter(e => e.scrollWidth > e.clientWidth)
    .map(e => e.getBoundingClientRect().left + e.scrollWidth))"""

CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] !== 0) return c;
    }
    return [255, 255, 255];
  };
  const seen = new Map();
  for (const e of document.querySelectorAll('article *')) {
    const words = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!words || e.closest('.katex, .headerlink, button') || !e.getClientRects().length) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) seen.set(e.className + ' ' + ratio.toFixed(2), e.textContent.trim().slice(0, 40));
  }
  return [...seen.entries()];
}"""


@pytest.mark.parametrize("how", ["file", "http"])
def test_the_search_finds_a_chapter_by_a_word_of_it(how: str, browser: Any, served: Any, sample: Path) -> None:
    folder = sample / "book"
    address = folder.as_uri() if how == "file" else served(folder)
    page, wrong = open_page(browser, f"{address}/search.html?q=recurrence", address)
    page.wait_for_selector("ul.search li a")
    assert "How a state forgets" in page.locator("ul.search").inner_text()
    assert wrong == []
    page.context.close()


def test_equations_carry_the_numbers_that_the_notebook_gives_them(sample: Path) -> None:
    html = (sample / "book" / "01_decay.html").read_text("utf-8")
    assert re.findall(r'<span class="eqno">\(([^)]*)\)</span>', html) == ["1.1", "1.2"]
    assert 'href="#eq-1-1">(1.1)' in html
    assert "katex-error" not in html
    notebook = (sample / "notebooks" / "01_decay.ipynb").read_text("utf-8")
    assert re.findall(r"\\\\tag\{([^}]*)\}", notebook) == ["1.1", "1.2"]


def test_a_chapter_offers_colab_and_its_notebook(sample: Path) -> None:
    html = (sample / "book" / "01_decay.html").read_text("utf-8")
    assert Course(FIXTURE).publication.colab("01_decay") in html
    assert 'href="notebooks/01_decay.ipynb" download' in html
    assert (sample / "book" / "notebooks" / "01_decay.ipynb").is_file()


def changed(folder: Path, sample: Path, old: str, new: str) -> tuple[Course, Path]:
    """The fixture's course with another chapter 1, and its executed notebooks."""
    shutil.copytree(FIXTURE, folder / "course")
    shutil.copy(ROOT / "pyproject.toml", folder)
    page = folder / "course" / "01_decay.md"
    assert old in page.read_text("utf-8")
    page.write_text(page.read_text("utf-8").replace(old, new), "utf-8")
    shutil.copytree(sample / "executed", folder / "executed")
    return Course(folder / "course", folder), folder / "executed"


def test_bad_tex_fails_the_build_and_is_quoted(tmp_path: Path, sample: Path) -> None:
    course, executed = changed(tmp_path, sample, "after $t$ steps", r"after $\frac{t$ steps")
    with pytest.raises(InputError, match=r"KaTeX parse error.*\\frac\{t"):
        build_site(course, executed, sample / "notebooks", tmp_path / "book")


def test_a_warning_of_sphinx_fails_the_build(tmp_path: Path, sample: Path) -> None:
    course, executed = changed(tmp_path, sample, "{term}`hidden state`", "{term}`unheard-of word`")
    with pytest.raises(InputError, match="term not in glossary"):
        build_site(course, executed, sample / "notebooks", tmp_path / "book")


def test_outputs_of_other_code_are_never_shown(tmp_path: Path, sample: Path) -> None:
    course, executed = changed(tmp_path, sample, "h = 0.9 **", "h = 0.8 **")
    graft = Graft(course, executed, tmp_path / "source")
    with pytest.raises(InputError, match=r"01_decay\.md has changed since it was run; run `make course` again"):
        graft.notebook(course.pages["01_decay"])
    (executed / "engine.ipynb").unlink()
    with pytest.raises(InputError, match=r"engine\.md has not been run; run `make course` first"):
        graft.notebook(course.pages["engine"])


def test_the_cells_of_a_page_stand_in_their_order_with_their_own_outputs(sample: Path) -> None:
    source = json.loads((sample / "book-source" / "01_decay.ipynb").read_text("utf-8"))
    cells = [cell for cell in source["cells"] if cell["cell_type"] == "code"]
    assert "".join(cells[0]["outputs"][0]["data"]["text/plain"]).startswith("array([1.")
    assert "only-dark" in cells[1]["outputs"][0]["data"]["text/html"]
    assert 'class="verdict holds"' in cells[2]["outputs"][0]["data"]["text/html"]
    assert "<style" not in json.dumps(cells[4]["outputs"])


def test_a_verdict_without_an_interval_or_with_one_seed_reads_well() -> None:
    bundle = {"claim": "3.1", "sentence": "A *b* of $x^2$.", "decision": "cannot tell", "mode": "quick", "seeds": 1}
    html = verdict(bundle | {"estimate": None, "interval": [None, None], "detail": ""})
    assert '<p class="facts">quick mode, 1 seed</p>' in html
    assert '<div class="verdict cannot-tell">' in html
    assert "<em>b</em>" in html and 'class="katex"' in html
    with pytest.raises(InputError, match="KaTeX refuses"):
        sentence_html(r"$\frac{1$")
