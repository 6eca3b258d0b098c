"""The counter's wire: one JSON object an event, alone, in an array, or one a line.

    {"device", "at", "type", "seq"?, "category"?, "simulated"?, "battery_v"?, "temperature_c"?, "firmware"?, …}

Fields by ``type``: see ``CounterKind``. Only numbers, texts and truths are read; what is nested is never looked into.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS, MAX_DETAIL, json_list, malformed, require_size
from sensors.contract import RecordRefusedError

Scalar: TypeAlias = bool | int | float | str | None
MAX_FIELDS = 48
MAX_NAME = 64
MAX_SCALAR_BYTES = 512

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_scalar: msgspec.json.Decoder[Scalar] = msgspec.json.Decoder(bool | int | float | str | None)


class CounterKind(StrEnum):
    """What an event is about, and the fields that say it."""

    LANE = "lane"  # entries, exits
    COUNT = "count"  # vacant, capacity, full_at
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
    if payload.lstrip()[:1] == b"[":
        return map(_read, map(bytes, json_list(payload)))
    return map(_read, _lines(payload))


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


def _read(raw: bytes) -> Event | RecordRefusedError:
    try:
        unread = _object.decode(raw)
    except JSON_ERRORS as error:
        return RecordRefusedError(RejectReason.MALFORMED_RECORD, f"not an event: {error}"[:MAX_DETAIL], raw=raw)
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


def _decode(value: bytes) -> Scalar:
    if len(value) > MAX_SCALAR_BYTES:
        raise ValueError("too long")
    read = _scalar.decode(value)
    if isinstance(read, int) and abs(read) >= 2**63:
        raise ValueError("no counter counts that far")
    return read
