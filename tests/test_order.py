"""Imports go one way; modules stay small and are named for an idea; importing rnnlab does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "rnnlab"

# From the bottom up: a module imports from its own row and from the rows before it. The longest matching name counts.
ORDER: tuple[tuple[str, ...], ...] = (
    ("rnnlab", "rnnlab.errors", "rnnlab.files"),
    ("rnnlab.scratch",),
    ("rnnlab.engine",),
    ("rnnlab.layers",),
    ("rnnlab.data",),
    ("rnnlab.tasks",),
    ("rnnlab.training",),
    ("rnnlab.probes",),
    (
        "rnnlab.studies",  # the machinery: what a study is, how it runs, where records live, how they are judged
        "rnnlab.studies.study",
        "rnnlab.studies.tuning",
        "rnnlab.studies.fingerprint",
        "rnnlab.studies.encoding",
        "rnnlab.studies.machine",
        "rnnlab.studies.store",
        "rnnlab.studies.records",
        "rnnlab.studies.workers",
        "rnnlab.studies.cluster",
        "rnnlab.studies.runner",
        "rnnlab.studies.verification",
        "rnnlab.studies.comparison",
        "rnnlab.studies.search",
        "rnnlab.studies.rounding",
        "rnnlab.studies.verdict",
        "rnnlab.studies.catalogue",  # finds the questions by looking, when it is called
        "rnnlab.studies.trials",
    ),
    ("rnnlab.forecasting",),
    ("rnnlab.studies.",),  # every other module of studies/: one file a question
    ("rnnlab.figures",),
    ("rnnlab.report",),
    ("rnnlab.exercises",),
    ("rnnlab.chapters",),  # what a chapter's cells call (say, guess), and what runs a chapter
    ("rnnlab.cli", "rnnlab.doctor", "rnnlab.__main__"),
)

# Packages that a room must not know.
FORBIDDEN = {
    "rnnlab.scratch": {"torch", "numba", "pandas", "scipy", "rnnlab.errors", "rnnlab.files"},
    "rnnlab.engine": {"torch", "pandas", "scipy", "rnnlab.errors", "rnnlab.files"},
    "rnnlab.data": {"torch"},
}

NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc"}
LONGEST = 400


def row_of(module: str) -> int:
    best, row = -1, -1
    for i, names in enumerate(ORDER):
        for name in names:
            fits = (
                module.startswith(name)
                if name.endswith(".")
                else module == name or (module.startswith(name + ".") and name != "rnnlab" and name != "rnnlab.studies")
            )
            if fits and len(name) > best:
                best, row = len(name), i
    return row


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, is_package: bool) -> set[str]:
    """Every module that the source imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                keep = len(parts) - node.level + (1 if is_package else 0)
                base = ".".join([*parts[:keep], *([node.module] if node.module else [])])
            known = SOURCE.parent / Path(*base.split("."))
            for alias in node.names:
                inner = known / alias.name
                found.add(f"{base}.{alias.name}" if inner.with_suffix(".py").exists() or inner.is_dir() else base)
    return found


def arrows_back(module: str, imported: set[str]) -> list[str]:
    own = row_of(module)
    return [
        f"{module} imports {name}, which stands above it"
        for name in sorted(imported)
        if (name == "rnnlab" or name.startswith("rnnlab.")) and row_of(name) > own
    ]


MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    module = module_name(path)
    assert row_of(module) >= 0, f"{module} has no place in ORDER: give its room one in tests/test_order.py"
    imported = imports_of(path.read_text(), module, path.name == "__init__.py")
    assert arrows_back(module, imported) == []
    for room, banned in FORBIDDEN.items():
        if module == room or module.startswith(room + "."):
            known = {name for name in imported if name.split(".")[0] in banned or name in banned}
            assert not known, f"{module} must not know {sorted(known)}"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_fits_in_a_sitting_and_is_named_for_an_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST, f"{path.name} is over {LONGEST} lines: it holds two ideas"
    assert path.stem not in NAMELESS, f"{path.name} names no idea"


def test_the_guard_sees_an_arrow_that_runs_back() -> None:
    assert arrows_back("rnnlab.scratch.gru", {"rnnlab.engine.gru"})
    assert arrows_back("rnnlab.studies.runner", {"rnnlab.studies.weather"})
    assert arrows_back("rnnlab.layers", imports_of("def f():\n    from ..cli import main", "rnnlab.layers.rnn", False))
    assert not arrows_back("rnnlab.studies.weather", {"rnnlab.studies.runner", "rnnlab.forecasting"})
    assert not arrows_back("rnnlab.studies.runner", {"rnnlab.studies.store"})


def test_importing_rnnlab_prints_nothing_and_loads_nothing_heavy() -> None:
    code = (
        "import random, sys; state = random.getstate(); import rnnlab, rnnlab.cli;"
        "heavy = {'torch', 'numba', 'pandas', 'matplotlib', 'scipy', 'sklearn', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy; assert random.getstate() == state"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
