"""How long the two commands of README take on a fresh machine: a clean clone, an empty home, no cache of packages.

python benchmarks/durations.py     clones this repository's HEAD into a temporary folder, runs `make course` and
                                   `make test` there, and writes benchmarks/durations.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rnnlab.studies.machine import machine

ROOT = Path(__file__).parents[1]
COMMANDS = ("make course", "make test")


def measure() -> dict[str, dict[str, float]]:
    """Seconds of each command, in the order in which a new user gives them, and of each chapter in the first."""
    seconds, chapters = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        home, clone = Path(folder) / "home", Path(folder) / "clone"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = {**os.environ, "HOME": str(home), "PIP_NO_CACHE_DIR": "1"}
        for command in COMMANDS:
            began = time.monotonic()
            subprocess.run(command.split(), cwd=clone, env=environment, check=True)
            seconds[command] = round(time.monotonic() - began, 1)
        for path in sorted((clone / "build" / "course").glob("[0-9]*.ipynb")):
            chapters[path.stem] = round(json.loads(path.read_text("utf-8"))["metadata"]["rnnlab"]["seconds"], 1)
    return {"seconds": seconds, "chapters": chapters}


if __name__ == "__main__":
    try:
        here = machine()
        words = f"{here['cores']} cores, {here['processor']}, Python {here['python']}"
        found = {**measure(), "machine": words, "when": f"{datetime.now(UTC):%Y-%m-%d}"}
    except subprocess.CalledProcessError as error:
        sys.exit(f"`{' '.join(error.cmd)}` ended with exit code {error.returncode}; nothing was measured.")
    (Path(__file__).with_name("durations.json")).write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
