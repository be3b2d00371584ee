"""Every construct of a chapter's source in its notebook; what is not known is refused with its line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from build import build_notebooks
from course import Course
from inline import plain
from lower import as_bytes, notebook, solutions
from rnnlab.errors import InputError
from rnnlab.exercises.catalogue import find
from rnnlab.exercises.source import name_of, solution_of, stub_of

FIXTURE = Path(__file__).parent / "fixtures" / "course"


def course_with(folder: Path, chapter: str) -> Course:
    """The fixture's course with another chapter 1."""
    shutil.copytree(FIXTURE, folder / "course")
    (folder / "course" / "01_decay.md").write_text(chapter, "utf-8")
    shutil.copy(FIXTURE.parents[2] / "pyproject.toml", folder)
    return Course(folder / "course", folder)


def lowered(folder: Path, body: str) -> list[dict[str, Any]]:
    course = course_with(folder, f"# How a state forgets\n\n{body}\n\n```{{code-cell}} python\n1\n```\n")
    return list(notebook(course, course.pages["01_decay"])["cells"])


def prose(cells: list[dict[str, Any]]) -> str:
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


CONSTRUCTS = {
    ":::{note}\nA *word*.\n:::": "> **Note**\n>\n> A *word*.",
    ":::{warning}\nOne.\n\nTwo.\n:::": "> **Warning**\n>\n> One.\n>\n> Two.",
    "```{tip}\nOne.\n```": "> **Tip**\n>\n> One.",
    ":::{important}\nOne.\n:::": "> **Important**\n>\n> One.",
    ":::{admonition} Own title\nOne.\n:::": "> **Own title**\n>\n> One.",
    ":::{dropdown} Why `h` < 1?\nOne.\n:::": (
        "<details>\n<summary>Why <code>h</code> &lt; 1?</summary>\n\nOne.\n\n</details>"
    ),
    "$$\na = b\n$$": "$$\na = b\n$$",
    "$$\na = b\n$$ (eq-1-1)": '<a id="eq-1-1"></a>\n\n$$\na = b \\tag{1.1}\n$$',
    "$$ a = b $$ (eq-1-1)\n\nBy {eq}`eq-1-1`.": "By [(1.1)](#eq-1-1).",
    "By {eq}`eq-E-1`.": "By [(E.1)](engine.ipynb#eq-E-1).",
    ":::{note}\n$$\na\n= b\n$$\n:::": "> $$ a = b $$",
    "It fades {cite:p}`elman1990,pascanu2013`.": (
        "It fades ([Elman, 1990](#cite-elman1990); [Pascanu et al., 2013](#cite-pascanu2013))."
    ),
    "{cite:t}`elman1990` says.": "[Elman (1990)](#cite-elman1990) says.",
    "A {term}`hidden state`.": "A hidden state.",
    "A split at {given}`80 %`.": "A split at 80 %.",
    "See [the engine](engine.md).": "See [the engine](engine.ipynb).",
    "See [](engine.md).": "See [The engine in one cell](engine.ipynb).",
    "(here)=\n## 1.1 A place\n\nSee [](#here).": "See [1.1 A place](#here).",
    "See [words](glossary.md).": "(https://github.com/",
    "`{eq}`, `$$` and `[a](b)` in code": "`{eq}`, `$$` and `[a](b)` in code",
    "a $x_{[t](s)}$ formula": "a $x_{[t](s)}$ formula",
    "```python\n# [a](b) {role}`x`\n```": "```python\n# [a](b) {role}`x`\n```",
    ":::{figure} line.svg\n:alt: a line\n\nIts caption.\n:::": "![a line](data:image/svg+xml;base64,",
}


@pytest.mark.parametrize("source", CONSTRUCTS, ids=range(len(CONSTRUCTS)))
def test_a_construct_becomes_markdown_that_every_notebook_reader_knows(source: str, tmp_path: Path) -> None:
    text = prose(lowered(tmp_path, source))
    assert CONSTRUCTS[source] in text
    assert "{eq}`e" not in text.replace("`{eq}`", "")


