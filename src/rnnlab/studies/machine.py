"""What a record says about its machine: what explains a time or a last digit, and nothing that names it."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
from pathlib import Path


@functools.cache
def machine() -> dict[str, str | int]:
    """System, processor, usable cores and the versions of what computes; no host, no user, no path."""
    described: dict[str, str | int] = {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": usable_cores(),
        "python": platform.python_version(),
    }
    for package in ("numpy", "torch", "numba"):
        try:
            described[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            described[package] = "absent"
    return described


def usable_cores() -> int:
    """The cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"
