"""A limit of time for code that may never end.

In the main thread on Unix an alarm interrupts it, again and again, and from the second time on traces it, so that an
answer that catches every exception is interrupted inside its handler too. Elsewhere it runs in a thread of its own that
is sent an exception; if even that does not end it, it is left behind. A single call that never returns to Python (one
endless NumPy operation) is beyond both: the command line checks in a process of its own, which it kills.
"""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
AGAIN = 0.05  # seconds between two interruptions
PATIENCE = 2.0  # seconds for a thread to end once it was sent the exception


class OutOfTime(BaseException):
    """The limit was reached. No `except Exception` catches it."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What work() returns. Raises OutOfTime when it takes longer."""
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _by_alarm(seconds, work)
    return _by_thread(seconds, work)


def _by_alarm(seconds: float, work: Callable[[], T]) -> T:
    ended = False

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        # not at an exception: Python stops tracing when the tracer raises, and here that would still be inside the try
        if not ended and event in ("line", "opcode") and _belongs(frame):
            raise OutOfTime
        return trace

    def ring(number: int, frame: FrameType | None) -> None:
        if ended or frame is None or frame.f_code.co_filename == __file__:
            return
        inside: FrameType | None = frame
        while inside is not None and inside.f_code is not _by_alarm.__code__:
            inside.f_trace = trace
            inside.f_trace_opcodes = True
            inside = inside.f_back
        sys.settrace(trace)
        if _belongs(frame):
            raise OutOfTime

    traced = sys.gettrace()
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        try:
            return work()
        finally:
            ended = True
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        sys.settrace(traced)
        signal.signal(signal.SIGALRM, before)


def _belongs(frame: FrameType) -> bool:
    """Not a frame of this file, whose clean-up must not be interrupted, nor one that the garbage collector called: what
    is raised there reaches nobody.
    """
    collecting = {getattr(each, "__code__", None) for each in gc.callbacks}
    inside: FrameType | None = frame
    while inside is not None and inside.f_code is not _by_alarm.__code__:
        if inside.f_code in collecting:
            return False
        inside = inside.f_back
    return frame.f_code.co_filename != __file__


def _by_thread(seconds: float, work: Callable[[], T]) -> T:
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    patience = PATIENCE
    if thread.is_alive():
        while thread.is_alive() and patience > 0:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(OutOfTime))
            thread.join(AGAIN)
            patience -= AGAIN
        raise OutOfTime
    if failed:
        raise failed[0]
    return done[0]
