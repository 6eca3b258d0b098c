"""What people and portals make of text: encodings, byte order marks, separators, quotes, line ends. One place for all.

Feeds, recordings, files beside them and catalogue files are read alike.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL_LINES = 50
"""So many lines one quoted cell may span; a stray quote further from the next costs its own line."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TableLine(NamedTuple):
    """One row of a table: the number of its first line, its text, and its cells; None where it cannot be split."""

    number: int
    text: str
    cells: list[str] | None


class TextTable(NamedTuple):
    """``head`` is the header as it is written, with a ``sep=`` line above it where there was one."""

    separator: str
    head: str
    columns: list[str]
    rows: Iterator[TableLine]


def decode_text(payload: bytes) -> str:
    """UTF-8, or UTF-16 or 32 as a byte order mark or every second NUL tells; else windows-1252. Never raises."""
    for mark, encoding in _MARKS:
        if payload.startswith(mark):
            return payload[len(mark) :].decode(encoding, "replace")
    start = payload[:64]
    if len(start) >= 4 and len(payload) % 2 == 0:
        for encoding, nulls in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
            if not any(nulls):
                return payload.decode(encoding, "replace")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return _western(payload)


def as_utf8(payload: bytes) -> bytes:
    """A JSON body as UTF-8 without a mark; anything else as it came, for XML says its encoding itself.

    A body in which one text alone is torn stays as it is: that costs its own record.
    """
    if payload[:1] in (b"{", b"[") and b"\0" not in payload[:4]:
        return payload if _may_be_utf8(payload) else _western(payload).encode()
    text_starts = payload.startswith(tuple(mark for mark, _ in _MARKS)) or b"\0" in payload[:4]
    if not text_starts:
        return payload
    if payload.startswith(codecs.BOM_UTF8):
        return as_utf8(payload.removeprefix(codecs.BOM_UTF8).lstrip()) if _is_json(payload[3:]) else payload
    text = decode_text(payload).lstrip()
    return text.encode("utf-8", "replace") if text[:1] in ("{", "[") else payload


def xml_as_utf8(payload: bytes) -> bytes:
    """An XML body as UTF-8 whatever encoding it says, without its declaration; the texts that are torn are marked."""
    text = (
        payload.decode("utf-8", "replace")
        if _may_be_utf8(payload) and not _has_nulls(payload)
        else decode_text(payload)
    )
    return _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1).encode("utf-8", "replace")


def _has_nulls(payload: bytes) -> bool:
    return b"\0" in payload[:64]


_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")


def _is_json(payload: bytes) -> bool:
    return payload.lstrip()[:1] in (b"{", b"[")


def _may_be_utf8(payload: bytes) -> bool:
    if payload.isascii():
        return True
    try:
        payload.decode()
    except UnicodeDecodeError:
        return _NEVER_TEXT.search(payload) is not None or not payload.decode("utf-8", "ignore").isascii()
    return True


_NEVER_TEXT = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xfe\xff]")
"""What no text of windows-1252 holds, or hardly ever: such a byte is torn."""


def _western(payload: bytes) -> str:
    """windows-1252, and its five bytes without a meaning as Latin-1 has them."""
    return payload.decode("latin-1").translate(_WESTERN)


_WESTERN = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


def split_table(text: str, separator: str | None = None) -> TextTable:
    """A table's columns and rows. Empty rows are left out; a quoted cell may hold line breaks.

    The separator is what a first line ``sep=;`` says, else what splits the header most often.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    above = ""
    if lines[0].strip().strip('"').lower().startswith("sep=") and len(lines) > 1:
        above = lines.pop(0) + "\n"
        stated = above.strip().strip('"')[4:] or "\t"  # a tab is white space, and gone by now
        separator = stated if stated in SEPARATORS else separator
    by_mark = {mark: split_cells(lines[0], mark) or [] for mark in ([separator] if separator else SEPARATORS)}
    mark = max(by_mark, key=lambda one: len(by_mark[one]))
    return TextTable(mark, above + lines[0], by_mark[mark], _rows(lines, mark, len(by_mark[mark]), bool(above)))


def split_cells(line: str, separator: str) -> list[str] | None:
    """The cells of one row; None where its quotes do not fit."""
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return None


def _rows(lines: list[str], mark: str, width: int, shifted: bool) -> Iterator[TableLine]:
    at = 1
    while at < len(lines):
        line, cells, used = lines[at], split_cells(lines[at], mark), 1
        if cells is None and '"' in line:
            line, cells, used = _spread(lines, at, mark, width)
        if line.strip(f"{mark} \t"):
            yield TableLine(at + 1 + shifted, line, cells)
        at += used


def _spread(lines: list[str], at: int, mark: str, width: int) -> tuple[str, list[str] | None, int]:
    """A row whose quoted cell goes on in the next lines; no line between may be a row of its own."""
    for end in range(at + 2, min(at + 1 + LONGEST_CELL_LINES, len(lines) + 1)):
        last = lines[end - 1]
        alone = split_cells(last, mark)
        if alone is not None and len(alone) == width > 1:
            break
        if '"' not in last:
            continue
        whole = "\n".join(lines[at:end])
        cells = _several(lines[at:end], mark)
        if cells is not None and len(cells) == width:
            return whole, cells, end - at
    return lines[at], None, 1


def _several(lines: list[str], mark: str) -> list[str] | None:
    try:
        rows = list(csv.reader([line + "\n" for line in lines[:-1]] + lines[-1:], delimiter=mark, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
