"""rnnlab: the laboratory of the course RNN Fundamentals.

Importing this package prints nothing, seeds nothing, downloads nothing and picks no device; torch, Numba, pandas and
matplotlib are imported by the subpackage that needs them.
"""

__version__ = "0.1.0"
