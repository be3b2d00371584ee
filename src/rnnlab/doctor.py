"""What this machine has of what the course needs, each lack with its remedy."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rnnlab
from rnnlab.errors import InputError
from rnnlab.studies.machine import machine

ENOUGH_MEMORY = 2.0  # GiB; the largest chapter takes about one
ENOUGH_DISK = 1.0  # GiB; the book, its notebooks and the compiled kernels take a tenth of it

INSTALL = 'pip install "rnnlab[course]"'


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and the remedy where it does not do. Without what is optional all runs."""

    name: str
    found: str
    remedy: str = ""
    optional: bool = False

    @property
    def well(self) -> bool:
        """Found and fit."""
        return not self.remedy

    @property
    def missing(self) -> bool:
        """A lack that stops something from working."""
        return not self.well and not self.optional


def examine() -> tuple[Check, ...]:
    """Looks at everything once; the kernels are compiled where they are not yet, which takes some seconds."""
    return tuple(
        _asked(name, look)
        for name, look in (
            ("rnnlab", _versions),
            ("processor", _processor),
            ("memory", _memory),
            ("torch", _torch),
            ("device", _device),
            ("kernels", _kernels),
            ("weather data", _weather),
            ("stock data", _stocks),
            ("figures and notebooks", _course_packages),
            ("working folder", _folder),
            ("node", _node),
        )
    )


def _asked(name: str, look: Callable[[str], Check]) -> Check:
    try:
        return look(name)
    except InputError as error:
        return Check(name, "not usable", str(error))
    except Exception as error:  # whatever is broken here is what the doctor was asked about
        return Check(name, "broken", f"{type(error).__name__}: {error}. Install rnnlab anew in a fresh environment.")


def _versions(name: str) -> Check:
    return Check(name, f"{rnnlab.__version__} on Python {platform.python_version()}")


def _processor(name: str) -> Check:
    here = machine()
    return Check(name, f"{here['cores']} usable cores, {here['processor']}, {here['system']} {here['architecture']}")


def _memory(name: str) -> Check:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return Check(name, "unknown on this system")
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    few = size < ENOUGH_MEMORY
    return Check(name, f"{size:.1f} GiB", "Close other programs, and run studies with --workers 1." if few else "")


def _torch(name: str) -> Check:
    import torch

    return Check(name, f"{torch.__version__}, {torch.get_num_threads()} threads")


def _device(name: str) -> Check:
    from rnnlab.training.devices import pick

    return Check(name, str(pick()))


def _kernels(name: str) -> Check:
    import numpy as np

    from rnnlab import engine
    from rnnlab.engine.compiled import cache_folder

    one = np.ones((1, 1, 1), dtype=np.float32)
    gates = np.ones((3, 1), dtype=np.float32)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of no folder to keep them in: it becomes the remedy below
        engine.gru.forward(one, one[0], gates, gates, None, None)
        kept = cache_folder()
    found = f"Numba {importlib.metadata.version('numba')}, ready in {time.perf_counter() - began:.1f} s"
    if not kept:
        return Check(name, f"{found}, not kept", "Set NUMBA_CACHE_DIR to a folder that you may write to.")
    return Check(name, f"{found}, kept on disk")


def _weather(name: str) -> Check:
    from rnnlab.data import weather

    return Check(name, f"{len(weather('JFK')):,} hours at JFK, checksum right")


def _stocks(name: str) -> Check:
    from rnnlab.data import stocks

    return Check(name, f"{len(stocks('AAPL')):,} days of AAPL, checksum right")


def _course_packages(name: str) -> Check:
    absent = [
        each for each in ("matplotlib", "nbclient", "nbformat", "ipykernel") if not importlib.util.find_spec(each)
    ]
    if absent:
        return Check(name, f"{', '.join(absent)} absent", f"Install the course's packages: {INSTALL}")
    return Check(name, f"matplotlib {importlib.metadata.version('matplotlib')}, nbclient, ipykernel")


def _folder(name: str) -> Check:
    free = shutil.disk_usage(".").free / 2**30
    found = f"{Path.cwd()}, {free:.1f} GiB free"
    try:
        with tempfile.TemporaryFile(dir="."):
            pass
    except OSError as error:
        return Check(name, found, f"It cannot be written ({error.strerror}): change to a folder of your own.")
    return Check(name, found, "Free some disk space." if free < ENOUGH_DISK else "")


def _node(name: str) -> Check:
    program = shutil.which("node")
    if program is None:
        return Check(name, "absent", "Only the tests of the book's scripts need it: install Node.js 18.", optional=True)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    return Check(name, said.stdout.strip() or "does not answer")
