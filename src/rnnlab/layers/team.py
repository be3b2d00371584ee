"""The engine works with torch's threads where it can, so that the two never fight for the cores.

After each parallel operation a worker of libgomp, torch's pool on Linux, turns in place for milliseconds in case
another one follows (its manual, GOMP_SPINCOUNT). If a recurrent layer follows and brings threads of its own, they share
the cores with the turning workers, and two of them are hardly faster than one. So the layer is what the workers wait
for: it opens a parallel region in the library that torch itself has opened its last one in.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

# What a region runs, once in each of its threads; and what opens one: of whom, with what, how many threads (0: as many
# as torch uses) and flags, of which there are none.
Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_OPEN = ctypes.CFUNCTYPE(None, Body, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)


def lend_team() -> None:
    """Has the engine ask torch's threads for help from now on. Where they cannot be had it keeps threads of its own."""
    from rnnlab.engine import threads  # not at the top: where Numba cannot be imported, torch does the work

    opens = entrance()
    threads.borrow(None if opens is None else functools.partial(in_team, opens))


@functools.cache
def entrance() -> Any:
    """What compiled code calls to open a parallel region (GCC's ABI since 4.9), as torch's own library finds it.

    None on systems other than Linux and for a torch that was built without OpenMP.
    """
    library = Path(torch.__file__).with_name("lib") / "libtorch_cpu.so"
    if not sys.platform.startswith("linux") or not library.is_file():
        return None
    try:
        found = ctypes.CDLL(str(library)).GOMP_parallel
    except (OSError, AttributeError):
        return None
    os.register_at_fork(after_in_child=_leave)
    return ctypes.cast(found, _OPEN)


_left = False


def _leave() -> None:
    """A forked child has none of the team's threads, and libgomp would wait for them."""
    global _left
    _left = True


def in_team(opens: Any, take_part: Callable[[], None], helpers: int) -> bool:
    """take_part() in this thread and in up to `helpers` of torch's, at once; False where torch has none to give.

    Another thread than the main one would start a team of its own at its first region, so it gets none either.
    """
    if _left or torch.get_num_threads() == 1 or threading.current_thread() is not threading.main_thread():
        return False
    places, errors = deque(range(helpers + 1)), []

    def body(_: int | None) -> None:
        try:
            places.pop()
        except IndexError:  # the team is larger than wanted
            return
        try:
            take_part()
        except BaseException as error:  # an interrupt, say: nothing may leave a region
            errors.append(error)

    opens(Body(body), None, 0, 0)
    if errors:
        raise errors[0]
    return True
