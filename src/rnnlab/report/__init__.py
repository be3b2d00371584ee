"""A comparison of forecasters as one HTML file that needs nothing else, and the same as JSON and CSV."""

from rnnlab.report.writing import write

__all__ = ["write"]
