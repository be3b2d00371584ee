"""Threads change the time and not one bit; callers may be many; a forked child works."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from reference_cells import CELLS, case, run_engine

from rnnlab import engine
from rnnlab.engine import threads


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every call is worth a thread here, one of the engine's own, and the number of threads is put back."""
    monkeypatch.setattr(threads, "WORTH_A_THREAD", 0.0)
    monkeypatch.setattr(threads._pool, "team", None)
    before = engine.get_threads()
    yield
    engine.set_threads(before)


def bits(cell: str, seed: int = 0) -> list[bytes]:
    one = case(cell, 9, 70, 5, 19, np.float32, lengths=np.arange(70) % 9 + 1, seed=seed)
    values, gradients = run_engine(one)
    return [a.tobytes() for a in (*values, *gradients) if a is not None]


@pytest.mark.parametrize("cell", CELLS)
def test_the_number_of_threads_changes_no_bit(cell: str) -> None:
    found = []
    for count in (1, 2, 3):
        engine.set_threads(count)
        assert engine.get_threads() == count
        found.append(bits(cell))
    assert found[0] == found[1] == found[2]


def test_several_python_threads_may_call_at_once() -> None:
    engine.set_threads(3)
    expected = {(cell, seed): bits(cell, seed) for cell in CELLS for seed in range(3)}
    with ThreadPoolExecutor(4) as callers:
        found = list(callers.map(lambda key: (key, bits(*key)), [*expected] * 3))
    assert all(expected[key] == result for key, result in found)


def test_slices_run_on_several_threads_at_once() -> None:
    engine.set_threads(2)
    meeting = threading.Barrier(2, timeout=30)
    threads.run_slices(lambda index: meeting.wait() and None, 2, operations=1.0)


def test_a_failing_slice_raises_in_the_caller_and_the_pool_lives_on() -> None:
    engine.set_threads(2)
    caller, meeting = threading.current_thread(), threading.Barrier(2, timeout=30)

    def fail_in_the_helper(index: int) -> None:
        meeting.wait()
        if threading.current_thread() is not caller:
            raise KeyError(index)

    for _ in range(3):
        with pytest.raises(KeyError):
            threads.run_slices(fail_in_the_helper, 2, operations=1.0)


def test_a_team_that_has_nobody_to_give_is_asked_each_time_and_the_engine_helps_itself() -> None:
    engine.set_threads(2)
    asked = []
    threads.borrow(lambda take_part, helpers: asked.append(helpers) or False)
    meeting = threading.Barrier(2, timeout=30)
    for _ in range(2):
        threads.run_slices(lambda index: meeting.wait() and None, 2, operations=1.0)
    assert asked == [1, 1]


def test_what_a_team_leaves_undone_the_caller_does() -> None:
    engine.set_threads(3)
    done: list[int] = []
    threads.borrow(lambda take_part, helpers: True)
    threads.run_slices(done.append, 5, operations=1.0)
    assert done == [0, 1, 2, 3, 4]


def test_at_least_one_thread_is_needed() -> None:
    with pytest.raises(ValueError, match="ask for 1 or more"):
        engine.set_threads(0)


def test_a_forked_child_computes_the_same_bits() -> None:
    program = """
import os, threading, warnings
from test_engine_threads import bits
from rnnlab import engine
from rnnlab.engine import threads
threads.WORTH_A_THREAD = 0.0
engine.set_threads(3)
expected = bits("gru")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tried here
    child = os.fork()
if child == 0:
    meeting = threading.Barrier(2, timeout=30)
    threads.run_slices(lambda index: meeting.wait() and None, 2, operations=1.0)  # two threads meet, or this raises
    os._exit(0 if bits("gru") == expected else 1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert bits("gru") == expected
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent, check=True, timeout=120)
