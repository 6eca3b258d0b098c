"""The counter's wire: one JSON object an event, alone, in an array, or one a line; or a table, one a row.

    {"device", "at", "type", "seq"?, "category"?, "simulated"?, "battery_v"?, "temperature_c"?, "firmware"?, …}

Fields by ``type``: see ``CounterKind``. Only numbers, texts and truths are read; what is nested is never looked into,
but for ``by_category``: the fields of each category by its name, which is one event for each.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS, MAX_DETAIL, CsvRecord, csv_records, json_list, malformed, require_size
from sensors.contract import RecordRefusedError

Scalar: TypeAlias = bool | int | float | str | None
MAX_FIELDS = 48
MAX_NAME = 64
MAX_SCALAR_BYTES = 512

BY_CATEGORY = "by_category"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_TEXTS = frozenset({"device", "type", "category", "at", "firmware"})
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_parts = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_scalar: msgspec.json.Decoder[Scalar] = msgspec.json.Decoder(bool | int | float | str | None)


class CounterKind(StrEnum):
    """What an event is about, and the fields that say it."""

    LANE = "lane"  # entries, exits; or entries_total, exits_total
    COUNT = "count"  # vacant, or occupied and capacity; capacity, full_at
    LEVEL = "level"  # level, vacant_low, vacant_high: one of them; capacity
    RECOUNT = "recount"  # vacant
    OPENING = "opening"  # opening
    BARRIER = "barrier"  # barrier
    ALIVE = "alive"
    FAULT = "fault"  # fault
    STARTED = "started"


class Barrier(StrEnum):
    """What a barrier says of itself."""

    LOWERED = "lowered"
    RAISED = "raised"
    HELD_OPEN = "held_open"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Event(NamedTuple):
    """One event: its own bytes, its fields, and the names of those that are no short number, text or truth."""

    raw: bytes
    fields: dict[str, Scalar]
    left_over: tuple[str, ...]


def split(payload: bytes) -> Iterator[Event | RecordRefusedError]:
    """The events of a body; what is no object comes as its own refusal. Raises RecordRefusedError for a whole body."""
    require_size(payload)
    text = payload.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text[:1] == b"[":
        return _read_all(map(bytes, json_list(text)))
    if text[:1] == b"{":
        return _read_all(_lines(text))
    columns, rows = csv_records(payload)
    if not {"device", "at", "type"} <= set(columns):
        raise malformed("no event, array of events, one event a line, or table with the columns device, at and type")
    return map(_read_row, rows)


def _lines(payload: bytes) -> list[bytes]:
    """One event, which may be spread over lines, or one a line."""
    try:
        _object.decode(payload)
    except JSON_ERRORS as error:
        lines = [line for raw in payload.split(b"\n") if (line := raw.strip())]
        if len(lines) > 1 and any(line[:1] == b"{" and line[-1:] == b"}" for line in lines):
            return lines
        raise malformed(f"no event, array of events or one event a line: {error}") from error
    return [payload.strip()]


def _read_all(events: Iterable[bytes]) -> Iterator[Event | RecordRefusedError]:
    for raw in events:
        yield from _read(raw)


def _read(raw: bytes) -> Iterator[Event | RecordRefusedError]:
    """One event; where it speaks of several categories, one for each."""
    try:
        unread = _object.decode(raw)
    except JSON_ERRORS as error:
        yield RecordRefusedError(RejectReason.MALFORMED_RECORD, f"not an event: {error}"[:MAX_DETAIL], raw=raw)
        return
    parts = _by_category(unread)
    for category, more in parts.items():
        name = msgspec.Raw(msgspec.json.encode(category))
        yield _event(raw, {**unread, "category": name, **more})
    if not parts:
        yield _event(raw, unread)


def _by_category(unread: dict[str, msgspec.Raw]) -> dict[str, dict[str, msgspec.Raw]]:
    """The fields of each category, by its name, taken out of the event; none where it has no such object."""
    try:
        parts = _parts.decode(unread[BY_CATEGORY])
    except (KeyError, *JSON_ERRORS):
        return {}
    if not 0 < len(parts) <= MAX_FIELDS:
        return {}
    del unread[BY_CATEGORY]
    return parts


def _event(raw: bytes, unread: Mapping[str, msgspec.Raw]) -> Event:
    fields: dict[str, Scalar] = {}
    left_over = []
    for name, value in unread.items():
        try:
            if len(name) > MAX_NAME or not name.isprintable() or len(fields) == MAX_FIELDS:
                raise ValueError(name)
            fields[name] = _decode(bytes(value))
        except (ValueError, *JSON_ERRORS):
            left_over.append(name)
    return Event(raw, fields, tuple(left_over))


def _read_row(row: CsvRecord | RecordRefusedError) -> Event | RecordRefusedError:
    """A line of a table: an empty cell says nothing, and a cell that looks like a number or a truth is one."""
    if isinstance(row, RecordRefusedError):
        return row
    cells = {name: cell.strip() for name, cell in row.fields.items() if cell.strip()}
    unread = {name: msgspec.Raw(_as_json(name, cell)) for name, cell in cells.items()}
    return _event(row.raw, unread)


def _as_json(name: str, cell: str) -> bytes:
    text = msgspec.json.encode(cell)
    if name in _TEXTS:
        return text
    try:
        return cell.lower().encode() if isinstance(_scalar.decode(cell.lower()), bool | int | float) else text
    except JSON_ERRORS:
        return text


def _decode(value: bytes) -> Scalar:
    if len(value) > MAX_SCALAR_BYTES:
        raise ValueError("too long")
    read = _scalar.decode(value)
    if isinstance(read, int) and abs(read) >= 2**63:
        raise ValueError("no counter counts that far")
    return read
