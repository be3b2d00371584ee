"""The report's files: each is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

from rnnlab.files import whole_file
from rnnlab.forecasting.result import Result


def write(result: Result, folder: Path | str) -> Path:
    """Writes report.html, result.json, rows.csv and forecast.csv into `folder` and gives the path of the report.

    report.html    one file that needs no network: light and dark, wide and narrow
    result.json    `result.as_dict()`
    rows.csv       every forecast of the test part: unique_id, ds, cutoff, y and one column a model
    forecast.csv   what comes after the data, with intervals

    The page is written last, so that it never tells of files that are not there. InputError for a folder that cannot be
    written. Needs matplotlib (the extra `course`).
    """
    from rnnlab.report.page import page

    folder = Path(folder)
    html = page(result)
    for name, text in {
        "result.json": json.dumps(result.as_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
        "rows.csv": result.rows.to_csv(index=False),
        "forecast.csv": _forecast(result),
        "report.html": html,
    }.items():
        for torn in folder.glob(f".{name}.*.part"):  # by a run that was killed while it wrote
            torn.unlink(missing_ok=True)
        with whole_file(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return folder / "report.html"


def _forecast(result: Result) -> str:
    """Every series has its own best model, so that the column of the forecast is called `forecast` and names it."""
    tables = []
    for one in result.series:
        table = one.winner.ahead().rename(columns={one.best: "forecast"})
        table.insert(2, "model", one.best)
        tables.append(table)
    import pandas as pd

    return str(pd.concat(tables, ignore_index=True).to_csv(index=False))
