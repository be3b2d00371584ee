"""The engine works with torch's own threads: no second set of them, the same bits, a way out where there are none."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from rnnlab import engine, layers
from rnnlab.engine import threads
from rnnlab.layers import team

lacking = not sys.platform.startswith("linux") or not torch.backends.openmp.is_available()
pytestmark = pytest.mark.skipif(lacking, reason="only on Linux does torch's OpenMP lend its threads")


@pytest.fixture(autouse=True)
def two_of_torchs_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every call is worth a thread, torch has two that stand ready; what was set is put back."""
    monkeypatch.setattr(threads, "WORTH_A_THREAD", 0.0)
    monkeypatch.setattr(threads._pool, "team", None)
    before = engine.get_threads(), torch.get_num_threads()
    engine.set_threads(2)
    torch.set_num_threads(2)
    torch.ones(100_000).add_(1)
    team.lend_team()
    yield
    engine.set_threads(before[0])
    torch.set_num_threads(before[1])


def system_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def meet(of: int) -> set[int]:
    """The system's numbers of the threads that work at the same time."""
    met, meeting = set(), threading.Barrier(of, timeout=30)

    def work(index: int) -> None:
        meeting.wait()
        met.add(threading.get_native_id())

    threads.run_slices(work, of, operations=1.0)
    return met


def bits() -> list[bytes]:
    torch.manual_seed(0)
    layer, x = layers.GRU(5, 19), torch.randn(9, 70, 5, requires_grad=True)
    outputs, last = layer(x)
    (outputs.sum() + (last**2).sum()).backward()
    return [t.detach().numpy().tobytes() for t in (outputs, last, x.grad, *(p.grad for p in layer.parameters()))]


def test_the_helpers_are_threads_that_torch_already_has() -> None:
    before = system_threads()
    met = meet(2)
    assert len(met) == 2 and threading.get_native_id() in met
    assert met == meet(2), "the same worker again"
    assert system_threads() == before


def test_a_team_that_is_larger_than_wanted_helps_with_as_many_as_are_wanted() -> None:
    torch.set_num_threads(4)
    torch.ones(1_000_000).add_(1)
    helped = set()

    def work(index: int) -> None:
        helped.add(threading.get_native_id())
        time.sleep(0.005)

    threads.run_slices(work, 24, operations=1.0)
    assert len(helped) == engine.get_threads() == 2


def test_torchs_threads_compute_the_same_bits_as_one_thread_and_as_the_engines_own() -> None:
    found = [bits()]
    threads.borrow(None)
    found.append(bits())
    engine.set_threads(1)
    found.append(bits())
    assert found[0] == found[1] == found[2]


def test_a_slice_that_fails_in_one_of_torchs_threads_raises_in_the_caller() -> None:
    caller, meeting = threading.get_native_id(), threading.Barrier(2, timeout=30)

    def fail_in_the_helper(index: int) -> None:
        meeting.wait()
        if threading.get_native_id() != caller:
            raise KeyError(index)

    for _ in range(3):
        with pytest.raises(KeyError):
            threads.run_slices(fail_in_the_helper, 2, operations=1.0)
    assert len(meet(2)) == 2


def test_an_interrupt_outside_a_slice_reaches_the_caller() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        team.in_team(team.entrance(), interrupted, 1)
    assert len(meet(2)) == 2


def test_where_torch_has_one_thread_the_engine_has_its_own() -> None:
    torch.set_num_threads(1)
    assert not team.in_team(team.entrance(), lambda: None, 1)
    assert len(meet(2)) == 2


def test_another_thread_than_the_main_one_starts_no_team_of_its_own() -> None:
    with ThreadPoolExecutor(1) as other:
        assert not other.submit(team.in_team, team.entrance(), lambda: None, 1).result()
        assert len(other.submit(meet, 2).result()) == 2


def test_a_layer_borrows_the_team_when_it_first_computes() -> None:
    program = """
import torch
from rnnlab import layers
from rnnlab.engine import threads
assert threads._pool.team is None
layers.GRU(2, 3)(torch.ones(4, 1, 2))
assert threads._pool.team is not None
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_a_forked_child_of_a_process_with_a_team_computes_the_same_bits() -> None:
    program = """
import os, warnings
import torch
from test_team import bits, meet
from rnnlab import engine
from rnnlab.engine import threads
threads.WORTH_A_THREAD = 0.0
engine.set_threads(2)
torch.set_num_threads(2)
torch.ones(100_000).add_(1)
expected = bits()
assert len(meet(2)) == 2
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tried here
    child = os.fork()
if child == 0:
    torch.set_num_threads(1)  # torch's own operations would wait for the workers that the child lacks
    same = len(meet(2)) == 2 and bits() == expected
    torch.set_num_threads(2)
    os._exit(0 if same and len(meet(2)) == 2 else 1)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
assert bits() == expected
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent, check=True, timeout=120)
