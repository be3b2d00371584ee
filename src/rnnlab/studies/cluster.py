"""A Ray cluster as a pool: one trial a core of any of its nodes, and a node may be lost on the way."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from rnnlab.errors import InputError
from rnnlab.studies import workers
from rnnlab.studies.workers import Lost

AHEAD = 2  # trials handed out for each core: one that runs, one that waits where it will run


class Cluster:
    """The pool of a Ray cluster: with Cluster() as pool: run(study, "full", workers=pool).

    `address` is that of a cluster: "ray://host:10001" from outside, "host:6379" from one of its nodes. None takes the
    cluster that this machine belongs to (or that RAY_ADDRESS names), and starts one of this machine alone where there
    is none. Every node needs the same rnnlab. A trial whose process or node dies comes back as `Lost`, and the runner
    gives it to another; records are written here alone.

    Moritz et al., 2018. Errors: InputError where Ray is not installed or no cluster answers.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address

    def __enter__(self) -> Self:
        try:
            import ray
        except ImportError as error:
            raise InputError(
                "Running on a cluster needs Ray, which is not installed: pip install 'rnnlab[cluster]'."
            ) from error
        if ray.is_initialized():
            raise InputError(
                "This process belongs to a Ray cluster already; call ray.shutdown() first, or pass a pool."
            )
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        if self.address is None:
            options["include_dashboard"] = False
        try:
            self._knock()
            ray.init(self.address, **options)
        except (OSError, ValueError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise InputError(
                f"No Ray cluster answers at {self.address or 'this machine'} ({said}). Start one with "
                "`ray start --head`, or give its address, as in --on ray://host:10001."
            ) from error
        self._remote = ray.remote(num_cpus=1, max_retries=0)(_on_a_node)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import ray

        ray.shutdown()

    def _knock(self) -> None:
        """OSError where nobody listens; Ray itself would go on trying for minutes."""
        if self.address is not None:
            host, _, port = self.address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), timeout=10).close()

    def imap_unordered(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """function(task) for every task as soon as it is there, or Lost(task). `function` must not raise."""
        import ray

        waiting = deque(tasks)
        running: dict[Any, Any] = {}
        cores: Any = ray.cluster_resources  # Ray leaves it without types
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * max(1, int(cores().get("CPU", 0))):
                    task = waiting.popleft()
                    running[self._remote.remote(function, task)] = task
                ready, _ = ray.wait(list(running))
                for reference in ready:
                    yield _heard(reference, running.pop(reference))
        finally:
            for reference in running:  # whoever stops listening stops the work
                ray.cancel(reference, force=True)


def _on_a_node(function: Callable[[Any], Any], task: Any) -> Any:
    workers.ALONE = False
    return function(task)


def _heard(reference: Any, task: Any) -> Any:
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        return ray.get(reference)
    except RayTaskError as error:  # not the trial, whose errors are records: what could not even begin
        said = str(error).strip().splitlines()[-1]
        raise InputError(
            f"A node of the cluster could not run a trial ({said}). Every node needs the same rnnlab and files."
        ) from error
    except RayError as error:
        return Lost(task, f"died with its node or on it ({type(error).__name__})")