def test_cited_works_are_listed_at_the_end_and_only_those(tmp_path: Path) -> None:
    last = "".join(lowered(tmp_path / "one", "{cite:t}`elman1990` says.")[-1]["source"])
    assert last.startswith('## References\n\n<a id="cite-elman1990"></a>Jeffrey L. Elman. Finding structure in time.')
    assert "Pascanu" not in last
    both = "".join(lowered(tmp_path / "two", "{cite:t}`pascanu2013`\n\n## 1.1 A\n\n{cite:p}`elman1990`")[-1]["source"])
    assert [key in both for key in ("cite-elman1990", "cite-pascanu2013")] == [True, True]
    assert both.index("Elman") < both.index("Pascanu")
    assert "References" not in prose(lowered(tmp_path / "none", "Nobody is cited."))


REFUSED = {
    "{numref}`x`": (3, "the role {numref} is not known"),
    "Two.\n\n:::{sidebar}\nx\n:::": (5, "the directive {sidebar} is not known"),
    ":::{note}\nx": (3, "never closed"),
    "x\n\n:::": (5, "closes a box that was never opened"),
    "$$\na": (3, "never closed"),
    "$$ a $$ (update)": (3, "(update) is not an equation's label; write (eq-10-1)"),
    "$$ a $$ (eq-1-2)": (3, "labelled (eq-1-2); the next one here is (eq-1-1)"),
    "{eq}`eq-9-9`": (3, "no equation is labelled (eq-9-9)"),
    "{cite:p}`nobody1990`": (3, "'nobody1990' is not in references.bib"),
    "a line\n[x](missing.md)": (4, "missing.md leads to no file"),
    "[](#nowhere)": (3, "#nowhere leads nowhere"),
    "a <b>word</b>": (3, "HTML is not known"),
    "a word[^1]": (3, "footnotes are not known"),
    "a {{ word }}": (3, "substitutions"),
    "% a comment": (3, "comments (%) are not known"),
    "+++": (3, "block breaks (+++)"),
    "so $$ a $$ there": (3, "$$ stands inside a paragraph"),
    "![x](missing.png)": (3, "the image missing.png is not in the course's folder"),
    ":::{figure} line.svg\nx\n:::": (3, "needs :alt:"),
    ":::{note}\n:class: wide\nx\n:::": (3, "{note} takes no option :class:"),
    ":::{note} A title\nx\n:::": (3, "with a title it is {admonition} Title"),
    ":::{dropdown}\nx\n:::": (3, "a title on the same line"),
    ":::{exercise} 1.99\n:::": (3, "There is no exercise 1.99; chapter 1 has 1.1"),
    ":::{exercise}\n:::": (3, "an exercise is named by chapter and number"),
    ":::{exercise} 1.2\nWords.\n:::": (3, "{exercise} takes no body"),
    "::::{note}\n:::{exercise} 1.2\n:::\n::::": (4, "an exercise cannot stand inside {note}"),
    "- a list\n  :::{note}\n  x\n  :::": (4, "begins at the start of its line"),
    ":::{note}\n```{code-cell} python\n1\n```\n:::": (4, "cannot stand inside {note}"),
    ":::{note}\nfine\n\n{role}`x`\n:::": (6, "the role {role} is not known"),
    "```{code-cell} python\n:tags: [hidden]\n1\n```": (3, "the tag hidden is not known"),
    "```{code-cell} r\n1\n```": (3, "a code cell is {code-cell} python"),
    "```{toctree}\nengine\n```": (3, "{toctree} has no counterpart in a notebook"),
    "# Another title": (1, "one heading of the first level"),
    "(a)=\n## A\n\n(a)=\n## B": (6, "stands here twice"),
}


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_known_is_refused_with_file_and_line(source: str, tmp_path: Path) -> None:
    line, sentence = REFUSED[source]
    with pytest.raises(InputError) as refusal:
        lowered(tmp_path, source)
    assert sentence in str(refusal.value)
    assert f"01_decay.md, line {line}: " in str(refusal.value)


def test_a_heading_that_differs_from_the_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"map\.toml has '1\. How a state forgets'"):
        _ = course_with(tmp_path, "# Something else\n").pages


