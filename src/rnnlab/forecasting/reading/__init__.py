"""Reads any table of time series into regular ones, or says in one sentence why it cannot."""

from rnnlab.forecasting.reading.table import read_table

__all__ = ["read_table"]
