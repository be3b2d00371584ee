"""The same records for any number of workers, kills and interruptions."""

from __future__ import annotations

import json
import math
import multiprocessing.pool
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from sample_trials import broken_trial, has_imported, matrix_trial, quick_trial, sample, slow, troubled, tuned

from rnnlab.errors import InputError
from rnnlab.studies import Records, Tuning, read, run
from rnnlab.studies.runner import recorded
from rnnlab.studies.store import Writer
from rnnlab.studies.workers import Workers

HERE = Path(__file__).parent


def measured(records: Records) -> list[str]:
    """What must not depend on who ran it and when."""
    return [
        json.dumps([r.settings, r.seed, r.status, r.measurements, r.error, r.fingerprint], sort_keys=True)
        for r in records
    ]


@contextmanager
def running(name: str, store: Path, workers: int = 1, pause: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    """sample_run.py in a process group of its own, which is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "sample_run.py", name, str(store), str(workers)],
        cwd=HERE,
        env={**os.environ, "SAMPLE_PAUSE": str(pause)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()


def wait_for(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_one_worker_and_two_give_the_same_records_in_the_same_order(tmp_path: Path) -> None:
    alone = run(tuned(), "full")
    together = run(tuned(), "full", workers=2, store=tmp_path)
    with multiprocessing.pool.ThreadPool(1) as pool:  # the interface of ray.util.multiprocessing.Pool
        borrowed = run(tuned(), "full", workers=pool)
    assert measured(alone) == measured(together) == measured(borrowed) == measured(read(tuned(), "full", tmp_path))
    assert alone.choices == together.choices
    assert {choice.group["cell"]: choice.chosen["learning_rate"] for choice in alone.choices} == {
        "rnn": 0.03,
        "lstm": 0.04,
    }


class Backwards:
    """A pool that is done with the last task first."""

    def imap_unordered(self, function: Any, tasks: Any) -> Iterator[Any]:
        return map(function, reversed(list(tasks)))


def test_the_order_in_which_trials_end_does_not_show(tmp_path: Path) -> None:
    assert measured(run(tuned(), "full", workers=Backwards(), store=tmp_path)) == measured(run(tuned(), "full"))
    assert measured(run(tuned(), "full", store=tmp_path)) == measured(run(tuned(), "full"))


def test_matrix_products_have_one_thread_and_the_same_bits_here_and_in_workers() -> None:
    study = sample(name="matrices", trial=matrix_trial, vary={}, seeds=range(3), claims=())
    with torch_threads(2):
        alone, together = run(study), run(study, workers=2)
    assert measured(alone) == measured(together)
    assert {(r.measurements["threads"], r.measurements["torch"]) for r in [*alone, *together]} == {(1, 1)}


def test_workers_told_what_to_import_start_before_there_is_work_for_them() -> None:
    with Workers(2, importing=["colorsys"]) as pool:
        started = {child.pid for child in multiprocessing.active_children()}
        told = list(pool.imap_unordered(has_imported, ["colorsys", "colorsys"]))
    assert len({process for process, _ in told} & started) == 2
    assert [there for _, there in told] == [True, True]
    with Workers(1) as pool:
        assert [there for _, there in pool.imap_unordered(has_imported, ["colorsys"])] == [False]


def test_a_worker_that_cannot_import_what_it_is_told_says_so() -> None:
    with Workers(1, importing=["rnnlab.no_such_module"]) as pool, pytest.raises(InputError, match="could not start"):
        list(pool.imap_unordered(has_imported, ["colorsys"]))


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    yield
    torch.set_num_threads(before)


def test_threads_are_given_back_after_a_study() -> None:
    there: list[int] = []
    before = os.environ.get("OMP_NUM_THREADS")
    with torch_threads(2):
        run(sample(), "full")
        another = threading.Thread(target=lambda: there.append(torch.get_num_threads()))
        another.start()
        another.join()
        assert (there, torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")) == ([2], 2, before)


def test_a_second_run_measures_nothing_anew_and_more_seeds_only_the_new_ones(tmp_path: Path) -> None:
    first = run(sample(seeds=range(3)), "full", store=tmp_path)
    lines = (tmp_path / "sample.jsonl").read_bytes()
    again = run(sample(seeds=range(3)), "full", store=tmp_path)
    assert (measured(again), [r.when for r in again]) == (measured(first), [r.when for r in first])
    assert (tmp_path / "sample.jsonl").read_bytes() == lines
    more = run(sample(seeds=range(4)), "full", store=tmp_path)
    assert (tmp_path / "sample.jsonl").read_bytes().startswith(lines)
    assert len((tmp_path / "sample.jsonl").read_bytes().splitlines()) == 16
    assert measured(more) == measured(run(sample(seeds=range(4)), "full"))


def test_quick_records_serve_the_full_study_where_they_are_the_same_trials(tmp_path: Path) -> None:
    study = sample(quick={"seeds": range(2)})
    run(study, "quick", store=tmp_path)
    full = run(study, "full", store=tmp_path)
    assert [r.mode for r in full] == ["quick"] * 8 + ["full"] * 24


def test_a_changed_held_setting_measures_everything_anew(tmp_path: Path) -> None:
    run(sample(seeds=range(2)), "full", store=tmp_path)
    other = run(sample(seeds=range(2), hold={"learning_rate": 0.5}), "full", store=tmp_path)
    assert [r.settings["learning_rate"] for r in other] == [0.5] * 8
    assert len((tmp_path / "sample.jsonl").read_bytes().splitlines()) == 16


def test_records_of_another_trial_are_not_taken_for_this_ones(tmp_path: Path) -> None:
    run(sample(seeds=range(2)), "full", store=tmp_path)
    store = tmp_path / "sample.jsonl"
    foreign = store.read_text().replace(sample().fingerprint("full"), "0" * 16)
    store.write_text(foreign)
    assert recorded(sample(seeds=range(2)), "full", tmp_path) == (0, 8)
    run(sample(seeds=range(2)), "full", store=tmp_path)
    assert store.read_text().startswith(foreign)  # another definition's results stay
    assert len(store.read_text().splitlines()) == 16


def test_a_wider_grid_runs_only_what_it_adds(tmp_path: Path) -> None:
    def study(*rates: float) -> Any:
        return sample(tune=Tuning(grid={"learning_rate": rates}, on="validation"), seeds=range(2))

    run(study(0.01, 0.03), "full", store=tmp_path)
    before = len((tmp_path / "sample.jsonl").read_bytes().splitlines())
    wider = run(study(0.01, 0.03, 0.04), "full", store=tmp_path)
    after = len((tmp_path / "sample.jsonl").read_bytes().splitlines())
    assert after - before == 2 * 4 + 2 * 2  # the new point for each of four, and two LSTMs that choose it
    assert measured(wider) == measured(run(study(0.01, 0.03, 0.04), "full"))


def test_another_measure_judges_the_old_records(tmp_path: Path) -> None:
    run(sample(), "full", store=tmp_path)
    lines = (tmp_path / "sample.jsonl").read_bytes()
    other = run(sample(measure="validation"), "full", store=tmp_path)
    assert (tmp_path / "sample.jsonl").read_bytes() == lines
    assert other.where(cell="rnn", hidden_size=4).values().tolist() == [(0.1 - 0.03) ** 2] * 8
    assert len(run(sample(measure="never"), "full", store=tmp_path).diverged) == 32
    with pytest.raises(InputError, match="32 of the 32 full trials"):
        read(sample(measure="rmse"), "full", tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_each_trouble_is_recorded_as_itself_while_the_others_go_on(
    workers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = (0, 1, 2, 5, 6, 7) if workers == 1 else range(8)
    records = {r.seed: r for r in run(troubled(tmp_path, seeds), "full", workers=workers, store=tmp_path)}
    assert records[0].status == "done"
    assert (records[1].status, records[2].status) == ("error", "diverged")
    assert records[1].error is not None
    assert records[1].error.startswith("ValueError: the loss turned into a pumpkin (sample_trials.py, line ")
    assert records[2].measurements["mae"] == math.inf
    for seed, sentence in (
        (5, "troubled_trial returned rmse, and not the study's measure 'mae'"),
        (6, "troubled_trial measured mae='good'; a study's measure is one number"),
        (7, "measures seconds, which every record has already; choose another name"),
    ):
        assert sentence in str(records[seed].error)
    said = capsys.readouterr().err
    assert f"troubled, folder={tmp_path}, seed 1: ValueError: the loss turned into a pumpkin" in said
    if workers == 2:
        assert records[3].error == "its process was killed by SIGKILL twice; if memory ran out, use fewer workers"
        assert (tmp_path / "seed3").read_text() == "xx"
        assert (records[4].status, (tmp_path / "seed4").read_text()) == ("done", "xx")
        assert "seed 4 was killed by SIGKILL; the trial runs once more" in said


def test_what_failed_is_tried_again_by_the_next_run_and_read_shows_it_until_then(tmp_path: Path) -> None:
    study = troubled(tmp_path, (0, 1, 2))
    run(study, "full", store=tmp_path)
    assert len(read(study, "full", tmp_path).errors) == 1
    run(study, "full", store=tmp_path)
    assert {f"seed{seed}": (tmp_path / f"seed{seed}").read_text() for seed in range(3)} == {
        "seed0": "x", "seed1": "xx", "seed2": "x"
    }  # fmt: skip
    assert len(read(study, "full", tmp_path)) == 3


def test_a_study_in_which_every_trial_fails_ends_in_their_sentence() -> None:
    study = sample(name="broken", trial=broken_trial, vary={}, seeds=range(2), claims=())
    with pytest.raises(InputError, match=r"No trial of broken could run: OSError: no data for seed 0"):
        run(study)


def test_reading_what_is_not_complete_says_how_much_is_missing_and_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"32 of the 32 full trials of sample are not recorded in .* Run `rnnlab study run "
    ):
        read(sample(), "full", tmp_path)
    run(sample(seeds=range(2)), "full", store=tmp_path)
    assert recorded(sample(), "full", tmp_path) == (8, 32)
    with pytest.raises(InputError, match="24 of the 32 full trials"):
        read(sample(), "full", tmp_path)
    with pytest.raises(InputError, match=r"\(8 records there are of another definition, not of "):
        read(sample(hold={"learning_rate": 0.5}), "full", tmp_path)
    run(tuned(seeds=range(2)), "full", store=tmp_path)
    with Writer(tmp_path, "sample") as writer:
        assert recorded(tuned(seeds=range(2)), "full", tmp_path) == (32, 32)
        broken = [r for r in writer.records if r.seed == 1000]
    (tmp_path / "sample.jsonl").write_bytes(b"".join(r.line() for r in broken))
    assert recorded(tuned(seeds=range(2)), "full", tmp_path) == (12, 32)


def test_tuning_on_what_is_not_measured_is_refused_by_a_sentence() -> None:
    study = sample(tune=Tuning(grid={"learning_rate": (0.1, 0.2)}, on="validatio"))
    with pytest.raises(
        InputError, match="tunes on 'validatio', which its trial does not measure; it measures mae, vali"
    ):
        run(study)


def test_impossible_workers_are_refused_by_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="workers is 0; give 1 to run here"):
        run(sample(), workers=0)
    monkeypatch.setattr(quick_trial, "__module__", "__main__")
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    with pytest.raises(
        InputError, match=r"is defined in this session, where no other process can find it\. Use workers=1"
    ):
        run(replace(sample(), trial=quick_trial), workers=2)


UNGUARDED = """
from sample_trials import sample
from rnnlab.errors import InputError
from rnnlab.studies import run
try:
    run(sample(), workers=2)
except InputError as error:
    print(error)
"""


def test_a_script_without_its_guard_is_told_so_instead_of_hanging(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, timeout=120)
    assert "A worker process could not start" in done.stdout
    assert 'if __name__ == "__main__"' in done.stdout


def test_a_study_killed_twenty_times_and_resumed_ends_with_the_records_of_one_never_killed(tmp_path: Path) -> None:
    dice = random.Random(0)
    killed = 0
    while killed < 20:
        with running("tuned", tmp_path, pause=0.02) as process:
            if killed % 4:  # every fourth dies while it starts
                _wait_until_it_grows(tmp_path / "sample.jsonl")
            time.sleep(dice.uniform(0, 0.3))
            assert process.poll() is None, "it ended before it could be killed: make the study longer"
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
    survivors = recorded(tuned(seeds=range(40)), "full", tmp_path)
    assert 0 < survivors[0] < survivors[1], f"the kills came too early or too late: {survivors}"
    resumed = run(tuned(seeds=range(40)), "full", store=tmp_path)
    never_killed = run(tuned(seeds=range(40)), "full")
    assert measured(resumed) == measured(never_killed)
    keys = [line for line in (tmp_path / "sample.jsonl").read_text().splitlines() if line]
    assert len(keys) == survivors[1], "no trial was run twice"


def _wait_until_it_grows(store: Path) -> None:
    before = store.stat().st_size if store.exists() else 0
    wait_for(lambda: store.exists() and store.stat().st_size > before)


def test_workers_end_when_the_process_that_started_them_is_killed(tmp_path: Path) -> None:
    with running("slow", tmp_path, workers=2) as process:
        wait_for(lambda: list(tmp_path.glob("at-*")))
        worker = int(next(tmp_path.glob("at-*")).name.removeprefix("at-"))
        assert alive(worker)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda: not alive(worker), 10)


def test_ctrl_c_keeps_what_is_done_ends_the_workers_and_goes_on_later(tmp_path: Path) -> None:
    with running("slow", tmp_path, workers=2) as process:
        wait_for(lambda: list(tmp_path.glob("at-*")) and {r.seed for r in _records_there(tmp_path)} >= {0, 1, 3})
        worker = int(next(tmp_path.glob("at-*")).name.removeprefix("at-"))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        wait_for(lambda: not alive(worker), 10)
    assert {r.seed for r in _records_there(tmp_path)} == {0, 1, 3}
    assert recorded(slow(tmp_path), "full", tmp_path) == (3, 4)


def test_two_runners_on_one_store_do_not_mix(tmp_path: Path) -> None:
    with running("slow", tmp_path) as first:
        wait_for(lambda: list(tmp_path.glob("at-*")))
        with running("slow", tmp_path) as second:
            _, said = second.communicate(timeout=60)
            assert second.returncode == 1
            assert "Another run is recording into" in said
        first.kill()
    assert [r.seed for r in _records_there(tmp_path)] == [0, 1]


def _records_there(folder: Path) -> list[Any]:
    from rnnlab.studies.store import read_records

    return read_records(folder, "slow")
