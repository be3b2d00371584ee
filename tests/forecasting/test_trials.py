from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from made_series import TINY, autoregression, planned

from rnnlab.errors import InputError
from rnnlab.forecasting import Plan, Result
from rnnlab.studies.store import Writer


def tiny() -> Plan:
    return planned(autoregression(1, T=200), horizon=3, season=1, **TINY)


def bare(result: Result) -> Any:
    """All that was found but how long it took."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(inner) for name, inner in value.items() if name != "seconds"}
        return [without(each) for each in value] if isinstance(value, list) else value

    rows, ahead = result.rows.to_csv(index=False), result.forecast().to_csv(index=False)
    return without(result.as_dict()), rows, ahead


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, bytes]:
    """A comparison that ran to its end, and what its store then held."""
    folder = tmp_path_factory.mktemp("whole")
    found = bare(tiny().run(store=folder))
    (file,) = folder.glob("*.jsonl")
    return found, file.read_bytes()


def stored(folder: Path) -> list[bytes]:
    (file,) = folder.glob("*.jsonl")
    return [line for line in file.read_bytes().split(b"\n") if line]


def test_without_a_store_the_same_is_found(whole: tuple[Any, bytes]) -> None:
    assert bare(tiny().run()) == whole[0]


@pytest.mark.parametrize("kept", [0, 1, 7, 9.5, 14])
def test_a_run_that_was_killed_goes_on_to_the_same_result(
    kept: float, whole: tuple[Any, bytes], tmp_path: Path
) -> None:
    lines = whole[1].splitlines(keepends=True)
    assert len(lines) == tiny().trials == 16
    torn = lines[int(kept)][: len(lines[int(kept)]) // 2] if kept % 1 else b""
    (tmp_path / _name(tmp_path)).write_bytes(b"".join(lines[: int(kept)]) + torn)
    assert bare(tiny().run(store=tmp_path)) == whole[0]
    assert len(stored(tmp_path)) == 16
    assert stored(tmp_path)[: int(kept)] == [line.rstrip() for line in lines[: int(kept)]]


def _name(folder: Path) -> str:
    from rnnlab.forecasting.comparison import file_name

    return f"{file_name(tiny())}.jsonl"


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_trials import tiny
tiny().run(store={folder!r})
"""


def test_a_kill_at_any_moment_leaves_what_was_done(whole: tuple[Any, bytes], tmp_path: Path) -> None:
    script = SCRIPT.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not any(file.stat().st_size for file in tmp_path.glob("*.jsonl")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    before = len(stored(tmp_path))
    assert 1 <= before <= 16
    assert bare(tiny().run(store=tmp_path)) == whole[0]


def test_two_processes_find_the_same_bits(whole: tuple[Any, bytes]) -> None:
    assert bare(tiny().run(workers=2)) == whole[0]


def test_a_ray_cluster_finds_the_same_bits(whole: tuple[Any, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster of this machine alone; that one of two nodes may lose one is held by tests/studies/test_cluster.py."""
    for name, value in {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "RAY_ADDRESS": "local"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delattr("rnnlab.forecasting.trials.Here")  # nothing may be measured in this process
    assert bare(tiny().run(on="ray")) == whole[0]


def test_other_data_or_other_settings_take_nothing_from_the_store(whole: tuple[Any, bytes], tmp_path: Path) -> None:
    tiny().run(store=tmp_path)
    other = planned(autoregression(2, T=200), horizon=3, season=1, **TINY)
    other.run(store=tmp_path)
    assert len(stored(tmp_path)) == 32
    planned(autoregression(1, T=200), horizon=3, season=1, **TINY | {"updates": 6}).run(store=tmp_path)
    assert len(stored(tmp_path)) == 48


def test_more_seeds_and_another_grid_run_only_what_is_new(tmp_path: Path) -> None:
    tiny().run(store=tmp_path)
    more = planned(autoregression(1, T=200), horizon=3, season=1, **TINY | {"seeds": 3})
    more.run(store=tmp_path)
    assert len(stored(tmp_path)) == 16 + 3


def test_a_second_run_on_the_same_comparison_is_refused(tmp_path: Path) -> None:
    from rnnlab.forecasting.comparison import file_name

    with Writer(tmp_path, file_name(tiny())), pytest.raises(InputError, match="Another run is recording"):
        tiny().run(store=tmp_path)


def test_records_are_json_that_any_reader_takes(whole: tuple[Any, bytes]) -> None:
    for line in whole[1].splitlines():
        record = json.loads(line)
        assert record["settings"]["series"] == "made"
        assert record["settings"]["model"] == "ridge" or record["measurements"]["validation"] > 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"workers": 0}, "workers is 0"), ({"on": "moon"}, "on='moon' is no cluster; give 'ray'")],
)
def test_no_such_workers_or_cluster_is_said(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        tiny().run(**given)
