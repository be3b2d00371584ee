"""Damaged tables: ten kinds, each drawn many times from one seed, each with what a reader has to make of it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

REFUSED, RIGHT, EITHER = "refused", "right", "either"


@dataclass(frozen=True)
class Damaged:
    """One file, and what it may be read as."""

    kind: str
    content: bytes
    wanted: str  # refused; right: equal to the truth; either: refused, or no value but the truth's at its time
    truth: pd.Series
    settings: dict[str, Any] = field(default_factory=dict)
    spoilt: int = 0  # values at the end that a cut may have changed


def damaged_tables(each: int, seed: int = 0) -> Iterator[Damaged]:
    """`each` tables of every kind."""
    for kind in KINDS:
        for draw in range(each):
            yield kind(np.random.default_rng([seed, KINDS.index(kind), draw]), draw)


def _truth(rng: np.random.Generator) -> pd.Series:
    freq = str(rng.choice(["h", "D", "MS", "W-SUN", "15min", "B"]))
    n = int(rng.integers(30, 90))
    values = np.round(50 + rng.standard_normal(n).cumsum(), 3)
    return pd.Series(values, pd.date_range("2021-01-31", periods=n, freq=freq), name="load")


def _lines(truth: pd.Series, delimiter: str = ",") -> list[str]:
    rows = [f"{stamp.isoformat(' ')}{delimiter}{value}" for stamp, value in truth.items()]
    return [f"time{delimiter}load", *rows]


def _written(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def cut_short(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    whole = _written(_lines(truth))
    if draw % 4 == 3:
        packed = gzip.compress(whole)
        return Damaged("cut short", packed[: int(rng.integers(12, len(packed) - 9))], REFUSED, truth)
    return Damaged("cut short", whole[: int(rng.integers(0, len(whole)))], EITHER, truth, spoilt=1)


def encoded(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    lines[0] = "time,Größe"
    text = "\r\n".join(lines) + "\r\n"
    codecs = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252")
    if draw % 8 < 6:
        content = text.encode(codecs[draw % 8])
        if codecs[draw % 8] == "utf-16-le" and draw % 16 > 7:
            content = content[:-1]  # half a character
            return Damaged("encoded", content, REFUSED, truth)
        return Damaged("encoded", content, RIGHT, truth)
    if draw % 8 == 6:
        return Damaged("encoded", rng.bytes(2000), REFUSED, truth)
    at = int(rng.integers(0, len(text)))
    return Damaged("encoded", text[:at].encode() + b"\x00\x00\x00" + text[at:].encode(), REFUSED, truth)


def ragged(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    delimiter = ",;\t|"[draw % 4]
    lines = _lines(truth, delimiter)
    at = int(rng.integers(1, len(lines) - 6))
    how = draw % 5
    if how == 0:
        lines[at] += f"{delimiter}7"
    elif how == 1:
        lines[at] = lines[at].split(delimiter)[0]
    elif how == 2:
        lines = [line + delimiter for line in lines]  # as some programs end every line
    elif how == 3:
        lines[at:at] = ["", "   ".strip(), ""]
    else:
        lines = [lines[0], *(line.replace(delimiter, "~") if i == at else line for i, line in enumerate(lines[1:]))]
    return Damaged("ragged", _written(lines), REFUSED if how in (0, 1, 4) else RIGHT, truth)


def quoted(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    at = int(rng.integers(1, len(lines)))
    stamp, value = lines[at].split(",")
    if draw % 4 == 0:
        lines[at] = f'{stamp},"{value}'
        return Damaged("quoted", _written(lines), REFUSED, truth)
    if draw % 4 == 1:
        lines[at] = f'"{stamp}"x,{value}'
        return Damaged("quoted", _written(lines), REFUSED, truth)
    lines = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]
    if draw % 4 == 3:
        lines = [lines[0] + ',"a ""note"""', *(f'{line},"one, two\n""three"""' for line in lines[1:])]
    return Damaged("quoted", _written(lines), RIGHT, truth)


