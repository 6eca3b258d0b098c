"""LoRaWAN uplinks as network servers pass them on: ChirpStack v4 and The Things Stack v3, with what they leave out.

Both are protobuf rendered as JSON, which omits zero, false and empty fields: a missing port or frame counter is 0, and
a missing payload is an empty one. The same uplink heard by several gateways is one message of theirs; one that a server
sends again has the same ``deduplication_id``.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import msgspec

from parking.words import RejectReason
from sensors.bodies import JSON_ERRORS, MAX_DETAIL
from sensors.contract import Adapter, Decoded, RecordRefusedError
from sensors.plain import PLAIN, ReadPlain

MAX_UPLINK_BYTES = 64 * 1024
MAX_PAYLOAD_BYTES = 242
"""LoRaWAN's own limit at the fastest data rate."""

_object = msgspec.json.Decoder(dict[str, object])


class Uplink(NamedTuple):
    """One uplink of one device. ``heard_at`` is the network's time, aware UTC, or None where it says none.

    ``dev_eui`` is 16 lower-case hex digits. ``missed`` is how many uplinks of this device were lost just before, as far
    as its frame counter tells whoever follows it; 0 where nobody does. ``is_simulated``: made up, at a console or by a
    simulator. ``has_counter``: ``f_cnt`` is the device's own count; an uplink from a console has none. ``message`` is
    what it came in, empty for a frame alone.
    """

    dev_eui: str
    f_port: int
    f_cnt: int
    payload: bytes
    heard_at: datetime | None
    deduplication_id: str = ""
    rssi_dbm: int | None = None
    missed: int = 0
    is_simulated: bool = False
    has_counter: bool = True
    message: bytes = b""

    @property
    def raw(self) -> bytes:
        """What a reject of it keeps: its message, for a frame alone does not say whose it is; else the frame."""
        return self.message or self.payload


class FrameAdapter(Adapter, Protocol):
    """A LoRaWAN ground sensor. Its ``decode`` reads a network server's message, or several, one a line."""

    def decode_frame(self, uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
        """What one frame says, at the network's time (``time_basis`` gateway) or, without one, at ``received_at``.

        Pure and total. Every byte is accounted for: in an observation, in its diagnostics, or in a reject with
        ``uplink.raw``. A frame in part unknown keeps what is sound and rejects the rest.
        """


def read_uplink(body: bytes, read_plain: ReadPlain = PLAIN) -> Uplink:
    """The uplink in a message of either server; ``read_plain`` may know it at once, and changes no answer.

    Raises RecordRefusedError: malformed_body where it is no JSON of theirs, else what is wrong with which field.
    """
    if len(body) > MAX_UPLINK_BYTES:
        raise _refused(RejectReason.MALFORMED_BODY, f"{len(body)} bytes; an uplink has at most {MAX_UPLINK_BYTES}")
    if picked := read_plain(body):
        eui, f_port, f_cnt, payload, heard_at, name, rssi_dbm, is_simulated, has_counter = picked
        at = _time(heard_at, eui)
        return Uplink(eui, f_port, f_cnt, payload, at, name, rssi_dbm, 0, is_simulated, has_counter, body)
    try:
        return _read(body)
    except RecursionError as error:  # what can just be decoded may be too deep to be shown in a refusal
        raise _refused(RejectReason.MALFORMED_BODY, "nested too deeply to be an uplink") from error


def _read(body: bytes) -> Uplink:
    try:
        message = _object.decode(body)
    except JSON_ERRORS as error:
        raise _refused(RejectReason.MALFORMED_BODY, f"not readable as JSON: {error}") from error
    if "deviceInfo" in message:
        return _from_chirpstack(message, body)
    if "end_device_ids" in message:
        return _from_things_stack(message, body)
    raise _refused(RejectReason.MALFORMED_BODY, "neither an uplink of ChirpStack v4 nor of The Things Stack v3")


def _from_chirpstack(message: Mapping[str, object], body: bytes) -> Uplink:
    """The operator tags made-up devices ``simulated``; they count their uplinks as real ones do."""
    device = _mapping(message, "deviceInfo")
    eui, tags = _eui(device.get("devEui")), device.get("tags")
    return Uplink(
        eui,
        _number(message, "fPort", 255, eui),
        _number(message, "fCnt", 2**32 - 1, eui),
        _payload(message.get("data", ""), eui),
        _time(message.get("time"), eui),
        _text(message.get("deduplicationId"))[:64],
        _best_rssi(message.get("rxInfo")),
        is_simulated=isinstance(tags, dict) and tags.get("simulated") == "true",
        message=body,
    )


def _from_things_stack(message: Mapping[str, object], body: bytes) -> Uplink:
    ids, uplink = _mapping(message, "end_device_ids"), _mapping(message, "uplink_message")
    from_console = message.get("simulated") is True
    eui = _eui(ids.get("dev_eui"))
    return Uplink(
        eui,
        _number(uplink, "f_port", 255, eui),
        _number(uplink, "f_cnt", 2**32 - 1, eui),
        _payload(uplink.get("frm_payload", ""), eui),
        _time(uplink.get("received_at") or message.get("received_at"), eui),
        _things_id(message, uplink),
        _best_rssi(uplink.get("rx_metadata")),
        is_simulated=from_console,
        has_counter=not from_console,
        message=body,
    )


def _things_id(message: Mapping[str, object], uplink: Mapping[str, object]) -> str:
    """The Things Stack names an uplink by a correlation id; a session and a counter name it as well."""
    ids = message.get("correlation_ids")
    for name in ids if isinstance(ids, list) else ():
        if isinstance(name, str) and name.startswith("gs:uplink:"):
            return name[:64]
    return f"{_text(uplink.get('session_key_id'))}:{uplink.get('f_cnt', 0)}"[:64]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(message: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = message.get(name)
    if not isinstance(value, dict):
        raise _refused(RejectReason.MISSING_FIELD, f"no {name} in it: not an uplink")
    return value


def _eui(value: object) -> str:
    text = value.lower() if isinstance(value, str) else ""
    if len(text) != 16 or text.strip("0123456789abcdef"):
        raise _refused(RejectReason.MISSING_FIELD, f"devEUI is {value!r:.40}, not 16 hex digits")
    return text


def _number(message: Mapping[str, object], name: str, most: int, eui: str) -> int:
    value = message.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise _refused(RejectReason.WRONG_TYPE, f"{name} is {value!r:.40}, not 0..{most}", eui)
    return value


def _payload(value: object, eui: str) -> bytes:
    try:
        payload = base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        payload = None
    if payload is None or len(payload) > MAX_PAYLOAD_BYTES:
        raise _refused(RejectReason.WRONG_TYPE, f"the payload is not base64 of at most {MAX_PAYLOAD_BYTES} bytes", eui)
    return payload


def _time(value: object, eui: str) -> datetime | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise ValueError("it is no text")
        read = datetime.fromisoformat(value)
        if read.tzinfo is None:
            raise ValueError("it has no offset")
        return read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refused(RejectReason.BAD_TIME, f"time {value!r:.40} cannot be read: {error}", eui) from error


def _best_rssi(heard_by: object) -> int | None:
    """The strongest gateway's signal, in dBm."""
    levels = [heard.get("rssi") for heard in heard_by if isinstance(heard, dict)] if isinstance(heard_by, list) else []
    sound = [level for level in levels if isinstance(level, int) and not isinstance(level, bool) and -300 < level < 100]
    return max(sound, default=None)


def _refused(reason: RejectReason, detail: str, eui: str | None = None) -> RecordRefusedError:
    return RecordRefusedError(reason, detail[:MAX_DETAIL], eui)
