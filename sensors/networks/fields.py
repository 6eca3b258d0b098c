"""The fields that network servers have in common, each read once; what is wrong with one is said with its device.

A null is as a field left out; a field left out is 0, empty, or unknown (None): protobuf rendered as JSON omits those.
Every function raises RecordRefusedError and nothing else.
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime

from parking.words import RejectReason
from sensors.bodies import MAX_DETAIL
from sensors.contract import RecordRefusedError
from sensors.networks.heard import Message

MAX_PAYLOAD_BYTES = 242
"""LoRaWAN's own limit at the fastest data rate."""
MAX_UPLINK_ID = 64
MAX_PORT, MAX_COUNT = 255, 2**32 - 1
_MILLISECONDS = 10**11
"""From here on a number is milliseconds since 1970 and no seconds: as those it would be the year 5138."""
_DIGITS = "0123456789abcdef"


def refused(reason: RejectReason, detail: str, eui: str | None = None) -> RecordRefusedError:
    """The error that refuses a message, with the device that it names."""
    return RecordRefusedError(reason, detail[:MAX_DETAIL], eui)


def part(message: Message, *path: str) -> Message:
    """The object under the keys of ``path``, its nulls left out; empty where there is none."""
    held: object = message
    for name in path:
        held = held.get(name) if isinstance(held, dict) else None
    return {name: value for name, value in held.items() if value is not None} if isinstance(held, dict) else {}


def require_part(message: Message, name: str) -> Message:
    """The same where it must be there."""
    if not isinstance(message.get(name), dict):
        raise refused(RejectReason.MISSING_FIELD, f"no {name} in it: not an uplink")
    return part(message, name)


def items(value: object) -> list[dict[str, object]]:
    """The objects of a list; whatever else is in it is passed over."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Text as it is; anything else is none."""
    return value if isinstance(value, str) else ""


def named(*values: object) -> tuple[str, ...]:
    """Ids and names, of which some servers write the former as numbers; those left out are left out."""
    return tuple(str(value) for value in values if isinstance(value, str | int) and value != "")


def dev_eui(value: object) -> str:
    """A device's id as 16 lower-case hex digits, written in any case, with ``-`` or ``:`` between its bytes or not."""
    plain = value.lower() if isinstance(value, str) else ""
    if len(plain) == 23 and plain[2] in "-:":
        plain = plain.replace(plain[2], "")
    if len(plain) != 16 or plain.strip(_DIGITS):
        raise refused(RejectReason.MISSING_FIELD, f"devEUI is {value!r:.40}, not 16 hex digits")
    return plain


def number(message: Message, name: str, most: int, eui: str) -> int:
    """A whole number of 0..``most``, as a number or as text; 0 where it is left out."""
    value = message.get(name)
    if value is None:
        return 0
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise refused(RejectReason.WRONG_TYPE, f"{name} is {value!r:.40}, not 0..{most}", eui)
    return value


def from_base64(value: object, eui: str) -> bytes:
    """A frame's payload as base64; empty where it is left out."""
    try:
        payload = base64.b64decode(value, validate=True) if isinstance(value, str) else b"" if value is None else None
    except (binascii.Error, ValueError):
        payload = None
    return _bounded(payload, "base64", eui)


def from_hex(value: object, eui: str) -> bytes:
    """A frame's payload as hex digits; empty where it is left out."""
    try:
        payload = binascii.unhexlify(value) if isinstance(value, str) else b"" if value is None else None
    except (binascii.Error, ValueError):
        payload = None
    return _bounded(payload, "hex", eui)


def _bounded(payload: bytes | None, form: str, eui: str) -> bytes:
    if payload is None or len(payload) > MAX_PAYLOAD_BYTES:
        raise refused(RejectReason.WRONG_TYPE, f"the payload is not {form} of at most {MAX_PAYLOAD_BYTES} bytes", eui)
    return payload


def encrypted(eui: str) -> RecordRefusedError:
    """The error that refuses a payload which the network passes on as it was sent: nobody here has its key."""
    detail = "its payload is still encrypted: give the network server this device's AppSKey, or let it decrypt"
    return refused(RejectReason.MALFORMED_RECORD, detail, eui)


def instant(value: object, eui: str) -> datetime | None:
    """A time: ISO 8601 with its offset, or seconds or milliseconds since 1970. None where it is left out."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            if read.tzinfo is None:
                raise ValueError("it has no offset")
            return read if read.tzinfo is UTC else read.astimezone(UTC)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("it is no text")
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise refused(RejectReason.BAD_TIME, f"time {value!r:.40} cannot be read: {error}", eui) from error


def sound_instant(value: object) -> datetime | None:
    """The same of a sign of life, which is worth having without its time: None where it cannot be read."""
    try:
        return instant(value, "")
    except RecordRefusedError:
        return None


def best_rssi(levels: Iterable[object]) -> int | None:
    """The strongest gateway's signal in dBm; None where no level is sound."""
    sound = [read for level in levels if (read := _level(level)) is not None and -300 < read < 100]
    return round(max(sound)) if sound else None


def _level(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
