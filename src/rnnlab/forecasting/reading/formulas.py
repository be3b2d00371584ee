"""Names of series that a spreadsheet program would compute: they stay as they are, and it is said."""

from __future__ import annotations

from dataclasses import replace

from rnnlab.forecasting.findings import Finding, shown
from rnnlab.forecasting.series import Table

STARTS = ("=", "+", "-", "@", "\t", "\r")  # of what such programs take for a formula (OWASP, CSV injection)


def formulas_named(table: Table) -> Table:
    """With a finding where the name of a series begins like a formula: the CSV files that tell of it carry that name,
    since who joins them with other tables needs it unchanged.
    """
    names = [name for name in table.ids if name.startswith(STARTS) and not _is_number(name)]
    if not names:
        return table
    sentence = (
        f"{len(names):,} series with a name that begins like a formula, such as {shown(names[0])}: nothing here "
        "computes it, but a spreadsheet program that opens the CSV files may; import that column as text."
    )
    return replace(table, findings=(*table.findings, Finding("formula", sentence, place=names[0])))


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True
