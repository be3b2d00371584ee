"""Files that are either whole or not there: written beside their place, flushed, then moved into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnlab.errors import InputError


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Gives a temporary path in the same folder; on a clean exit it takes `path`'s place in one atomic step.

    A crash, a kill or Ctrl-C at any moment leaves the old file as it was. A folder that cannot be written or a full
    disk raises InputError that names the file and the remedy.
    """
    path = Path(path)
    with saying_what_failed(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.chmod(0o666 & ~_umask())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def saying_what_failed(path: Path | str) -> Iterator[None]:
    """Turns an operating system's refusal to write `path` into InputError with its remedy."""
    try:
        yield
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}. {_remedy(error)}") from error


def _remedy(error: OSError) -> str:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some disk space and run the same command again; what was recorded before is kept."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Choose a folder that you may write to, or change its permissions."
    return "Check the path and run the same command again; what was recorded before is kept."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