def numbered(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth, ";")
    at = int(rng.integers(1, len(lines)))
    stamp = lines[at].split(";")[0]
    bad = (
        "abc",
        "=1+1",
        "inf",
        "-Infinity",
        "12,3,4",
        "1 2",
        "0x1F",
        "1.2.3",
        "5 kg",
        "<b>5</b>",
        "1e999",
        "--5",
        "7%",
    )
    good = ("", "NA", "n/a", "NULL", "-", "#N/A", " ")
    if draw % 3 == 0:
        cell = bad[draw // 3 % len(bad)]
        lines[at] = f"{stamp};{cell}"
        return Damaged("numbered", _written(lines), REFUSED, truth)
    if draw % 3 == 1:
        at = min(at, len(lines) - 2) if at > 1 else 2
        stamp = lines[at].split(";")[0]
        lines[at] = f"{stamp};{good[draw // 3 % len(good)]}"
        truth = truth.copy()
        truth.iloc[at - 1] = np.nan
        return Damaged("numbered", _written(lines), RIGHT, truth)
    big = truth * 1000
    form: Callable[[float], str] = (
        lambda x: f"{x:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."),
        lambda x: f"{x:,.2f}",
        lambda x: f"{x:,.2f}".replace(",", " "),
        lambda x: f"{x:,.2f}".replace(",", "'") + " ",
        lambda x: f"{x:.2f} €".replace(".", ","),
    )[draw // 3 % 5]
    lines = ["time;load", *(f"{stamp};{form(value)}" for stamp, value in big.items())]
    return Damaged("numbered", _written(lines), RIGHT, big)


def timed(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    at = int(rng.integers(1, len(lines) - 6))
    value = lines[at].split(",")[1]
    how = draw % 4
    if how == 0:
        bad = ("", "soon", "2021-13-45 00:00:00", "99999-01-01", "2021-02-30", "NaT", "=NOW()", "<i>now</i>")
        lines[at] = f"{bad[draw // 4 % len(bad)]},{value}"
        return Damaged("timed", _written(lines), REFUSED, truth)
    if how == 1:
        lines[at] = lines[at].replace(",", "+02:00,")
        return Damaged("timed", _written(lines), REFUSED, truth)
    few = pd.Series(truth.to_numpy()[:12], pd.date_range("2021-05-01", periods=12, freq="D"), name="load")
    if how == 2:  # 01/05/2021 … 12/05/2021: twelve days or twelve months
        rows = [f"{stamp:%d/%m/%Y},{value}" for stamp, value in few.items()]
        if draw % 8 == 2:
            return Damaged("timed", _written(["date,load", *rows]), REFUSED, few)
        return Damaged("timed", _written(["date,load", *rows]), RIGHT, few, {"dayfirst": True})
    form = ("%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d %b %Y %H:%M")[draw // 4 % 5]
    rows = [f"{stamp.strftime(form)},{value}" for stamp, value in truth.items()]
    return Damaged("timed", _written(["when,load", *rows]), RIGHT, truth)


def repeated(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    at = int(rng.integers(1, len(lines)))
    how = draw % 4
    if how == 0:
        lines.insert(int(rng.integers(1, len(lines))), lines[at])
        return Damaged("repeated", _written(lines), RIGHT, truth)
    stamp, value = lines[at].split(",")
    lines.insert(at + 1, f"{stamp},{float(value) + 2}")
    if how == 1:
        return Damaged("repeated", _written(lines), REFUSED, truth)
    truth = truth.copy()
    truth.iloc[at - 1] += {2: 1.0, 3: 2.0}[how]
    return Damaged("repeated", _written(lines), RIGHT, truth, {"duplicates": {2: "mean", 3: "last"}[how]})


def irregular(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    how = draw % 5
    if how == 0:
        kept = np.sort(rng.choice(np.arange(1, len(truth) - 1), len(truth) * 3 // 4, replace=False))
        kept = np.concatenate([[0], kept, [len(truth) - 1]])
        return Damaged("irregular", _written(_lines(truth.iloc[kept])), EITHER, truth)
    if how == 1:
        order = rng.permutation(len(truth))
        return Damaged("irregular", _written(_lines(truth.iloc[order])), RIGHT, truth)
    if how == 2:
        steps = pd.to_timedelta(rng.exponential(3600, len(truth)).cumsum(), unit="s").round("s")
        loose = pd.Series(truth.to_numpy(), pd.Timestamp("2021-01-01") + steps, name="load")
        return Damaged("irregular", _written(_lines(loose[~loose.index.duplicated()])), REFUSED, truth)
    if how == 3:
        lines = [*_lines(truth), "2921-01-01 00:00:00,5.0"]
        return Damaged("irregular", _written(lines), REFUSED, truth)
    hours = pd.Series(truth.to_numpy(), pd.date_range("2021-01-01", periods=len(truth), freq="h"), name="load")
    strayed = hours.set_axis(hours.index + pd.to_timedelta(rng.integers(-90, 90, len(hours)), unit="s"))
    return Damaged("irregular", _written(_lines(strayed)), RIGHT, hours)


def headed(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    how = draw % 8
    if how == 0:
        return Damaged("headed", _written(lines[1:]), RIGHT, truth)
    if how == 1:
        return Damaged("headed", _written(lines[:1]), REFUSED, truth)
    if how == 2:
        return Damaged("headed", (b"", b"\n\n", b"\xef\xbb\xbf", b" ")[draw // 8 % 4], REFUSED, truth)
    if how == 3:
        lines = ["time,load,load", *(f"{line},1" for line in lines[1:])]
        return Damaged("headed", _written(lines), REFUSED, truth, {"target": "load"})
    if how == 4:
        return Damaged(
            "headed", _written(lines), REFUSED, truth, {"target": ("laod", "x", "LOAD", "l" * 500)[draw // 8 % 4]}
        )
    if how == 5:
        return Damaged("headed", _written(["# made by a meter", "# a, b, c, d", *lines]), RIGHT, truth)
    if how == 6:
        return Damaged("headed", _written(["Report of the plant", "Station: 7", "", *lines]), RIGHT, truth)
    name = ("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "x" * 5000, "\u202eload")[draw // 8 % 4]
    return Damaged("headed", _written([f'time,"{name}"', *lines[1:]]), RIGHT, truth)


def ended(rng: np.random.Generator, draw: int) -> Damaged:
    truth = _truth(rng)
    lines = _lines(truth)
    how = draw % 6
    if how == 0:
        tail = ("Total,1234.5", ",99", "Summe,", "Source: a meter", "# the end")[draw // 6 % 5]
        return Damaged("ended", _written([*lines, tail]), RIGHT, truth)
    if how == 1:
        return Damaged("ended", _written([*lines, "", "Notes", "values in kW, as measured", ","]), RIGHT, truth)
    if how == 2:
        return Damaged(
            "ended", _written([lines[0], *(f"{line.split(',')[0]},5" for line in lines[1:])]), REFUSED, truth
        )
    if how == 3:
        return Damaged("ended", _written(lines[: int(rng.integers(2, 11))]), REFUSED, truth)
    if how == 4:
        return Damaged("ended", _written([lines[0], *(f"{line.split(',')[0]}," for line in lines[1:])]), REFUSED, truth)
    at = len(lines) // 2
    return Damaged("ended", _written([*lines[:at], "Total,77", *lines[at:]]), REFUSED, truth)


KINDS = (cut_short, encoded, ragged, quoted, numbered, timed, repeated, irregular, headed, ended)
