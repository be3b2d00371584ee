"""Exercises that answer back: `check("3.2", answer)` says what it tried, where it fails, and the likely mistake."""

from rnnlab.exercises.answering import Result, check, hint, progress, solution
from rnnlab.exercises.catalogue import ids

__all__ = ["Result", "check", "hint", "ids", "progress", "solution"]
