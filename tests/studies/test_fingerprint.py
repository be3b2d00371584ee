"""What makes old records stale, and what must not."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_trials import sample

from rnnlab.errors import InputError
from rnnlab.studies import Claim, Study, Tuning, paired
from rnnlab.studies.fingerprint import fingerprint

COUNT = itertools.count()

SOURCE = '''
"""A question."""
from functools import cache

STEPS = 3
MODELS = {"line": abs, "deep": [1, 2]}

@cache
def simulate(seed):
    """Simulates."""
    return seed * STEPS

class Walk:
    """A walk."""
    def end(self, seed):
        return simulate(seed)

def trial(*, seed: int, cell: str = "rnn") -> dict:
    """Measures.

    At length.
    """
    # a remark
    return {"mae": Walk().end(seed), "models": len(MODELS), "text": f"{cell!r:>8} of {seed:{2}d}"}

def unused():
    return 1
'''


def module_of(source: str, folder: Path) -> Any:
    name = f"question_{next(COUNT)}"
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(source))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def print_of(source: str, folder: Path) -> str:
    """The fingerprint of the source's trial; the module's own name must not count."""
    return fingerprint(module_of(source, folder).trial, {"steps": 3})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Measures.\n\n    At length.\n    """', '"""Measures something else."""'),
        ('    """Simulates."""\n', ""),
        ("# a remark", "# another remark"),
        ("seed: int, cell", "seed, cell"),
        ("-> dict", "-> dict[str, object]"),
        ("{2}d", "{ 2 }d"),
        ("return 1\n", "return 2\n"),
        ("\nclass Walk", "\n\n\n\nclass Walk"),
    ],
)
def test_rewording_leaves_the_records_fresh(old: str, new: str, tmp_path: Path) -> None:
    assert old in SOURCE
    assert print_of(SOURCE, tmp_path) == print_of(SOURCE.replace(old, new), tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seed * STEPS", "seed + STEPS"),
        ("STEPS = 3", "STEPS = 4"),
        ('"deep": [1, 2]', '"deep": [1, 3]'),
        ('"line": abs', '"line": max'),
        ("return simulate(seed)", "return -simulate(seed)"),
        ('"mae": Walk', '"mae": 2 * Walk'),
        ('cell: str = "rnn"', 'cell: str = "lstm"'),
        ("{2}d", "{3}d"),
        ("{cell!r:>8}", "{cell!s:>8}"),
    ],
)
def test_another_experiment_makes_the_records_stale(old: str, new: str, tmp_path: Path) -> None:
    assert old in SOURCE
    assert print_of(SOURCE, tmp_path) != print_of(SOURCE.replace(old, new), tmp_path)


def test_what_the_trial_takes_from_the_studies_beside_it_counts() -> None:
    def trial(*, seed: int) -> float:
        from rnnlab.studies.verdict import interval

        return interval([seed])[0]

    whole = fingerprint(trial, {})
    original = paired.__globals__["FEWEST"]
    try:
        paired.__globals__["FEWEST"] = 7  # which interval() reads
        assert fingerprint(trial, {}) != whole
    finally:
        paired.__globals__["FEWEST"] = original


Change = Callable[[], Study]


@pytest.mark.parametrize(
    "change",
    [
        lambda: sample(seeds=range(50)),
        lambda: sample(vary={"cell": ("rnn", "lstm"), "hidden_size": (4, 8, 16)}),
        lambda: sample(question="What?", prediction="That.", section="1.1", name="other", measure="validation"),
        lambda: sample(claims=(Claim("1.1", "No.", lambda records: paired([0.0], [1.0])),)),
        lambda: sample(tune=Tuning(grid={"learning_rate": (1, 2)}, on="validation")),
    ],
)
def test_more_seeds_more_values_other_words_and_another_grid_leave_the_records_fresh(change: Change) -> None:
    assert change().fingerprint("full") == sample().fingerprint("full")


def test_another_held_setting_makes_the_records_stale_in_the_mode_that_holds_it() -> None:
    study = sample(hold={"learning_rate": 0.1}, quick={"hold": {"learning_rate": 0.2}})
    other = sample(hold={"learning_rate": 0.3}, quick={"hold": {"learning_rate": 0.2}})
    assert study.fingerprint("full") != other.fingerprint("full")
    assert study.fingerprint("quick") == other.fingerprint("quick")
    assert study.fingerprint("quick") != study.fingerprint("full")


def test_another_process_finds_the_same_fingerprint() -> None:
    code = "from sample_trials import sample; print(sample(hold={'learning_rate': 0.1}).fingerprint('full'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.stdout.strip() == sample(hold={"learning_rate": 0.1}).fingerprint("full")


def test_the_fingerprint_of_a_given_source_is_the_same_on_every_version_of_python(tmp_path: Path) -> None:
    assert print_of(SOURCE, tmp_path) == "766c602b3b005b70"  # found equal on Python 3.11, 3.12 and 3.13


def test_a_trial_without_source_is_refused_by_a_sentence() -> None:
    space: dict[str, Any] = {"__name__": __name__}
    exec("def trial(*, seed): return {}", space)
    with pytest.raises(InputError, match="define it in a file or in a notebook's cell"):
        fingerprint(space["trial"], {})
