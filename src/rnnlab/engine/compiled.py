"""How a function of this package becomes machine code: compiled on first use, kept on disk, without the GIL.

`@inlined` functions are the parts, `@kernel` functions are what Python calls. A kernel's annotations are its signature,
so that one compiled form serves every layout of its arguments:

    @kernel
    def forward(x: Strided3, weights: Flat, order: Indices, rows: int, reverse: bool) -> None: ...
    forward[x.dtype](x, weights, order, rows, False)

Compiled code lies in a folder named after a digest of this package's sources, because Numba's own check sees only the
file that holds the kernel, and not the files that the kernel calls.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, get_type_hints

import numba
import numpy as np
import numpy.typing as npt
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import overload

Function = TypeVar("Function", bound=Callable[..., Any])

Flat: TypeAlias = Annotated[npt.NDArray[Any], "flat"]  # contiguous, addressed by offsets, whatever its shape was
Strided2: TypeAlias = Annotated[npt.NDArray[Any], "strided 2"]  # two axes with any strides, the last one dense
Strided3: TypeAlias = Annotated[npt.NDArray[Any], "strided 3"]
Indices: TypeAlias = Annotated[npt.NDArray[np.int64], "indices"]

FASTMATH = {"contract", "nsz", "arcp"}
OPTIONS: dict[str, Any] = {"fastmath": FASTMATH, "error_model": "numpy", "no_cfunc_wrapper": True}


def inlined(function: Function) -> Function:
    """A small part of kernels, copied into its caller before types are inferred: costs no compilation of its own."""
    compiled: Function = numba.njit(inline="always")(function)
    return compiled


def shared(function: Function) -> Function:
    """A part of kernels that is called, not copied: for what is long and called from several places.

    As an overload of itself it is compiled once for all integers; called directly, Numba would compile it again for
    every pattern of literal zeros and ones among its arguments.
    """
    overload(function, strict=False, jit_options=OPTIONS)(lambda *_: function)
    return function


class Kernel:
    """A function that is compiled for one floating-point type when that type is first asked for."""

    _compiling = threading.Lock()

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self._compiled: dict[Any, Callable[..., None]] = {}

    def __getitem__(self, dtype: Any) -> Callable[..., None]:
        try:
            return self._compiled[dtype]
        except KeyError:
            with self._compiling:
                if dtype not in self._compiled:
                    self._compiled[dtype] = self._compile(np.dtype(dtype))
                return self._compiled[dtype]

    def _compile(self, dtype: np.dtype[Any]) -> Callable[..., None]:
        scalar = numba.from_dtype(dtype)
        known = {
            Flat: types.Array(scalar, 1, "C"),
            Strided2: types.Array(scalar, 2, "A"),
            Strided3: types.Array(scalar, 3, "A"),
            Indices: types.Array(types.int64, 1, "C"),
            int: types.intp,
            bool: types.boolean,
        }
        annotations = get_type_hints(self.function, include_extras=True)
        annotations.pop("return")
        signature = types.void(*(known[annotation] for annotation in annotations.values()))
        previous, numba.config.CACHE_DIR = numba.config.CACHE_DIR, cache_folder()
        try:
            has_file = Path(self.function.__code__.co_filename).is_file()  # a notebook's cell has none
            cached = bool(numba.config.CACHE_DIR) and has_file
            with without_garbage_collection(), lightly_optimised():
                compile_now = numba.njit(signature, cache=cached, nogil=True, **OPTIONS)
                compiled: Callable[..., None] = compile_now(self.function)
            return compiled
        finally:
            numba.config.CACHE_DIR = previous


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Compiling builds millions of objects that live until its end: looking through them is a tenth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def lightly_optimised() -> Iterator[None]:
    """LLVM's level 1: registers and tiles are written down, so level 3 finds nothing more, in a third more time."""
    numba.core.registry.cpu_target.target_context.codegen()  # made at the level that the rest of the process asks for
    with global_compiler_lock:  # no other thread compiles at this level
        previous = numba.config.OPT
        numba.config.OPT = type(previous)(min(previous, 1))
        try:
            yield
        finally:
            numba.config.OPT = previous


def kernel(function: Callable[..., None]) -> Kernel:
    """What Python calls: annotated with Flat, Strided2, Strided3, Indices, int and bool, and returns nothing."""
    return Kernel(function)


_folder: str | None = None


def cache_folder() -> str:
    """The folder of compiled code: NUMBA_CACHE_DIR, or beside the sources, or the user's cache, or a temporary folder.

    The first that can be written is taken, once a process. Where none can be, the empty string: kernels are then
    compiled again by every process, and one warning says so.
    """
    global _folder
    if _folder is None:
        _folder = next((str(folder) for folder in _candidates() if _writable(folder)), "")
        if not _folder:
            warnings.warn(
                "No folder for compiled kernels can be written: every process compiles its own, a few seconds a cell. "
                "Set NUMBA_CACHE_DIR to a folder that you may write to.",
                RuntimeWarning,
                stacklevel=2,
            )
    return _folder


def _candidates() -> list[Path]:
    here = Path(__file__).parent
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(here.glob("*.py")))).hexdigest()[:16]
    if numba.config.CACHE_DIR:
        return [Path(numba.config.CACHE_DIR) / f"rnnlab-{digest}"]
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [
        here / "__pycache__" / f"kernels-{digest}",
        user / "rnnlab" / digest,
        Path(tempfile.gettempdir()) / f"rnnlab-{digest}",
    ]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
