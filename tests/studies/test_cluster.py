"""A study on a Ray cluster of two nodes, each its own processes: the records of a serial run, also when a node dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sample_trials import matrix_trial, paced, sample

from rnnlab.errors import InputError
from rnnlab.studies import Records, read, run
from rnnlab.studies.cluster import Cluster

RAY = Path(sys.executable).parent / "ray"
HERE = str(Path(__file__).parent)


def measured(records: Records) -> list[str]:
    """What must not depend on who ran it and when."""
    return [json.dumps([r.settings, r.seed, r.status, r.measurements, r.error, r.fingerprint]) for r in records]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Nodes:
    """A head and one more node, each a process group of its own, with one core to give each."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # a socket's path must be short
        self.address = f"127.0.0.1:{free_port()}"
        ray = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}  # a token that lies at home is not ours
        self.environment = {**os.environ, "PYTHONPATH": HERE, "SAMPLE_PAUSE": "0.3", **ray}
        head = [
            "--head",
            f"--port={self.address.split(':')[1]}",
            "--include-dashboard=false",
            f"--temp-dir={self.folder}",
        ]
        self.groups = [self.start(*head)]
        self.wait_for_port()
        self.groups.append(self.start(f"--address={self.address}"))

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [str(RAY), "start", *options, "--node-ip-address=127.0.0.1", "--num-cpus=1", "--block"]
        command += ["--object-store-memory=80000000", "--disable-usage-stats"]
        with (Path(self.folder) / f"node{len(options)}.log").open("wb") as log:
            return subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for_port(self) -> None:
        host, port = self.address.split(":")
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError("the head did not start")

    def runs(self, which: int, process: int) -> bool:
        """Whether a process belongs to this node."""
        return os.getsid(process) == self.groups[which].pid

    def kill(self, which: int) -> None:
        """Every process of the node at once: Ray gives its workers process groups of their own."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(ProcessLookupError):
                if self.runs(which, int(process.name)):
                    os.kill(int(process.name), signal.SIGKILL)
        self.groups[which].wait()

    def end(self) -> None:
        for which, group in enumerate(self.groups):
            if group.poll() is None:
                self.kill(which)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    started = Nodes()
    for name in ("PYTHONPATH", "RAY_USAGE_STATS_ENABLED", "RAY_AUTH_MODE"):
        monkeypatch.setenv(name, started.environment[name])
    yield started
    started.end()


def wait_for_nodes(count: int) -> None:
    import ray

    for _ in range(600):
        if sum(node["Alive"] for node in ray.nodes()) == count:
            return
        time.sleep(0.1)
    raise TimeoutError(f"there are not {count} nodes")


def test_two_nodes_give_the_records_of_a_serial_run_also_when_one_dies_half_way(
    nodes: Nodes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    study = paced(marks)
    bits = sample(name="matrix", trial=matrix_trial, vary={}, seeds=range(4), claims=())
    serial, serial_bits = measured(run(study, "full")), measured(run(bits, "full"))
    for mark in marks.iterdir():
        mark.unlink()
    with Cluster(nodes.address) as cluster:
        wait_for_nodes(2)
        assert measured(run(bits, "full", workers=cluster)) == serial_bits

        def kill_at_work() -> None:
            for _ in range(500):
                if any(nodes.runs(1, int(mark.name.split("-")[1])) for mark in marks.iterdir()):
                    nodes.kill(1)
                    return
                time.sleep(0.02)

        killer = threading.Thread(target=kill_at_work, daemon=True)
        killer.start()
        records = run(study, "full", workers=cluster, store=tmp_path)
        killer.join()
        assert measured(records) == serial
        lines = (tmp_path / "paced.jsonl").read_text().splitlines()
        assert len(lines) == len(records)  # nothing lost, nothing twice
        assert measured(read(study, "full", tmp_path)) == serial
    assert "died with its node" in capfd.readouterr().err


def test_where_no_cluster_answers_a_sentence_says_so() -> None:
    with pytest.raises(InputError, match=r"No Ray cluster answers at 127\.0\.0\.1:1 "), Cluster("127.0.0.1:1"):
        raise AssertionError("entered")


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'rnnlab\[cluster\]'"), Cluster():
        raise AssertionError("entered")
