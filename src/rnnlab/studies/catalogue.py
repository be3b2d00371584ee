"""Which studies there are: every Study that a file of rnnlab.studies defines, found by looking, not by a list."""

from __future__ import annotations

import difflib
import importlib
import pkgutil

import rnnlab.studies
from rnnlab.errors import InputError
from rnnlab.studies.study import Study


def catalogue() -> dict[str, Study]:
    """Name → study, in the order of the course's sections. The files are imported when this is called, not before."""
    found: dict[str, Study] = {}
    for file in pkgutil.iter_modules(rnnlab.studies.__path__, "rnnlab.studies."):
        for value in vars(importlib.import_module(file.name)).values():
            if isinstance(value, Study) and found.setdefault(value.name, value) is not value:
                raise InputError(f"Two studies are named {value.name}, one of them in {file.name}; rename one.")
    return dict(sorted(found.items(), key=lambda item: (_numbers(item[1].section), item[0])))


def find(name: str) -> Study:
    """The study of that name; InputError that names the nearest, or all."""
    studies = catalogue()
    if name in studies:
        return studies[name]
    near = difflib.get_close_matches(name, studies, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(studies) or 'none yet'}."
    raise InputError(f"There is no study named {name}; {hint}")


def _numbers(section: str) -> tuple[int, ...]:
    return tuple(int(part) for part in section.split(".") if part.isdigit())
