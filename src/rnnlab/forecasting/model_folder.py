"""Winners in a folder: numbers as safetensors, facts as JSON, nothing that can run code; read again and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnlab.errors import InputError
from rnnlab.files import whole_file
from rnnlab.forecasting.series import Series, Table
from rnnlab.forecasting.winner import Winner, stacked

FORMAT = "rnnlab forecaster 1"
FACTS, NUMBERS = "forecaster.json", "forecaster.safetensors"


def save(winners: Sequence[Winner], folder: Path | str) -> None:
    """Writes both files, each whole or not at all; what other forecaster the folder held is replaced."""
    from safetensors.numpy import save as to_bytes

    folder = Path(folder)
    arrays = {
        f"{place}/{name}": np.ascontiguousarray(array)
        for place, each in enumerate(winners)
        for name, array in each.arrays.items()
    }
    numbers = to_bytes(arrays)
    facts = {
        "format": FORMAT,
        "sha256": hashlib.sha256(numbers).hexdigest(),
        "models": [dict(each.facts) for each in winners],
    }
    with whole_file(folder / NUMBERS) as part:
        part.write_bytes(numbers)
    with whole_file(folder / FACTS) as part:
        part.write_text(json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def load(folder: Path | str) -> dict[str, Winner]:
    """Series → its winner. InputError for a folder that holds none, or whose files are damaged or do not fit."""
    from safetensors.numpy import load as from_bytes

    folder = Path(folder)
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        numbers = (folder / NUMBERS).read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"{folder} holds no forecaster ({Path(error.filename).name} is missing); make one with "
            "`rnnlab forecast … --save FOLDER`, or result.save(folder)."
        ) from error
    except OSError as error:
        raise InputError(f"Cannot read {folder}: {error.strerror or error}. Check the path.") from error
    except ValueError as error:
        raise InputError(f"{folder / FACTS} is damaged ({error}); make the forecaster anew.") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise InputError(f"{folder / FACTS} is no forecaster that this version can read; make it anew.")
    if facts.get("sha256") != hashlib.sha256(numbers).hexdigest():
        raise InputError(f"{folder / NUMBERS} does not belong to {FACTS}, or is damaged; make the forecaster anew.")
    arrays: dict[int, dict[str, Any]] = {}
    for name, array in from_bytes(numbers).items():
        place, _, inner = name.partition("/")
        arrays.setdefault(int(place), {})[inner] = array
    return {each["id"]: Winner(each, arrays[place]) for place, each in enumerate(facts["models"])}


def predict(folder: Path | str, data: Any, **reading: Any) -> pd.DataFrame:
    """What the forecaster in `folder` says of new data: a path, a data frame, a Table; `reading` as for read_table.

    One row a step and series, as `stacked` gives them; the columns are those that the forecaster was made with,
    unless `reading` names others. A forecaster of one series takes any one series, one of many those that it knows.
    """
    winners = load(folder)
    first = next(iter(winners.values()))
    table = data if isinstance(data, Table) else read_for(first, data, **reading)
    if table.frequency != first.facts["frequency"]:
        raise InputError(
            f"The forecaster was made on steps of {first.facts['frequency'] or 'no time'}, and the new data have "
            f"{table.frequency or 'no time'}; give data at the same frequency (frequency=…)."
        )
    return stacked([_of(winners, each, len(table)).predict(each) for each in table])


def read_for(first: Winner, data: Any, **reading: Any) -> Table:
    """New data in the columns that a forecaster of the same table was made with, unless `reading` names others."""
    from rnnlab.forecasting.reading import read_table

    facts = first.facts
    named = {"target": facts["target"], "time": tuple(facts["time"]) or None, "id": facts["id_column"]}
    known = {name: value for name, value in named.items() if value is not None}
    return read_table(data, **known | {"inputs": tuple(facts["inputs"]), "frequency": facts["frequency"]} | reading)


def _of(winners: dict[str, Winner], series: Series, count: int) -> Winner:
    if series.id in winners:
        return winners[series.id]
    if len(winners) == 1 and count == 1:
        return next(iter(winners.values()))
    known = ", ".join(list(winners)[:5]) + (", …" if len(winners) > 5 else "")
    raise InputError(f"The forecaster has no model for the series {series.id!r}; it knows {known}.")