def test_a_notebook_is_valid_starts_with_the_set_up_and_is_the_same_bytes_every_time() -> None:
    first, second = (
        {name: as_bytes(notebook(course, page)) for name, page in course.executed.items()}
        for course in (Course(FIXTURE), Course(FIXTURE))
    )
    assert first == second
    for name, data in first.items():
        with_outputs = nbformat.reads(data.decode(), as_version=4)
        nbformat.validate(with_outputs)
        cells = json.loads(data)["cells"]
        assert len({cell["id"] for cell in cells}) == len(cells)
        assert f"/notebooks/{name}.ipynb)" in "".join(cells[0]["source"])
        assert "google.colab" in "".join(cells[1]["source"])
        assert cells[1]["metadata"]["tags"] == ["set-up"]
        assert all(cell["outputs"] == [] for cell in cells if cell["cell_type"] == "code")


def test_editing_or_adding_a_cell_keeps_the_ids_of_the_others(tmp_path: Path) -> None:
    before, edited, longer = (
        {cell["id"] for cell in lowered(tmp_path / str(i), f"One.\n\n{two}\n\n## Three")}
        for i, two in enumerate(("## Two", "## Two, longer", "## One and a half\n\n## Two"))
    )
    assert len(before - edited) == len(edited - before) == 1
    assert (len(before - longer), len(longer - before)) == (0, 1)


def test_a_hidden_input_is_folded_in_jupyter_and_in_colab(tmp_path: Path) -> None:
    cells = lowered(tmp_path, "```{code-cell} python\n:tags: [hide-input]\n2\n```")
    folded = next(cell for cell in cells if cell["source"] == ["2"])
    assert folded["metadata"] == {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "cellView": "form"}


def test_an_exercise_is_statement_stub_and_check_and_the_first_check_brings_the_import(tmp_path: Path) -> None:
    cells = lowered(tmp_path, ":::{exercise} 1.3\n:::\n\n:::{exercise} 1.2\n:::")
    exercise, again = find("1.3"), find("1.2")
    sources = ["".join(cell["source"]) for cell in cells]
    at = sources.index(stub_of(exercise))
    assert sources[at - 1].startswith(f"### Exercise 1.3: {exercise.title}")
    assert exercise.statement.strip() in sources[at - 1]
    first = f'from rnnlab.exercises import check, hint, progress, solution\n\ncheck("1.3", {name_of(exercise)})'
    assert sources[at + 1] == first
    assert sources[at + 3 : at + 5] == [stub_of(again), f'check("1.2", {name_of(again)})']
    assert exercise.hints[0] not in "".join(sources)
    assert solution_of(exercise) not in "".join(sources)


def test_the_solution_notebook_holds_the_same_exercises_worked(tmp_path: Path) -> None:
    course = course_with(tmp_path, "# How a state forgets\n\n```{code-cell} python\n1\n```\n\n:::{exercise} 1.3\n:::\n")
    worked = solutions(course, course.pages["01_decay"])
    nbformat.validate(nbformat.reads(as_bytes(worked).decode(), as_version=4))
    sources = ["".join(cell["source"]) for cell in worked["cells"]]
    assert "/notebooks/solutions/01_decay.ipynb)" in sources[0]
    assert sources[3] == solution_of(find("1.3"))
    assert sources[5] == f"**Why.** {find('1.3').why.strip()}"
    written = build_notebooks(course, tmp_path / "notebooks")
    assert tmp_path / "notebooks" / "solutions" / "01_decay.ipynb" in written
    (tmp_path / "notebooks" / "solutions" / "02_gone.ipynb").write_text("{}")
    assert build_notebooks(course, tmp_path / "notebooks") == [tmp_path / "notebooks" / "solutions" / "02_gone.ipynb"]


def test_plain_text_is_what_a_reader_reads() -> None:
    text = "It is `5 %` of $10\\,%$ in [chapter 3](x.md) {cite:p}`a1990`\n\\* now"
    assert plain(text) == "It is  of  in chapter 3 \n now"
