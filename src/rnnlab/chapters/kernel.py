"""Runs one notebook in a kernel of this very interpreter, in an empty folder, and says where it stopped."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rnnlab.chapters.cells import Mode
from rnnlab.errors import InputError

CELL_SECONDS: dict[Mode, int] = {"quick": 300, "full": 3600}
COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


class CellError(Exception):
    """Where a notebook stopped and why, to go after "stopped"; `traceback` is the whole story."""

    def __init__(self, section: str, cell: int, source: str, why: str, traceback: str):
        line = next((line for line in source.splitlines() if line.strip() and not line.startswith("#")), "").strip()
        super().__init__(f'in section "{section}", cell {cell} ({line}): {why}')
        self.traceback = traceback


def run_notebook(path: Path, mode: Mode, on_cell: Callable[[str, int], None]) -> dict[str, Any]:
    """The executed notebook. on_cell(section, code cells done) is called as a cell begins and once at the end.

    Raises CellError at the first cell that fails, takes longer than CELL_SECONDS, or takes its kernel down with it;
    KeyboardInterrupt on Ctrl-C, with the kernel gone. A registered kernel is not needed and a registered one not used.
    """
    nbformat, exceptions, run_sync = _nbclient_here()
    with tempfile.TemporaryDirectory(prefix="rnnlab-") as scratch:
        (work := Path(scratch) / "work").mkdir()
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        place = _Place(notebook, on_cell)
        client = _client(notebook, work, Path(scratch), mode, place)
        environment = os.environ | {
            "RNNLAB_MODE": mode,
            "IPYTHONDIR": str(Path(scratch) / "ipython"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # ipykernel 6, Colab's, warns that breakpoints would be missed
        }
        try:
            client.execute(env=environment)
        except exceptions.CellExecutionError as error:
            why = f"{error.ename}: {COLOUR_CODES.sub('', error.evalue).strip().splitlines()[0] if error.evalue else ''}"
            raise place.broken(why.rstrip(": "), COLOUR_CODES.sub("", error.traceback)) from None
        except exceptions.CellTimeoutError as error:
            raise place.broken(f"it took longer than {CELL_SECONDS[mode]} s", str(error)) from None
        except exceptions.DeadKernelError as error:
            raise place.broken("the kernel died; a common cause is too little memory", str(error)) from None
        except KeyboardInterrupt:
            run_sync(client.km.shutdown_kernel)(now=True)
            raise
        place.done()
        executed: dict[str, Any] = json.loads(nbformat.writes(notebook))
        return executed


class _Place:
    """Follows the client from cell to cell, so that progress and errors can name chapter, section and cell."""

    def __init__(self, notebook: Any, on_cell: Callable[[str, int], None]):
        self.on_cell = on_cell
        self.cells = notebook.cells
        self.at = 0
        self.sections = []
        section = "set up"
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                headings = re.findall(r"^##+ (.+)$", cell.source, re.MULTILINE)
                section = headings[-1] if headings else section
            self.sections.append(section)

    def count(self, until: int) -> int:
        return sum(cell.cell_type == "code" for cell in self.cells[:until])

    def begin(self, cell: Any, cell_index: int) -> None:
        if cell.cell_type == "code":
            self.at = cell_index
            self.on_cell(self.sections[cell_index], self.count(cell_index))

    def done(self) -> None:
        self.on_cell(self.sections[self.at], self.count(len(self.cells)))

    def broken(self, why: str, traceback: str) -> CellError:
        return CellError(self.sections[self.at], self.count(self.at + 1), self.cells[self.at].source, why, traceback)


async def _leave_ctrl_c_alone(notebook: Any) -> None:
    """Takes nbclient's own handler away, which ends the kernel and goes on against the dead one."""
    asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)


def _nbclient_here() -> tuple[Any, Any, Any]:
    try:
        import ipykernel  # noqa: F401  the kernel is started as `python -m ipykernel_launcher`
        import nbformat
        from jupyter_core.utils import run_sync
        from nbclient import exceptions
    except ImportError as error:
        raise InputError(
            f"Running chapters needs the package {error.name}; install it with: pip install 'rnnlab[course]'"
        ) from error
    return nbformat, exceptions, run_sync


def _client(notebook: Any, work: Path, scratch: Path, mode: Mode, place: _Place) -> Any:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisInterpreter(KernelSpecManager):
        """Whatever kernel is asked for, it is this interpreter: the one in which rnnlab is installed."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            """The one kernel there is."""
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python", name=kernel_name)

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS[mode],
        resources={"metadata": {"path": str(work)}},
        on_notebook_start=_leave_ctrl_c_alone,
        on_cell_start=place.begin,
        record_timing=False,
    )
    client.km = AsyncKernelManager(  # set after the client is made: so it owns the manager and ends its kernel
        kernel_name="python3",
        kernel_spec_manager=ThisInterpreter(),
        connection_file=str(scratch / "kernel.json"),
        transport="tcp" if os.name == "nt" else "ipc",  # a local socket file: nobody else on the machine can listen
    )
    return client
