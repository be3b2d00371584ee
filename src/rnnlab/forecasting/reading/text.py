"""A file's bytes as text: unpacked, its encoding found, refused where it is no text at all."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO, cast

from rnnlab.errors import InputError
from rnnlab.forecasting.findings import Finding

BLOCK = 1 << 20

# What a file that is no table starts with, and what to do about it.
NO_TABLES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"BZh": "compressed with bzip2; unpack it first (gzip is read as it is)",
    b"\xfd7zXZ": "compressed with xz; unpack it first (gzip is read as it is)",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard; unpack it first (gzip is read as it is)",
    b"%PDF": "a PDF; export the table as CSV",
    b"{": "JSON, it seems; write the table as CSV",
    b"[{": "JSON, it seems; write the table as CSV",
    b"<?xml": "XML; write the table as CSV",
    b"<!DOCTYPE": "a web page; fetch the table itself",
    b"<html": "a web page; fetch the table itself",
    b"\x89PNG": "a picture; give the table that it was drawn from",
}


@dataclass(frozen=True)
class Text:
    """A file that was read once from end to end: its bytes are whole and decode."""

    path: Path
    name: str  # for sentences
    encoding: str
    packed: bool  # with gzip

    def open(self) -> TextIO:
        """The text with its line ends as they are: those inside a quoted cell belong to it."""
        if self.packed:
            return cast(TextIO, gzip.open(self.path, "rt", encoding=self.encoding, newline=""))
        return self.path.open(encoding=self.encoding, newline="")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A word on an encoding that is not UTF-8."""
        if self.encoding == "utf-8-sig":
            return ()
        return (Finding("encoding", f"{self.name} is no UTF-8; it was read as {self.encoding}."),)


def text_of(path: Path, name: str) -> Text:
    """Reads the file once: UTF-8 (with or without a mark), UTF-16, else Windows' Western or Latin-1.

    InputError for a file that cannot be opened, is empty, damaged or binary.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError as error:
        raise InputError(
            f"Cannot read {name}: {error.strerror or error}; check the path and its permissions."
        ) from None
    packed = head[:2] == b"\x1f\x8b"
    try:
        if packed:
            with gzip.open(path) as unpacked:
                head = unpacked.read(1 << 16)
        _refuse_no_text(head, name)
        for encoding in _encodings(head):
            if _decodes(path, packed, encoding, name):
                return Text(path, name, encoding, packed)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{name} is a gzip file that is damaged or cut short; fetch it again.") from None
    raise InputError(f"{name} starts as UTF-16 and goes on as something else; save it again as UTF-8.")


def _refuse_no_text(head: bytes, name: str) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\x00"):
        raise InputError(f"{name} is empty; a table has a line of column names and at least ten rows.")
    for start, what in NO_TABLES.items():
        if head.removeprefix(codecs.BOM_UTF8).lstrip()[:9].lower().startswith(start.lower()):
            raise InputError(f"{name} is {what}.")
    controls = sum(head.count(bytes([byte])) for byte in (*range(1, 9), *range(14, 32), 127))
    if _encodings(head)[0][:6] != "utf-16" and (b"\x00" in head or controls > len(head) / 100):
        raise InputError(f"{name} is a binary file, no text; give a CSV, TSV or Parquet file.")


def _encodings(head: bytes) -> tuple[str, ...]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    few = len(head) // 2 * 0.3  # every second byte of Western text in UTF-16 is zero
    if head[1::2].count(0) > few > head[::2].count(0):
        return ("utf-16-le",)
    if head[::2].count(0) > few > head[1::2].count(0):
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252", "latin-1")


def _decodes(path: Path, packed: bool, encoding: str, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path, packed):
            if encoding[:6] != "utf-16" and b"\x00" in block:
                raise InputError(f"{name} holds zero bytes: it is binary or damaged; save it again as UTF-8.")
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path, packed: bool) -> Iterator[bytes]:
    with cast(IO[bytes], gzip.open(path) if packed else path.open("rb")) as file:
        while block := file.read(BLOCK):
            yield block
